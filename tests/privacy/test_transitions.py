"""Announcing a sale, looking at its notice, and passing data on: what is refused."""

import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from jessops.lib import private_file
from jessops.lib.hashing import email_hash
from members.models import Member
from privacy import choices, guard, handover, transfer, transitions
from privacy.actions import transitions as actions
from privacy.models import (
    Choice,
    Transition,
    TransitionEvent,
    TransitionSighting,
    Wording,
)
from privacy.people import Person
from shop.models import Order, Status
from tests.builders import draft_token, product
from tests.privacy.transition_days import HOUR, announced, hourly, in_sql, looked
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
DAY = 24 * HOUR
OWNER = "owner@jessops.example"


def announce(**changes: Any) -> Transition:
    values: dict[str, Any] = {
        "buyer": "Northlight Retail Ltd",
        "notice": "Northlight Retail Ltd is to take over the shop.",
        "planned_on": timezone.now().date() + timedelta(days=30),
        "use_differs": False,
        "by": "Member 1",
        **changes,
    }
    return actions.announce(**values)


def stood(days: int, **changes: Any) -> Transition:
    """A sale announced so that `days` whole days have been proved by now."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begin = midnight - days * DAY - 10 * HOUR
    sale = announced(begin, **changes)
    looked(sale, [*hourly(begin + HOUR, midnight - HOUR), *hourly(midnight, now)])
    return sale


def paid(email: str, **changes: Any) -> Order:
    """An order that is paid for, whose data may pass."""
    token = draft_token(Client(), {product().sku: 1}, email=email, **changes)
    now = timezone.now()
    rows = Order.objects.filter(token=token)
    rows.update(status=Status.PENDING, placed_at=now)
    rows.update(status=Status.AUTHORISED, authorised_at=now)
    return Order.objects.get(token=token)


def say(email: str, purpose: str, answer: str) -> None:
    """Put an answer on record, as the pages of choices do."""
    text = "What was shown"
    digest = hashlib.sha256(text.encode()).hexdigest()
    Wording.objects.bulk_create(
        [Wording(sha256=digest, text=text)], ignore_conflicts=True
    )
    Choice.objects.create(
        subject=email_hash(email),
        purpose=purpose,
        answer=answer,
        where="test",
        wording_sha256=digest,
        policy_version=1,
    )


def people_in(file: Path) -> set[str]:
    """Return whose e-mail addresses stand in an export."""
    found = set()
    for line in file.read_text().splitlines():
        for row in json.loads(line)["rows"]:
            if "email" in row["fields"]:
                found.add(row["fields"]["email"])
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir(mode=0o700)
    return folder


# --- announcing -----------------------------------------------------------------------
def test_a_sale_is_announced_thirty_days_ahead_at_least() -> None:
    today = timezone.now().date()
    with pytest.raises(actions.BadAnnouncement, match="thirty"):
        announce(planned_on=today + timedelta(days=29))
    assert announce(planned_on=today + timedelta(days=30)).reference == (
        f"T{today.year}-1"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"buyer": " "},
        {"notice": ""},
        {"use_differs": True},
        {"use_differs": True, "question": "  "},
        {"question": "May they?"},
    ],
)
def test_an_announcement_says_it_all(changes: dict[str, Any]) -> None:
    with pytest.raises(actions.BadAnnouncement):
        announce(**changes)
    assert not Transition.objects.exists()


def test_one_sale_is_live_at_a_time() -> None:
    first = announce()
    with pytest.raises(actions.AnotherIsLive):
        announce()
    actions.withdraw(reference=first.reference, by="Member 1")
    second = announce()
    assert second.reference != first.reference
    assert transitions.live() == second


def test_the_database_too_lets_only_one_be_live() -> None:
    announce()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.create(
            reference="T2026-9",
            buyer="x",
            notice="x",
            planned_on=timezone.now().date() + timedelta(days=60),
            use_differs=False,
            announced_by="Member 1",
        )


def test_the_database_too_wants_thirty_days() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.create(
            reference="T2026-9",
            buyer="x",
            notice="x",
            planned_on=timezone.now().date() + timedelta(days=29),
            use_differs=False,
            announced_by="Member 1",
        )


def test_what_has_ended_takes_no_further_step(place: Path) -> None:
    sale = stood(30)
    actions.withdraw(reference=sale.reference, by="Member 1")
    steps: list[Callable[[], TransitionEvent]] = [
        lambda: actions.withdraw(reference=sale.reference, by="Member 1"),
        lambda: actions.complete(reference=sale.reference, by="Member 1"),
        lambda: actions.export(
            reference=sale.reference, to=str(place / "x"), by="Member 1"
        ),
    ]
    for step in steps:
        with pytest.raises(actions.NotLive):
            step()
    for code in ("withdrawn", "exported", "completed"):
        with pytest.raises(IntegrityError), transaction.atomic():
            TransitionEvent.objects.create(
                reference=sale.reference, code=code, sha256="0" * 64, by="Member 1"
            )
    assert TransitionEvent.objects.count() == 1


# --- thirty days ----------------------------------------------------------------------
def test_export_is_refused_on_day_29_and_allowed_on_day_30(place: Path) -> None:
    paid("priya@example.co.uk")
    sale = stood(29, planned_on=timezone.now().date())
    with pytest.raises(actions.TooSoon, match="29 unbroken days of 30"):
        actions.export(reference=sale.reference, to=str(place / "29"), by="Member 1")
    assert not list(place.iterdir())
    actions.withdraw(reference=sale.reference, by="Member 1")

    sale = stood(30, reference="T2026-2")
    event = actions.export(
        reference=sale.reference, to=str(place / "30"), by="Member 1"
    )
    assert people_in(place / "30") == {"priya@example.co.uk"}
    assert event.people == 1
    assert event.sha256 == hashlib.sha256((place / "30").read_bytes()).hexdigest()


def test_no_day_is_passed_over_before_the_planned_one(place: Path) -> None:
    tomorrow = timezone.now().date() + timedelta(days=1)
    sale = stood(40, planned_on=tomorrow)
    with pytest.raises(actions.TooSoon, match="announced for"):
        actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    with pytest.raises(actions.TooSoon):
        actions.complete(reference=sale.reference, by="Member 1")
    for code in ("exported", "completed"):
        with pytest.raises(IntegrityError), transaction.atomic():
            TransitionEvent.objects.create(
                reference=sale.reference, code=code, sha256="0" * 64, by="Member 1"
            )


@pytest.mark.parametrize("hole", ["bare", "gap"])
def test_one_dark_day_locks_the_export_again(place: Path, hole: str) -> None:
    sale = stood(40)
    at = timezone.now() - 5 * DAY
    if hole == "bare":
        looked(sale, [transitions.Round(at, good=False, bare=True)])
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                "DELETE FROM privacy_transitionsighting WHERE at BETWEEN %s AND %s",
                [at, at + 4 * HOUR],
            )
            cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(actions.TooSoon):
        actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    with pytest.raises(IntegrityError), transaction.atomic():
        TransitionEvent.objects.create(
            reference=sale.reference, code="exported", sha256="0" * 64, by="Member 1"
        )
    assert not list(place.iterdir())


def test_the_database_refuses_what_the_action_would_let_through(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the check in Python gone, the trigger still counts for itself."""
    paid("priya@example.co.uk")
    sale = stood(29, planned_on=timezone.now().date())
    monkeypatch.setattr(actions, "_check_time", lambda transition: None)
    with pytest.raises(actions.TooSoon, match="database"):
        actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    with pytest.raises(IntegrityError):
        actions.complete(reference=sale.reference, by="Member 1")
    assert not list(place.iterdir())


