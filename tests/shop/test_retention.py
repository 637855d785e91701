"""What orders hold goes on the day that was said, and nothing else goes (C13)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from jessops.lib.clock import LONDON
from privacy import retention as registry
from privacy.models import RetentionRun
from privacy.retention import Clock, Period, run_all
from privacy.tasks import retain
from shop import personal_data
from shop.actions import retention
from shop.models import (
    ContactBy,
    Hold,
    Order,
    OrderLine,
    Payment,
    Product,
    Status,
    StockMovement,
)
from tests.builders import product

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0)  # in London as in UTC: it is winter


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def camera() -> Product:
    return product(stock=9)


def order(
    thing: Product,
    status: Status = Status.DRAFT,
    *,
    at: datetime = NOW,
    payment: str = "",
    **values: Any,
) -> Order:
    """An order made, and paid or closed, at that moment."""
    number = Order.objects.count() + 1
    given: dict[str, Any] = {
        "number": f"J26-0000-{number:04d}",
        "token": f"{number:032d}",
        "status": status,
        "full_name": "Priya Raman",
        "email": "priya@example.co.uk",
        "telephone": "01628 496000",
        "contact_by": ContactBy.TELEPHONE,
        "line1": "12 Mill Lane",
        "town": "Marlow",
        "postcode": "SL7 1EY",
        "policy_version": 1,
        "address_check": "match",
        "delivery": "standard",
        "delivery_name": "Standard",
        "delivery_pence": 0,
        "delivery_vat_pence": 0,
        "delivery_on": (at + timedelta(days=3)).date(),
        "goods_pence": 10_000,
        "vat_pence": 1_667,
        "total_pence": 10_000,
        "good_until": at + timedelta(hours=2),
    }
    if status != Status.DRAFT:
        given["placed_at"] = at
    if status == Status.AUTHORISED:
        given["authorised_at"] = at
    if status in (Status.LAPSED, Status.CANCELLED):
        given["closed_at"] = at
    made = Order.objects.create(**{**given, **values})
    Order.objects.filter(pk=made.pk).update(created_at=at)
    OrderLine.objects.create(
        order=made,
        product=thing,
        position=0,
        sku=thing.sku,
        name=thing.name,
        condition="new",
        quantity=1,
        unit_pence=10_000,
        line_pence=10_000,
        vat="standard",
        vat_pence=1_667,
        warranty_months=24,
        drawing="cam-slr",
    )
    if status != Status.DRAFT:
        paid = status == Status.AUTHORISED
        Payment.objects.create(
            order=made,
            reference=f"reference-{number}",
            amount_pence=10_000,
            status=payment or ("authorised" if paid else "expired"),
            expires_at=at,
        )
    made.refresh_from_db()
    return made


def there(found: Order) -> bool:
    return Order.objects.filter(pk=found.pk).exists()


def gone_between(found: Order, before: datetime, after: datetime) -> None:
    """It is there when all runs at the first moment, and gone at the second."""
    with time_machine.travel(before, tick=False):
        retain()
        assert there(found)
    with time_machine.travel(after, tick=False):
        retain()
        assert not there(found)
    assert not OrderLine.objects.filter(order=found.pk).exists()
    assert not Payment.objects.filter(order=found.pk).exists()


def test_a_draft_goes_a_day_after_its_prices_ran_out(camera: Product) -> None:
    found = order(camera)
    end = found.good_until + DAY
    gone_between(found, end - SECOND, end)


@pytest.mark.parametrize("status", [Status.LAPSED, Status.CANCELLED])
def test_an_unpaid_order_goes_after_thirty_days(
    camera: Product, status: Status
) -> None:
    found = order(camera, status)
    assert retention.unpaid_until(found) == (NOW + 30 * DAY).date()
    gone_between(found, MIDNIGHT + 30 * DAY - SECOND, MIDNIGHT + 30 * DAY)


def test_the_day_of_an_unpaid_order_never_moves(camera: Product) -> None:
    """It is shown while the bank is waited for; when it lapses changes nothing."""
    found = order(camera, Status.LAPSED, closed_at=NOW + 2 * DAY)
    assert retention.unpaid_until(found) == (NOW + 30 * DAY).date()
    gone_between(found, MIDNIGHT + 30 * DAY - SECOND, MIDNIGHT + 30 * DAY)


def test_a_draft_written_again_and_again_goes_after_thirty_days_all_the_same(
    camera: Product,
) -> None:
    """So that no order is placed when its day has come already."""
    found = order(camera, good_until=NOW + 40 * DAY)
    gone_between(found, MIDNIGHT + 30 * DAY - SECOND, MIDNIGHT + 30 * DAY)


def test_a_cancelled_order_goes_thirty_days_after_that(camera: Product) -> None:
    found = order(
        camera, Status.CANCELLED, at=NOW - 40 * DAY, authorised_at=NOW, closed_at=NOW
    )
    assert retention.unpaid_until(found) == (NOW + 30 * DAY).date()
    gone_between(found, MIDNIGHT + 30 * DAY - SECOND, MIDNIGHT + 30 * DAY)


def test_a_draft_written_again_goes_a_day_after_that(camera: Product) -> None:
    found = order(camera, at=NOW - DAY, good_until=NOW + timedelta(hours=2))
    end = NOW + timedelta(hours=26)
    gone_between(found, end - SECOND, end)


def test_an_order_cancelled_before_money_moved_goes_like_an_unpaid_one(
    camera: Product,
) -> None:
    found = order(camera, Status.CANCELLED, authorised_at=NOW - DAY, payment="void")
    gone_between(found, MIDNIGHT + 30 * DAY - SECOND, MIDNIGHT + 30 * DAY)


def test_an_order_whose_money_moved_stays_six_years_though_cancelled(
    camera: Product,
) -> None:
    """A supply was paid for, so its record is a tax record."""
    found = order(camera, Status.CANCELLED, authorised_at=NOW, payment="captured")
    gone_between(
        found,
        datetime(2032, 11, 22, 23, 59, 59, tzinfo=UTC),
        datetime(2032, 11, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize("status", ["creating", "open", "voiding"])
def test_an_order_whose_payment_is_under_way_stays(
    camera: Product, status: str
) -> None:
    found = order(camera, Status.LAPSED, payment=status)
    with time_machine.travel(NOW + 31 * DAY, tick=False):
        retain()
        assert there(found)


def test_an_order_waiting_for_its_payment_stays(camera: Product) -> None:
    """The reconciler closes it first, after asking the bank: never this."""
    found = order(camera, Status.PENDING)
    with time_machine.travel(NOW + 100 * DAY, tick=False):
        retain()
        assert there(found)


@pytest.mark.parametrize("status", [Status.AUTHORISED, Status.PENDING])
def test_the_telephone_goes_on_the_thirtieth_day_after_delivery(
    camera: Product, status: Status
) -> None:
    found = order(camera, status, authorised_at=NOW, telephone="01628 496000")
    day = found.delivery_on + timedelta(days=30)
    assert retention.telephone_until(found) == day
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) - SECOND
    with time_machine.travel(end, tick=False):
        retain()
        found.refresh_from_db()
        assert found.telephone == "01628 496000"
    with time_machine.travel(end + SECOND, tick=False):
        retain()
    kept = {
        field.name: getattr(found, field.name)
        for field in Order._meta.fields
        if field.name not in ("telephone", "contact_by")
    }
    found.refresh_from_db()
    assert (found.telephone, found.contact_by) == ("", ContactBy.EMAIL)
    assert {name: getattr(found, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("paid", "goes"),
    [
        ("2026-11-23T10:30", "2032-11-23"),
        ("2027-01-01T00:00", "2033-01-01"),
        ("2026-12-31T23:59", "2032-12-31"),
        ("2028-02-29T12:00", "2034-03-01"),  # a leap day, and 2034 has none
        ("2026-02-28T12:00", "2032-02-28"),  # 2032 has one
        ("2026-03-01T00:00", "2032-03-01"),
        ("2026-06-30T22:59", "2032-06-30"),  # summer time: 23:59 in London
        ("2026-06-30T23:00", "2032-07-01"),
        ("2026-10-24T23:30", "2032-10-25"),  # the night the clocks go back
        ("2026-03-29T00:30", "2032-03-29"),  # the night they go forward
    ],
)
def test_a_paid_order_goes_six_years_later_to_the_day(
    camera: Product, paid: str, goes: str
) -> None:
    at = datetime.fromisoformat(paid).replace(tzinfo=UTC)
    found = order(camera, Status.AUTHORISED, at=at)
    day = datetime.fromisoformat(goes).replace(tzinfo=LONDON)
    assert retention.kept_until(found) == day.date()
    day = day.astimezone(UTC)
    gone_between(found, day - SECOND, day)


def shown(found: Order) -> str:
    return Client().get(f"/orders/{found.token}/").content.decode()


def test_the_days_on_the_order_page_are_the_days_they_go(camera: Product) -> None:
    found = order(camera, Status.AUTHORISED)
    page = shown(found)
    assert "23 Nov 2032" in page
    assert "26 Dec 2026" in page
    with time_machine.travel(datetime(2026, 12, 26, tzinfo=UTC), tick=False):
        retain()
        found.refresh_from_db()
        assert found.telephone == ""
    gone_between(
        found,
        datetime(2032, 11, 22, 23, 59, 59, tzinfo=UTC),
        datetime(2032, 11, 23, tzinfo=UTC),
    )


def test_the_day_on_an_unpaid_orders_page_is_the_day_it_goes(camera: Product) -> None:
    found = order(camera, Status.LAPSED)
    assert "23 Dec 2026" in shown(found)
    gone_between(
        found,
        datetime(2026, 12, 22, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 23, tzinfo=UTC),
    )


def in_table() -> list[tuple[Any, ...]]:
    """Every order as the table has it, sealed columns too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM shop_order ORDER BY id")
        return list(cursor.fetchall())


