"""Mail to us: signed, taken once, read without trust, and no loops (P3, P97, P107)."""

import time
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from jessops.lib import signing
from members.actions import enquiries
from members.models import Enquiry, EnquiryMessage
from newsletter import inbound
from newsletter.models import InboundMail, Message
from privacy import retention

pytestmark = pytest.mark.django_db

SECRET = "between us"
WEBMASTER = "webmaster@jessops.example"
ADDRESS = "/webhooks/email/"


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.INBOUND_MAIL_SECRET = SECRET


def mail(to: str = WEBMASTER, text: str = "What do you hold?", **heads: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Quill Marrow <quill@example.co.uk>"
    message["To"] = to
    message["Subject"] = "Your policy"
    message["Message-ID"] = "<1@example.co.uk>"
    for name, value in heads.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def post(raw: bytes, **changes: Any) -> Any:
    signed = signing.signature(SECRET, raw, timezone.now())
    headers = {"X-Mail-Signature": changes.pop("signed", signed)}
    kind = changes.pop("kind", "message/rfc822")
    return Client().post(ADDRESS, raw, content_type=kind, headers=headers)


def test_a_message_is_one_enquiry_and_one_acknowledgement() -> None:
    for _ in range(3):
        assert post(mail()).status_code == 200
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.team) == ("email", "web-design")
    assert enquiry.full_name == "Quill Marrow"
    assert enquiry.email == "quill@example.co.uk"
    assert "What do you hold?" in EnquiryMessage.objects.get().body
    told = Message.objects.get()
    assert told.to == "quill@example.co.uk"
    assert enquiry.reference in told.subject
    assert InboundMail.objects.get().outcome == enquiry.matter
    assert post(mail(Message_ID="<2@example.co.uk>")).status_code == 200
    assert Enquiry.objects.count() == 2


@pytest.mark.parametrize(
    ("to", "kind", "team"),
    [
        (WEBMASTER, "question", "web-design"),
        ("custcare@jessops.example", "complaint", "liaison"),
        ("Clubs@Jessops.example", "question", "clubs"),
        ("privacy@jessops.example", "data", "privacy"),
        ("enquiries@jessops.example", "question", "web-sales"),
    ],
)
def test_each_mailbox_has_its_desk(to: str, kind: str, team: str) -> None:
    post(mail(to))
    enquiry = Enquiry.objects.get()
    assert (enquiry.kind, enquiry.team) == (kind, team)


def test_what_is_marked_for_web_design_goes_there() -> None:
    post(mail("custcare@jessops.example", Subject="FAO Web Design"))
    assert Enquiry.objects.get().team == "web-design"


def test_a_reply_joins_its_thread_by_the_key_and_by_nothing_else() -> None:
    post(mail())
    enquiry = Enquiry.objects.get()
    reply_to = Message.objects.get().headers["Reply-To"]
    assert enquiry.token in reply_to
    # Somebody's mail server writes addresses in capitals.
    post(mail(reply_to.upper(), "And one more thing", Message_ID="<3@x.example>"))
    assert enquiry.messages.count() == 2
    assert Message.objects.count() == 1  # nothing that could loop
    forged = mail(
        "enquiries@jessops.example",
        "Add this",
        Message_ID="<4@x.example>",
        Subject=f"Re: {enquiry.reference}",
        In_Reply_To="<1@example.co.uk>",
    )
    post(forged)
    assert enquiry.messages.count() == 2
    guessed = f"enquiries+{'a' * 32}@jessops.example"
    assert post(mail(guessed, Message_ID="<5@x.example>")).content == b"no door"


def test_a_reply_opens_a_closed_enquiry_again() -> None:
    post(mail())
    enquiry = Enquiry.objects.get()
    enquiries.close(enquiry=enquiry)
    post(mail(Message.objects.get().headers["Reply-To"], Message_ID="<6@x.example>"))
    enquiry.refresh_from_db()
    assert enquiry.is_open


@pytest.mark.parametrize(
    "heads",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=x"},
        {"Precedence": "bulk"},
        {"List_Id": "<all.example.org>"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "enquiries@jessops.example"},
        {"From": "nobody"},
        {"From": "a@example.org, b@example.org"},
        {"To": "somebody@elsewhere.example"},
        {"To": "owner@jessops.example"},
    ],
)
def test_machines_and_mail_that_is_not_for_us_get_no_answer(
    heads: dict[str, str],
) -> None:
    assert post(mail(**heads)).status_code == 200
    assert not Enquiry.objects.exists()
    assert not Message.objects.exists()


def test_a_bounce_is_no_enquiry() -> None:
    raw = mail().replace(
        b"Content-Type: text/plain", b"Content-Type: multipart/report; boundary=x"
    )
    assert post(raw).content == b"automatic"


def test_our_own_mail_asks_no_machine_to_answer() -> None:
    post(mail())
    assert Message.objects.get().headers["Auto-Submitted"] == "auto-replied"


