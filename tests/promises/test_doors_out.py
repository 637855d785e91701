"""Seven doors out, and one end: the same rows, and no letter later (C10, R20).

P20, P21, P43, P45, P68, P69. Each door is opened as a person, a mail program or our
staff opens it: by its own page, or by a message of mail.
"""

import re
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jessops.lib.hashing import email_hash
from members.models import Enquiry, Member
from newsletter import inbound, leaving_links, outbox, sender, wall
from newsletter.actions import leaving
from newsletter.models import Message, Subscription
from newsletter.smtp import as_email
from privacy import choices, topics
from privacy.actions import choices as choosing
from privacy.models import Choice
from shop.models import Status
from tests.builders import draft_token, fill, move_order, product
from tests.members.cast import member, signed_in
from tests.newsletter.conftest import MailServer, mail_server
from tests.newsletter.leaving_cast import in_flight, leave_while_sending
from tests.staff import sign_in

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

WHO = "canary@example.co.uk"
SUBJECT = email_hash(WHO)
LETTERS = ("marketing", "launches", "news", "newsletter")
OFFERS_NO = {choices.MARKETING_EMAIL: "no"}


def page(question: str = choices.NEWSLETTER, subject: str = SUBJECT) -> str:
    return f"/newsletter/unsubscribe/{leaving_links.token(subject, question)}/"


def written(to: str, subject: str = "unsubscribe", sender: str = WHO) -> str:
    """What becomes of a message that somebody writes to us."""
    message = EmailMessage()
    message["From"] = f"Somebody <{sender}>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{time.monotonic_ns()}@example.co.uk>"
    message.set_content("")
    return inbound.take(message.as_bytes())


def link_in_last_mail() -> str:
    """The path of the link in the last message to who asked."""
    last = Message.objects.filter(to_hash=SUBJECT).latest("created_at")
    found = re.search(r"https?://[^/]+(/newsletter/unsubscribe/\S+)", last.text)
    assert found
    return found[1]


# --- the doors ------------------------------------------------------------------------
def by_header() -> None:
    """The button of a mail program: no cookie, no token of a session (RFC 8058)."""
    client = Client(enforce_csrf_checks=True)
    address = re.findall(
        "<(.*?)>", leaving_links.headers(SUBJECT, choices.NEWS)["List-Unsubscribe"]
    )[0]
    done = client.post(
        "/" + address.split("/", 3)[3],
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert done.status_code == 200
    assert not done.cookies


def by_link() -> None:
    assert (
        Client(enforce_csrf_checks=True).post(page(), {"stop": "all"}).status_code
        == 303
    )


def by_reply() -> None:
    box = leaving_links.headers(SUBJECT, choices.NEWSLETTER)["Reply-To"]
    # from wherever they read it: the address that they answer to says who they are
    assert written(box, "RE: UnSubscribe", "other@example.com") == "left"


def by_webmaster() -> None:
    """Anybody can write any sender: the mailbox is asked, and answers."""
    assert written("webmaster@jessops.example", "Unsubscribe") == "left:asked"
    assert Client().post(link_in_last_mail(), {"stop": "all"}).status_code == 303


def by_telephone() -> None:
    clerk = Member.objects.create_user(
        "clerk@jessops.example", "a long password", is_staff=True
    )
    for name in ("add_choice", "view_choice"):
        clerk.user_permissions.add(Permission.objects.get(codename=name))
    desk = Client()
    sign_in(desk, clerk)
    add = "/admin/privacy/choice/add/"
    said = {"email": WHO, "question": "lists", "answer": "no", "channel": "telephone"}
    assert topics.ANY_LIST.wording in desk.get(add).content.decode()
    assert desk.post(add, {**said, "sure": "1"}).status_code == 302


def by_order_form() -> None:
    client = Client()
    sku = product().sku
    token = draft_token(client, {sku: 1}, email=WHO, no_marketing="1")
    fill(client, {sku: 1})
    client.post(f"/orders/{token}/review/")


def by_account() -> None:
    who = Member.objects.filter(email_hash=SUBJECT).first() or member(WHO)
    client = signed_in(who)
    shown = client.get("/members/choices/").content.decode()
    assert topics.OFF_LISTS.wording in shown
    assert client.post("/members/choices/", {"stop": "all"}).status_code == 303


def by_order_page() -> None:
    """An eighth: the page of choices of a guest's order."""
    token = draft_token(Client(), {product().sku: 1}, email=WHO)
    now = timezone.now()
    move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)
    done = Client().post(f"/orders/{token}/choices/", {"stop": "all"})
    assert done.status_code == 303


