"""P97, P98: an e-mail, a call or a letter is enough, under the clock of the law."""

from datetime import date
from email.message import EmailMessage

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jessops.lib import signing
from jessops.lib.hashing import email_hash
from members.actions import requests
from members.models import DataRequest, DataRequestStep, Enquiry, Member
from newsletter.models import Message
from privacy import choices
from privacy.models import Copy, Erasure

pytestmark = pytest.mark.django_db

SECRET = "between us"
QUILL = "quill@example.co.uk"
STAFF = "staff:7"
DOORS = ("email", "telephone", "post")


def taken(kind: str, channel: str) -> DataRequest:
    return requests.take_in(
        kind=kind,
        channel=channel,
        email=QUILL,
        full_name="Quill",
        words="Please",
        by=STAFF,
    )


def effect(kind: str) -> bool:
    """Say whether what was asked has happened to QUILL."""
    subject = email_hash(QUILL)
    if kind == "access":
        return Copy.objects.filter(subject=subject).exists()
    if kind == "deactivate":
        return not Member.objects.get(email=QUILL).is_active
    if kind == "erase":
        return Erasure.objects.filter(subject=subject, state="waiting").exists()
    if kind == "object":
        return choices.current_of(subject, choices.EVERYTHING) == "no"
    return Member.objects.get(email=QUILL).full_name == "Quill M."


@pytest.mark.parametrize("channel", DOORS)
@pytest.mark.parametrize("kind", DataRequest.Kind.values)
def test_whichever_door_the_same_is_done(
    client: Client, kind: str, channel: str
) -> None:
    """Asked, proved by the link to the address that is held, done; each step told."""
    Member.objects.create_user(QUILL, full_name="Quil")
    request = taken(kind, channel)
    requests.ask_identity(request=request, by=STAFF)
    right = {"full_name": "Quill M."} if kind == "correct" else {}
    with pytest.raises(requests.RequestError):
        requests.carry_out(request=request, by=STAFF, **right)
    assert not effect(kind), "done before it was proved who asks"
    assert client.post(requests.prove_path(request)).status_code == 303
    requests.search(request=request, by=STAFF)
    requests.carry_out(request=request, by=STAFF, **right)
    assert effect(kind)
    steps = DataRequestStep.objects.filter(reference=request.reference)
    done = [] if kind == "erase" else ["done"]  # that closes when its days are over
    assert list(steps.values_list("code", flat=True)) == [
        *("received", "identity-asked", "identity-proved", "searched"),
        *done,
    ]
    told = Message.objects.filter(about=request.matter)
    assert told.count() == 3 + len(done)
    assert set(told.values_list("message_class", flat=True)) == {"legal"}


def test_a_mail_about_ones_data_opens_an_enquiry_for_privacy_staff(
    settings: Settings,
) -> None:
    """P97: no machine guesses what is meant; a person reads it and takes it in."""
    settings.INBOUND_MAIL_SECRET = SECRET
    message = EmailMessage()
    message["From"], message["To"] = QUILL, "privacy@jessops.example"
    message["Subject"], message["Message-ID"] = "Delete me", "<q2@example.co.uk>"
    message.set_content("Delete my account")
    raw = message.as_bytes()
    Member.objects.create_user(QUILL)
    signed = signing.signature(SECRET, raw, timezone.now())
    headers = {"X-Mail-Signature": signed}
    kind = "message/rfc822"
    Client().post("/webhooks/email/", raw, content_type=kind, headers=headers)
    enquiry = Enquiry.objects.get()
    assert (enquiry.kind, enquiry.team) == ("data", "privacy")
    assert Member.objects.get(email=QUILL).is_active, "a forged sender closed it"
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("channel", DOORS)
def test_the_same_clock_runs_for_every_door(client: Client, channel: str) -> None:
    """H6: from the proof, with a pause, to a working day; extended once."""
    with time_machine.travel("2026-01-05 12:00Z", tick=False) as clock:
        request = taken("access", channel)
        requests.ask_identity(request=request, by=STAFF)
        clock.move_to("2026-01-31 12:00Z")
        client.post(requests.prove_path(request))
        assert due(request) == date(2026, 3, 2)  # 28 February is a Saturday
        requests.pause(request=request, by=STAFF)
        assert due(request) is None
        clock.move_to("2026-02-03 12:00Z")
        requests.resume(request=request, by=STAFF)
        assert due(request) == date(2026, 3, 3)
        requests.extend(request=request, why="complex", by=STAFF)
        assert due(request) == date(2026, 5, 5)  # 3 May a Sunday, 4 May a holiday


def due(request: DataRequest) -> date | None:
    found: date | None = requests.standings([request])[request.reference].due_on
    return found
