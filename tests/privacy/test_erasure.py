"""Erasing: by the registries, in every table; searched, once, for good (P96, R22)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import leaving
from members.models import Address, Member
from newsletter.models import Message
from privacy import canary, choices, erasure, handover, keys, registry
from privacy.actions import erasures
from privacy.models import Erasure
from shop.models import (
    Capture,
    Consignment,
    Order,
    OrderLine,
    Payment,
    Refund,
    Return,
)
from tests.builders import draft_token, product
from tests.members.cast import PASSWORD, member
from tests.members.test_correcting import order_of
from tests.members.test_leaving import mail_to
from tests.shop.sale_cast import deliver, parcel

EMAIL = "zyxerin@example.co.uk"
NAME = "Zyxerin Graysmith"
PHONE = "01632 960777"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_tombstones() -> Iterator[None]:
    """The key store is no part of the test's database: take away what is left there."""
    yield
    keys.ask("DELETE FROM person_key WHERE destroyed_at IS NOT NULL", [])


def erin() -> Member:
    """A member with something in every corner."""
    who = member(email=EMAIL, full_name=NAME, telephone=PHONE)
    Address(
        member=who,
        full_name=NAME,
        line1="77 Zyx Lane",
        town="Marlow",
        postcode="SL7 1EY",
        policy_version=1,
    ).save()
    choices.record(
        email=EMAIL, purpose=choices.NEWSLETTER, answer="yes", where="t", wording="w"
    )
    return who


def delivered(email: str = EMAIL, **changes: str) -> Order:
    order = order_of(
        email,
        full_name=NAME,
        telephone=PHONE,
        line1="77 Zyx Lane",
        billing_same="",
        billing_line1="9 Zyx Bank",
        billing_town="York",
        billing_postcode="YO61 3QX",
        **changes,
    )
    Order.objects.filter(pk=order.pk).update(
        delivery_on=timezone.now().date() - timedelta(days=2)
    )
    return Order.objects.get(pk=order.pk)


def due(who: str = EMAIL, door: str = "member") -> Erasure:
    one = leaving.ask_erasure(
        subject=email_hash(who), email=who, door=door, by="member"
    )
    long_ago = timezone.now() - timedelta(days=4)
    Erasure.objects.filter(pk=one.pk).update(
        asked_at=long_ago, due_at=long_ago + timedelta(days=3)
    )
    return Erasure.objects.get(pk=one.pk)


def test_everything_goes_but_what_the_vat_regulations_ask_for() -> None:
    who = erin()
    order = delivered()
    token = order.token
    one = due()
    assert leaving.sweep() == 1
    one.refresh_from_db()
    assert one.state == "done"
    assert not Member.objects.filter(pk=who.pk).exists()
    assert not Address.objects.exists()
    order = Order.objects.get(pk=order.pk)
    assert (order.full_name, order.billing_line1) == (NAME, "9 Zyx Bank")
    assert order.billing_postcode == "YO61 3QX"
    gone = ("title", "email", "email_hash", "telephone", "line1", "town", "postcode")
    assert {name: getattr(order, name) for name in gone} == dict.fromkeys(gone, "")
    assert order.token != token
    assert Client().get(f"/orders/{token}/").status_code == 404
    assert OrderLine.objects.filter(order=order).exists()
    answer = Client().post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200  # nobody of that name
    assert choices.current(EMAIL, choices.NEWSLETTER) == "no"


def test_the_search_finds_nothing_but_the_kept_invoice() -> None:
    erin()
    delivered()
    one = due()
    leaving.sweep()
    one.refresh_from_db()
    assert one.found["alarm"] is False
    assert one.found["outside"] == {}
    assert set(one.found["left"]) <= {"newsletter_message"}  # the last message
    assert "partly" not in one.found
    assert one.rows["tables"]["shop.Order"]["kept"] == 1
    assert one.rows["tables"]["members.Member"]["deleted"] == 1


def test_what_is_left_behind_alarms() -> None:
    """The control: a table that nobody declared keeps the address, and it is found."""
    erin()
    one = due()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stray (id int, note text)")
        cursor.execute("INSERT INTO stray VALUES (1, %s)", [f"ask {EMAIL.upper()}"])
    try:
        leaving.sweep()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE stray")
    one.refresh_from_db()
    assert one.found["left"]["stray"] == {"address": 1}
    assert one.found["alarm"] is True
    assert Message.objects.filter(key=f"erasure-alarm:{one.reference}").exists()


