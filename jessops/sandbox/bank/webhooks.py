"""Signed webhooks, as Stripe sends them: at least once, again and again on failure.

A delivery is a row beside its event, written in the same transaction; a thread sends
what is due, one after the other, and backs off by doubling after each failure.
"""

import hashlib
import hmac
import http.client
import json
import random
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from urllib.parse import urlsplit

from jessops.sandbox.faults import Faults
from jessops.sandbox.store import Document, Store

ATTEMPTS = 16
LONGEST_WAIT = 60.0  # seconds; the real bank goes on for three days
TIMEOUT = 10.0

# What the shop's endpoint has subscribed to. Every event is kept and can be listed.
SUBSCRIBED = {
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.captured",
    "charge.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
}


def signature(payload: bytes, secret: str, at: int) -> str:
    """The value of Stripe-Signature for this body, signed at `at` (UTC seconds)."""
    signed = f"{at}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@dataclass(frozen=True)
class Endpoint:
    url: str = ""
    secret: str = ""
    first_wait: float = 1.0  # seconds before the second attempt


class Webhooks:
    def __init__(self, store: Store, faults: Faults, endpoint: Endpoint) -> None:
        self.store = store
        self.faults = faults
        self.endpoint = endpoint
        self.wake = threading.Event()
        self.stopping = False
        self.thread = threading.Thread(target=self.run, name="webhooks", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopping = True
        self.wake.set()
        self.thread.join(TIMEOUT + 1)

    def queue(self, event: Document, *, always: bool = False) -> None:
        """Plan the delivery of an event; part of the caller's transaction."""
        if not self.endpoint.url or not (always or event["type"] in SUBSCRIBED):
            return
        if self.faults.take_webhook("drop_webhooks", event["type"]):
            self._plan(event, due=None, state="dropped")
            return
        due = time.time()
        if fault := self.faults.take_webhook("shuffle_webhooks", event["type"]):
            due += random.SystemRandom().uniform(0, fault.seconds)
        copies = 1
        if fault := self.faults.take_webhook("duplicate_webhooks", event["type"]):
            copies = fault.copies
        for _ in range(copies):
            self._plan(event, due=due, state="waiting")
        self.store.after_commit(self.wake.set)

    def _plan(self, event: Document, *, due: float | None, state: str) -> None:
        with self.store.write() as db:
            db.execute(
                "INSERT INTO deliveries (event, due, state) VALUES (?, ?, ?)",
                (event["id"], due, state),
            )

    def run(self) -> None:
        while not self.stopping:
            self.wake.clear()
            try:
                idle = self.idle_time() if not self.deliver_due() else 0.0
            except Exception:
                # Seen in the log; what is due stays due.
                traceback.print_exc(file=sys.stderr)
                idle = 1.0
            if idle:
                self.wake.wait(idle)

    def deliver_due(self) -> bool:
        """Send what has come due; False when there was nothing."""
        rows = self.store.rows(
            "SELECT id, event, attempts FROM deliveries"
            " WHERE due <= ? ORDER BY due, id LIMIT 50",
            (time.time(),),
        )
        for delivery, event, attempts in rows:
            if self.stopping:
                break
            self.deliver(delivery, event, attempts + 1)
        return bool(rows)

    def idle_time(self) -> float:
        ((due,),) = self.store.rows("SELECT min(due) FROM deliveries")
        return 30.0 if due is None else max(0.0, min(30.0, due - time.time()))

    def deliver(self, delivery: int, event_id: str, attempt: int) -> None:
        event = self.store.get("event", event_id)
        assert event is not None
        answer = self.send(json.dumps(event, indent=2).encode())
        good = answer.isdigit() and 200 <= int(answer) < 300
        state, due = "delivered", None
        if not good and attempt >= ATTEMPTS:
            state = "failed"
        elif not good:
            wait = self.endpoint.first_wait * 2 ** (attempt - 1)
            state, due = "waiting", time.time() + min(LONGEST_WAIT, wait)
        with self.store.write() as db:
            db.execute(
                "UPDATE deliveries SET due = ?, attempts = ?, state = ?, last = ?"
                " WHERE id = ?",
                (due, attempt, state, answer, delivery),
            )
            if good and event["pending_webhooks"]:
                event["pending_webhooks"] = 0
                self.store.save(event)

    def send(self, payload: bytes) -> str:
        """The status that the shop answered, or what went wrong, in one word or two."""
        parts = urlsplit(self.endpoint.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kind = (
            http.client.HTTPSConnection
            if parts.scheme == "https"
            else http.client.HTTPConnection
        )
        # A new signature each time: an old one would be refused after five minutes.
        signed = signature(payload, self.endpoint.secret, int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Accept": "*/*; q=0.5, application/xml",
            "Stripe-Signature": signed,
            "Connection": "close",
        }
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, payload, headers)
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()
