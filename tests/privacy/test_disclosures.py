"""Demands of the law: on record, by two people, exactly what is named, and told."""

import hashlib
import json
import stat
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jessops.lib import private_file
from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import outbox
from newsletter.models import Message
from privacy import disclosures, handover, letters
from privacy.actions import disclosures as actions
from privacy.models import (
    DisclosureApproval,
    DisclosureEvent,
    LegalDisclosure,
    Receipt,
)
from privacy.people import Person
from shop.models import Order, Payment
from tests.privacy.test_transitions import bad_places, paid
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
WHO = "priya@example.co.uk"
NAMED = ("shop.Order.full_name", "shop.Order.postcode")
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def order() -> Order:
    return paid(WHO)


@pytest.fixture
def first() -> Member:
    return Member.objects.create_superuser("first@jessops.example", joined_at=LONG_AGO)


@pytest.fixture
def second() -> Member:
    return Member.objects.create_superuser("second@jessops.example", joined_at=LONG_AGO)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir(mode=0o700)
    return folder


def demand(member: Member, **changes: Any) -> LegalDisclosure:
    values: dict[str, Any] = {
        "basis": "court-order",
        "document": "Leicester County Court, A00LE123",
        "email": "Priya@Example.co.uk ",
        "fields": NAMED,
        "tell_on": disclosures.one_month_after(disclosures.today()),
        "by_member": member.pk,
        **changes,
    }
    return actions.request(**values)


def handed_over(
    first: Member, second: Member, place: Path, **changes: Any
) -> LegalDisclosure:
    made = demand(first, **changes)
    actions.approve(reference=made.reference, by_member=second.pk)
    to = str(place / made.reference)
    actions.export(reference=made.reference, by_member=first.pk, to=to)
    return made


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


# --- the record -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"basis": "police-asked-nicely"}, actions.UnknownBasis),
        ({"basis": ""}, actions.UnknownBasis),
        ({"basis": "Court order"}, actions.UnknownBasis),
        ({"document": "  "}, actions.NoPaper),
        ({"fields": []}, actions.UnknownField),
        ({"fields": ["shop.Order.shoe_size"]}, actions.UnknownField),
        ({"fields": [*NAMED, "shop.Order.token"]}, actions.UnknownField),
        ({"fields": ["shop.Order.email_hash"]}, actions.UnknownField),
        ({"fields": ["members.Member.password"]}, actions.UnknownField),
        ({"fields": ["shop.Product.price"]}, actions.UnknownField),
        ({"fields": ["full_name"]}, actions.UnknownField),
        ({"fields": ["shop.Order.*"]}, actions.UnknownField),
        ({"email": "stranger@example.com"}, actions.WrongPerson),
        ({"email": ""}, actions.WrongPerson),
        ({"about": "order:J26-0000-0000"}, actions.WrongPerson),
        ({"tell_on": date(2020, 1, 1)}, actions.BadDates),
        ({"tell_on": date(2099, 1, 1)}, actions.BadDates),
        ({"sealed_until": date(2099, 1, 1)}, actions.BadDates),
        ({"sealed_why": "the order says so"}, actions.BadDates),
        (
            {"sealed_until": date(2020, 1, 1), "sealed_why": "why"},
            actions.BadDates,
        ),
        ({"by_member": 0}, actions.NotAllowed),
        ({"by_member": 999_999}, actions.NotAllowed),
    ],
)
def test_a_demand_that_says_too_little_is_refused(
    first: Member, order: Order, changes: dict[str, Any], why: type[Exception]
) -> None:
    with pytest.raises(why):
        demand(first, **changes)
    assert not LegalDisclosure.objects.exists()


def test_another_persons_order_is_refused(first: Member, order: Order) -> None:
    other = paid("other@example.com")
    with pytest.raises(actions.WrongPerson):
        demand(first, about=other.about)
    assert demand(first, about=order.about).about == order.about


def test_a_record_holds_no_address(first: Member, order: Order) -> None:
    made = demand(first)
    assert made.subject == email_hash(WHO)
    text = str(LegalDisclosure.objects.values().get())
    assert "priya" not in text.lower()


def test_references_do_not_count_the_demands(first: Member, order: Order) -> None:
    names = {demand(first).reference for _ in range(20)}
    assert len(names) == 20
    assert not {name for name in names if name.rpartition("-")[2].isdigit()} & {
        f"D{timezone.now().year}-{n}" for n in range(100)
    }