DOORS: dict[str, Callable[[], None]] = {
    "one-click": by_header,
    "letter": by_link,
    "reply": by_reply,
    "mail": by_webmaster,
    "telephone": by_telephone,
    "checkout": by_order_form,
    "choices": by_account,
    "order": by_order_page,
}
WITHOUT_ACCOUNT = ("one-click", "letter", "reply", "mail", "telephone")


# --- who stands before them -----------------------------------------------------------
def reader() -> None:
    """A reader of the newsletter who is no member: a name, an address, and a yes."""
    now = timezone.now()
    Subscription.objects.create(
        subject=SUBJECT, name="Quill", email=WHO, asked_at=now, confirmed_at=now
    )
    says("yes", choices.NEWSLETTER)


def willing() -> None:
    """Somebody who gets offers after a sale, and asked for two of the other three."""
    reader()
    says("soft", choices.MARKETING_EMAIL)
    says("yes", choices.LAUNCHES)


def says(answer: str, *questions: str) -> None:
    for question in questions:
        choices.record(
            email=WHO, purpose=question, answer=answer, where="test", wording="words"
        )


def rows() -> list[tuple[str, str]]:
    """What the ledger says in the end: each question that was answered."""
    answers = choices.standing(SUBJECT, [*choices.LISTS, choices.EVERYTHING])
    return sorted((name, row.answer) for name, row in answers.items())


def queue_letters() -> None:
    for kind in LETTERS:
        outbox.queue(
            message_class=kind,
            to=WHO,
            subject=f"About {kind}",
            text="Words",
            about="campaign:7",
            key=f"campaign:7:{kind}",
        )


def left(server: MailServer) -> list[str]:
    """What reaches the person from now on, of all that waits."""
    server.messages.clear()
    sender.send_due()
    return sorted(str(message["Subject"]) for message in server.messages)


@pytest.mark.parametrize("door", DOORS)
def test_every_door_leads_to_the_same_rows_and_stops_what_waits(
    door: str, mail_server: MailServer
) -> None:
    willing()
    queue_letters()
    outbox.queue(
        message_class="order", to=WHO, subject="Your order", text="Thank you", key="o:1"
    )
    waiting = Message.objects.filter(about="campaign:7", state="queued")
    assert waiting.count() == 3  # of the fourth they never said a word
    began = time.monotonic()
    DOORS[door]()
    seen = left(mail_server)
    assert time.monotonic() - began < 5
    assert rows() == [
        (choices.LAUNCHES, "no"),
        (choices.MARKETING_EMAIL, "no"),
        (choices.NEWSLETTER, "no"),
    ]
    assert "Your order" in seen
    assert not [title for title in seen if title.startswith("About")]
    assert set(Message.objects.filter(about="campaign:7").values_list("state")) == {
        ("held",)
    }
    assert not Subscription.objects.exists()
    newest = choices.history(WHO)[:3]
    assert {one.where.partition(",")[0] for one in newest} == {door}
    assert all(one.set_by and len(one.wording) > 50 for one in newest)


@pytest.mark.parametrize("door", DOORS)
def test_leaving_again_writes_nothing_more(door: str) -> None:
    willing()
    leaving.leave(subject=SUBJECT, where="letter")
    before = Choice.objects.count()
    if door == "mail":  # who is on no list is not asked: our staff read the letter
        assert written("webmaster@jessops.example").startswith("enquiry:")
    else:
        if door == "choices":
            assert (
                signed_in(member(WHO))
                .post("/members/choices/", {"stop": "all"})
                .status_code
                == 303
            )
        else:
            DOORS[door]()
    assert Choice.objects.count() == before


@pytest.mark.parametrize("door", WITHOUT_ACCOUNT)
def test_readers_who_are_no_members_leave_the_same_ways(
    door: str, mail_server: MailServer
) -> None:
    """P69: nothing is known of them but the address, and a name if they gave one."""
    reader()
    queue_letters()
    DOORS[door]()
    assert not [title for title in left(mail_server) if title.startswith("About")]
    assert rows() == [(choices.MARKETING_EMAIL, "no"), (choices.NEWSLETTER, "no")]
    assert not Subscription.objects.exists()


def test_without_a_door_the_letters_arrive(mail_server: MailServer) -> None:
    """The control: what the doors stop would have come."""
    willing()
    queue_letters()
    assert left(mail_server) == [
        "About launches",
        "About marketing",
        "About newsletter",
    ]


