"""The mail stand-in: SMTP in, an inbox for people and programs, mail to the shop."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jessops.lib import signing
from tests.sandbox.customer import get
from tests.sandbox.launcher import Sandbox, start_sandbox
from tests.sandbox.receiver import Receiver


def message(subject: str = "Your order J26-4812-0751: £129.99") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Jessops <orders@jessops.test>"
    mail["To"] = "Zoë Ashdown <zoe@example.com>"
    mail["Subject"] = subject
    mail["Message-ID"] = "<outbox-1@jessops.test>"
    mail.set_content("Zoë, thank you: see http://localhost:8000/orders/abc/.")
    mail.add_alternative(
        "<p>Thank you</p><script>document.title='run'</script>"
        '<img src="http://192.0.2.1/pixel.png">',
        subtype="html",
    )
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf")
    return mail


def send(sandbox: Sandbox, mail: EmailMessage, *to: str) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail, to_addrs=to or None)


def test_mail_arrives_readable(sandbox: Sandbox) -> None:
    before = len(sandbox.get_json("/mail/messages.json"))
    send(sandbox, message())
    send(sandbox, message("Second"), "one@example.com", "two@example.com")
    first, second = sandbox.get_json("/mail/messages.json")[before:]
    assert set(first) == {
        "id",
        "date",
        "from",
        "to",
        "subject",
        "headers",
        "text",
        "html",
    }
    assert first["from"] == "Jessops <orders@jessops.test>"
    assert first["to"] == ["zoe@example.com"]
    assert first["subject"] == "Your order J26-4812-0751: £129.99"
    assert first["headers"]["Message-ID"] == "<outbox-1@jessops.test>"
    assert "Zoë, thank you: see" in first["text"]
    assert "<p>Thank you</p>" in first["html"]
    assert second["id"] > first["id"]
    assert second["to"] == ["one@example.com", "two@example.com"]
    envelopes = sandbox.get_json("/mail/requests.json")
    assert envelopes[-1]["payload"]["to"] == ["one@example.com", "two@example.com"]


def test_message_is_shown_shut_in(sandbox: Sandbox, browser: Browser) -> None:
    send(sandbox, message())
    mail = sandbox.get_json("/mail/messages.json")[-1]
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    failed: dict[str, str | None] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "requestfailed", lambda request: failed.update({request.url: request.failure})
    )
    page.goto(f"{sandbox.base}/mail/{mail['id']}/")
    frame = page.frame_locator("iframe")
    frame.get_by_text("Thank you").wait_for()
    assert page.title().startswith("Your order")
    # The tracking picture was stopped by the policy before it left.
    abroad = [url for url in asked if not url.startswith(sandbox.base)]
    assert abroad == ["http://192.0.2.1/pixel.png"]
    assert failed == {"http://192.0.2.1/pixel.png": "csp"}
    # The link in the text leads to the shop.
    link = page.get_by_role("link", name="http://localhost:8000/orders/abc/")
    assert link.get_attribute("href") == "http://localhost:8000/orders/abc/"
    # Opened by itself, the message runs no script either.
    page.goto(f"{sandbox.base}/mail/{mail['id']}/html")
    assert page.title() != "run"
    context.close()


def test_hostile_subject_stays_text(sandbox: Sandbox) -> None:
    send(sandbox, message("<script>alert(1)</script>"))
    mail = sandbox.get_json("/mail/messages.json")[-1]
    for path in ("/mail/", f"/mail/{mail['id']}/"):
        assert "<script" not in get(sandbox.base + path).text
    for path in ("0", "0/html", "0/raw", "x"):
        assert get(f"{sandbox.base}/mail/{path}/").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?nowhere?b?!!!?=\r\n\r\nx",
        b"Subject: \xff\xfe caf\xe9\r\n\r\n\xff",
        b'Content-Type: text/plain; charset="nowhere"\r\n\r\n\xe9',
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts at all",
        b"no header at all",
        b"Subject: folded\r\n line\r\n\r\nx",
    ],
)
def test_malformed_mail_is_kept_and_shown(sandbox: Sandbox, raw: bytes) -> None:
    before = len(sandbox.get_json("/mail/messages.json"))
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.sendmail("orders@jessops.test", ["zoe@example.com"], raw)
    (mail,) = sandbox.get_json("/mail/messages.json")[before:]
    assert get(f"{sandbox.base}/mail/{mail['id']}/").status_code == 200
    assert get(f"{sandbox.base}/mail/").status_code == 200
    if b"folded" in raw:
        assert mail["subject"] == "folded line"


@pytest.mark.parametrize(
    ("recipient", "code"),
    [("bad@example.com", 550), ("temp+1@example.com", 451), ("bader@example.com", 250)],
)
def test_some_recipients_are_refused(
    sandbox: Sandbox, recipient: str, code: int
) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.ehlo()
        smtp.mail("orders@jessops.test")
        assert smtp.rcpt(recipient)[0] == code


def test_mail_to_the_shop_is_kept_when_it_takes_none(sandbox: Sandbox) -> None:
    raw = message().as_bytes()
    status, body = sandbox.request("POST", "/mail/deliver", raw, "message/rfc822")
    assert status == 202
    assert b'"delivered": false' in body
    kept = sandbox.get_json("/mail/outgoing.json")[-1]
    assert kept["subject"] == "Your order J26-4812-0751: £129.99"
    assert get(f"{sandbox.base}/mail/{kept['id']}/raw").content == raw
    assert sandbox.request("POST", "/mail/deliver", b" ")[0] == 400


def test_mail_to_the_shop_is_posted_on(tmp_path: Path) -> None:
    shop = Receiver()
    sandbox = start_sandbox(tmp_path, inbound_url=shop.url, inbound_secret="between us")
    raw = message().as_bytes()
    status, body = sandbox.request("POST", "/mail/deliver", raw, "message/rfc822")
    assert (status, b'"delivered": true' in body) == (202, True)
    assert shop.got[0][0]["Content-Type"] == "message/rfc822"
    assert shop.got[0][1] == raw
    signed = shop.got[0][0]["X-Mail-Signature"]
    now = datetime.now(UTC)
    assert signing.is_good("between us", raw, signed, now)
    assert not signing.is_good("between us", raw + b" ", signed, now)
    shop.stop()
    assert sandbox.request("POST", "/mail/deliver", raw)[0] == 502
    assert sandbox.stop() == 0
