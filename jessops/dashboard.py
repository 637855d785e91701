"""What staff see first: figures of today, each for the roles that it concerns.

Counts only, nobody named. A figure is asked for only if its reader has the right that
the page behind it needs; each is answered by an index over what is recent or open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Model, QuerySet, Sum
from django.db.models.functions import ExtractHour
from django.urls import reverse
from django.utils import timezone

from jessops import heartbeat
from jessops.lib.clock import LONDON, in_london, long_date
from jessops.lib.money import pounds
from members.models import DataRequest, Enquiry
from newsletter import outbox
from newsletter.models import Message
from shop.actions import reviewing
from shop.admin.dispatch import waiting
from shop.models import (
    BankEvent,
    Capture,
    Consignment,
    Order,
    Refund,
    Return,
    Status,
    Stock,
)

FEW = 3  # left of a product: time to order more
HEALTH = "shop.view_bankevent"
MONEY = "shop.view_refund"
ORDERS = "shop.view_order"
PARCELS = "shop.view_consignment"

STEP, HIGH = 30, 120  # the chart's own units: of an hour, of the fullest one
FIRST_HOUR, LAST_HOUR = 6, 22  # shown in any case; what falls outside widens it


@dataclass(frozen=True)
class Figure:
    """One number of the strip: for whom, what it counts, where it leads."""

    right: str
    words: str
    value: Callable[[], int | str]
    page: str = ""  # name of the page behind it
    query: str = ""  # what chooses its rows there


@dataclass(frozen=True)
class Shown:
    """A figure as it is now."""

    words: str
    value: str
    url: str


@dataclass(frozen=True)
class Bar:
    """One hour: two counts, and where their bars stand."""

    hour: int
    today: int
    before: int
    x: int
    height: int
    height_before: int

    @property
    def top(self) -> int:
        return HIGH - self.height

    @property
    def top_before(self) -> int:
        return HIGH - self.height_before

    @property
    def middle(self) -> int:
        return self.x + STEP // 2


@dataclass(frozen=True)
class Chart:
    """Orders by hour, today and on the same day of last week, in London's time."""

    bars: list[Bar]
    day: str
    total: int
    total_before: int

    @property
    def width(self) -> int:
        return len(self.bars) * STEP


def figures(member: Any) -> list[Shown]:
    """Return the figures that one member of staff may see: a query each."""
    return [_now(one) for one in _FIGURES if member.has_perm(one.right)]


def chart(member: Any) -> Chart | None:
    """Return today's orders by hour for who may see orders: two queries."""
    if not member.has_perm(ORDERS):
        return None
    day = in_london(timezone.now()).date()
    today, before = _by_hour(day), _by_hour(day - timedelta(days=7))
    hours = range(
        min([FIRST_HOUR, *today, *before]), max([LAST_HOUR, *today, *before]) + 1
    )
    most = max([1, *today.values(), *before.values()])
    bars = [
        Bar(
            hour=hour,
            today=today.get(hour, 0),
            before=before.get(hour, 0),
            x=place * STEP,
            height=_height(today.get(hour, 0), most),
            height_before=_height(before.get(hour, 0), most),
        )
        for place, hour in enumerate(hours)
    ]
    return Chart(
        bars=bars,
        day=f"{day:%A}",
        total=sum(today.values()),
        total_before=sum(before.values()),
    )


def heading() -> str:
    """Return the day as London has it."""
    return long_date(in_london(timezone.now()).date())


def _now(one: Figure) -> Shown:
    value = one.value()
    url = f"{reverse(one.page)}{one.query}" if one.page else ""
    return Shown(one.words, value if isinstance(value, str) else f"{value:,}", url)