def test_nothing_else_goes(camera: Product) -> None:
    """One order of each kind, each a moment before its time, and what is no order's."""
    sold = StockMovement.objects.count()
    kept = [
        order(camera, at=NOW - DAY),
        order(camera, Status.LAPSED, at=NOW - 29 * DAY, telephone=""),
        order(camera, Status.PENDING, at=NOW - 60 * DAY, telephone=""),
        order(camera, Status.AUTHORISED, at=NOW - 32 * DAY),
        order(camera, Status.AUTHORISED, at=NOW.replace(2020) + DAY, telephone=""),
    ]
    before = in_table()
    assert run_all() == {}
    assert in_table() == before
    due = order(camera, at=NOW - timedelta(hours=26))
    assert run_all() == {"drafts": 1}
    assert not there(due)
    assert all(there(found) for found in kept)
    assert StockMovement.objects.count() == sold
    assert Product.objects.filter(pk=camera.pk).exists()


def test_more_than_a_batch_goes_too(camera: Product) -> None:
    for _ in range(7):
        order(camera, at=NOW - 2 * DAY)
        order(camera, Status.AUTHORISED, at=NOW.replace(2019), telephone="")
    assert run_all(limit=3) == {"drafts": 7, "old-orders": 7}
    assert not Order.objects.exists()
    rows = RetentionRun.objects.order_by("id").values_list("clock", "rows")
    assert sorted(rows) == sorted(
        [(name, n) for name in ("drafts", "old-orders") for n in (3, 3, 1)]
    )


def test_a_held_draft_gives_nothing_away(camera: Product) -> None:
    """A draft holds no stock, so nothing is stranded when it goes."""
    order(camera, at=NOW - 2 * DAY)
    retain()
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("clock", "period"),
    [
        (personal_data.DRAFTS, Period(hours=25)),
        (personal_data.UNPAID_ORDERS, Period(days=31)),
        # a deletion by day count alone would miss the day that was said
        (personal_data.OLD_ORDERS, Period(days=6 * 365)),
    ],
)
def test_control_with_another_life_the_same_check_fails(
    camera: Product, clock: Clock, period: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, end = {
        "drafts": (Status.DRAFT, NOW + timedelta(hours=26)),
        "unpaid-orders": (Status.LAPSED, MIDNIGHT + 30 * DAY),
        "old-orders": (Status.AUTHORISED, MIDNIGHT.replace(2032)),
    }[clock.name]
    found = order(camera, status)
    other = replace(clock, period=period)
    monkeypatch.setitem(registry._clocks, clock.name, other)
    with pytest.raises(AssertionError):
        gone_between(found, end - SECOND, end)
