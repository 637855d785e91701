"""H3: all that leaves the shop in whole purchases, key by key and host by host."""

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as shop_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletter.tasks import send_due
from privacy import gateway
from shop.actions import captures, refunds
from shop.clients import bank as bank_client
from shop.models import Capture, Hold, Order, Refund, Status
from tests.bank import DECLINED, TestBank
from tests.builders import PRIYA, draft_token, fill, product
from tests.sandbox.launcher import Sandbox
from tests.shop.sale_cast import hand_over, parcel

SHIPPING = "payment_intent_data[shipping]"
# P58: name and address, the amount, a reference; the rest says what kind of payment.
OPEN = {
    "mode",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "expires_at",
    "payment_method_types[]",
    "payment_method_options[card][request_multicapture]",
    "line_items[][quantity]",
    "line_items[][price_data][currency]",
    "line_items[][price_data][unit_amount]",
    "line_items[][price_data][product_data][name]",
    "payment_intent_data[capture_method]",
    f"{SHIPPING}[name]",
    f"{SHIPPING}[address][line1]",
    f"{SHIPPING}[address][city]",
    f"{SHIPPING}[address][postal_code]",
    f"{SHIPPING}[address][country]",
}
IF_GIVEN = {f"{SHIPPING}[address][line2]", f"{SHIPPING}[address][state]"}
CALLS: dict[tuple[str, str, str], list[set[str]]] = {
    ("bank", "POST", "/v1/checkout/sessions"): [OPEN, OPEN | IF_GIVEN],
    ("bank", "GET", "/v1/checkout/sessions/ID"): [{"expand[]"}],
    ("bank", "POST", "/v1/checkout/sessions/ID/expire"): [set()],
    ("bank", "POST", "/v1/payment_intents/ID/cancel"): [{"cancellation_reason"}],
    ("bank", "POST", "/v1/payment_intents/ID/capture"): [
        {"amount_to_capture", "final_capture"}
    ],
    ("bank", "POST", "/v1/refunds"): [{"payment_intent", "amount", "metadata[refund]"}],
    ("bank", "GET", "/v1/refunds"): [{"payment_intent", "limit"}],
    ("addresses", "GET", "/lookup"): [{"postcode"}],
}
FULL = {
    "title": "Dr",
    "line2": "Flat 2",
    "county": "Buckinghamshire",
    "contact_by": "telephone",
    "billing_same": "",
    "billing_line1": "3 Bank Street",
    "billing_line2": "Second floor",
    "billing_town": "Leicester",
    "billing_county": "Leicestershire",
    "billing_postcode": "LE1 1AA",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank(lone_sandbox: Sandbox, settings: Settings) -> Iterator[TestBank]:
    """All stand-ins, and this process's shop pointed at them."""
    settings.STRIPE_API_BASE = f"{lone_sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = lone_sandbox.base
    settings.STRIPE_API_KEY = lone_sandbox.api_key
    settings.STRIPE_WEBHOOK_SECRET = lone_sandbox.webhook_secret
    settings.ADDRESSES_API_BASE = f"{lone_sandbox.base}/addresses"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", lone_sandbox.smtp_port
    settings.CELERY_TASK_ALWAYS_EAGER = True
    yield TestBank(lone_sandbox)
    lone_sandbox.clear_faults()


class Sockets:
    """Every address that this process connects to, by Python's own sockets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached: set[tuple[str, int]] = set()
        connect = socket.socket.connect

        def noted(self_: socket.socket, address: Any) -> None:
            if isinstance(address, tuple):
                self.reached.add((address[0], address[1]))
            connect(self_, address)

        monkeypatch.setattr(socket.socket, "connect", noted)


def sent(sandbox: Sandbox, after: int) -> list[dict[str, Any]]:
    found = sandbox.get_json("/egress.json")
    assert isinstance(found, list)
    return found[after:]


def call(entry: dict[str, Any]) -> tuple[str, str, str]:
    path = entry["path"].removeprefix(f"/{entry['party']}")
    path = re.sub(r"/(cs|pi)_[A-Za-z0-9_]+", "/ID", path)
    return entry["party"], entry["method"], path


def keys(entry: dict[str, Any]) -> set[str]:
    return {re.sub(r"\[\d+\]", "[]", key) for key in entry["payload"]}


def buy_in_every_way(bank: TestBank) -> list[Order]:
    """Whole purchases with every turn that talks to somebody."""
    thing, last = product(stock=50), product(stock=1)
    simple, full, other = Client(), Client(), Client()

    fill(simple, {thing.sku: 1})
    simple.post("/checkout/", {"find": "1", "postcode": "SL7 1EY"})
    orders = [bank.buy(simple, draft_token(simple, {thing.sku: 2}))]

    page = bank.place(full, token := draft_token(full, {thing.sku: 1}, **FULL))
    assert bank.pay(page, DECLINED).status_code == 402
    full.post(f"/orders/{token}/change/", {**PRIYA, **FULL, "line1": "14 Mill Lane"})
    orders.append(bank.buy(full, token))

    # Paid when its hold had ended and the last one was gone: given back.
    late = Client()
    page = bank.place(late, token := draft_token(late, {last.sku: 1}))
    Hold.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    mine = draft_token(other, {last.sku: 1}, full_name="Someone Else")
    orders.append(bank.buy(other, mine))
    bank.come_back(late, bank.pay(page))
    orders.append(Order.objects.get(token=token))

    after_the_sale(orders[0])
    found = orders[0]
    find = {"number": found.number, "email": found.email}
    assert simple.post("/orders/find/", find).status_code == 200
    send_due()
    wanted = [Status.AUTHORISED] * 3 + [Status.CANCELLED]
    assert [order.status for order in orders] == wanted
    return orders


def after_the_sale(order: Order) -> None:
    """Take the money as the parcel leaves, give some back, ask what became of it."""
    hand_over(parcel(order))
    capture = captures.take(capture=Capture.objects.get(payment__order=order))
    refund = refunds.ask(
        order=order,
        pence=100,
        reason=Refund.Reason.GOODWILL,
        by="staff:1",
        limit=None,
        attempt=refunds.new_attempt(),
    )
    refund = refunds.send(refund=refund)
    known = bank_client.find_refund(
        intent=str(capture.payment.intent), name=refund.key, about=order.about
    )
    assert known is not None


def test_each_party_gets_exactly_its_declared_fields_and_nobody_else_anything(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(sent(bank.sandbox, 0))
    sockets = Sockets(monkeypatch)
    orders = buy_in_every_way(bank)
    entries = sent(bank.sandbox, before)

    # What each party got, key by key.
    seen: dict[tuple[str, str, str], list[set[str]]] = {}
    for entry in entries:
        if entry["party"] != "mail":
            assert call(entry) in CALLS, entry
            assert keys(entry) in CALLS[call(entry)], (call(entry), keys(entry))
            seen.setdefault(call(entry), []).append(keys(entry))
    assert set(seen) == set(CALLS)
    for what, allowed in CALLS.items():
        for names in allowed:
            assert names in seen[what], (what, names)
    # The declarations say no more than what is really sent.
    assert gateway.connector("bank").fields == OPEN | IF_GIVEN | {
        "expand[]",
        "cancellation_reason",
        "amount_to_capture",
        "final_capture",
        "payment_intent",
        "amount",
        "metadata[refund]",
        "limit",
    }
    assert gateway.connector("addresses").fields == {"postcode"}

    # Values: the card's address, and nothing that the bank has no need of.
    opened = [e["payload"] for e in entries if call(e)[2] == "/v1/checkout/sessions"]
    for payload in opened:
        text = str(payload)
        for unwanted in ("priya@", "01628", "Camera", "Marlow, ", "Dr ", "trolley"):
            assert unwanted not in text
        assert not any(order.token in text for order in orders)
    assert any("3 Bank Street" in str(payload) for payload in opened)
    assert not any("Flat 2" in str(payload) for payload in opened)
    postcodes = {e["payload"]["postcode"] for e in entries if e["party"] == "addresses"}
    assert postcodes == {"SL7 1EY"}

    # Mail goes to the customers alone: three confirmations, one refusal, one link,
    # one of money given back.
    mails = [entry["payload"] for entry in entries if entry["party"] == "mail"]
    assert len(mails) == 6
    assert {to for mail in mails for to in mail["to"]} == {PRIYA["email"]}

    # And no connection was opened to anything else.
    base = urlsplit(bank.sandbox.base)
    valkey = urlsplit(shop_settings.REDIS_URL)
    ours = {base.port, bank.sandbox.smtp_port, valkey.port}
    assert {port for _, port in sockets.reached} <= ours
    assert base.port in {port for _, port in sockets.reached}


def test_browsing_and_a_full_trolley_tell_nobody_anything(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(sent(bank.sandbox, 0))
    thing = product(stock=5)
    client = Client()
    sockets = Sockets(monkeypatch)
    for path in ("/", "/shop/", f"/product/{thing.slug}/", "/search/?q=camera"):
        assert client.get(path).status_code == 200
    client.post("/trolley/add/", {"sku": thing.sku})
    assert client.get("/trolley/").status_code == 200
    assert client.get("/checkout/").status_code == 200
    valkey = urlsplit(shop_settings.REDIS_URL)
    assert {port for _, port in sockets.reached} <= {valkey.port}
    assert sent(bank.sandbox, before) == []


def test_a_field_too_many_is_seen_in_the_record(bank: TestBank) -> None:
    """The control: a connector that declares the e-mail address would be found out."""
    before = len(sent(bank.sandbox, 0))
    declared = gateway.connector("addresses")
    gateway.forget("addresses")
    try:
        gateway.register(
            gateway.Connector(
                name="addresses",
                recipient=declared.recipient,
                purpose="order",
                base_url_setting="ADDRESSES_API_BASE",
                fields=frozenset({"postcode", "email"}),
            )
        )
        gateway.send(
            "addresses",
            method="GET",
            path="/lookup",
            fields={"postcode": "SL7 1EY", "email": PRIYA["email"]},
            about="",
            reason="planted",
        )
    finally:
        gateway.forget("addresses")
        gateway.register(declared)
    (entry,) = sent(bank.sandbox, before)
    assert keys(entry) not in CALLS[call(entry)]


def test_the_record_of_sockets_sees_a_connection(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = Sockets(monkeypatch)
    with pytest.raises(PermissionError), socket.socket() as other:
        other.connect(("192.0.2.7", 443))
    assert ("192.0.2.7", 443) in sockets.reached