def test_nobody_writes_a_month_of_looks_in_one_evening() -> None:
    sale = announced(timezone.now() - 40 * DAY)
    for ago in (HOUR, 11 * HOUR / 60, -HOUR):
        with pytest.raises(IntegrityError), transaction.atomic():
            TransitionSighting.objects.create(
                reference=sale.reference,
                at=timezone.now() - ago,
                path="/",
                shown=True,
            )
    TransitionSighting.objects.create(reference=sale.reference, path="/", shown=True)
    assert in_sql(sale, timezone.now()) == 0


def test_an_entry_cannot_be_dated_to_better_days() -> None:
    sale = stood(40)
    looked(sale, [transitions.Round(timezone.now() - HOUR, good=False, bare=True)])
    with pytest.raises(IntegrityError), transaction.atomic():
        TransitionEvent.objects.create(
            reference=sale.reference,
            code="exported",
            sha256="0" * 64,
            by="Member 1",
            at=timezone.now() - 2 * DAY,
        )


def test_completing_ends_the_notice() -> None:
    sale = stood(31)
    actions.complete(reference=sale.reference, by="Member 1")
    assert transitions.live() is None
    end = transitions.end_of(sale.reference)
    assert end is not None
    assert end.code == "completed"


def test_an_unknown_event_is_refused_by_the_database() -> None:
    sale = stood(31)
    with pytest.raises(IntegrityError), transaction.atomic():
        TransitionEvent.objects.create(
            reference=sale.reference, code="forgiven", by="Member 1"
        )


