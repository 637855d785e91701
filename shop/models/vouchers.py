"""Codes that take something off an order, and what they were used for (R4)."""

from django.db import models
from django.db.models import F, Q

from shop.models.orders import Order

# What a code must leave to pay: the payment host takes no less in one payment.
LEAST_LEFT = 100


class Voucher(models.Model):
    """One code. How often it was used is counted by the database, never by us."""

    class Kind(models.TextChoices):
        PERCENT = "percent", "Per cent off the goods"
        FIXED = "fixed", "Pence off the goods"
        DELIVERY = "delivery", "Free delivery"

    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.PositiveIntegerField(
        default=0, help_text="Per cent, or pence; 0 for free delivery."
    )
    least_pence = models.PositiveIntegerField("goods for at least, in pence", default=0)
    # 1 for a code that is spent once; none for as often as one likes.
    limit = models.PositiveIntegerField("how often", null=True, blank=True)
    used = models.PositiveIntegerField(default=0, editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField("what it is for", max_length=100, blank=True)
    made_by = models.CharField(max_length=40, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]{3,24}$"),
                name="voucher_code_form",
            ),
            models.CheckConstraint(
                condition=Q(kind="percent", amount__gte=1, amount__lte=90)
                | Q(
                    kind="fixed",
                    amount__gte=1,
                    least_pence__gte=F("amount") + LEAST_LEFT,
                )
                | Q(kind="delivery", amount=0),
                name="voucher_amount_sensible",
            ),
            models.CheckConstraint(
                condition=Q(limit=None) | Q(limit__gte=1, used__lte=F("limit")),
                name="voucher_not_overspent",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="voucher_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class VoucherUse(models.Model):
    """A code is spent by an order. Given back, its row goes; the count follows.

    When the order is deleted on its day the row stays without it: spent is spent.
    """

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="uses")
    order = models.OneToOneField(
        Order, models.SET_NULL, null=True, related_name="voucher_use"
    )
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.voucher_id} by {self.order_id}"