def test_a_column_that_nobody_blanks_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the name of the account forgotten, the search would tell."""
    erin()
    one = due()
    real = erasure._forget

    def careless(table: Any, row: Any, count: Any) -> None:
        if table.label != "account.EmailAddress" and table.label != "members.Member":
            real(table, row, count)

    monkeypatch.setattr(erasure, "_forget", careless)
    leaving.sweep()
    one.refresh_from_db()
    assert one.found["alarm"] is True
    assert {"account_emailaddress", "members_member"} <= set(one.found["left"])


def test_the_key_is_destroyed_and_the_kept_invoice_still_opens() -> None:
    erin()
    order = delivered()
    (before,) = Order.objects.filter(pk=order.pk).values_list("key_id", flat=True)
    due()
    leaving.sweep()
    assert keys.get([before]) == {}
    assert email_hash(EMAIL) in {one.subject for one in keys.tombstones()}
    assert Order.objects.get(pk=order.pk).full_name == NAME


def test_what_waits_to_be_sent_is_dropped_and_the_last_message_forgets_itself() -> None:
    erin()
    waits = Message.objects.exclude(state="sent").count()
    one = due()
    assert Message.objects.filter(state="queued").count() > waits
    leaving.sweep()
    (last,) = mail_to(EMAIL)
    assert last.subject == "Your details are erased"
    assert last.state == "queued"
    assert leaving.forget_last_words() == 0  # it must reach the person first
    Message.objects.filter(pk=last.pk).update(state="sent", settled_at=timezone.now())
    assert leaving.forget_last_words() == 1
    assert mail_to(EMAIL) == []
    assert one.reference in last.text


def test_erasing_twice_does_nothing_more() -> None:
    erin()
    order = delivered()
    one = due()
    assert leaving.sweep() == 1
    assert leaving.sweep() == 0
    rows = Order.objects.filter(pk=order.pk).values_list("token", "key_id").get()
    again = due()
    assert again.pk != one.pk
    leaving.sweep()
    again.refresh_from_db()
    assert again.state == "done"
    changed = {
        label: counts
        for label, counts in again.rows["tables"].items()
        if counts["deleted"] or counts["blanked"]
    }
    assert changed.keys() <= {"newsletter.Message"}  # what was written about it
    assert Order.objects.filter(pk=order.pk).values_list("token", "key_id").get() == (
        rows
    )


def test_a_parcel_on_its_way_comes_first() -> None:
    erin()
    order = order_of(EMAIL)
    one = leaving.ask_erasure(
        subject=email_hash(EMAIL), email=EMAIL, door="member", by="member"
    )
    assert one.due_at.date() > order.delivery_on
    Erasure.objects.filter(pk=one.pk).update(
        asked_at=timezone.now() - timedelta(days=9), due_at=timezone.now()
    )
    assert leaving.sweep() == 0
    one.refresh_from_db()
    assert one.state == "waiting"
    assert one.due_at > timezone.now()
    assert Member.objects.filter(email=EMAIL).exists()


def test_a_late_parcel_a_return_and_money_to_come_are_first_a_month_at_most() -> None:
    erin()
    order = delivered()
    subject, now = email_hash(EMAIL), timezone.now()
    assert erasure.waiting(subject) == []
    box = parcel(order)
    Return.objects.create(
        order=order, number="R26-1111-2222", reason="changed-mind", asked_at=now
    )
    paid = Payment.objects.create(
        order=order,
        reference="e1",
        amount_pence=900,
        status="captured",
        expires_at=now,
    )
    Capture.objects.create(
        payment=paid, amount_pence=900, state="done", done_at=now, key="e1", by="x"
    )
    Refund.objects.create(
        order=order,
        payment=paid,
        amount_pence=900,
        reason="goodwill",
        key="refund-e1",
        asked_by="staff:1",
        due_on=now.date(),
    )
    first = erasure.waiting(subject)
    assert sorted(one.words for one in first) == [
        f"A parcel of order {order.number} has not arrived yet.",
        f"A return of order {order.number} is not settled yet.",
        f"Money of order {order.number} is not given back yet.",
    ]
    assert all(one.until > now for one in first)
    due()
    assert leaving.sweep() == 0
    deliver(hand_over_unpaid(box))
    Return.objects.update(state="settled", received_at=now, closed_at=now)
    Refund.objects.update(state="done", done_at=now)
    assert erasure.waiting(subject) == []
    Return.objects.update(state="asked", received_at=None, closed_at=None)
    assert erasure.waiting(subject)
    Return.objects.update(asked_at=now - timedelta(days=31))
    assert erasure.waiting(subject) == []


def hand_over_unpaid(box: Consignment) -> Consignment:
    box.state, box.handed_at = Consignment.State.HANDED_OVER, timezone.now()
    box.save(update_fields=["state", "handed_at"])
    return box


def test_an_order_that_was_never_paid_goes_whole() -> None:
    thing = product()
    draft_token(Client(), {thing.sku: 1}, email=EMAIL, full_name=NAME)
    due(door="order")
    leaving.sweep()
    assert not Order.objects.exists()


def test_a_worker_killed_between_rows_and_key_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erin()
    one = due()

    def killed(subject: str, **_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(keys, "destroy", killed)
        with pytest.raises(SystemExit):
            leaving.sweep()
    one.refresh_from_db()
    assert one.state == "waiting"
    assert not Member.objects.filter(email=EMAIL).exists()
    assert leaving.waiting(email_hash(EMAIL)) is None  # too late to think again
    with pytest.raises(leaving.NotWaiting):
        leaving.withdraw(request=one, by="member")
    assert leaving.sweep() == 1
    one.refresh_from_db()
    assert one.state == "done"
    assert one.found["partly"] is True
    assert len(mail_to(EMAIL)) == 1


def test_who_came_back_in_between_keeps_the_new_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after the key and before the mark: the next run destroys nothing new."""
    erin()
    one = due()
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "look", lambda *_: 1 / 0)
        leaving.sweep()
    new = keys.of(email_hash(EMAIL))
    assert leaving.sweep() == 1
    assert keys.of(email_hash(EMAIL)).id == new.id
    one.refresh_from_db()
    assert one.state == "done"


