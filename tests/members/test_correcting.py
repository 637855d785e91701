"""Another address, name or number: proved, told, and followed everywhere (P95)."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import correcting
from members.models import Address, EmailChange, Enquiry, FormerAddress, Member
from privacy import choices, policies
from privacy.models import Choice
from shop.models import Order, OrderEvent
from tests.builders import draft_token, product
from tests.members.cast import PASSWORD, member, signed_in
from tests.members.test_leaving import fresh, mail_to

pytestmark = pytest.mark.django_db

OLD, NEW = "old@example.co.uk", "new@example.co.uk"


def code_for(email: str) -> str:
    (text,) = [m.text for m in mail_to(email) if m.subject.startswith("Your code")]
    found = re.search(r"^\d{3} \d{3}$", text, re.M)
    assert found
    return found[0]


def the_old_one_is_told() -> str:
    (told,) = [m for m in mail_to(OLD) if "new e-mail address" in m.subject]
    return str(told.text)


def ask(client: Client, email: str = NEW) -> None:
    answer = client.post("/members/data/email/", {"email": email})
    assert answer.status_code == 303, answer.content.decode()
    assert answer["Location"] == "/members/data/email/code/"


def order_of(email: str, **changes: str) -> Order:
    thing = product()
    token = draft_token(Client(), {thing.sku: 1}, email=email, **changes)
    found, now = Order.objects.filter(token=token), timezone.now()
    found.update(status="pending", placed_at=now)
    found.update(status="authorised", authorised_at=now)
    return found.get()


def test_a_new_address_counts_once_the_code_was_typed_and_everything_follows() -> None:
    who = member(email=OLD, full_name="Olive Long")
    order = order_of(OLD)
    enquiry = Enquiry(
        reference="E26-0000-0001",
        token="t" * 32,
        kind="question",
        channel="form",
        team="web-sales",
        email=OLD,
        email_hash=who.email_hash,
        full_name="Olive Long",
        policy_version=1,
        answer_due_at=timezone.now(),
    )
    enquiry.save()
    Address(
        member=who,
        full_name="Olive Long",
        line1="1 High Street",
        town="Marlow",
        postcode="SL7 1EY",
        policy_version=policies.current_version(),
    ).save()
    client = fresh(who)
    ask(client)
    who.refresh_from_db()
    assert who.email == OLD  # nothing counts yet
    page = client.get("/members/data/email/code/").content.decode()
    assert NEW in page
    answer = client.post("/members/data/email/code/", {"code": code_for(NEW)})
    assert answer["Location"] == "/members/data/"
    who.refresh_from_db()
    new = email_hash(NEW)
    assert (who.email, who.email_hash) == (NEW, new)
    (address,) = EmailAddress.objects.filter(user=who)
    assert (address.email, address.verified, address.primary) == (NEW, True, True)
    order = Order.objects.get(pk=order.pk)
    assert (order.email, order.email_hash) == (NEW, new)
    event = OrderEvent.objects.get(order_number=order.number, code="email-corrected")
    assert event.detail == ""
    enquiry = Enquiry.objects.get(pk=enquiry.pk)
    assert (enquiry.email, enquiry.email_hash) == (NEW, new)
    assert enquiry.full_name == "Olive Long"
    assert Address.objects.get(member=who).line1 == "1 High Street"
    assert not EmailChange.objects.exists()
    assert NEW not in the_old_one_is_told()
    assert fresh(who).get("/members/").status_code == 200


def test_answers_follow_and_the_old_address_is_written_to_no_more() -> None:
    who = member(email=OLD)
    for purpose, answer in ((choices.NEWSLETTER, "yes"), (choices.EVERYTHING, "no")):
        choices.record(
            email=OLD, purpose=purpose, answer=answer, where="t", wording="Shown?"
        )
    choices.record(
        email=NEW, purpose=choices.MARKETING_EMAIL, answer="no", where="t", wording="w"
    )
    choices.record(
        email=OLD, purpose=choices.MARKETING_EMAIL, answer="yes", where="t", wording="w"
    )
    before = Choice.objects.count()
    client = fresh(who)
    ask(client)
    client.post("/members/data/email/code/", {"code": code_for(NEW)})
    assert choices.current(NEW, choices.NEWSLETTER) == "yes"
    assert choices.current(NEW, choices.EVERYTHING) == "no"
    assert choices.current(NEW, choices.MARKETING_EMAIL) == "no"  # a refusal stands
    assert choices.current(OLD, choices.NEWSLETTER) == "no"
    assert choices.current(OLD, choices.MARKETING_EMAIL) == "no"
    carried = choices.latest(NEW, choices.NEWSLETTER)
    assert carried
    assert carried.where == "carried over"
    assert choices.history(NEW)[-1].wording
    assert Choice.objects.count() > before  # written anew: nothing was rewritten


def test_a_taken_address_gets_the_same_answer_and_its_owner_is_told() -> None:
    who, other = member(email=OLD), member(email="taken@example.co.uk")
    client = fresh(who)
    answers = []
    for email in (other.email, NEW):
        answer = client.post("/members/data/email/", {"email": email})
        page = client.get("/members/data/email/code/")
        answers.append(
            (answer.status_code, page.content.decode().replace(email, "X")[-3000:])
        )
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", answers[0][1]) == strip.sub("", answers[1][1])
    assert answers[0][0] == answers[1][0]
    (told,) = mail_to(other.email)
    assert told.subject == "Somebody wished to use your address"
    assert not re.search(r"\d{3} \d{3}\b", told.text.split("Jessops Demonstration")[0])


def test_an_address_taken_between_code_and_proof_stays_its_owners() -> None:
    who = member(email=OLD)
    client = fresh(who)
    ask(client)
    member(email=NEW)
    answer = client.post("/members/data/email/code/", {"code": code_for(NEW)})
    assert answer["Location"] == "/members/data/email/"
    who.refresh_from_db()
    assert who.email == OLD


def test_the_fifth_wrong_code_ends_it_and_the_right_one_comes_too_late() -> None:
    who = member(email=OLD)
    client = fresh(who)
    ask(client)
    right = code_for(NEW).replace(" ", "")
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1):
        page = client.post("/members/data/email/code/", {"code": wrong})
        words = "once" if left == 1 else f"{left} times"
        assert f"You can try {words} more" in page.content.decode()
    answer = client.post("/members/data/email/code/", {"code": wrong})
    assert answer["Location"] == "/members/data/email/"
    answer = client.post("/members/data/email/code/", {"code": right})
    assert answer["Location"] == "/members/data/email/"
    who.refresh_from_db()
    assert who.email == OLD


def test_a_stale_code_another_members_code_and_an_old_sign_in_change_nothing() -> None:
    who, thief = member(email=OLD), member(email="thief@example.co.uk")
    mine = fresh(who)
    ask(mine)
    right = code_for(NEW)
    theirs = fresh(thief)
    assert theirs.get("/members/data/email/code/").status_code == 303
    theirs.post("/members/data/email/code/", {"code": right})
    EmailChange.objects.update(asked_at=timezone.now() - timedelta(minutes=31))
    mine.post("/members/data/email/code/", {"code": right})
    long_ago = signed_in(who)
    assert long_ago.post("/members/data/email/", {"email": NEW}).status_code == 302
    assert Client().get("/members/data/email/").status_code == 302
    for one, email in ((who, OLD), (thief, "thief@example.co.uk")):
        one.refresh_from_db()
        assert one.email == email


def test_the_old_address_objects_and_has_its_account_back() -> None:
    who = member(email=OLD)
    thief = fresh(who)
    ask(thief)
    thief.post("/members/data/email/code/", {"code": code_for(NEW)})
    row = FormerAddress.objects.get(member=who)
    path = f"/members/data/email/object/{correcting.link_to_object(row)}/"
    assert path in the_old_one_is_told()
    assert OLD not in path
    nobody = Client()
    page = nobody.post(path, {"email": "someone@example.co.uk"})
    assert "not the address" in page.content.decode()
    page = nobody.post(path, {"email": "OLD@example.co.uk"})
    assert "yours again" in page.content.decode()
    who.refresh_from_db()
    assert who.email_hash == email_hash(OLD)
    assert not who.has_usable_password()
    assert thief.get("/members/").status_code == 302
    assert mail_to(OLD)[-1].subject == "Your account is yours again"
    assert nobody.get(path).status_code == 404  # once


def test_objecting_is_over_after_seven_days_and_with_a_made_up_link() -> None:
    who = member(email=OLD)
    client = fresh(who)
    ask(client)
    client.post("/members/data/email/code/", {"code": code_for(NEW)})
    row = FormerAddress.objects.get(member=who)
    path = f"/members/data/email/object/{correcting.link_to_object(row)}/"
    FormerAddress.objects.update(at=timezone.now() - timedelta(days=7, minutes=1))
    for made in (path, "/members/data/email/object/made-up/"):
        assert Client().post(made, {"email": OLD}).status_code == 404
    who.refresh_from_db()
    assert who.email == NEW


def test_a_new_number_follows_into_orders_that_have_not_left_only() -> None:
    who = member(email=OLD, telephone="01628 496000")
    coming = order_of(OLD)
    gone = order_of(OLD)
    other = order_of(OLD, telephone="01628 111222")
    Order.objects.filter(pk=gone.pk).update(sent_at=timezone.now(), review="")
    client = signed_in(who)
    form = {"full_name": "Olive Short", "telephone": "01628 777888"}
    assert client.post("/members/data/name/", form).status_code == 303
    numbers = [Order.objects.get(pk=o.pk).telephone for o in (coming, gone, other)]
    assert numbers == ["01628 777888", "01628 496000", "01628 111222"]
    who.refresh_from_db()
    assert who.full_name == "Olive Short"
    codes = OrderEvent.objects.filter(code="telephone-corrected")
    assert [event.order_number for event in codes] == [coming.number]
    assert Order.objects.get(pk=coming.pk).full_name == "Priya Raman"  # the invoice's


def test_an_address_of_the_book_follows_where_the_order_goes_there() -> None:
    who = member(email=OLD)
    order = order_of(OLD)
    names = ("line1", "line2", "town", "county", "postcode")
    before = {name: getattr(order, name) for name in names}
    correcting.changed(
        member=who, before=before, after=before | {"line1": "14 Mill Lane"}
    )
    order = Order.objects.get(pk=order.pk)
    assert order.line1 == "14 Mill Lane"
    assert order.billing_line1 == "12 Mill Lane"
    assert "address" in order.review_codes  # somebody looks at it first
    correcting.changed(
        member=who, before=before, after=before | {"line1": "99 Mill Lane"}
    )
    assert Order.objects.get(pk=order.pk).line1 == "14 Mill Lane"


def test_a_password_signs_in_under_the_new_address_and_not_the_old() -> None:
    who = member(email=OLD)
    client = fresh(who)
    ask(client)
    client.post("/members/data/email/code/", {"code": code_for(NEW)})
    stale = Client().post("/accounts/login/", {"login": OLD, "password": PASSWORD})
    assert stale.status_code == 200
    assert fresh(Member.objects.get(pk=who.pk)).get("/members/").status_code == 200
