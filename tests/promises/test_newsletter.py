"""Signing up to the newsletter: two fields, one mail, a yes from the mailbox itself.

P44, P45 and P69 of who reads it without an account; R21 and R31 of its form.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from jessops.lib.hashing import email_hash
from members.actions import leaving as accounts
from newsletter import outbox, sender, sign_up_links, tasks, wall
from newsletter.actions import sign_up, subscriptions
from newsletter.forms import SignUpForm
from newsletter.models import Message, Subscription
from newsletter.personal_data.subscriptions import PENDING
from privacy import choices, erasure, guard, people
from privacy.actions import choices as choosing
from privacy.models import Choice, Look
from privacy.tasks import retain
from tests.members.cast import member
from tests.members.effort import effort
from tests.newsletter.conftest import MailServer, mail_server
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
__all__ = ["mail_server"]  # a fixture

FORM = "/newsletter/"
WHO = "reader@example.co.uk"
SUBJECT = email_hash(WHO)


def ask(email: str = WHO, name: str = "", client: Client | None = None) -> str:
    """Ask by the form; return the page that follows."""
    answer = (client or Client()).post(FORM, {"email": email, "name": name})
    assert (answer.status_code, answer["Location"]) == (303, "/newsletter/?sent=1")
    return Client().get(answer["Location"]).content.decode()


def link() -> str:
    """The path of the link in the last mail."""
    message = Message.objects.filter(message_class="confirm").latest("created_at")
    found = re.search(r"https?://[^/]+(/newsletter/confirm/\S+/)", message.text)
    assert found
    return found[1]


def test_the_form_has_two_fields_and_only_the_address_is_needed() -> None:
    assert list(SignUpForm.base_fields) == ["name", "email"]
    page = Client().get(FORM).content.decode()
    assert re.findall(r'<input[^>]* name="([^"]+)"', page.split("<main")[1]) == [
        "name",
        "email",
    ]
    assert "(optional)" in page
    assert "Look in your email" in ask()
    wrong = Client().post(FORM, {"name": "", "email": "nobody"}).content.decode()
    assert "Enter an email address with an @" in wrong
    assert "<title>Error:" in wrong


def test_every_page_leads_there_and_no_page_asks_unasked() -> None:
    home = Client().get("/").content.decode()
    assert 'href="/newsletter/"' in home
    assert 'action="/newsletter/"' not in home


def test_who_confirms_nothing_gets_one_mail_and_is_forgotten(
    mail_server: MailServer,
) -> None:
    ask(name="Ann Reader")
    for _ in range(5):
        ask()
        ask(email=WHO.upper())
    assert sender.send_due() == 1
    assert len(mail_server.messages) == 1
    assert people.state_of(WHO) is None
    assert not choices.history(WHO)
    for message_class in ("newsletter", "marketing", "launches", "news", "service"):
        assert not wall.may_send(message_class, WHO)
    # Forgotten on the day that the clock and the page name.
    Subscription.objects.update(asked_at=timezone.now() - timedelta(days=15))
    retain()
    assert not Subscription.objects.exists()
    assert Client().post(link()).status_code == 404
    assert "14 days" in Client().get(FORM).content.decode()
    assert str(PENDING.period) == "14 days"


def test_who_confirmed_is_kept_beyond_that_day() -> None:
    ask()
    Client().post(link())
    long_ago = timezone.now() - timedelta(days=400)
    Subscription.objects.update(asked_at=long_ago, confirmed_at=long_ago)
    retain()
    assert Subscription.objects.exists()


def test_only_a_press_of_the_button_is_a_yes() -> None:
    """Scanners that fetch the link say nothing for anybody (P44)."""
    ask()
    path = link()
    for _ in range(25):
        page = Client().get(path)
        Client().head(path)
    assert page.status_code == 200
    assert page["Cache-Control"].startswith("max-age=0")
    assert not Choice.objects.exists()
    assert not Subscription.objects.confirmed().exists()
    answer = Client().post(path)
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "You get our newsletter" in Client().get(path).content.decode()
    assert wall.may_send("newsletter", WHO)
    Client().post(path)
    (entry,) = choices.history(WHO)
    assert (entry.answer, entry.set_by) == ("yes", "by you at the newsletter's sign-up")
    page = Client().get(path)
    assert "csrf" not in page.content.decode().split("<main")[1]


def test_the_words_on_the_page_are_the_words_on_record() -> None:
    ask()
    shown = unescape(Client().get(link()).content.decode())
    Client().post(link())
    (entry,) = choices.history(WHO)
    assert entry.wording in shown


def test_a_reader_is_a_person_with_the_newsletter_alone() -> None:
    ask(name="Ann Reader")
    Client().post(link())
    (person,) = [one for one in people.everyone() if one.subject == SUBJECT]
    assert (person.email, person.state) == (WHO, people.GUEST)
    assert person.given == {("newsletter", 1)}
    reached = {
        name
        for name in ("newsletter", "marketing", "launches", "news")
        if guard.reach(name, [person])
    }
    assert reached == {"newsletter"}


def test_readers_are_called_as_they_said_once_they_confirmed() -> None:
    ask(name="Ann Reader")
    assert Subscription.objects.names([SUBJECT]) == {}
    Client().post(link())
    ask(email="other@example.co.uk")
    Client().post(link())
    both = [SUBJECT, email_hash("other@example.co.uk")]
    assert Subscription.objects.names(both) == {SUBJECT: "Ann Reader"}


def test_the_mail_says_nothing_that_a_stranger_typed() -> None:
    ask(name="Buy gold at evil.example")
    message = Message.objects.get()
    for text in (message.subject, message.text, message.html):
        assert "evil" not in text
        assert "gold" not in text
    assert Subscription.objects.get().name == "Buy gold at evil.example"


@pytest.mark.parametrize("token", ["x" * 40, f"{'0' * 32}:{'A' * 43}", "nothing"])
def test_a_link_that_was_not_made_here_opens_nothing(token: str) -> None:
    for answer in (
        Client().get(f"/newsletter/confirm/{token}/"),
        Client().post(f"/newsletter/confirm/{token}/"),
    ):
        assert answer.status_code == 404
    with pytest.raises(sign_up_links.BadLink):
        sign_up_links.read(token)


# --- the later word ------------------------------------------------------------------
def test_a_confirmed_sign_up_takes_back_a_no_to_everything_and_says_so() -> None:
    member(WHO)
    choosing.say_no_to_everything(subject=SUBJECT, where="choices")
    ask()
    assert "Every answer above stays no" in Client().get(link()).content.decode()
    Client().post(link())
    assert wall.may_send("newsletter", WHO)
    for other in ("marketing", "launches", "news"):
        assert not wall.may_send(other, WHO)


def left_by_account() -> None:
    choosing.answer(
        subject=SUBJECT, question=choices.NEWSLETTER, said="no", where="choices"
    )


def left_altogether() -> None:
    choosing.say_no_to_everything(subject=SUBJECT, where="choices")


@pytest.mark.parametrize("leave", [left_by_account, left_altogether])
def test_who_leaves_gets_nothing_at_once_and_is_forgotten_within_the_hour(
    leave: Callable[[], None], mail_server: MailServer
) -> None:
    """P45 and P69: what waits in the outbox is stopped too."""
    ask()
    path = link()
    Client().post(path)
    sender.send_due()
    queued = outbox.queue(
        message_class="newsletter", to=WHO, subject="News", text="Words.", key="n"
    )
    assert queued.state == "queued"
    leave()
    assert sender.send_due() == 0
    queued.refresh_from_db()
    assert queued.state == "held"
    tasks.forget_readers()
    assert not Subscription.objects.exists()
    assert people.state_of(WHO) is None
    page = Client().post(path)
    assert page.status_code == 404
    assert "This link has ended" in page.content.decode()
    assert not wall.may_send("newsletter", WHO)


def test_who_left_may_come_back_at_once() -> None:
    ask()
    Client().post(link())
    left_by_account()
    ask()  # before the hour is over
    assert Message.objects.filter(message_class="confirm").count() == 2
    assert not wall.may_send("newsletter", WHO)
    Client().post(link())
    assert wall.may_send("newsletter", WHO)


def test_the_sweep_leaves_readers_and_those_who_have_not_confirmed() -> None:
    ask()
    Client().post(link())
    ask(email="other@example.co.uk")
    assert subscriptions.sweep() == 0
    assert Subscription.objects.count() == 2


def test_another_address_of_an_account_leaves_no_reader_behind() -> None:
    ask()
    Client().post(link())
    erasure.move(
        old=SUBJECT,
        new=email_hash("new@example.co.uk"),
        old_email=WHO,
        email="new@example.co.uk",
        member=lambda: None,
    )
    assert not Subscription.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_confirms_and_leaves_at_once_ends_in_one_of_the_two() -> None:
    """Two windows at once: never a reader with a no, never a yes without a reader."""
    for number in range(4):
        email = f"race{number}@example.co.uk"
        ask(email=email)
        subject, pk = email_hash(email), Subscription.objects.get().pk

        def go(act: Callable[[], object]) -> None:
            try:
                act()
            finally:
                connections.close_all()

        def leave(subject: str = subject) -> None:
            with choices.alone_with(subject):
                choosing.answer(
                    subject=subject,
                    question=choices.NEWSLETTER,
                    said="no",
                    where="choices",
                )
                subscriptions.end(subject=subject)

        def say_yes(pk: object = pk) -> None:
            sign_up.confirm(pk=pk)  # type: ignore[arg-type]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(go, [say_yes, leave]))
        assert not Subscription.objects.exists()  # whoever came second, they left
        assert choices.current(email, choices.NEWSLETTER) == "no"


# --- who learns what (R31) -----------------------------------------------------------
def confirmed() -> None:
    ask()
    Client().post(link())


def no_more() -> None:
    confirmed()
    left_by_account()


def closed() -> None:
    accounts.deactivate(member=member(WHO), by="member")


KNOWN: dict[str, tuple[Callable[[], object], int]] = {
    "waiting": (ask, 0),
    "confirmed": (confirmed, 0),
    "left": (no_more, 1),
    "a member": (lambda: member(WHO), 1),
    "closed": (closed, 1),
}


@pytest.mark.parametrize("state", KNOWN)
def test_nobody_learns_who_reads_the_newsletter(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status, headers, page and SQL statements are the same; one mail at the most."""
    make, mails = KNOWN[state]
    make()
    ask(email="warm@example.co.uk")
    known = effort(Client(), FORM, {"email": WHO, "name": ""}, monkeypatch)
    unknown = effort(
        Client(), FORM, {"email": "no@example.co.uk", "name": ""}, monkeypatch
    )
    for one in (known, unknown):
        one.headers.pop("X-Request-ID")
    assert (known.mails, unknown.mails) == (mails, 1)
    known.mails = unknown.mails = 0
    assert known == unknown, (known.sql, unknown.sql)


