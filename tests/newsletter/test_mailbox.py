"""Our mailbox by IMAP, against the stand-in: taken once, and nothing lost (P20)."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django import Settings

from members.models import Enquiry
from newsletter import inbound, mailbox, outbox, tasks
from newsletter.models import Bounce, InboundMail, Message
from newsletter.sender import send_due
from tests.newsletter.test_mails import raw
from tests.sandbox.launcher import Sandbox, start_sandbox

pytestmark = pytest.mark.django_db

SECRET = "between/us @ home"


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    place = tmp_path_factory.mktemp("mailbox")
    started = start_sandbox(place, inbound_secret=SECRET)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def _configured(stand_ins: Sandbox, settings: Settings) -> Iterator[None]:
    port = stand_ins.imap_port
    url = settings.INBOX_URL = f"imap://shop:between%2Fus%20%40%20home@127.0.0.1:{port}"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", stand_ins.smtp_port
    yield
    stand_ins.clear_faults()
    settings.INBOX_URL = url
    # what a test has left behind
    InboundMail.objects.all().delete()
    mailbox.fetch()
    mailbox.fetch(criteria="FLAGGED")


def deliver(stand_ins: Sandbox, *names: str) -> None:
    for name in names:
        put(stand_ins, raw(name))


def put(stand_ins: Sandbox, message: bytes) -> None:
    assert stand_ins.request("POST", "/mail/deliver?by=imap", message)[0] == 202


def test_what_lies_there_is_taken_once_and_deleted(stand_ins: Sandbox) -> None:
    deliver(stand_ins, "question-koi8", "question-base64", "auto-vacation")
    deliver(stand_ins, "question-koi8")
    tasks.fetch_mail()
    assert Enquiry.objects.count() == 2
    assert mailbox.fetch() == mailbox.Fetched(0, 0)


def test_only_so_much_is_taken_at_once(stand_ins: Sandbox) -> None:
    names = ("question-koi8", "question-base64", "question-mislabelled")
    deliver(stand_ins, *names)
    assert mailbox.fetch(at_most=2) == mailbox.Fetched(2, 0)
    assert mailbox.fetch(seconds=-1) == mailbox.Fetched(0, 0)
    assert mailbox.fetch() == mailbox.Fetched(1, 0)


def test_one_that_a_door_trips_over_keeps_no_other_out(
    stand_ins: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deliver(stand_ins, "question-koi8", "question-base64")
    put(stand_ins, b"From: quill@example.co.uk\n\n" + b"\n" * 200_001)
    real = inbound.take

    def take(message: bytes) -> str:
        if b"koi8" in message:
            raise LookupError("quill@example.co.uk")
        return real(message)

    with monkeypatch.context() as patched:
        patched.setattr(inbound, "take", take)
        assert mailbox.fetch() == mailbox.Fetched(1, 2)
        assert mailbox.fetch() == mailbox.Fetched(0, 0)
    assert "quill" not in caplog.text
    assert Enquiry.objects.count() == 1
    # the mistake is mended, and somebody has it tried again
    assert mailbox.fetch(criteria=mailbox.LEFT_BEHIND).taken >= 1
    assert Enquiry.objects.count() == 2


def test_what_is_too_large_stays_for_people(
    stand_ins: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(stand_ins, "question-koi8")
    with monkeypatch.context() as patched:
        patched.setattr(inbound, "LARGEST", 100)
        assert mailbox.fetch() == mailbox.Fetched(0, 1)
    assert not InboundMail.objects.exists()


def test_while_the_database_is_away_nothing_leaves_the_mailbox(
    stand_ins: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(stand_ins, "question-koi8", "question-base64")

    def away(message: bytes) -> str:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(inbound, "take", away)
        with pytest.raises(OperationalError):
            mailbox.fetch()
    assert mailbox.fetch() == mailbox.Fetched(2, 0)


@pytest.mark.parametrize("step", ["FETCH", "STORE", "EXPUNGE", "SEARCH"])
def test_a_line_that_breaks_loses_nothing_and_doubles_nothing(
    stand_ins: Sandbox, step: str
) -> None:
    deliver(stand_ins, "question-koi8", "question-base64")
    stand_ins.fault(party="mail", kind="reset", path=f"/imap/{step}", count=1)
    with pytest.raises(mailbox.MailboxAway, match="abort"):
        mailbox.fetch()
    tasks.fetch_mail()
    assert Enquiry.objects.count() == 2
    assert mailbox.fetch() == mailbox.Fetched(0, 0)


def test_a_mailbox_that_is_away_is_one_line_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    good = settings.INBOX_URL
    for bad in (good.replace("between", "password-of"), "imap://shop:x@127.0.0.1:1"):
        settings.INBOX_URL = bad
        tasks.fetch_mail()
        assert "our mailbox is not reached" in caplog.text
        assert "password-of" not in caplog.text
        caplog.clear()
    settings.INBOX_URL = ""
    assert mailbox.fetch() == mailbox.Fetched(0, 0)


def test_a_server_without_a_certificate_is_no_mailbox_of_ours(
    settings: Settings,
) -> None:
    settings.INBOX_URL = settings.INBOX_URL.replace("imap://", "imaps://")
    with pytest.raises(mailbox.MailboxAway):
        mailbox.fetch()


@pytest.mark.parametrize(
    ("box", "kind"), [("bounce", "hard"), ("complain", "complaint")]
)
def test_a_letter_that_comes_back_is_known_by_its_return_path(
    stand_ins: Sandbox, box: str, kind: str
) -> None:
    """Queued, sent by SMTP, reported by the other server, fetched by IMAP."""
    message = outbox.queue(
        message_class="order",
        to=f"{box}@example.org",
        subject="Your order",
        text="Words",
        about="order:J26-0000-0001",
        key="test:1",
    )
    assert send_due() == 1
    assert mailbox.fetch() == mailbox.Fetched(1, 0)
    bounce = Bounce.objects.get()
    assert (bounce.letter, bounce.kind) == (message.pk, kind)
    assert bounce.about == "order:J26-0000-0001"
    message.refresh_from_db()
    assert message.state == Message.State.SENT


def test_somebody_fetches_by_hand(
    stand_ins: Sandbox, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(stand_ins, "question-koi8")
    call_command("fetch_mail")
    assert capsys.readouterr().out == "1 taken, 0 left for people.\n"
    call_command("fetch_mail", "--flagged")
    assert capsys.readouterr().out == "0 taken, 0 left for people.\n"
    settings.INBOX_URL = "imap://shop:x@127.0.0.1:1"
    with pytest.raises(CommandError, match="not reached: ConnectionRefusedError"):
        call_command("fetch_mail")