def test_only_our_mail_server_may_post(settings: Settings) -> None:
    raw = mail()
    old = signing.signature(SECRET, raw, timezone.now() - timedelta(minutes=6))
    ahead = signing.signature(SECRET, raw, timezone.now() + timedelta(minutes=6))
    other = signing.signature("another", raw, timezone.now())
    stolen = signing.signature(SECRET, raw + b" ", timezone.now())
    for signed in ("", "t=,v1=", "t=x,v1=é", old, ahead, other, stolen):
        assert post(raw, signed=signed).status_code == 400, signed
    assert post(raw, kind="text/plain").status_code == 415
    assert post(b"x" * (inbound.LARGEST + 1)).status_code == 413
    assert Client().get(ADDRESS).status_code == 405
    settings.INBOUND_MAIL_SECRET = ""
    nothing = signing.signature("", raw, timezone.now())
    assert post(raw, signed=nothing).status_code == 400
    assert not InboundMail.objects.exists()


def test_a_message_that_cannot_be_kept_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(**_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(enquiries, "ask", broken)
        with pytest.raises(OSError, match="no room"):
            post(mail())
    assert not InboundMail.objects.exists()
    assert post(mail()).status_code == 200
    assert Enquiry.objects.count() == 1


def test_attachments_are_counted_and_not_kept() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "quill@example.co.uk", WEBMASTER
    message["Subject"] = "Two pictures"
    message.set_content("Look")
    message.add_alternative("<p>Look</p>", subtype="html")
    for _ in range(2):
        message.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg")
    post(message.as_bytes())
    body = EnquiryMessage.objects.get().body
    assert body == (
        "Two pictures\n\nLook\n\n[2 attached, which we do not take in by e-mail]"
    )


def test_a_page_alone_is_read_as_words() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "quill@example.co.uk", WEBMASTER
    message.set_content(
        "<head><style>p{}</style></head><p>One &amp; two</p><script>x</script>Three",
        subtype="html",
    )
    post(message.as_bytes())
    assert EnquiryMessage.objects.get().body == "One & two\nThree"


def test_a_card_number_in_a_mail_is_not_kept() -> None:
    post(mail(text="4242-4242-4242-4242 was charged twice"))
    assert "4242" not in EnquiryMessage.objects.get().body


HOSTILE = {
    "nothing": b"\n",
    "no headers": b"\n\nwords",
    "no body": b"From: quill@example.co.uk\nTo: webmaster@jessops.example",
    "unknown charset": mail().replace(b'charset="utf-8"', b'charset="x-klingon"'),
    "broken charset": mail().replace(b'charset="utf-8"', b'charset="utf-8\xff"'),
    "not its charset": mail(text="zz").replace(b"zz", b"\xff\xfe\x00caf\xe9"),
    "broken base64": mail().replace(b"7bit", b"base64"),
    "uuencode": mail().replace(b"7bit", b"x-uuencode"),
    "unknown encoding": mail().replace(b"7bit", b"rot13"),
    "broken word": mail(Subject="x").replace(b"Subject: x", b"Subject: =?utf-8?b?@@?="),
    "unknown word": mail(Subject="x").replace(b": x", b": =?klingon?q?=FF?="),
    "raw bytes": mail(Subject="x").replace(b": x", b": caf\xe9 \x00\x01\xff"),
    "no boundary": mail().replace(b"text/plain", b"multipart/mixed"),
    "multipart of one": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--",
    "deep": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
        for n in range(2000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 5000,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nx\n" * 20_000,
    "many lines": b"From: a\n\n" + b"\n" * 1_000_000,
    "long header": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\n",
    "many headers": b"To: a@b.example\n" * 50_000 + b"\n",
    "long address": b"From: " + b"<" * 100_000 + b"\n\n",
    "comments": b"From: " + b"(" * 100_000 + b"\n\n",
    "open tags": b"Content-Type: text/html\n\n" + b"<style>" * 100_000,
    "half tags": b"Content-Type: text/html\n\n" + b"<style" * 100_000,
    "entities": b"Content-Type: text/html\n\n" + b"&" * 200_000,
    "one line": b"From: a\n\n" + b"x" * 4_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_is_sent_breaks_or_holds_the_shop(name: str) -> None:
    began = time.thread_time()  # of work: what else the machine does is not its fault
    response = post(HOSTILE[name])
    assert response.status_code == 200, name
    assert time.thread_time() - began < 5, name
    assert InboundMail.objects.count() == 1


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_damage_on_the_way_breaks_the_reading(data: st.DataObject) -> None:
    raw = bytearray(mail(Subject="Zoë and a café", text="naïve €"))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=6))
        raw = raw or bytearray(b"x")
    try:
        read, name = inbound.read(bytes(raw))
    except inbound.Unreadable:
        return
    assert name
    for text in (read.subject, read.sender_name, read.text, read.sender, *read.to):
        assert "\0" not in text
    assert "\n" not in read.subject + read.sender_name + read.sender


def test_a_door_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="twice"):
        inbound.register(inbound.Door("our mailboxes", lambda mail: ""))


def test_what_names_a_message_is_kept_as_a_hash_and_goes() -> None:
    post(mail())
    assert "example" not in InboundMail.objects.get().name_hash
    old = timezone.now() - timedelta(days=91)
    InboundMail.objects.update(taken_at=old)
    assert retention.clock("mail-to-us").overdue().count() == 1
