"""Requests about one's data by e-mail, telephone and post (P97, P98)."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import requests
from members.models import DataRequest, DataRequestStep, Member
from newsletter.models import Message
from privacy import choices
from privacy.actions import erasures
from privacy.models import Copy, Erasure

pytestmark = pytest.mark.django_db

QUILL = "quill@example.co.uk"
STAFF = "staff:7"


def taken(**changes: Any) -> DataRequest:
    given = {
        "kind": "access",
        "channel": "telephone",
        "email": QUILL,
        "full_name": "Quill Marrow",
        "words": "Send me what you hold. My card: 4242 4242 4242 4242",
        "by": STAFF,
    }
    return requests.take_in(**{**given, **changes})


def codes(request: DataRequest) -> list[str]:
    steps = DataRequestStep.objects.filter(reference=request.reference)
    return list(steps.values_list("code", flat=True))


def stands(request: DataRequest) -> Any:
    return requests.standings([request])[request.reference]


def proved(**changes: Any) -> DataRequest:
    request = taken(**changes)
    requests.prove(request=request, how="papers", by=STAFF)
    return request


def link_of(mail: Message) -> str:
    words = next(word for word in mail.text.split() if "/enquiries/prove/" in word)
    return str(words[words.index("/enquiries/") :])


def test_it_is_written_down_and_the_person_is_told() -> None:
    request = taken()
    assert "4242" not in request.words
    mail = Message.objects.get()
    assert (mail.to, mail.message_class) == (QUILL, "legal")
    assert request.reference in mail.subject
    assert codes(request) == ["received"]


def test_identity_is_proved_by_a_link_to_the_address_that_is_held(
    client: Client,
) -> None:
    with time_machine.travel("2026-01-12 12:00Z", tick=False):
        request = taken()
        requests.ask_identity(request=request, by=STAFF)
        with pytest.raises(requests.RequestError):
            requests.ask_identity(request=request, by=STAFF)
        with pytest.raises(requests.RequestError, match="proved who"):
            requests.carry_out(request=request, by=STAFF)
    with time_machine.travel("2026-01-20 12:00Z", tick=False):
        [mail] = [one for one in Message.objects.all() if "Was it you" in one.subject]
        path = link_of(mail)
        page = client.get(path)
        assert "A copy of my details" in page.content.decode()
        assert "noindex" in page["X-Robots-Tag"]
        assert codes(request)[-1] == "identity-asked"  # GET acts on nothing
        for _ in range(2):
            assert client.post(path).status_code == 303
        assert "Thank you" in client.get(path).content.decode()
    assert codes(request) == ["received", "identity-asked", "identity-proved"]
    assert stands(request).due_on == date(2026, 2, 20)
    assert client.get("/enquiries/prove/forged/").status_code == 404
    requests.withdraw(request=request, by=STAFF)
    assert client.get(path).status_code == 404


def test_the_clock_waits_for_an_answer_and_goes_on() -> None:
    with time_machine.travel("2026-01-12 12:00Z", tick=False) as clock:
        request = taken()
        requests.pause(request=request, by=STAFF)
        with pytest.raises(requests.RequestError):
            requests.pause(request=request, by=STAFF)
        with pytest.raises(requests.RequestError):
            requests.extend(request=request, why="complex", by=STAFF)
        clock.shift(timedelta(days=5))
        requests.resume(request=request, by=STAFF)
        with pytest.raises(requests.RequestError):
            requests.resume(request=request, by=STAFF)
        assert stands(request).due_on == date(2026, 2, 17)
        requests.extend(request=request, why="many", by=STAFF)
        with pytest.raises(requests.RequestError, match="once"):
            requests.extend(request=request, why="many", by=STAFF)
        assert stands(request).due_on == date(2026, 4, 17)


def test_an_extension_comes_within_the_month_or_not_at_all() -> None:
    with time_machine.travel("2026-01-12 12:00Z", tick=False) as clock:
        request = taken()
        clock.shift(timedelta(days=40))
        assert stands(request).is_late(timezone.now().date())
        with pytest.raises(requests.RequestError, match="first month"):
            requests.extend(request=request, why="complex", by=STAFF)


def test_a_search_looks_in_every_table_and_is_on_record() -> None:
    Member.objects.create_user(QUILL)
    request = taken()
    tables, rows = requests.search(request=request, by=STAFF)
    assert tables >= 2  # the account, and the request itself
    assert rows >= 2
    step = DataRequestStep.objects.get(code="searched")
    assert f"{rows} rows in {tables}" in step.detail
    assert QUILL not in step.detail


def test_a_copy_goes_to_the_address_that_is_held() -> None:
    request = proved()
    assert requests.carry_out(request=request, by=STAFF)
    copy = Copy.objects.get()
    assert copy.subject == email_hash(QUILL)
    assert copy.by_mail
    request.refresh_from_db()
    assert request.outcome == "done"
    with pytest.raises(requests.RequestError, match="settled"):
        requests.carry_out(request=request, by=STAFF)
    again = proved()
    with pytest.raises(requests.RequestError, match="on its way"):
        requests.carry_out(request=again, by=STAFF)
    again.refresh_from_db()
    assert again.closed_at is None


def test_an_account_is_closed_as_by_its_owner() -> None:
    request = proved(kind="deactivate")
    with pytest.raises(requests.RequestError, match="account"):
        requests.carry_out(request=request, by=STAFF)
    member = Member.objects.create_user(QUILL)
    requests.carry_out(request=request, by=STAFF)
    member.refresh_from_db()
    assert not member.is_active
    assert member.deactivated_at


@pytest.mark.parametrize("kind", ["deactivate", "erase"])
def test_no_request_ends_an_account_of_our_staff(kind: str) -> None:
    Member.objects.create_user(QUILL, is_staff=True)
    with pytest.raises(requests.RequestError, match="staff"):
        requests.carry_out(request=proved(kind=kind), by=STAFF)
    assert Member.objects.get(email=QUILL).is_active


def test_an_objection_stops_everything_that_asks() -> None:
    requests.carry_out(request=proved(kind="object"), by=STAFF)
    assert choices.current_of(email_hash(QUILL), choices.EVERYTHING) == "no"


def test_a_correction_is_made_where_the_member_would_make_it() -> None:
    member = Member.objects.create_user(QUILL, full_name="Quil")
    request = proved(kind="correct")
    requests.carry_out(
        request=request, by=STAFF, full_name="Quill M.", telephone="01632 960123"
    )
    member.refresh_from_db()
    assert (member.full_name, member.telephone) == ("Quill M.", "01632 960123")


def test_an_erasure_waits_its_days_and_then_closes_the_request() -> None:
    Member.objects.create_user(QUILL)
    request = proved(kind="erase")
    assert not requests.carry_out(request=request, by=STAFF)
    with pytest.raises(requests.RequestError, match="already"):
        requests.carry_out(request=request, by=STAFF)
    assert requests.follow_erasures() == 0
    erasure = Erasure.objects.get()
    assert erasure.door == "staff"
    erasures.withdraw(pk=erasure.pk)
    assert requests.follow_erasures() == 1
    request.refresh_from_db()
    assert request.outcome == "withdrawn"
    assert requests.follow_erasures() == 0


def test_a_refusal_says_why_and_where_to_complain() -> None:
    request = taken(kind="erase", channel="post")
    requests.refuse(request=request, why="law", by=STAFF)
    text = " ".join(Message.objects.latest("created_at").text.split())
    assert "the law makes us keep" in text
    assert "Information Commissioner" in text
    request.refresh_from_db()
    assert request.outcome == "refused"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (requests.prove, {"how": "a feeling"}),
        (requests.extend, {"why": "a holiday"}),
        (requests.refuse, {"why": "no"}),
    ],
)
def test_reasons_are_of_fixed_lists(act: Any, words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(words.values()))):
        act(request=taken(), by=STAFF, **words)


def test_every_channel_takes_the_same_steps_with_the_same_end() -> None:
    ends = []
    for channel in ("email", "telephone", "post"):
        email = f"{channel}@example.co.uk"
        Member.objects.create_user(email)
        request = proved(kind="deactivate", channel=channel, email=email)
        requests.carry_out(request=request, by=STAFF)
        active = Member.objects.get(email=email).is_active
        request.refresh_from_db()
        ends.append((codes(request), request.outcome, active))
    assert ends[0] == ends[1] == ends[2]
    assert ends[0] == (["received", "identity-proved", "done"], "done", False)


def test_the_steps_hold_no_word_of_the_person() -> None:
    request = proved()
    requests.search(request=request, by=STAFF)
    requests.carry_out(request=request, by=STAFF)
    for step in DataRequestStep.objects.all():
        text = f"{step.detail} {step.by} {step.code}"
        assert "uill" not in text
        assert "@" not in text
