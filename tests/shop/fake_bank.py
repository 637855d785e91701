"""The bank without the wire: its sums, its keys, and answers that get lost.

tests/sandbox proves the real shapes against the stand-in; this one is for thousands of
steps. The functions have the signatures of shop.clients.bank.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from shop.clients import bank
from shop.clients.bank import BankRefused, BankUnavailable, GivenBack, Session
from shop.models import Payment


@dataclass
class Intent:
    reference: str
    amount: int
    until: datetime
    status: str = "requires_capture"
    received: int = 0
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        return sum(self.refunds.values())


class FakeBank:
    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.answers: dict[str, object] = {}
        self.lose_next = False
        self.calls = 0

    def use(self, patch: pytest.MonkeyPatch) -> None:
        for name in (
            "capture",
            "refund",
            "find_refund",
            "retrieve_session",
            "cancel_intent",
        ):
            patch.setattr(bank, name, getattr(self, name))

    def agree(self, payment: Payment) -> Intent:
        """The customer has paid at the bank's page."""
        made = Intent(
            payment.reference,
            payment.amount_pence,
            timezone.now() + timedelta(days=7),
        )
        self.intents[str(payment.intent)] = made
        return made

    def capture(
        self, *, intent: str, pence: int, final: bool, key: str, about: str
    ) -> None:
        if key not in self.answers:
            found = self.intents[intent]
            if found.status != "requires_capture":
                raise BankRefused("payment_intent_unexpected_state")
            if found.received + pence > found.amount:
                raise BankRefused("amount_too_large")
            found.received += pence
            found.status = "succeeded" if final else found.status
            self.answers[key] = None
        self._answer()

    def refund(
        self, *, intent: str, pence: int, name: str, key: str, about: str
    ) -> GivenBack:
        if key not in self.answers:
            found = self.intents[intent]
            if found.status != "succeeded":
                raise BankRefused("charge_not_captured")
            if found.refunded + pence > found.received:
                raise BankRefused("charge_already_refunded")
            found.refunds[name] = pence
            self.answers[key] = GivenBack(f"re_{name}", "succeeded", "")
        self._answer()
        answer = self.answers[key]
        assert isinstance(answer, GivenBack)
        return answer

    def find_refund(self, *, intent: str, name: str, about: str) -> GivenBack | None:
        self._answer()
        if name in self.intents[intent].refunds:
            return GivenBack(f"re_{name}", "succeeded", "")
        return None

    def retrieve_session(self, *, session: str, about: str) -> Session:
        self._answer()
        intent = session.replace("cs_", "pi_")
        found = self.intents[intent]
        return Session(
            id=session,
            url="",
            status="complete",
            reference=found.reference,
            amount=found.amount,
            currency="gbp",
            live=False,
            intent=intent,
            intent_status=found.status,
            intent_amount=found.amount,
            intent_currency="gbp",
            received=found.received,
            refunded=found.refunded,
            capture_before=found.until,
            multicapture=True,
            problem="",
            checks=(),
        )

    def cancel_intent(self, *, intent: str, about: str) -> None:
        found = self.intents[intent]
        if found.status == "succeeded":
            raise BankRefused("payment_intent_unexpected_state")
        found.status = "canceled"
        self._answer()

    def _answer(self) -> None:
        self.calls += 1
        if self.lose_next:
            self.lose_next = False
            raise BankUnavailable("the answer got lost")
