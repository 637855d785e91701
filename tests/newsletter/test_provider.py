"""The mail provider's webhooks, posted by its stand-in: signed, and nothing tracked."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from members.models import Enquiry
from newsletter import inbound
from newsletter.models import Bounce, InboundMail, Message
from tests.newsletter.test_mails import LETTER, letter, raw
from tests.sandbox.launcher import Sandbox, start_sandbox

pytestmark = pytest.mark.django_db

__all__ = ["letter"]
KEY = "the provider's key"
MAIL, EVENTS = "/webhooks/email/provider/mail/", "/webhooks/email/provider/events/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _key(settings: Settings) -> None:
    settings.MAILGUN_SIGNING_KEY = KEY


def signed(key: str = KEY, at: float = 0) -> dict[str, str]:
    stamp, token = str(int(time.time() + at)), "t" * 50
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256)
    return {"timestamp": stamp, "token": token, "signature": digest.hexdigest()}


def told(event: str, signature: dict[str, Any] | None = None, **data: Any) -> Any:
    message = {"headers": {"message-id": f"outbox-{LETTER}@jessops.example"}}
    body = {
        "signature": signature or signed(),
        "event-data": {"event": event, "message": message, **data},
    }
    return Client().post(EVENTS, json.dumps(body), content_type="application/json")


def form(raw_message: bytes, **changes: str) -> Any:
    fields = {**signed(), "recipient": "x", "body-mime": raw_message, **changes}
    return Client().post(MAIL, urlencode(fields), content_type=FORM)


def test_a_message_comes_in_as_it_was_sent() -> None:
    """As a form in either shape, byte by byte; and never twice."""
    assert form(raw("question-koi8")).content.startswith(b"enquiry:")
    assert form(raw("question-koi8")).content == b"again"
    texts = {name: value.encode() for name, value in signed().items()}
    fields = {**texts, "body-mime": raw("leave-bare-latin")}
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(head % (name.encode(), value) for name, value in fields.items())
    seen: list[bytes] = []

    def take(message: bytes) -> str:
        seen.append(message)
        return "taken"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inbound, "take", take)
        kind = "multipart/form-data; boundary=b"
        Client().post(MAIL, body + b"--b--\r\n", content_type=kind)
    assert seen == [raw("leave-bare-latin")]


def test_a_message_may_be_as_large_as_by_any_other_way() -> None:
    """Django's reader of forms stops at half a megabyte; a picture is larger."""
    large = raw("question-koi8") + b"x" * 1_000_000
    assert form(large).status_code == 200
    assert Enquiry.objects.count() == 1
    said = str(inbound.LARGEST * 4)
    answer = Client().post(MAIL, b"a=b", content_type=FORM, CONTENT_LENGTH=said)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("event", "data", "kind"),
    [
        ("complained", {}, "complaint"),
        (
            "failed",
            {
                "severity": "permanent",
                "reason": "bounce",
                "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
            },
            "hard",
        ),
        (
            "failed",
            {
                "severity": "permanent",
                "reason": "generic",
                "delivery-status": {"code": 552, "message": "5.2.2 mailbox full"},
            },
            "soft",
        ),
        ("failed", {"severity": "permanent", "delivery-status": None}, "soft"),
    ],
)
def test_what_came_of_a_letter_is_recorded_once(
    event: str, data: dict[str, Any], kind: str, letter: Message
) -> None:
    assert told(event, **data).content.decode() == f"report:{kind}"
    assert told(event, **data).content.decode() == f"report:{kind} again"
    bounce = Bounce.objects.get()
    assert (bounce.kind, bounce.letter, bounce.source) == (kind, LETTER, "provider")


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("opened", {"ip": "192.0.2.9", "client-info": {"user-agent": "x"}}),
        ("clicked", {"url": "https://shop.example/"}),
        ("delivered", {}),
        ("accepted", {}),
        ("unsubscribed", {}),
        ("of-tomorrow", {}),
        ("failed", {"severity": "temporary"}),
        ("complained", {"message": {"headers": {"message-id": "<other@x.example>"}}}),
        ("complained", {"message": {}}),
    ],
)
def test_nobody_is_watched_and_what_is_new_is_answered_with_yes(
    event: str, data: dict[str, Any], letter: Message
) -> None:
    response = told(event, **data)
    assert (response.status_code, response.content) == (200, b"nothing lost")
    assert not Bounce.objects.exists()


