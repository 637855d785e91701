"""What every part of the bank writes in: objects, and the events that tell of them."""

from jessops.sandbox.bank import objects
from jessops.sandbox.bank.errors import no_such
from jessops.sandbox.bank.webhooks import Webhooks
from jessops.sandbox.store import Clock, Document, Store

# The API request that caused an event, and its idempotency key.
Cause = tuple[str | None, str | None]
NOBODY: Cause = (None, None)

SIGNS = {"gbp": "£", "eur": "€", "usd": "$"}


def money(amount: int, currency: str) -> str:
    """Minor units as people write them: 12999 gbp is £129.99."""
    return f"{SIGNS[currency]}{amount / 100:,.2f}"


class Book:
    def __init__(self, store: Store, clock: Clock, webhooks: Webhooks) -> None:
        self.store = store
        self.clock = clock
        self.webhooks = webhooks

    def need(self, kind: str, identity: str, param: str = "id") -> Document:
        doc = self.store.get(kind, identity)
        if doc is None:
            raise no_such(kind, identity, param)
        return doc

    def emit(
        self,
        kind: str,
        subject: Document,
        cause: Cause = NOBODY,
        previous: Document | None = None,
        *,
        always: bool = False,
    ) -> Document:
        """Keep an event and plan its delivery; `always` for one nobody subscribed."""
        event = objects.event(
            kind, subject, now=self.clock.now(), request=cause, previous=previous
        )
        self.store.add("event", event, label=kind)
        self.webhooks.queue(event, always=always)
        return event
