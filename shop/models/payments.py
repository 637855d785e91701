"""Payments at the bank, and the ledger of what the bank told us."""

from django.db import models
from django.db.models import Q

from shop.models.amendments import Amendment
from shop.models.orders import Order


class PaymentStatus(models.TextChoices):
    CREATING = "creating", "Being set up"
    OPEN = "open", "Payment page open"
    AUTHORISED = "authorised", "Authorised"
    CAPTURED = "captured", "Captured"
    EXPIRED = "expired", "Expired unpaid"
    VOIDING = "voiding", "Being cancelled"
    VOID = "void", "Cancelled"
    REFUSED = "refused", "Does not match: a person must look"


class Payment(models.Model):
    """One payment session of an order; the bank knows it by its reference alone."""

    LIVE = (PaymentStatus.CREATING, PaymentStatus.OPEN)

    order = models.ForeignKey(Order, models.CASCADE, related_name="payments")
    # What it pays for besides, where the order was added to.
    amendment = models.ForeignKey(
        Amendment, models.CASCADE, null=True, blank=True, related_name="payments"
    )
    reference = models.CharField(max_length=32, unique=True)
    status = models.CharField(
        max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.CREATING
    )
    amount_pence = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="gbp")
    session = models.CharField(max_length=255, unique=True, null=True, blank=True)
    intent = models.CharField(max_length=255, unique=True, null=True, blank=True)
    url = models.TextField(blank=True)
    # Why it was refused: "amount", "currency", "reference", "mode", "status".
    mismatch = models.CharField(max_length=20, blank=True)
    # Why the bank last said no to a card: its code, such as "insufficient_funds".
    problem = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    authorised_at = models.DateTimeField(null=True, blank=True)
    # Until then the bank keeps the money for us.
    capture_before = models.DateTimeField(null=True, blank=True)
    # The card lets us take the money in more than one part.
    multicapture = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["creating", "open"]),
                name="payment_one_live",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["authorised", "captured"]),
                name="payment_one_paid",
            ),
            models.CheckConstraint(
                condition=Q(amount_pence__gte=30), name="payment_amount_payable"
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "checked_at"], name="payment_status_checked"
            ),
            models.Index(
                fields=["capture_before"],
                condition=Q(status="authorised"),
                name="payment_runs_out",
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {self.reference}"

    @property
    def idempotency_key(self) -> str:
        """Kept for good, so that a retry after a lost answer finds the same session."""
        return f"session-{self.reference}"


class BankEvent(models.Model):
    """A webhook event, once, for ever: replay protection is this row (R11)."""

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    session = models.CharField(max_length=120, blank=True)
    intent = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="bank_event_open",
                condition=Q(done_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.event_id