FORGED: list[dict[str, Any]] = [
    {},
    signed("another key"),
    signed(at=-2 * 24 * 3600),
    signed(at=2 * 24 * 3600),
    signed() | {"timestamp": "nan"},
    signed() | {"timestamp": "é"},
    signed() | {"timestamp": ""},
    signed() | {"signature": "é"},
    signed() | {"token": "x"},
]


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_only_the_provider_may_post(number: int, letter: Message) -> None:
    forged = FORGED[number]
    fields = {"body-mime": raw("question-koi8"), **forged}
    assert Client().post(MAIL, urlencode(fields), content_type=FORM).status_code == 400
    if forged:
        assert told("complained", forged).status_code == 400
    assert not Bounce.objects.exists()
    assert not InboundMail.objects.exists()


def test_without_a_key_nothing_is_taken(settings: Settings, letter: Message) -> None:
    settings.MAILGUN_SIGNING_KEY = ""
    assert form(raw("question-koi8"), **signed("")).status_code == 400
    assert told("complained", signed("")).status_code == 400
    assert not InboundMail.objects.exists()


def test_nothing_that_is_posted_breaks_the_shop() -> None:
    deep = b"[" * 100_000
    for body in (b"{", b"null", b"[]", b'"x"', b'{"signature": 1}', b"\xff", deep):
        answer = Client().post(EVENTS, body, content_type="application/json")
        assert answer.status_code == 400, body[:20]
    shapes: list[dict[str, Any]] = [
        {"event-data": 1},
        {"event-data": {}},
        {"event-data": {"event": []}},
    ]
    for data in shapes:
        text = json.dumps({"signature": signed(), **data})
        answer = Client().post(EVENTS, text, content_type="application/json")
        assert answer.status_code == 400, data
    many = "&".join(f"a{n}=1" for n in range(1000)).encode()
    for body in (b"\xff=1", b"%zz", many):
        assert Client().post(MAIL, body, content_type=FORM).status_code == 400
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "text/plain"):
        assert Client().post(MAIL, b"--x", content_type=kind).status_code == 400
    assert form(b"").status_code == 406
    assert Client().get(MAIL).status_code == Client().get(EVENTS).status_code == 405
    large = Client().post(EVENTS, b" " * 300_000, content_type="application/json")
    assert large.status_code == 413
    assert Client().post(EVENTS, b"{}", content_type="text/plain").status_code == 415


@pytest.fixture
def stand_ins(
    tmp_path_factory: pytest.TempPathFactory, live_server: LiveServer
) -> Iterator[Sandbox]:
    started = start_sandbox(
        tmp_path_factory.mktemp("provider"),
        inbound_url=f"{live_server.url}/webhooks/email/",
        inbound_secret=KEY,
    )
    yield started
    started.stop()


@pytest.mark.django_db(transaction=True)
def test_the_stand_in_posts_as_the_provider_does(
    stand_ins: Sandbox, letter: Message
) -> None:
    message = raw("question-with-pictures")
    status, body = stand_ins.request("POST", "/mail/deliver?by=provider", message)
    assert (status, json.loads(body)["answer"]) == (202, "200")
    assert Enquiry.objects.count() == 1
    for event in ("opened", "failed", "complained"):
        fields = {"event": event, "message_id": letter.message_id}
        stand_ins.post_json("/mail/event", fields)
    assert sorted(Bounce.objects.values_list("kind", flat=True)) == [
        "complaint",
        "hard",
    ]
