"""Parcels: what of an order goes out together, with whom, and how far it is."""

from django.db import models
from django.db.models import Q

from shop.models.orders import Order, OrderLine


class Manifest(models.Model):
    """What one carrier was handed on one day."""

    carrier = models.CharField(max_length=12)
    day = models.DateField()
    # What the carrier calls it.
    reference = models.CharField(max_length=40, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["carrier", "day"], name="manifest_day")]

    def __str__(self) -> str:
        return f"Manifest of {self.carrier}, {self.day}"


class Consignment(models.Model):
    """One parcel of an order; live until it is cancelled, lost or back."""

    class State(models.TextChoices):
        DRAFT = "draft", "To be picked"
        PACKED = "packed", "Packed"
        BOOKED = "booked", "Booked with the carrier"
        READY = "ready", "Ready to be collected"
        HANDED_OVER = "handed-over", "With the carrier"
        DELIVERED = "delivered", "Delivered"
        LOST = "lost", "Lost"
        RETURNED = "returned", "Come back undelivered"
        CANCELLED = "cancelled", "Cancelled"

    GONE = (State.CANCELLED, State.LOST, State.RETURNED)
    LEFT = (State.HANDED_OVER, State.DELIVERED)

    order = models.ForeignKey(Order, models.CASCADE, related_name="consignments")
    # The order's number and which of its parcels: "J26-4812-0751-1".
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=11, choices=State, default=State.DRAFT)
    # Code of the carrier, or "collect".
    carrier = models.CharField(max_length=12, blank=True)
    service = models.CharField(max_length=20, blank=True)
    weight_g = models.PositiveIntegerField(default=0)
    # What the carrier calls it, what its barcode says, and how it is followed.
    booking = models.CharField(max_length=40, blank=True)
    barcode = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=40, blank=True)
    # The box for it was ticked: the carrier may have the telephone number (P59).
    notify_by_phone = models.BooleanField(default=False)
    # What is said at the counter to get it; nothing else is on the board.
    collect_code = models.CharField(max_length=8, blank=True)
    manifest = models.ForeignKey(
        Manifest, models.SET_NULL, null=True, blank=True, related_name="consignments"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When the carrier was last asked where it is.
    followed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["handed-over", "delivered"])
                | Q(handed_at__isnull=False),
                name="consignment_handed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False),
                name="consignment_delivered_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "carrier"], name="consignment_queue"),
            models.Index(
                fields=["tracking"],
                condition=~Q(tracking=""),
                name="consignment_tracking",
            ),
            models.Index(
                fields=["followed_at"],
                condition=Q(state="handed-over"),
                name="consignment_to_follow",
            ),
        ]

    def __str__(self) -> str:
        return f"Parcel {self.number}"


class ConsignmentLine(models.Model):
    """How many of an order's line go in this parcel.

    A trigger holds the sum over its live parcels within what was ordered and not
    cancelled.
    """

    consignment = models.ForeignKey(Consignment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="consigned")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["consignment", "line__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["consignment", "line"], name="consigned_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="consigned_not_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
