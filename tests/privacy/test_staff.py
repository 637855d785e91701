"""Staff read the ledgers and the outbox, and change nothing but a failed message."""

import pytest
from django.test import Client

from members.models import Member
from newsletter import outbox
from newsletter.models import Message
from privacy import choices
from privacy.models import Receipt, Wording
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

WHO = "canary@example.com"


@pytest.fixture
def staff(client: Client) -> Client:
    member = Member.objects.create_superuser("staff@example.com", "a long password")
    sign_in(client, member)
    return client


@pytest.fixture
def failed() -> Message:
    message = outbox.queue(
        message_class="order", to=WHO, subject="Canary subject", text="Canary", key="k"
    )
    Message.objects.update(state="failed", settled_at=message.created_at)
    return message


def test_ledgers_are_for_reading(staff: Client) -> None:
    entry = choices.record(
        email=WHO, purpose="newsletter", answer="no", where="test", wording="words"
    )
    receipt = Receipt.objects.create(
        connector="gone", recipient="Gone", purpose="order", field_names=["name"]
    )
    for model, key in (
        ("privacy/choice", entry.pk),
        ("privacy/receipt", receipt.pk),
        ("privacy/wording", entry.wording_sha256),
    ):
        assert staff.get(f"/admin/{model}/").status_code == 200
        assert staff.get(f"/admin/{model}/{key}/change/").status_code == 200
        # a choice that somebody tells us is written down: test_choice_doors.py
        if model != "privacy/choice":
            assert staff.get(f"/admin/{model}/add/").status_code == 403
        assert staff.post(f"/admin/{model}/{key}/change/", {}).status_code == 403
        assert staff.post(f"/admin/{model}/{key}/delete/").status_code == 403


def test_the_outbox_shows_what_failed_but_not_what_it_said(
    staff: Client, failed: Message
) -> None:
    listed = staff.get("/admin/newsletter/message/").content.decode()
    assert "Failed" in listed
    shown = staff.get(f"/admin/newsletter/message/{failed.pk}/change/")
    assert shown.status_code == 200
    assert "Canary</" not in shown.content.decode()
    assert staff.get("/admin/newsletter/message/add/").status_code == 403
    address = f"/admin/newsletter/message/{failed.pk}/delete/"
    assert staff.post(address).status_code == 403


def test_a_failed_message_can_be_tried_again_by_staff(
    staff: Client, failed: Message
) -> None:
    waiting = outbox.queue(
        message_class="order", to=WHO, subject="s", text="t", key="waiting"
    )
    answer = staff.post(
        "/admin/newsletter/message/",
        {"action": "try_again", "_selected_action": [failed.pk, waiting.pk]},
        follow=True,
    )
    page = answer.content.decode()
    assert "1 waiting again." in page
    assert "1 left alone: not failed." in page
    failed.refresh_from_db()
    assert failed.state == "queued"
    Message.objects.update(state="failed", settled_at=failed.created_at)
    answer = staff.post(
        "/admin/newsletter/message/",
        {"action": "try_again", "_selected_action": [failed.pk]},
        follow=True,
    )
    assert "left alone" not in answer.content.decode()


def test_only_staff_come_in(client: Client) -> None:
    for address in ("/admin/newsletter/message/", "/admin/privacy/choice/"):
        assert client.get(address).status_code in (302, 403, 404)


def test_what_is_shown_as_a_name_names_nobody(failed: Message) -> None:
    entry = choices.record(
        email=WHO, purpose="newsletter", answer="no", where="test", wording="Canary"
    )
    receipt = Receipt.objects.create(connector="x", recipient="x", field_names=[])
    shown = [str(item) for item in (failed, entry, receipt, Wording.objects.get())]
    assert not [text for text in shown if "canary" in text.lower()]
