"""Mail from this layer: through the outbox, and alarms to our own people only."""

import pytest
from django.conf import settings

from newsletter import outbox
from newsletter.models import Message
from privacy import post

pytestmark = pytest.mark.django_db


def send(message_class: str, to: str) -> Message:
    key = f"test:{message_class}:{to}"
    post.queue(
        message_class=message_class,
        to=to,
        subject="A probe failed",
        text="The probe of the cookies failed.",
        key=key,
    )
    return Message.objects.get(key=key)


def test_the_outbox_has_registered_itself() -> None:
    message = send("staff", settings.COMPANY["email"])
    assert (message.state, message.message_class) == ("queued", "staff")


def test_an_alarm_goes_to_our_own_people_and_nobody_else() -> None:
    assert send("staff", settings.COMPANY["email"].upper()).state == "queued"
    assert send("staff", "canary@example.com").state == "held"


def test_what_the_law_makes_us_tell_is_sent_whatever_was_chosen() -> None:
    assert send("legal", "canary@example.com").state == "queued"


def test_the_same_fact_is_told_once() -> None:
    send("staff", settings.COMPANY["email"])
    send("staff", settings.COMPANY["email"])
    assert Message.objects.count() == 1


def test_without_an_outbox_nothing_is_lost_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, "_outbox", None)
    with pytest.raises(post.NoPost):
        send("staff", settings.COMPANY["email"])
    post.register(outbox.queue, outbox.known)
    send("staff", settings.COMPANY["email"])