def _height(count: int, most: int) -> int:
    return max(2, count * HIGH // most) if count else 0


def _by_hour(day: date) -> dict[int, int]:
    placed = Order.objects.filter(
        status=Status.AUTHORISED, placed_at__gte=_begins(day)
    ).filter(placed_at__lt=_begins(day + timedelta(days=1)))
    hour = ExtractHour("placed_at", tzinfo=LONDON)
    counted = placed.order_by().annotate(hour=hour).values_list("hour")
    return dict(counted.annotate(orders=Count("pk")))


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def _today() -> datetime:
    return _begins(in_london(timezone.now()).date())


def _orders_today() -> int:
    return Order.objects.filter(
        status=Status.AUTHORISED, placed_at__gte=_today()
    ).count()


def _taken_today() -> str:
    rows = Capture.objects.filter(state=Capture.State.DONE, done_at__gte=_today())
    return pounds(_sum(rows))


def _given_back_today() -> str:
    rows = Refund.objects.filter(state=Refund.State.DONE, done_at__gte=_today())
    return pounds(_sum(rows))


def _sum(rows: QuerySet[Any]) -> int:
    return rows.aggregate(pence=Sum("amount_pence"))["pence"] or 0


def _in_state(model: type[Model], state: str) -> Callable[[], int]:
    return lambda: model._default_manager.filter(state=state).count()


def _late() -> int:
    """Orders that arrive today at the latest, and are in no parcel yet."""
    today = in_london(timezone.now()).date()
    return waiting().filter(delivery_on__lte=today).count()


def _few_left() -> int:
    return Stock.objects.filter(on_hand__lt=FEW + F("held")).count()


def _letters_waiting() -> int:
    waits = [Message.State.QUEUED, Message.State.SENDING]
    return Message.objects.filter(state__in=waits, due_at__lte=timezone.now()).count()


def _oldest_letter() -> str:
    return f"{round(outbox.oldest_due_seconds() / 60)} min"


_FIGURES = [
    Figure(ORDERS, "orders today", _orders_today, "admin:shop_order_changelist"),
    Figure(
        ORDERS,
        "need a person",
        lambda: reviewing.waiting().count(),
        "admin:shop_order_queue",
    ),
    Figure(MONEY, "taken today", _taken_today),
    Figure(MONEY, "given back today", _given_back_today),
    Figure(
        "shop.approve_refund",
        "refunds wait for a second person",
        _in_state(Refund, Refund.State.WAITING),
        "admin:shop_refund_changelist",
        "?state__exact=waiting",
    ),
    Figure(
        "shop.view_return",
        "returns to open",
        _in_state(Return, Return.State.RECEIVED),
        "admin:shop_return_changelist",
        "?state__exact=received",
    ),
    Figure(PARCELS, "to pack", lambda: waiting().count(), "admin:shop_dispatch"),
    Figure(PARCELS, "late", _late, "admin:shop_dispatch"),
    Figure(
        PARCELS,
        "for the carrier",
        _in_state(Consignment, Consignment.State.BOOKED),
        "admin:shop_consignment_changelist",
        "?state__exact=booked",
    ),
    Figure(
        PARCELS,
        "to be collected",
        _in_state(Consignment, Consignment.State.READY),
        "admin:shop_counter",
    ),
    Figure(
        "shop.view_stock",
        f"products under {FEW} left",
        _few_left,
        "admin:shop_stock_changelist",
    ),
    Figure(
        "members.view_enquiry",
        "enquiries to answer",
        _in_state(Enquiry, Enquiry.State.OPEN),
        "admin:members_enquiry_changelist",
    ),
    Figure(
        "members.view_datarequest",
        "requests about data",
        lambda: DataRequest.objects.filter(closed_at=None).count(),
        "admin:members_datarequest_changelist",
    ),
    Figure("newsletter.view_campaign", "letters due", _letters_waiting),
    Figure("newsletter.view_campaign", "oldest letter due", _oldest_letter),
    Figure(
        HEALTH,
        "bank events to work off",
        lambda: BankEvent.objects.filter(done_at=None).count(),
    ),
    Figure(HEALTH, "worker", lambda: "alive" if heartbeat.alive() else "silent"),
]
