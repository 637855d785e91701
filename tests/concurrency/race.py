"""Buyers who press at once, and the shop they press on.

What leads to the button is written through the shop's own actions, in this process;
the buttons are pressed by HTTP, each buyer with a connection and a trolley of their
own, all waiting at one barrier.
"""

import http.client
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.db import connection, connections
from django.utils import timezone

from newsletter.models import Message
from shop import delivery
from shop.actions import orders
from shop.contents import Contents, read
from shop.models import AddressCheck, BankEvent, Order
from shop.trolley import COOKIE, Trolley, encode
from tests.bank import TestBank
from tests.builders import PRIYA
from tests.servers import ShopServer

T = TypeVar("T")
REST_LIMIT = 60.0  # seconds
_people = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: str
    seconds: float


@dataclass
class Buyer:
    """Somebody with a name, an address, a trolley, and an order to be confirmed."""

    token: str
    trolley: Mapping[str, int]
    seen: str  # what their review page showed, in the button's form
    answers: list[Answer] = field(default_factory=list)


class Shop:
    """A real shop over HTTP, and its bank."""

    def __init__(self, server: ShopServer) -> None:
        self.server = server
        self.bank = TestBank(server.sandbox)
        self.netloc = urlsplit(server.url).netloc

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        trolley: Mapping[str, int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request over a connection of its own; redirects are not followed."""
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.server.url,
            **(headers or {}),
        }
        if trolley:
            sent["Cookie"] = f"{COOKIE}={encode(Trolley(trolley))}"
        started = time.monotonic()
        line = http.client.HTTPConnection(self.netloc, timeout=60)
        try:
            line.request(method, path, body=body, headers=sent)
            response = line.getresponse()
            return Answer(
                response.status,
                response.headers.get("Location", ""),
                response.read().decode(),
                time.monotonic() - started,
            )
        finally:
            line.close()

    def post(
        self, path: str, fields: Mapping[str, str], trolley: Mapping[str, int]
    ) -> Answer:
        return self.send("POST", path, body=urlencode(fields).encode(), trolley=trolley)

    def press(self, buyer: Buyer) -> Answer:
        """Press "Order and pay" on the review page."""
        answer = self.post(
            f"/orders/{buyer.token}/review/", {"seen": buyer.seen}, buyer.trolley
        )
        buyer.answers.append(answer)
        return answer

    def rest(self) -> None:
        """Wait until nothing is on its way: no webhook, no event, no letter."""
        deadline = time.monotonic() + REST_LIMIT
        calm = 0
        while calm < 2:
            if time.monotonic() > deadline:
                raise TimeoutError("the shop found no rest")
            waiting = [
                row
                for row in self.bank.sandbox.get_json("/bank/webhooks.json")
                if row["state"] == "waiting"
            ]
            events = BankEvent.objects.filter(done_at=None).exists()
            letters = Message.objects.filter(state=Message.State.QUEUED).exists()
            calm = 0 if waiting or events or letters else calm + 1
            time.sleep(0.1)


def connected() -> None:
    """Have this thread's connection to the database before the race begins."""
    connection.ensure_connection()


def at_once(
    action: Callable[[Any], T],
    over: Iterable[Any],
    *,
    ready: Callable[[], None] = lambda: None,
) -> list[T]:
    """Do it for each at the same moment, in a thread each; the answers in order."""
    items = list(over)
    barrier = threading.Barrier(len(items))

    def one(item: Any) -> T:
        try:
            ready()
            barrier.wait()
            return action(item)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(one, items))


def outcomes(
    action: Callable[[Any], T],
    over: Iterable[Any],
    *,
    ready: Callable[[], None] = lambda: None,
) -> list[T | Exception]:
    """The same, with what was raised in place of an answer."""

    def one(item: Any) -> T | Exception:
        try:
            return action(item)
        except Exception as error:
            return error

    return at_once(one, over, ready=ready)


def details(**changes: Any) -> orders.Details:
    """What one more guest typed: a name and an e-mail address of their own."""
    number = next(_people)
    values: dict[str, Any] = {
        **{name: PRIYA.get(name, "") for name in orders.DETAIL_FIELDS},
        "full_name": f"Guest {number}",
        "email": f"guest{number}@example.co.uk",
        "no_marketing": False,
        "carrier_may_ring": False,
        **changes,
    }
    for name in ("line1", "line2", "town", "county", "postcode"):
        values[f"billing_{name}"] = values[name]
    return orders.Details(**values)


def contents_of(lines: Mapping[str, int]) -> Contents:
    """A trolley's contents, in the order in which `lines` names them."""
    found = read(Trolley(lines), now=timezone.now())
    found.lines.sort(key=lambda line: list(lines).index(line.product.sku))
    return found


def at_review(lines: Mapping[str, int], **changes: Any) -> Buyer:
    """A guest who looks at the review page of these things."""
    contents = contents_of(lines)
    assert {line.product.sku: line.quantity for line in contents.lines} == dict(lines)
    quote = delivery.quotes(
        now=timezone.now(),
        goods_pence=contents.goods_pence,
        postcode="SL7 1EY",
        loose_lithium=False,
    )[0]
    order = orders.draft(
        details=details(**changes),
        contents=contents,
        quote=quote,
    )
    orders.note_address(order=order, check=AddressCheck.MATCH)
    return Buyer(order.token, dict(lines), order.seen)


def walk(shop: Shop, lines: Mapping[str, int]) -> Buyer:
    """The same, walked by HTTP from the product to the review page."""
    number = next(_people)
    trolley: dict[str, int] = {}
    for sku, quantity in lines.items():
        form = {"sku": sku, "quantity": str(quantity)}
        assert shop.post("/trolley/add/", form, trolley).status == 303
        trolley[sku] = quantity
    page = shop.send("GET", "/checkout/", trolley=trolley)
    assert page.status == 200
    typed = {
        **PRIYA,
        "full_name": f"Guest {number}",
        "email": f"guest{number}@example.co.uk",
    }
    answer = shop.post("/checkout/", typed, trolley)
    assert answer.status == 303, answer.body
    return at_page(shop, answer.location, trolley)


def at_page(shop: Shop, review: str, trolley: Mapping[str, int]) -> Buyer:
    """A guest who has opened the review page at this address."""
    page = shop.send("GET", review, trolley=trolley)
    assert page.status == 200
    found = re.search(r'name="seen" value="([^"]+)"', page.body)
    assert found
    return Buyer(review.split("/")[2], trolley, found[1])


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def one_value(sql: str, *values: str | int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
        return row[0] if row else None


def order_of(buyer: Buyer) -> Order:
    return Order.objects.get(token=buyer.token)