def test_the_form_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ask(email="warm@example.co.uk")
    with django_assert_max_num_queries(16):
        ask()


def test_a_network_that_asks_all_the_time_is_stopped() -> None:
    client = Client()
    for number in range(20):
        ask(email=f"a{number}@example.co.uk", client=client)
    answer = client.post(FORM, {"email": "one.more@example.co.uk", "name": ""})
    assert answer.status_code == 429
    assert Message.objects.count() == 20


def test_the_form_sets_no_cookie_and_needs_none() -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(FORM)
    assert client.post(FORM, {"email": WHO, "name": ""}).status_code == 303
    path = link()
    client.get(path)
    assert client.post(path).status_code == 303
    assert not client.cookies


# --- mail cannot be steered (R21) ----------------------------------------------------
STEERING = [
    "a@b.example, d@e.example",
    "a@b.example;d@e.example",
    "a@b.example d@e.example",
    "a@b.example\nBcc: d@e.example",
    "a@b.example\r\nBcc: d@e.example",
    "a@b.example%0aBcc:d@e.example",
    "a@b.example%0d%0aBcc:d@e.example",
    "a@b.example\x00d@e.example",
    "a@b.example\u2028d@e.example",
    "a@b.example\u2029d@e.example",
    "a@b.example\x85",
    "a@b.example\x0b",
    "a@b.example\t",
    "Someone <a@b.example>",
    "<a@b.example>",
    '"a,d"@b.example',
    '"a\r\nBcc: x"@b.example',
    "a@b.example (comment)",
    "a@@b.example",
    "a@b@c.example",
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    "mailto:a@b.example?bcc=d@e.example",
    "a" * 65 + "@b.example",
    "a@" + "b." * 130 + "example",
    "\uff41@b.example",
]
PLAIN = "plain@example.co.uk"


