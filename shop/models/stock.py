"""What is on the shelf, what is held for whom, and why either ever changed."""

from django.db import models
from django.db.models import F, Q

from shop.models.catalogue import Product


class Stock(models.Model):
    """Counts of one product: `on_hand` on the shelf, `held` of it for open payments."""

    product = models.OneToOneField(
        Product, models.CASCADE, primary_key=True, related_name="stock"
    )
    on_hand = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    location = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "stock"
        constraints = [
            # The last line of defence against overselling (R1).
            models.CheckConstraint(
                condition=Q(held__gte=0) & Q(held__lte=F("on_hand")),
                name="stock_held_within_on_hand",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0), name="stock_on_hand_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"Stock of product {self.product_id}"

    @property
    def available(self) -> int:
        return self.on_hand - self.held


class StockMovement(models.Model):
    """One change of `on_hand`. Append-only; the sum of a product's is its on_hand."""

    class Reason(models.TextChoices):
        OPENING = "opening", "Opening count"
        RECEIVED = "received", "Received from a supplier"
        BOUGHT_IN = "bought-in", "Bought in, used"
        SOLD = "sold", "Sold"
        # By an amendment, whose own state says that it was booked once.
        ADDED = "added", "Sold, added to an order"
        RETURNED = "returned", "Returned by a customer"
        RELEASED = "released", "Sale undone before dispatch"
        COUNTED = "counted", "Stock-take difference"
        SCRAPPED = "scrapped", "Scrapped"
        # With an order's number: what was in its lost parcel and was written off.
        LOST = "lost", "Lost on the way"

    product = models.ForeignKey(Product, models.PROTECT, related_name="movements")
    quantity = models.IntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    # A number such as J26-4812-0751, no foreign key: ledgers hold ids only.
    order_number = models.CharField(max_length=16, blank=True)
    by = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(quantity=0), name="movement_not_nothing"
            ),
            # A sale is booked once for an order and product, whatever is repeated;
            # it may be undone in parts.
            models.UniqueConstraint(
                fields=["product", "order_number", "reason"],
                condition=Q(reason="sold"),
                name="movement_sale_once",
            ),
        ]
        indexes = [models.Index(fields=["product", "at"], name="movement_product_at")]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.reason}"


class Hold(models.Model):
    """Stock kept for an order while its payment is open. Ends by itself."""

    order = models.ForeignKey("shop.Order", models.CASCADE, related_name="holds")
    product = models.ForeignKey(Product, models.CASCADE, related_name="holds")
    quantity = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="hold_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="hold_not_nothing"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "expires_at"], name="hold_product_expiry"),
            models.Index(fields=["expires_at"], name="hold_expiry"),
        ]

    def __str__(self) -> str:
        return f"Hold {self.pk}"