def test_a_sign_up_that_waits_is_ended_too() -> None:
    Subscription.objects.create(subject=SUBJECT, email=WHO)
    by_webmaster()
    assert not Subscription.objects.exists()
    assert rows() == [(choices.MARKETING_EMAIL, "no")]


def test_saying_no_to_everything_ends_the_newsletter_too() -> None:
    willing()
    choosing.say_no_to_everything(subject=SUBJECT, where="choices")
    assert not Subscription.objects.exists()


def test_a_sale_after_leaving_brings_nothing_back() -> None:
    leaving.leave(subject=SUBJECT, where="letter")
    choices.record_opt_out_box(email=WHO, ticked=False, where="checkout", wording="x")
    assert rows() == [(choices.MARKETING_EMAIL, "no")]


# --- looking changes nothing ----------------------------------------------------------
def test_a_hundred_looks_of_scanners_change_nothing(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    willing()
    address = page()
    with django_assert_max_num_queries(300):
        for number in range(100):
            seen = (Client().get, Client().head)[number % 2](address)
            assert seen.status_code == 200
            assert not seen.cookies
            assert "no-store" in seen["Cache-Control"]
    Client().get(f"{address}?List-Unsubscribe=One-Click&stop=all")
    assert Choice.objects.count() == 3
    assert Subscription.objects.exists()


def test_a_link_that_we_did_not_make_opens_nothing() -> None:
    good = leaving_links.token(SUBJECT, choices.NEWS)
    for token in ("x" * 60, good[:-1], good[1:], f"{good}a", "a:b"):
        address = f"/newsletter/unsubscribe/{token}/"
        for answer in (Client().get(address), Client().post(address, {"stop": "all"})):
            assert answer.status_code == 404
    with pytest.raises(leaving_links.BadLink):
        leaving_links.token(SUBJECT, "profiling")
    assert not Choice.objects.exists()


def test_a_press_of_no_button_is_an_error_that_changes_nothing() -> None:
    willing()
    for data in ({}, {"stop": "some"}, {"List-Unsubscribe": "Two-Clicks"}):
        answer = Client().post(page(), data)
        assert answer.status_code == 400
        assert "Nothing was changed" in answer.content.decode()
    every = page(leaving_links.EVERY)
    assert Client().post(every, {"stop": "one"}).status_code == 400
    assert Choice.objects.count() == 3
    mine = signed_in(member(WHO))
    assert mine.post("/members/choices/", {"stop": "some"}).status_code == 400


def test_a_letter_also_stops_only_its_own_kind() -> None:
    willing()
    shown = Client().get(page(choices.NEWSLETTER)).content.decode()
    assert "You get: product launches, offers, newsletter." in shown
    assert "Stop only: Newsletter" in shown
    assert topics.OFF_LISTS.wording in shown
    Client().post(page(choices.NEWSLETTER), {"stop": "one"})
    assert rows() == [
        (choices.LAUNCHES, "yes"),
        (choices.MARKETING_EMAIL, "soft"),
        (choices.NEWSLETTER, "no"),
    ]
    assert not Subscription.objects.exists()
    Client().post(page(choices.LAUNCHES), {"stop": "one"})
    assert dict(rows()) == OFFERS_NO | {
        choices.LAUNCHES: "no",
        choices.MARKETING_EMAIL: "soft",
        choices.NEWSLETTER: "no",
    }
    after = Client().get(page(choices.LAUNCHES)).content.decode()
    assert "has stopped already" in after
    assert "Stop only" not in after


def test_afterwards_the_page_says_so_and_leads_back() -> None:
    willing()
    by_link()
    shown = Client().get(page()).content.decode()
    assert "You are on none of our lists" in shown
    back = re.search(r'href="(/privacy/choice/[^"]+)"', shown)
    assert back
    Client().post(back[1], {"answer": "yes"})
    assert choices.current(WHO, choices.NEWSLETTER) == "yes"
    assert choices.current(WHO, choices.MARKETING_EMAIL) == "no"


# --- what every letter carries (P43) --------------------------------------------------
@pytest.mark.parametrize("question", choices.LISTS)
def test_the_headers_of_a_letter_reach_the_reader_whole(question: str) -> None:
    """Whoever queues it: nobody can forget them."""
    heads = leaving_links.headers(SUBJECT, question)
    kind = next(name for name, asks in wall.QUESTIONS.items() if asks == question)
    message = outbox.queue(
        message_class=kind, to=WHO, subject="Autumn", text="Words", key="k"
    )
    sent = as_email(message).message()
    assert " ".join(str(sent["List-Unsubscribe"]).split()) == heads["List-Unsubscribe"]
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = re.findall("<([^>]+)>", heads["List-Unsubscribe"])
    assert leaving_links.read(https.rstrip("/").rpartition("/")[2]) == (
        leaving_links.Link(SUBJECT, question)
    )
    box = str(sent["Reply-To"])
    assert mailto == f"mailto:{box}?subject=unsubscribe"
    assert len(box.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
    assert leaving_links.named_by(("x@example.com", box.upper())) == SUBJECT
    assert SUBJECT not in str(sent)
    assert WHO not in f"{https}{mailto}"


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_one_press_works_in_both_ways_of_posting_a_form(kind: str) -> None:
    willing()
    data: Any = {"List-Unsubscribe": "One-Click"}
    client = Client(enforce_csrf_checks=True)
    if kind == "multipart":
        done = client.post(page(), data)
    else:
        body = "List-Unsubscribe=One-Click"
        done = client.post(page(), body, "application/x-www-form-urlencoded")
    assert (done.status_code, done["Content-Type"]) == (
        200,
        "text/plain; charset=utf-8",
    )
    assert topics.lists_of(SUBJECT) == []


def test_extreme_hashes_fit_the_mailbox() -> None:
    for subject in ("0" * 64, "f" * 64, "0" * 63 + "1", SUBJECT):
        box = leaving_links.mailbox(subject)
        assert len(box.partition("@")[0]) <= 64
        assert leaving_links.named_by((box,)) == subject


# --- mail (P20, P21) ------------------------------------------------------------------
@pytest.mark.parametrize(
    "spoilt", ["letters+@{}", "letters+zz@{}", "letters+{last}@{}", "letters@{}"]
)
def test_without_our_token_the_mailbox_is_asked_first_once_a_day(spoilt: str) -> None:
    """A forged sender: nothing changes, and the victim gets one mail a day at most."""
    willing()
    host = inbound.our_host()
    good = leaving_links.mailbox(SUBJECT).partition("@")[0].removeprefix("letters+")
    other = "1" if good[-1] != "1" else "2"
    box = spoilt.replace("{last}", good[:-1] + other).format(host)
    for _ in range(3):
        assert written(box) == "left:asked"
    assert Message.objects.count() == 1
    asked = Message.objects.get()
    assert asked.headers == {"Auto-Submitted": "auto-replied"}
    assert "If it was not you, you need do nothing" in " ".join(asked.text.split())
    assert topics.lists_of(SUBJECT) == ["product launches", "offers", "newsletter"]
    shown = Client().get(link_in_last_mail()).content.decode()
    assert "Stop only" not in shown
    assert not Enquiry.objects.exists()


def test_the_word_of_somebody_on_no_list_is_read_by_our_staff() -> None:
    assert written("webmaster@jessops.example").startswith("enquiry:")
    assert Enquiry.objects.get().team == "web-design"


def test_a_machine_that_says_the_word_is_not_heard() -> None:
    willing()
    message = EmailMessage()
    message["From"] = WHO
    message["To"] = leaving_links.mailbox(SUBJECT)
    message["Subject"] = "Unsubscribe"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("I am away.")
    mail, _ = inbound.read(message.as_bytes())
    assert leaving.by_mail(mail) == ""
    assert inbound.take(message.as_bytes()) == "automatic"
    assert Choice.objects.count() == 3
    assert not Message.objects.exists()


# --- staff ----------------------------------------------------------------------------
def test_a_yes_to_all_lists_at_once_is_not_taken() -> None:
    with pytest.raises(choosing.OneByOne):
        choosing.spoken(
            subject=SUBJECT, topic=topics.ANY_LIST, said="yes", where="telephone"
        )
    assert not Choice.objects.exists()


# --- in the middle of a send (R20) ----------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_after_somebody_left_while_a_campaign_is_sent(
    mail_server: MailServer,
) -> None:
    """Forty letters and eight who leave meanwhile; 1,000 and 200 are a drill."""
    people = in_flight(40)
    late, sent = leave_while_sending(mail_server, people, leaving_now=8, pause=0.05)
    assert late == []
    assert 32 <= sent < 40


def test_two_at_once_leave_once(transactional_db: None) -> None:
    willing()
    done: list[bool] = []

    def press() -> None:
        from django.db import connection

        done.append(leaving.leave(subject=SUBJECT, where="letter"))
        connection.close()

    both = [threading.Thread(target=press) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(done) == [False, False, False, True]
    assert Choice.objects.filter(answer="no").count() == 3
