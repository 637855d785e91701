"""What customers send back, and what we found in the parcel."""

from django.db import models
from django.db.models import Q

from shop.models.orders import Order, OrderLine


class Return(models.Model):
    """One announced return; its number goes on the parcel."""

    class Reason(models.TextChoices):
        CHANGED_MIND = "changed-mind", "I changed my mind"
        FAULTY = "faulty", "It is faulty"
        NOT_AS_DESCRIBED = "not-as-described", "It is not as described"
        LATE = "late", "It came too late"

    class State(models.TextChoices):
        ASKED = "asked", "On its way to us"
        RECEIVED = "received", "Received"
        SETTLED = "settled", "Settled"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    order = models.ForeignKey(Order, models.CASCADE, related_name="returns")
    number = models.CharField(max_length=16, unique=True)  # "R26-1234-5678"
    # One form, one return, however often it is sent.
    attempt = models.CharField(max_length=64, unique=True, null=True, blank=True)
    reason = models.CharField(max_length=16, choices=Reason)
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Consumer Contracts Regulations 2013, regulation 34: fourteen days.
    refund_due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="received")
                | Q(received_at__isnull=False, refund_due_on__isnull=False),
                name="return_received_is_due",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["settled", "refused", "withdrawn"],
                    closed_at__isnull=False,
                )
                | (Q(state__in=["asked", "received"]) & Q(closed_at=None)),
                name="return_closed_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "refund_due_on"], name="return_queue")]

    def __str__(self) -> str:
        return f"Return {self.number}"


class ReturnLine(models.Model):
    """How many of an order's line come back, and in what condition they came.

    A trigger holds the sum over its live returns within what was ordered.
    """

    class Found(models.TextChoices):
        NEW = "new", "As new"
        USED = "used", "Used"
        SCRAP = "scrap", "Scrap"

    back = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="returned")
    quantity = models.PositiveSmallIntegerField()
    found = models.CharField(max_length=5, choices=Found, blank=True)

    class Meta:
        ordering = ["back", "line__position"]
        constraints = [
            models.UniqueConstraint(fields=["back", "line"], name="returned_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="returned_not_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