def test_one_that_fails_stands_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    erin()
    member(email="other@example.co.uk")
    due()
    due("other@example.co.uk")
    real = erasure.forget

    def breaks(people: Any) -> Any:
        if EMAIL in people.values():
            raise RuntimeError
        return real(people)

    monkeypatch.setattr(erasure, "forget", breaks)
    assert leaving.sweep() == 1
    assert Member.objects.filter(email=EMAIL).exists()
    assert not Member.objects.filter(email="other@example.co.uk").exists()


def test_who_had_another_address_before_is_erased_under_both() -> None:
    who = member(email="zyxbefore@example.co.uk")
    from members.actions import correcting

    change = correcting.ask_email(member=who, email=EMAIL)
    text = mail_to(EMAIL)[0].text
    code = "".join(c for c in text.split("nothing changes.")[1][:12] if c.isdigit())
    correcting.prove_email(member=change.member, code=code)
    due()
    assert leaving.sweep() == 1
    gone = {one.subject for one in keys.tombstones()}
    assert {email_hash(EMAIL), email_hash("zyxbefore@example.co.uk")} <= gone
    assert erasures.not_replayed() == []


def test_the_last_day_to_withdraw_is_the_day_it_is_due() -> None:
    erin()
    one = leaving.ask_erasure(
        subject=email_hash(EMAIL), email=EMAIL, door="staff", by="staff:1"
    )
    assert erasures.due() == []
    leaving.withdraw(request=one, by="staff:1")
    leaving.withdraw(request=one, by="staff:1")  # twice is once
    Erasure.objects.update(due_at=timezone.now())
    assert erasures.due() == []
    with pytest.raises(ValueError, match="window"):
        erasures.ask(subject=email_hash(EMAIL), door="window")


def test_every_declared_table_is_found_and_every_rule_is_one_of_three() -> None:
    assert erasure.unreachable() == []
    for item in registry.everything():
        good = item.erase in ("delete", "blank") or item.erase.startswith("keep: ")
        assert good, f"{item.model}.{item.field}: {item.erase}"


def test_no_column_stays_for_tax_that_an_invoice_does_not_need() -> None:
    """VAT Regulations 1995, regulation 14: no e-mail, telephone, place of delivery."""
    kept = {
        item.field
        for item in registry.held()
        if item.model == "shop.Order" and item.erase.startswith("keep:")
    }
    assert kept == {
        "full_name",
        *(f"billing_{x}" for x in "line1 line2 town county postcode".split()),
    }


def test_staff_read_what_the_search_found_and_change_nothing() -> None:
    erin()
    one = due()
    screen = admin.site._registry[Erasure]
    assert screen.search(one) == "-"  # type: ignore[attr-defined]
    leaving.sweep()
    one.refresh_from_db()
    assert str(screen.search(one)).startswith("good (")  # type: ignore[attr-defined]
    done = str(screen.done(one))  # type: ignore[attr-defined]
    assert "members.Member: 1 deleted" in done
    assert EMAIL not in done
    request = RequestFactory().get("/")
    assert not screen.has_change_permission(request)
    assert not screen.has_delete_permission(request)
    assert not screen.has_add_permission(request)


def test_the_values_to_look_for_are_told_apart() -> None:
    values = canary.Values(
        addresses={EMAIL}, names={NAME}, telephones={PHONE}, lines={"77 Zyx Lane"}
    )
    assert canary.hit(f"x {EMAIL.upper()} y", values)
    assert canary.hit(f"{NAME}, {PHONE}", values)
    assert not canary.hit(NAME, values)  # somebody else may be called so
    assert not canary.hit(PHONE, values)
    assert not canary.Values()


def test_handover_finds_rows_of_nobody_for_an_unknown_hash() -> None:
    erin()
    assert list(erasure.rows_of({"f" * 64: ""})) == []
    assert handover.tables()