# --- the set --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("use_differs", "answer", "moves"),
    [
        (True, "yes", True),
        (True, "no", False),
        (True, "", False),
        (False, "yes", True),
        (False, "no", False),
        (False, "", True),
    ],
)
def test_accept_decline_and_silence(
    place: Path, use_differs: bool, answer: str, moves: bool
) -> None:
    paid("priya@example.co.uk")
    question = "May they?" if use_differs else ""
    sale = stood(30, use_differs=use_differs, question=question)
    if answer:
        say("Priya@Example.co.uk", transfer.question(sale.reference), answer)
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert people_in(place / "x") == ({"priya@example.co.uk"} if moves else set())


def test_an_answer_to_another_sale_is_no_answer_to_this_one(place: Path) -> None:
    paid("priya@example.co.uk")
    sale = stood(30, use_differs=True, question="May they?")
    say("priya@example.co.uk", "transition:T1999-1", "yes")
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert people_in(place / "x") == set()


def test_the_last_answer_counts(place: Path) -> None:
    for name in ("in", "out"):
        paid(f"{name}@example.com")
    sale = stood(30, use_differs=True, question="May they?")
    this = transfer.question(sale.reference)
    for email, said in (("in", ("no", "yes")), ("out", ("yes", "no"))):
        for answer in said:
            say(f"{email}@example.com", this, answer)
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert people_in(place / "x") == {"in@example.com"}


def test_who_left_or_wants_nothing_stays_out(place: Path) -> None:
    paid("stays@example.com")
    paid("everything@example.com")
    say("everything@example.com", choices.EVERYTHING, "no")
    Member.objects.create_user("member@example.com")
    Member.objects.create_user("closed@example.com", is_active=False)
    Member.objects.create_superuser(OWNER)
    draft_token(Client(), {product().sku: 1}, email="browsing@example.com")
    sale = stood(30)
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert people_in(place / "x") == {"stays@example.com", "member@example.com"}


@pytest.mark.parametrize(
    ("state", "given", "said", "why"),
    [
        ("guest", "order", transfer.Answers(), ""),
        ("member", "account", transfer.Answers(), ""),
        ("erased", "order", transfer.Answers(this="yes"), "erased"),
        ("deactivated", "account", transfer.Answers(this="yes"), "closed"),
        ("guest", "order", transfer.Answers("yes", nothing_at_all=True), "opted-out"),
        ("guest", "order", transfer.Answers("no"), "no"),
        ("guest", "legal", transfer.Answers("yes"), "law"),
        ("guest", "choices", transfer.Answers(), "law"),
    ],
)
def test_the_first_reason_that_holds_keeps_a_person_out(
    state: str, given: str, said: transfer.Answers, why: str
) -> None:
    person = Person("0" * 64, "x@example.com", state, frozenset({(given, 1)}))
    assert transfer.why_not(person, said, use_differs=False) == why
    assert why == "" or why in transfer.REASONS


