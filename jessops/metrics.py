"""Figures for a monitor, in Prometheus' text format (R52). Counts only, nobody named.

Answered to a caller on this machine and to signed-in staff; everybody else gets the
page that is not there.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jessops import heartbeat
from members import second_factor
from newsletter import outbox
from newsletter.models import Message
from privacy import look_alarm
from shop.models import BankEvent, Hold, Order, Payment, PaymentStatus, Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Gauge:
    """One family of figures: `rows` are pairs of a label's value and the figure."""

    name: str
    words: str
    rows: Iterable[tuple[str, float]]
    label: str = ""

    def lines(self) -> Iterator[str]:
        yield f"# HELP jessops_{self.name} {self.words}"
        yield f"# TYPE jessops_{self.name} gauge"
        for value, figure in self.rows:
            label = f'{{{self.label}="{value}"}}' if self.label else ""
            yield f"jessops_{self.name}{label} {figure:g}"


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures as they are now; 404 for a stranger."""
    if not (on_this_machine(request) or is_staff(request)):
        raise Http404
    text = "\n".join(line for gauge in gauges() for line in gauge.lines())
    return HttpResponse(text + "\n", content_type=CONTENT_TYPE)


def on_this_machine(request: HttpRequest) -> bool:
    """Say whether the caller is here: no proxy spoke for them, and they are loopback.

    A proxy on this machine is loopback, too, and says for whom it asks.
    """
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def is_staff(request: HttpRequest) -> bool:
    """Say whether staff ask, second factor and all; a stranger costs nothing."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return second_factor.is_staff(request)


def gauges() -> Iterator[Gauge]:
    """Yield every figure; the labels are our own codes, so their number is bounded.

    Each is answered by an index over what is recent or open: a scrape costs the same
    in a shop of a million orders.
    """
    now = timezone.now()
    day = now - timedelta(days=1)
    yield Gauge(
        "orders",
        "Orders placed in the last 24 hours by status",
        by(Order.objects.filter(placed_at__gte=day), "status", Status.values),
        "status",
    )
    unsettled = [*Payment.LIVE, PaymentStatus.VOIDING]
    yield Gauge(
        "payments",
        "Payments that are not settled, by status",
        by(
            Payment.objects.filter(status__in=unsettled),
            "status",
            [str(status) for status in unsettled],
        ),
        "status",
    )
    open_states = [Message.State.QUEUED, Message.State.SENDING]
    yield Gauge(
        "messages",
        "Messages of the outbox that are on their way, by state",
        by(
            Message.objects.filter(state__in=open_states),
            "state",
            [str(state) for state in open_states],
        ),
        "state",
    )
    yield Gauge(
        "outbox_oldest_due_seconds",
        "How long the longest waiting message has been due",
        [("", outbox.oldest_due_seconds())],
    )
    yield Gauge(
        "bank_events_waiting",
        "Events of the payment host that are not worked off",
        [("", BankEvent.objects.filter(done_at=None).count())],
    )
    yield Gauge(
        "holds",
        "Holds on stock that stand",
        [("", Hold.objects.filter(expires_at__gt=now).count())],
    )
    yield Gauge(
        "looks_most_people_in_an_hour",
        "The most people whose pages one staff account opened within an hour",
        [("", look_alarm.most())],
    )
    yield Gauge(
        "worker_alive",
        "1 when a worker ran a task lately",
        [("", float(heartbeat.alive()))],
    )


def by(
    rows: QuerySet[Any], field: str, known: Iterable[str]
) -> list[tuple[str, float]]:
    """Return how many rows there are of each known value, 0 for none."""
    counted = rows.order_by().values_list(field).annotate(rows=Count("pk"))
    found = dict(counted)
    return [(value, found.get(value, 0)) for value in known]