@pytest.mark.parametrize("typed", STEERING)
def test_an_address_that_is_more_than_one_plain_address_gets_nothing(
    typed: str,
) -> None:
    answer = Client().post(FORM, {"email": typed, "name": ""})
    assert answer.status_code == (400 if "\x00" in typed else 200)
    assert not Message.objects.exists()
    assert not Subscription.objects.exists()


def test_what_is_typed_as_a_name_steers_no_mail(mail_server: MailServer) -> None:
    """Each is either refused or kept as a name; the mail is the same one either way."""
    for number, typed in enumerate([*STEERING, "S" * 10_000]):
        Client(REMOTE_ADDR=f"10.0.{number}.1").post(
            FORM, {"email": f"n{number}@example.co.uk", "name": typed}
        )
    kept = Subscription.objects.count()
    assert 0 < kept < len(STEERING)
    assert sender.send_due() == kept
    sent = {
        (tuple(sorted(set(message.keys()))), message["Subject"], message["From"])
        for message in mail_server.messages
    }
    assert len(sent) == 1
    assert all(len(names) == 1 for names in mail_server.recipients)


def test_an_idn_address_is_written_to_in_ascii() -> None:
    ask(email="a@b\u00fccher.example")
    assert Message.objects.get().to == "a@xn--bcher-kva.example"