@pytest.mark.parametrize("who", ["guest", "member", "clerk", "gone"])
def test_recording_is_for_staff_with_the_right_to(order: Order, who: str) -> None:
    member = Member.objects.create_user(
        "who@jessops.example",
        is_staff=who in ("clerk", "gone"),
        is_superuser=who in ("member", "gone"),
        is_active=who != "gone",
    )
    with pytest.raises(actions.NotAllowed):
        demand(member)


def test_a_reference_that_is_taken_is_drawn_again(
    first: Member, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["D2026-CCCCC", "D2026-CCCCC", "D2026-FFFFF"]
    monkeypatch.setattr(disclosures, "new_reference", lambda day: names.pop(0))
    assert demand(first).reference == "D2026-CCCCC"
    assert demand(first).reference == "D2026-FFFFF"
    monkeypatch.setattr(disclosures, "new_reference", lambda day: "D2026-CCCCC")
    with pytest.raises(actions.Refused, match="no free reference"):
        demand(first)


def test_another_rule_of_the_database_is_not_taken_for_a_taken_reference(
    first: Member, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_check_dates", lambda *dates: None)
    with pytest.raises(IntegrityError):
        demand(first, sealed_until=date(2020, 1, 1), sealed_why="why")


# --- two people -----------------------------------------------------------------------
def test_nobody_agrees_to_what_they_recorded(first: Member, order: Order) -> None:
    made = demand(first)
    with pytest.raises(actions.NotAllowed, match="second person"):
        actions.approve(reference=made.reference, by_member=first.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureApproval.objects.create(
            reference=made.reference, approved_by=first.pk
        )


def test_raw_sql_needs_a_second_person_who_works_here_too(
    first: Member, second: Member, order: Order
) -> None:
    made = demand(first)
    nobody = Member.objects.create_user("customer@example.com")
    gone = Member.objects.create_superuser("gone@jessops.example", is_active=False)
    for number in (nobody.pk, gone.pk, 999_999_999):
        with (
            pytest.raises(IntegrityError, match="active staff"),
            transaction.atomic(),
        ):
            DisclosureApproval.objects.create(
                reference=made.reference, approved_by=number
            )
    DisclosureApproval.objects.create(reference=made.reference, approved_by=second.pk)


def test_the_list_of_demands_asks_the_same_however_many_there_are(
    first: Member, second: Member, order: Order
) -> None:
    client = Client()
    sign_in(client, first)
    client.get("/admin/privacy/legaldisclosure/")  # what is asked once
    asked = []
    for more in (1, 4):
        for _ in range(more):
            demand(first)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/privacy/legaldisclosure/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_account_made_for_the_purpose_is_no_second_person(
    first: Member, order: Order
) -> None:
    made = demand(first)
    puppet = Member.objects.create_superuser("puppet@jessops.example")
    with pytest.raises(actions.NotAllowed, match="made after"):
        actions.approve(reference=made.reference, by_member=puppet.pk)


def test_one_agreement_is_enough_and_the_second_is_told(
    first: Member, second: Member, order: Order
) -> None:
    made = demand(first)
    actions.approve(reference=made.reference, by_member=second.pk)
    with pytest.raises(actions.AlreadyDecided):
        actions.approve(reference=made.reference, by_member=second.pk)


@pytest.mark.parametrize("reference", ["D2026-AAAAA", "", "'; DROP TABLE x; --"])
def test_a_forged_reference_leads_nowhere(
    first: Member, second: Member, place: Path, reference: str
) -> None:
    for step in (
        lambda: actions.approve(reference=reference, by_member=second.pk),
        lambda: actions.refuse(reference=reference, by_member=second.pk),
        lambda: actions.export(
            reference=reference, by_member=first.pk, to=str(place / "x")
        ),
    ):
        with pytest.raises(actions.NoPaper):
            step()
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureApproval.objects.create(reference=reference, approved_by=second.pk)
    for code in ("exported", "told", "refused"):
        with pytest.raises(IntegrityError), transaction.atomic():
            DisclosureEvent.objects.create(
                reference=reference, code=code, sha256="0" * 64, by="x"
            )
    assert not list(place.iterdir())


def test_what_was_refused_stays_refused(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = demand(first)
    actions.refuse(reference=made.reference, by_member=first.pk)
    with pytest.raises(actions.AlreadyDecided):
        actions.approve(reference=made.reference, by_member=second.pk)
    with pytest.raises(actions.AlreadyDecided):
        actions.refuse(reference=made.reference, by_member=second.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureApproval.objects.create(
            reference=made.reference, approved_by=second.pk
        )
    with pytest.raises(actions.NoPaper):
        actions.export(
            reference=made.reference, by_member=first.pk, to=str(place / "x")
        )


def test_an_agreed_demand_can_still_be_refused_and_then_not_handed_over(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = demand(first)
    actions.approve(reference=made.reference, by_member=second.pk)
    actions.refuse(reference=made.reference, by_member=second.pk)
    with pytest.raises(actions.AlreadyDecided):
        actions.export(
            reference=made.reference, by_member=first.pk, to=str(place / "x")
        )
    assert not list(place.iterdir())
    assert not Receipt.objects.filter(connector="law").exists()


# --- handing over ---------------------------------------------------------------------
def test_without_the_second_person_nothing_is_written(
    first: Member, order: Order, place: Path
) -> None:
    made = demand(first)
    with pytest.raises(actions.NoPaper, match="second person"):
        actions.export(
            reference=made.reference, by_member=first.pk, to=str(place / "x")
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureEvent.objects.create(
            reference=made.reference, code="exported", sha256="0" * 64, by="x"
        )
    assert not list(place.iterdir())


def test_exactly_the_named_fields_of_exactly_that_person_are_written(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    paid("other@example.com", full_name="Somebody Else")
    Member.objects.create_user(WHO, full_name="Not asked for")
    made = handed_over(first, second, place)
    file = place / made.reference
    assert rows(file) == [
        {
            "of": "shop.Order",
            "about": order.about,
            "fields": {"full_name": "Priya Raman", "postcode": "SL7 1EY"},
        }
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    event = DisclosureEvent.objects.get()
    assert event.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert event.by == f"Member {first.pk}"


def test_one_matter_is_not_two(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    paid(WHO)
    both = handed_over(first, second, place)
    one = handed_over(first, second, place, about=order.about)
    assert len(rows(place / both.reference)) == 2
    assert [row["about"] for row in rows(place / one.reference)] == [order.about]


def test_an_account_is_found_however_its_address_is_written(
    first: Member, second: Member, place: Path
) -> None:
    Member.objects.create_user("PRIYA@example.co.uk", full_name="Priya Raman")
    made = handed_over(first, second, place, fields=["members.Member.full_name"])
    (row,) = rows(place / made.reference)
    assert row["fields"] == {"full_name": "Priya Raman"}


def test_messages_and_payments_can_be_demanded_too(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    for to in ("PRIYA@example.co.uk", "other@example.com"):
        outbox.queue(
            message_class="order",
            to=to,
            subject=f"To {to}",
            text="x",
            key=to,
            about=order.about,
        )
    Payment.objects.create(
        order=order,
        reference="abc",
        amount_pence=order.total_pence,
        status="expired",
        expires_at=timezone.now(),
    )
    made = handed_over(
        first,
        second,
        place,
        fields=["newsletter.Message.subject", "shop.Payment.reference"],
    )
    assert [(row["of"], row["fields"]) for row in rows(place / made.reference)] == [
        ("newsletter.Message", {"subject": "To PRIYA@example.co.uk"}),
        ("shop.Payment", {"reference": "abc"}),
    ]


def test_whoever_is_held_is_found_by_the_hash_and_nobody_else() -> None:
    paid(WHO)
    Member.objects.create_user("member@example.com")
    wanted = [email_hash(who) for who in (WHO, "member@example.com", "no@example.com")]
    found = handover.find([*wanted, "0" * 63 + "1", "f" * 64])
    assert {one.email for one in found.values()} == {WHO, "member@example.com"}
    assert handover.find([]) == {}


def test_a_table_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        handover.register(handover._tables["shop.Order"])


def test_what_is_no_longer_held_cannot_be_handed_over(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = demand(first)
    actions.approve(reference=made.reference, by_member=second.pk)
    Order.objects.all().delete()
    with pytest.raises(actions.WrongPerson, match="nothing"):
        actions.export(
            reference=made.reference, by_member=first.pk, to=str(place / "x")
        )
    assert not DisclosureEvent.objects.exists()


def test_no_path_leads_where_it_should_not(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = demand(first)
    actions.approve(reference=made.reference, by_member=second.pk)
    for path in bad_places(place):
        with pytest.raises(private_file.BadPlace):
            actions.export(reference=made.reference, by_member=first.pk, to=path)
    assert not DisclosureEvent.objects.exists()


def test_a_crash_before_the_file_has_its_name_leaves_its_record(
    first: Member,
    second: Member,
    order: Order,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(outgoing: private_file.PrivateFile) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(private_file.PrivateFile, "publish", crash)
    with pytest.raises(KeyboardInterrupt):
        handed_over(first, second, place)
    assert not list(place.iterdir())
    assert DisclosureEvent.objects.get().code == "exported"
    assert Receipt.objects.filter(connector="law").count() == 1


def test_the_command_writes_for_staff_with_the_right_to(
    first: Member,
    second: Member,
    order: Order,
    place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = demand(first)
    to = str(place / "x")
    for by in ("", "nobody@example.com", WHO):
        with pytest.raises(CommandError, match="--by"):
            call_command("export_disclosure", made.reference, to=to, by=by)
    with pytest.raises(CommandError, match="nothing was written: no second person"):
        call_command("export_disclosure", made.reference, to=to, by=first.email)
    actions.approve(reference=made.reference, by_member=second.pk)
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("export_disclosure", made.reference, to="x", by=first.email)
    call_command("export_disclosure", made.reference, to=to, by=first.email)
    assert DisclosureEvent.objects.get().sha256 in capsys.readouterr().out


# --- the person -----------------------------------------------------------------------
def law_receipts() -> list[Receipt]:
    return list(Receipt.objects.filter(connector="law").order_by("id"))


def told() -> list[str]:
    """Return to whom the message about a disclosure went."""
    kept = Message.objects.filter(message_class="legal", state="queued")
    return [message.to for message in kept.order_by("created_at")]


def test_the_receipt_is_on_the_persons_order_page_at_once(
    client: Client, first: Member, second: Member, order: Order, place: Path
) -> None:
    made = handed_over(first, second, place)
    (receipt,) = law_receipts()
    assert receipt.about == order.about
    assert receipt.field_names == ["Name", "Postcode"]
    assert made.reference in receipt.reason
    assert WHO not in str(Receipt.objects.values().get(pk=receipt.pk))
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Whoever the law named" in page
    # it is no connector: nothing else on the pages counts or names it
    recipients = client.get("/privacy/recipients/")
    assert recipients.status_code == 200
    assert "Whoever the law named" not in recipients.content.decode()


def test_under_seal_nothing_that_a_person_can_see_is_any_different(
    client: Client, first: Member, second: Member, order: Order, place: Path
) -> None:
    """Byte for byte and query for query, before and after the handing over."""
    pages = (
        order.get_absolute_url(),
        "/privacy/disclosures/",
        "/privacy/",
        "/privacy/transition/",
        "/privacy/recipients/",
        "/privacy/what-we-hold/",
        "/.well-known/privacy-promises.json",
    )

    def snapshot() -> list[tuple[bytes, int]]:
        found = []
        for path in pages:
            with CaptureQueriesContext(connection) as queries:
                content = client.get(path).content
            found.append((content, len(queries)))
        return found

    with time_machine.travel(timezone.now(), tick=False):
        snapshot()  # what is read once a process is read
        before, receipts = snapshot(), list(Receipt.objects.values())
        handed_over(
            first,
            second,
            place,
            sealed_until=disclosures.today() + timedelta(days=90),
            sealed_why="the order forbids it",
        )
        assert snapshot() == before
        assert list(Receipt.objects.values()) == receipts
        assert actions.tell_people() == 0
        assert told() == []


def test_on_the_day_the_seal_ends_the_person_is_told_and_sees_it(
    client: Client, first: Member, second: Member, order: Order, place: Path
) -> None:
    with time_machine.travel(START, tick=False):
        handed_over(
            first,
            second,
            place,
            tell_on=date(2026, 11, 30),
            sealed_until=date(2028, 2, 29),
            sealed_why="the order forbids it",
        )
    with time_machine.travel(datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC), tick=False):
        assert actions.tell_people() == 0
        assert law_receipts() == []
        assert all(
            year.total == 0 for year in disclosures.years(2026, disclosures.today())
        )
    with time_machine.travel(datetime(2028, 2, 29, 0, 0, tzinfo=UTC), tick=False):
        assert actions.tell_people() == 1
        assert actions.tell_people() == 0
        assert told() == [WHO]
        (receipt,) = law_receipts()
        assert receipt.at == START
        years = {y.year: y.total for y in disclosures.years(2026, disclosures.today())}
        assert years == {2028: 0, 2027: 0, 2026: 1}
    message = Message.objects.get(message_class="legal")
    assert "22 November 2026" in message.text
    assert "forbidden to tell you" in message.text
    assert "Name" in message.text
    assert "Priya Raman" not in message.text


@pytest.mark.parametrize(
    ("tell_on", "before", "then"),
    [
        (date(2026, 12, 22), "2026-12-21T23:59:59", "2026-12-22T00:00:00"),
        (date(2026, 11, 22), "", "2026-11-22T12:00:01"),
        (date(2026, 11, 30), "2026-11-29T23:59:59", "2026-11-30T00:00:00"),
        # the shop was down on the day: late, and still once
        (date(2026, 11, 30), "2026-11-29T23:59:59", "2027-01-03T07:00:00"),
    ],
)
def test_the_person_is_told_on_the_day_and_not_before(
    first: Member,
    second: Member,
    order: Order,
    place: Path,
    tell_on: date,
    before: str,
    then: str,
) -> None:
    with time_machine.travel(START, tick=False):
        handed_over(first, second, place, tell_on=tell_on)
    if before:
        moment = datetime.fromisoformat(before).replace(tzinfo=UTC)
        with time_machine.travel(moment, tick=False):
            assert actions.tell_people() == 0
    moment = datetime.fromisoformat(then).replace(tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        assert actions.tell_people() == 1
        assert actions.tell_people() == 0
    assert told() == [WHO]
    assert len(law_receipts()) == 1


def test_what_was_handed_over_after_the_day_is_told_at_once(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    with time_machine.travel(START, tick=False):
        made = demand(first, tell_on=date(2026, 11, 23))
        actions.approve(reference=made.reference, by_member=second.pk)
    with time_machine.travel(START + timedelta(days=10), tick=False):
        assert actions.tell_people() == 0  # nothing was handed over
        actions.export(
            reference=made.reference, by_member=first.pk, to=str(place / "x")
        )
        assert actions.tell_people() == 1


def test_the_database_lets_nobody_break_the_seal(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    with time_machine.travel(START, tick=False):
        made = handed_over(
            first,
            second,
            place,
            tell_on=date(2026, 11, 22),
            sealed_until=date(2026, 12, 31),
            sealed_why="the order forbids it",
        )
    day_before = datetime(2026, 12, 30, tzinfo=UTC)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureEvent.objects.create(
            reference=made.reference, code="told", by="x", at=day_before
        )


def test_somebody_who_left_is_told_too(
    first: Member, second: Member, place: Path
) -> None:
    member = Member.objects.create_user("left@example.com")
    handed_over(
        first,
        second,
        place,
        email="left@example.com",
        fields=["members.Member.email"],
        tell_on=disclosures.today(),
    )
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert actions.tell_people() == 1
    assert told() == ["left@example.com"]


def test_who_is_no_longer_held_cannot_be_told_and_that_is_written_down(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = handed_over(first, second, place, tell_on=disclosures.today())
    Order.objects.all().delete()
    assert actions.tell_people() == 1
    assert told() == []
    event = disclosures.standing(made.reference).told
    assert event is not None
    assert event.by == "nobody: no address is held any more"
    assert disclosures.standing(made.reference).words == "person could not be reached"


def test_how_far_a_demand_has_come_is_said(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    client = Client()
    sign_in(client, first)
    handed_over(first, second, place, tell_on=disclosures.today())
    for words in ("handed over", "person told"):
        assert words in client.get("/admin/privacy/legaldisclosure/").content.decode()
        actions.tell_people()


def test_an_erased_person_is_not_reached() -> None:
    person = Person("0" * 64, "", "erased", frozenset())
    assert actions._out_of_reach(person) == "erased"


def test_two_tellers_at_once_tell_once(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    made = handed_over(first, second, place, tell_on=disclosures.today())
    person = handover.find([made.subject])[made.subject]
    assert actions._tell(made, person)
    assert not actions._tell(made, person)
    assert told() == [WHO]


# --- dates and counts -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "month_later"),
    [
        (date(2026, 11, 22), date(2026, 12, 22)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 1, 29), date(2027, 2, 28)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 29)),
        (date(2027, 3, 31), date(2027, 4, 30)),
    ],
)
def test_one_month_ends_on_its_day_or_the_last(day: date, month_later: date) -> None:
    assert disclosures.one_month_after(day) == month_later


@pytest.mark.parametrize("late", [False, True])
def test_the_day_of_telling_is_within_the_month(
    first: Member, order: Order, late: bool
) -> None:
    with time_machine.travel(datetime(2028, 1, 31, 9, tzinfo=UTC), tick=False):
        Member.objects.update(joined_at=timezone.now())
        if late:
            with pytest.raises(actions.BadDates):
                demand(first, tell_on=date(2028, 3, 1))
        else:
            assert demand(first, tell_on=date(2028, 2, 29))


def test_every_year_is_counted_by_basis_and_zero_is_shown(
    client: Client, first: Member, second: Member, order: Order, place: Path
) -> None:
    with time_machine.travel(
        datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False
    ):
        demand(first, basis="proceeding")
        handed_over(first, second, place, basis="legal-process")
    with time_machine.travel(datetime(2029, 1, 1, tzinfo=UTC), tick=False):
        demand(first, basis="court-order")
        found = disclosures.years(2026, disclosures.today())
        page = client.get("/privacy/disclosures/")
    assert [
        (y.year, [n for _, n in y.counts], y.total, y.handed_over) for y in found
    ] == [
        (2029, [0, 1, 0], 1, 0),
        (2028, [0, 0, 0], 0, 0),
        (2027, [1, 0, 1], 2, 1),
        (2026, [0, 0, 0], 0, 0),
    ]
    for year in (2027, 2028, 2029):
        assert f'<th scope="row">{year}</th>' in page.content.decode()


# --- staff ----------------------------------------------------------------------------
ADD = "/admin/privacy/legaldisclosure/add/"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "basis": "court-order",
        "document": "Leicester County Court, A00LE123",
        "email": WHO,
        "about": "",
        "fields_demanded": list(NAMED),
        "tell_on": str(disclosures.today()),
        "sealed_until": "",
        "sealed_why": "",
        **changes,
    }


def test_staff_record_and_agree_in_two_steps_each(
    first: Member, second: Member, order: Order
) -> None:
    one, two = Client(), Client()
    sign_in(one, first)
    sign_in(two, second)
    assert "Name (shop.Order.full_name)" in one.get(ADD).content.decode()
    asked = one.post(ADD, form()).content.decode()
    assert "cannot be changed or deleted" in asked
    assert not LegalDisclosure.objects.exists()
    assert one.post(ADD, form(sure="1")).status_code == 302
    made = LegalDisclosure.objects.get()
    base = f"/admin/privacy/legaldisclosure/{made.pk}/"
    assert "waits for a second person" in one.get(f"{base}change/").content.decode()
    answer = one.post(f"{base}approve/", {"sure": "1"}).content.decode()
    assert "a second person must agree" in answer
    assert "in good faith" in two.get(f"{base}approve/").content.decode()
    assert not DisclosureApproval.objects.exists()
    assert two.post(f"{base}approve/", {"sure": "1"}).status_code == 302
    again = two.post(f"{base}approve/", {"sure": "1"}).content.decode()
    assert "somebody has decided meanwhile" in again
    assert DisclosureApproval.objects.get().approved_by == second.pk
    assert "has agreed" in one.get(f"{base}change/").content.decode()
    listed = one.get("/admin/privacy/legaldisclosure/").content.decode()
    assert "agreed" in listed
    assert two.post(f"{base}refuse/", {"sure": "1"}).status_code == 302
    assert "refused" in one.get("/admin/privacy/legaldisclosure/").content.decode()


def test_what_staff_type_wrong_is_said_beside_it(first: Member, order: Order) -> None:
    client = Client()
    sign_in(client, first)
    for changes, words in (
        ({"email": "stranger@example.com"}, "nothing is held about that address"),
        ({"basis": "whim"}, "not one of the available choices"),
        ({"fields_demanded": ["shop.Order.token"]}, "not one of the available choices"),
        ({"fields_demanded": []}, "This field is required"),
        ({"tell_on": "2020-02-30"}, "Enter a valid date"),
        ({"sealed_why": "x"}, "a seal has a last day"),
    ):
        page = client.post(ADD, form(sure="1", **changes)).content.decode()
        assert words in page, changes
    assert not LegalDisclosure.objects.exists()


def test_a_superuser_tries_everything_and_changes_nothing(
    first: Member, order: Order
) -> None:
    client = Client()
    sign_in(client, first)
    made = demand(first)
    before = LegalDisclosure.objects.values().get()
    base = f"/admin/privacy/legaldisclosure/{made.pk}/"
    assert client.post(f"{base}change/", form(_save="1")).status_code == 403
    assert client.post(f"{base}delete/", {"post": "yes"}).status_code == 403
    client.post(
        "/admin/privacy/legaldisclosure/",
        {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"},
    )
    for model in ("disclosureapproval", "disclosureevent"):
        for page in ("", "add/", "1/change/"):
            address = f"/admin/privacy/{model}/{page}"
            assert client.get(address).status_code in (403, 404)
            assert client.post(address, {"reference": made.reference}).status_code in (
                403,
                404,
            )
    for page in ("nonsense/change/", "999999/approve/", "999999/refuse/"):
        address = f"/admin/privacy/legaldisclosure/{page}"
        assert client.get(address).status_code in (302, 404)
    assert LegalDisclosure.objects.values().get() == before
    assert not DisclosureApproval.objects.exists()


def test_the_buttons_are_for_those_with_the_right_to_them(
    client: Client, first: Member, order: Order
) -> None:
    made = demand(first)
    base = f"/admin/privacy/legaldisclosure/{made.pk}/"
    for who in (None, Member.objects.create_user("c@jessops.example", is_staff=True)):
        if who:
            sign_in(client, who)
        for page in (f"{base}approve/", f"{base}refuse/", ADD, f"{base}change/"):
            assert client.post(page, {"sure": "1"}).status_code in (302, 403)
    assert not DisclosureApproval.objects.exists()


# --- two at once ----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_agree_once() -> None:
    paid(WHO)
    recorder, *others = (
        Member.objects.create_superuser(f"m{n}@jessops.example") for n in range(3)
    )
    made = demand(recorder)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def agree(member: Member) -> None:
        try:
            gate.wait()
            actions.approve(reference=made.reference, by_member=member.pk)
            outcomes.append("agreed")
        except actions.Refused as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=[one]) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AlreadyDecided", "agreed"]
    assert DisclosureApproval.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_button_says_so_when_somebody_else_is_at_it(client: Client) -> None:
    paid(WHO)
    member = Member.objects.create_superuser("m@jessops.example")
    made = demand(member)
    sign_in(client, member)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            actions._lock(made.reference)
            held.set()
            done.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    page = client.post(
        f"/admin/privacy/legaldisclosure/{made.pk}/refuse/", {"sure": "1"}
    )
    done.set()
    thread.join()
    assert "somebody else is at it" in page.content.decode()
    assert not DisclosureEvent.objects.exists()


def test_a_seal_that_ends_tells_of_what_was_handed_over_and_of_nothing_later(
    first: Member, second: Member, order: Order, place: Path
) -> None:
    """What is bought after a sealed demand was not in the file."""
    with time_machine.travel(START, tick=False):
        made = handed_over(
            first,
            second,
            place,
            tell_on=date(2026, 11, 30),
            sealed_until=date(2027, 3, 1),
            sealed_why="the order forbids it",
        )
    with time_machine.travel(datetime(2027, 2, 1, 12, tzinfo=UTC), tick=False):
        later = paid(WHO)
        assert later.about != order.about
    with time_machine.travel(datetime(2027, 3, 2, 12, tzinfo=UTC), tick=False):
        assert actions.tell_people() == 1
        assert [receipt.about for receipt in law_receipts()] == [order.about]
        # The telling is the end: what came after it would never be told.
        with pytest.raises(actions.AlreadyDecided):
            actions.export(
                reference=made.reference, by_member=first.pk, to=str(place / "again")
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            DisclosureEvent.objects.create(
                reference=made.reference, code="exported", sha256="0" * 64, by="x"
            )


def test_one_letter_that_cannot_be_written_stands_in_nobodys_way(
    first: Member,
    second: Member,
    order: Order,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with time_machine.travel(START, tick=False):
        bad = handed_over(first, second, place, tell_on=date(2026, 11, 30))
        handed_over(first, second, place, tell_on=date(2026, 11, 30))
    honest = letters.tell_of_disclosure

    def breaks(made: LegalDisclosure, to: str) -> None:
        if made.reference == bad.reference:
            raise ValueError("no such template")
        honest(made, to)

    monkeypatch.setattr(letters, "tell_of_disclosure", breaks)
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        assert actions.tell_people() == 1
    assert not disclosures.standing(bad.reference).told
