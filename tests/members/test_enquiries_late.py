"""Deadlines run: what waits too long goes to Customer Liaison, once (P4; H6)."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from members import probes
from members.actions import answers, enquiries, requests
from members.models import Enquiry, EnquiryEvent
from members.tasks import escalate_late, look_after_enquiries, look_after_requests
from newsletter.models import Message

START = "2026-11-23 10:00Z"  # a Monday: due by the end of the next one
DAY = timedelta(days=1)


def asked(email: str = "quill@example.co.uk") -> Enquiry:
    given = enquiries.Asked(words="Where is it?", email=email)
    return enquiries.ask(asked=given, kind="question")


def escalations() -> int:
    return EnquiryEvent.objects.filter(code="escalated").count()


@pytest.mark.django_db
def test_it_goes_over_on_the_day_after_and_not_before() -> None:
    with time_machine.travel(START, tick=False) as clock:
        enquiry = asked()
        clock.shift(7 * DAY)
        escalate_late()
        assert escalations() == 0
        clock.shift(DAY)
        escalate_late()
        escalate_late()
        enquiry.refresh_from_db()
    assert (enquiry.team, enquiry.escalated_why) == ("liaison", "late")
    assert escalations() == 1
    told = Message.objects.filter(key__startswith="enquiry_handed_over")
    assert "did not answer" in " ".join(told.get().text.split())


@pytest.mark.django_db
def test_weeks_without_beat_are_caught_up_whole() -> None:
    with time_machine.travel(START, tick=False) as clock:
        for number in range(5):
            asked(f"quill{number}@example.co.uk")
        answered = asked("lark@example.co.uk")
        answers.answer(enquiry=answered, staff=1, words="Here.")
        clock.shift(60 * DAY)
        assert not probes.enquiries().passed
        assert enquiries.escalate_late(limit=3) == 3
        escalate_late()
        assert probes.enquiries().passed
    assert escalations() == 5


@pytest.mark.django_db
def test_an_answer_stops_the_clock_and_a_word_starts_it_again() -> None:
    with time_machine.travel(START, tick=False) as clock:
        enquiry = asked()
        answers.answer(enquiry=enquiry, staff=1, words="Here.")
        clock.shift(20 * DAY)
        escalate_late()
        assert escalations() == 0
        enquiries.say(enquiry=enquiry, words="It is not.")
        clock.shift(5 * DAY)  # Friday, 18 December: the fifth working day
        escalate_late()
        assert escalations() == 0
        clock.shift(1 * DAY)
        escalate_late()
        assert escalations() == 1


@pytest.mark.django_db
def test_what_nobody_comes_back_to_is_closed() -> None:
    with time_machine.travel(START, tick=False) as clock:
        enquiry = asked()
        answers.answer(enquiry=enquiry, staff=1, words="Here.")
        clock.shift(27 * DAY)
        look_after_enquiries()
        enquiry.refresh_from_db()
        assert enquiry.state == "answered"
        clock.shift(2 * DAY)
        look_after_enquiries()
        enquiry.refresh_from_db()
    assert enquiry.is_closed
    look_after_requests()


@pytest.mark.django_db
def test_a_late_request_turns_its_probe_red() -> None:
    with time_machine.travel("2026-01-12 12:00Z", tick=False) as clock:
        requests.take_in(
            kind="access",
            channel="post",
            email="quill@example.co.uk",
            full_name="",
            words="A copy, please",
            by="staff:1",
        )
        assert probes.data_requests().passed
        clock.shift(40 * DAY)
        found = probes.data_requests()
    assert not found.passed
    assert found.findings == ["1 are late."]


def both(act: "threading.Barrier", done: list[int]) -> None:
    act.wait()
    done.append(enquiries.escalate_late())
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_hand_each_over_once() -> None:
    made = [asked(f"quill{number}@example.co.uk") for number in range(12)]
    past = timezone.now() - DAY
    Enquiry.objects.filter(pk__in=[one.pk for one in made]).update(answer_due_at=past)
    barrier, done = threading.Barrier(4), list[int]()
    threads = [threading.Thread(target=both, args=(barrier, done)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 12
    assert escalations() == 12
    told = Message.objects.filter(key__startswith="enquiry_handed_over")
    assert told.count() == 12
