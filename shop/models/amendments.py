"""More that a buyer wants of an order that is paid for and has not left yet."""

from django.db import models
from django.db.models import F, Q

from shop.models.catalogue import Product
from shop.models.orders import Order


class Amendment(models.Model):
    """What staff offered to add, at a frozen price; it counts once it is paid for.

    The payment of the whole new total replaces the one that stands until then.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "Waits for the buyer"
        APPLIED = "applied", "Paid for: part of the order"
        WITHDRAWN = "withdrawn", "Not wanted"
        LAPSED = "lapsed", "Not paid for in time"

    order = models.ForeignKey(Order, models.CASCADE, related_name="amendments")
    state = models.CharField(max_length=9, choices=State, default=State.OFFERED)
    added_pence = models.PositiveIntegerField()
    # All that the order costs with it: what the new payment is about.
    total_pence = models.PositiveIntegerField()
    # Its things are kept, and its price is good, until then.
    until = models.DateTimeField()
    by = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="offered"), name="amendment_one"
            ),
            models.CheckConstraint(
                condition=Q(added_pence__gte=1, total_pence__gte=F("added_pence")),
                name="amendment_adds",
            ),
            models.CheckConstraint(
                condition=Q(state="offered", settled_at=None)
                | (~Q(state="offered") & Q(settled_at__isnull=False)),
                name="amendment_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["until"], condition=Q(state="offered"), name="amendment_ends"
            )
        ]

    def __str__(self) -> str:
        return f"Amendment {self.pk} of order {self.order_id}"


class AmendmentLine(models.Model):
    """So many more of one product, as it was when it was offered."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="amendment_lines"
    )
    sku = models.CharField(max_length=32)
    name = models.CharField(max_length=140)
    quantity = models.PositiveSmallIntegerField()
    unit_pence = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "sku"], name="amendment_sku_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="amendment_not_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} more of {self.sku}"

    @property
    def line_pence(self) -> int:
        return self.quantity * self.unit_pence
