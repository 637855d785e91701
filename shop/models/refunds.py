"""Money given back of what was taken; a second person agrees above a limit (R17)."""

from django.db import models
from django.db.models import F, Q

from shop.models.orders import Order, OrderLine
from shop.models.payments import Payment
from shop.models.returns import Return


class Refund(models.Model):
    """One amount to be given back. Triggers: its amount stands, and the sum of a
    payment's is within what was taken."""

    class Reason(models.TextChoices):
        CANCELLED = "cancelled", "Cancelled by the customer"
        CHANGED_MIND = "changed-mind", "Sent back: changed their mind"
        FAULTY = "faulty", "Faulty"
        NOT_AS_DESCRIBED = "not-as-described", "Not as described"
        LATE = "late", "Too late"
        LOST = "lost", "Lost on the way"
        SHORT = "short", "We had not got it"
        GOODWILL = "goodwill", "Goodwill"
        BANK = "bank", "Given back at the bank"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        ASKED = "asked", "To be given back"
        SENT = "sent", "On its way to the card"
        DONE = "done", "Given back"
        FAILED = "failed", "The bank said no"
        REFUSED = "refused", "Not agreed to"

    order = models.ForeignKey(Order, models.CASCADE, related_name="refunds")
    payment = models.ForeignKey(Payment, models.CASCADE, related_name="refunds")
    back = models.ForeignKey(
        Return, models.SET_NULL, null=True, blank=True, related_name="refunds"
    )
    amount_pence = models.PositiveIntegerField()
    # How much of the amount is delivery; the rest is goods, by `lines`, or goodwill.
    delivery_pence = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=16, choices=Reason)
    state = models.CharField(max_length=7, choices=State, default=State.ASKED)
    # Our name of it at the bank, for good: asked twice, given back once.
    key = models.CharField(max_length=64, unique=True)
    # Asked anew by a person, so that the bank does not repeat its old answer.
    turn = models.PositiveSmallIntegerField(default=0)
    # What the bank calls it.
    bank_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    problem = models.CharField(max_length=60, blank=True)
    asked_by = models.CharField(max_length=40)
    needs_second = models.BooleanField(default=False)
    approved_by = models.CharField(max_length=40, blank=True)
    due_on = models.DateField()
    asked_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    #: The states whose money is given back, or will be.
    COUNTS = (State.WAITING, State.ASKED, State.SENT, State.DONE)

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("ask_refund", "Can ask for a refund"),
            ("approve_refund", "Can agree to a refund above the limit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_pence__gte=1), name="refund_not_nothing"
            ),
            models.CheckConstraint(
                condition=Q(delivery_pence__lte=F("amount_pence")),
                name="refund_delivery_within",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(state__in=["waiting", "refused"])
                | ~Q(approved_by=""),
                name="refund_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("asked_by")), name="refund_not_by_oneself"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False),
                name="refund_done_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=["waiting", "asked", "sent", "failed"]),
                name="refund_open",
            ),
            models.Index(
                fields=["done_at"], condition=Q(state="done"), name="refund_given_back"
            ),
        ]

    def __str__(self) -> str:
        return f"Refund {self.key}"

    @property
    def bank_key(self) -> str:
        return f"{self.key}-{self.turn}"


class RefundLine(models.Model):
    """What of an order's line a refund is for: the credit note names it."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="refunded")
    quantity = models.PositiveSmallIntegerField()
    pence = models.PositiveIntegerField()

    class Meta:
        ordering = ["refund", "line__position"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refunded_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="refunded_not_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