# --- the table, the key store, staff -------------------------------------------------
def test_an_address_waits_once_and_is_confirmed_after_it_was_asked() -> None:
    ask()
    row = Subscription.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(subject=SUBJECT, email=WHO)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(
            confirmed_at=row.asked_at - timedelta(days=1)
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(subject=WHO)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_sign_up_and_one_mail() -> None:
    def go(_: int) -> None:
        try:
            sign_up.ask(email=WHO, name="")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(go, range(20)))
    assert Subscription.objects.count() == Message.objects.count() == 1


def test_staff_find_a_reader_by_the_whole_address_and_leave_a_line() -> None:
    ask(name="Ann Reader")
    client = Client()
    who = member(is_staff=True)
    who.groups.add(Group.objects.get(name="Newsletter"))
    sign_in(client, who)
    page = client.get("/admin/newsletter/subscription/", {"q": WHO}).content.decode()
    row = Subscription.objects.get()
    assert f"/{row.pk}/change/" in page
    assert "Ann Reader" not in page
    opened = client.get(f"/admin/newsletter/subscription/{row.pk}/change/")
    assert opened.status_code == 200
    # when it was asked is told to who rings; the name is nothing that the role needs
    assert "Ann Reader" not in opened.content.decode()
    assert Look.objects.get().fields == [
        f"newsletter.Subscription.{name}" for name in ("asked_at", "confirmed_at")
    ]
    assert people.state_of(WHO) is None


def test_the_link_outlives_a_new_secret_key(settings: Settings) -> None:
    ask()
    path = link()
    settings.SECRET_KEY = "another" * 10
    assert Client().get(path).status_code == 200