def test_what_came_under_a_policy_without_a_sale_stays(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard decides for each row, by the version it was given under (P100)."""
    paid("priya@example.co.uk")
    sale = stood(30)
    monkeypatch.setitem(
        guard.PURPOSES, "transfer", replace(guard.PURPOSES["transfer"], since=2)
    )
    event = actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert event.people == 0
    assert (place / "x").read_text() == ""


def test_who_declines_while_the_set_is_made_is_out(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid("first@example.com")
    paid("late@example.com")
    sale = stood(30)
    lines = actions._lines
    times: list[int] = []

    def slow(transition: Transition) -> Iterator[tuple[str, bytes]]:
        yield from lines(transition)
        if not times:
            times.append(1)
            say("late@example.com", transfer.question(sale.reference), "no")

    monkeypatch.setattr(actions, "_lines", slow)
    event = actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert people_in(place / "x") == {"first@example.com"}
    assert event.people == 1
    assert TransitionEvent.objects.count() == 1


def test_a_set_that_never_settles_is_given_up(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid("late@example.com")
    sale = stood(30)
    monkeypatch.setattr(actions, "_included", lambda transition: iter(()))
    monkeypatch.setattr(actions, "_lines", lambda transition: iter([("x", b"x")]))
    with pytest.raises(actions.Unsettled):
        actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert not list(place.iterdir())
    assert not TransitionEvent.objects.exists()


def test_only_declared_columns_leave(place: Path) -> None:
    order = paid("priya@example.co.uk")
    Member.objects.create_user("priya@example.co.uk", "a long password")
    sale = stood(30)
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    text = (place / "x").read_text()
    rows = [row for line in text.splitlines() for row in json.loads(line)["rows"]]
    allowed = set(handover.columns())
    for row in rows:
        assert {f"{row['of']}.{name}" for name in row["fields"]} <= allowed
    assert {row["of"] for row in rows} == {
        "shop.Order",
        "shop.OrderLine",
        "members.Member",
    }
    assert order.token not in text
    assert order.email_hash not in text
    assert "argon2" not in text


# --- the file -------------------------------------------------------------------------
def test_the_file_is_for_its_owner_alone(place: Path) -> None:
    paid("priya@example.co.uk")
    sale = stood(30)
    os.umask(os.umask(0))
    actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert stat.S_IMODE((place / "x").stat().st_mode) == 0o600
    assert [file.name for file in place.iterdir()] == ["x"]


@pytest.mark.parametrize("when", ["before", "at", "after"])
def test_a_crash_leaves_no_file_without_its_entry(
    place: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    paid("priya@example.co.uk")
    sale = stood(30)

    class Crash(BaseException):
        """The process is killed here."""

    def crash(*args: object, **kwargs: object) -> None:
        raise Crash

    if when == "before":
        monkeypatch.setattr(TransitionEvent.objects, "create", crash)
    elif when == "at":
        monkeypatch.setattr(private_file.PrivateFile, "publish", crash)
    else:
        monkeypatch.setattr(os, "link", crash)
    with pytest.raises(Crash):
        actions.export(reference=sale.reference, to=str(place / "x"), by="Member 1")
    assert not list(place.iterdir())
    assert TransitionEvent.objects.count() == (0 if when == "before" else 1)


def bad_places(folder: Path) -> list[str]:
    (folder / "there").write_text("x")
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "inside").symlink_to(Path(__file__).parent)
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    return [
        "relative.jsonl",
        "../x.jsonl",
        f"{folder}/../x.jsonl",
        f"{folder}/out/../../x.jsonl",
        f"{folder}/no/such/folder/x",
        f"{folder}/there",
        f"{folder}/there/x",
        f"{folder}/dangling",
        f"{folder}/inside/x.jsonl",
        f"{folder}/open/x.jsonl",
        str(Path(__file__).parents[2] / "static" / "x.jsonl"),
        str(Path(__file__).parents[2] / "x.jsonl"),
        f"{folder}/x\0.jsonl",
        f"{folder}/",
        "/proc/x.jsonl",
        "",
    ]


def test_no_path_leads_where_it_should_not(place: Path) -> None:
    paid("priya@example.co.uk")
    sale = stood(30)
    for path in bad_places(place):
        with pytest.raises(private_file.BadPlace):
            actions.export(reference=sale.reference, to=path, by="Member 1")
    assert not TransitionEvent.objects.exists()


def test_nothing_is_written_over_what_came_meanwhile(place: Path) -> None:
    with private_file.PrivateFile(str(place / "x")) as outgoing:
        outgoing.write(b"ours")
        (place / "x").write_text("theirs")
        with pytest.raises(FileExistsError):
            outgoing.publish()
    assert (place / "x").read_text() == "theirs"
    assert [file.name for file in place.iterdir()] == ["x"]


# --- the command ----------------------------------------------------------------------
def test_the_command_exports_for_staff_with_the_right_to(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paid("priya@example.co.uk")
    owner = Member.objects.create_superuser(OWNER)
    Member.objects.create_user("clerk@jessops.example", is_staff=True)
    gone = Member.objects.create_superuser("gone@jessops.example", is_active=False)
    sale = stood(30)
    for by in ("clerk@jessops.example", "nobody@jessops.example", gone.email, ""):
        with pytest.raises(CommandError, match="--by"):
            call_command("export_transfer", sale.reference, to=str(place / "x"), by=by)
    call_command(
        "export_transfer", sale.reference, to=str(place / "x"), by=OWNER.upper()
    )
    event = TransitionEvent.objects.get()
    assert event.by == f"Member {owner.pk}"
    assert event.sha256 in capsys.readouterr().out
    for reference in ("T1999-1", "", "'; DROP TABLE privacy_transition; --"):
        with pytest.raises(CommandError, match="nothing was written"):
            call_command("export_transfer", reference, to=str(place / "y"), by=OWNER)


def test_a_superuser_cannot_export_early(place: Path) -> None:
    Member.objects.create_superuser(OWNER)
    sale = announce()
    with pytest.raises(CommandError, match="0 unbroken days of 30"):
        call_command("export_transfer", sale.reference, to=str(place / "x"), by=OWNER)
    assert not list(place.iterdir())


# --- staff ----------------------------------------------------------------------------
@pytest.fixture
def staff(client: Client) -> Client:
    sign_in(client, Member.objects.create_superuser(OWNER))
    return client


FORM = {
    "buyer": "Northlight Retail Ltd",
    "notice": "They take over.\nNothing else changes.",
    "planned_on": "2099-01-15",
    "question": "",
}
ADD = "/admin/privacy/transition/add/"


def test_staff_announce_in_two_steps_and_withdraw_in_two(staff: Client) -> None:
    assert "Go on" in staff.get(ADD).content.decode()
    shown = staff.post(ADD, FORM).content.decode()
    assert "stands on every page within a minute" in shown
    assert "Northlight Retail Ltd" in shown
    assert not Transition.objects.exists()
    assert staff.post(ADD, {**FORM, "sure": "1"}).status_code == 302
    sale = Transition.objects.get()
    # the same button pressed twice announces once
    again = staff.post(ADD, {**FORM, "sure": "1"})
    assert "another sale is announced" in again.content.decode()
    assert Transition.objects.count() == 1

    page = staff.get(f"/admin/privacy/transition/{sale.pk}/change/").content.decode()
    assert "0 of 30 unbroken" in page
    assert "0 of 30 days" in staff.get("/admin/privacy/transition/").content.decode()
    address = f"/admin/privacy/transition/{sale.pk}/withdraw/"
    assert "called off for good" in staff.get(address).content.decode()
    assert transitions.live() == sale
    assert staff.post(address, {"sure": "1"}).status_code == 302
    assert transitions.live() is None
    assert "no such sale" in staff.post(address, {"sure": "1"}).content.decode()
    assert "Withdrawn" in staff.get("/admin/privacy/transition/").content.decode()


def test_a_superuser_tries_everything_and_changes_nothing(staff: Client) -> None:
    sale = stood(12, planned_on=timezone.now().date())
    before = Transition.objects.values().get()
    base = f"/admin/privacy/transition/{sale.pk}/"
    assert staff.post(f"{base}change/", {**FORM, "_save": "1"}).status_code == 403
    assert staff.post(f"{base}delete/", {"post": "yes"}).status_code == 403
    for action in ("delete_selected", "announce"):
        staff.post(
            "/admin/privacy/transition/",
            {"action": action, "_selected_action": [sale.pk], "post": "yes"},
        )
    for model in ("transitionevent", "transitionsighting"):
        for page in ("", "add/", "1/change/"):
            assert staff.get(f"/admin/privacy/{model}/{page}").status_code in (403, 404)
    answer = staff.post(f"{base}complete/", {"sure": "1"})
    assert "12 unbroken days of 30" in answer.content.decode()
    for page in ("nonsense/change/", "999999/withdraw/", "999999/complete/"):
        assert staff.get(f"/admin/privacy/transition/{page}").status_code in (302, 404)
    assert Transition.objects.values().get() == before
    assert not TransitionEvent.objects.exists()


def test_the_buttons_are_for_those_with_the_right_to_them(client: Client) -> None:
    sale = announce()
    clerk = Member.objects.create_user("clerk@jessops.example", is_staff=True)
    base = f"/admin/privacy/transition/{sale.pk}/"
    for who in (None, clerk):
        if who:
            sign_in(client, who)
        for page in (f"{base}withdraw/", f"{base}complete/", ADD, f"{base}change/"):
            assert client.post(page, {"sure": "1"}).status_code in (302, 403)
    assert transitions.live() == sale


def test_a_finished_sale_is_completed_by_its_button(staff: Client) -> None:
    sale = stood(31)
    base = f"/admin/privacy/transition/{sale.pk}/"
    page = staff.get(f"{base}change/").content.decode()
    assert "31 of 30 unbroken" in page
    assert staff.post(f"{base}complete/", {"sure": "1"}).status_code == 302
    assert transitions.live() is None


# --- two at once ----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_announcements_at_once_make_one() -> None:
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def one() -> None:
        try:
            gate.wait()
            outcomes.append(announce().reference)
        except actions.Refused as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AnotherIsLive", f"T{timezone.now().year}-1"]


@pytest.mark.django_db(transaction=True)
def test_a_step_that_waits_too_long_for_another_is_refused() -> None:
    sale = announce()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            actions._lock()
            held.set()
            done.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with pytest.raises(actions.Busy):
        announce()
    with pytest.raises(actions.Busy):
        actions.withdraw(reference=sale.reference, by="Member 1")
    done.set()
    thread.join()
    assert transitions.live() == sale


def test_a_moment_is_read_in_utc_wherever_it_was_written() -> None:
    assert transitions.first_whole_day(datetime(2026, 7, 1, tzinfo=UTC)).day == 2
