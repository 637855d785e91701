"""Orders: what was bought, frozen as it was seen, and for whom (P7, P11)."""

from hashlib import sha256

from django.db import models
from django.db.models import F, Q

from privacy.sealed import SealedModel, SealedQuerySet, SealedText
from shop.models.catalogue import Condition, Product, VatTreatment


class Status(models.TextChoices):
    DRAFT = "draft", "Not ordered yet"
    PENDING = "pending", "Waiting for payment"
    AUTHORISED = "authorised", "Ordered"
    LAPSED = "lapsed", "Not paid"
    CANCELLED = "cancelled", "Cancelled"


class ContactBy(models.TextChoices):
    EMAIL = "email", "E-mail"
    TELEPHONE = "telephone", "Telephone"


class AddressCheck(models.TextChoices):
    """All that is kept of the address check (P93)."""

    MATCH = "match", "Found"
    NEAR = "near", "Nearly found"
    NONE = "none", "Not found"
    UNAVAILABLE = "unavailable", "Could not be checked"


class OrderQuerySet(SealedQuerySet["Order"]):
    def unpaid(self) -> "OrderQuerySet":
        return self.filter(status__in=[Status.DRAFT, Status.PENDING, Status.LAPSED])

    def of_person(self, subject: str) -> "OrderQuerySet":
        """What somebody placed, newest first; of nobody ("") nothing."""
        mine = self.filter(email_hash=subject) if subject else self.none()
        return mine.exclude(status=Status.DRAFT).order_by("-pk")


class Order(SealedModel):
    """One purchase. Money is pence including VAT; the address is a copy, for good.

    What says who it is for is sealed with that person's key: email_hash finds it.
    """

    number = models.CharField(max_length=16, unique=True)
    # Unguessable (192 bits): the guest's key to the order's page.
    token = models.CharField(max_length=32, unique=True)
    # One form, one order, however often it is sent (R7).
    attempt = models.CharField(max_length=64, unique=True, null=True, blank=True)
    # Keyed hash of all that was typed and bought: finds the same order twice.
    fingerprint = models.CharField(max_length=64)
    # "Order it a second time" was pressed: the customer knows of the first.
    again = models.BooleanField(default=False)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT
    )

    title = SealedText(max_length=20, blank=True)
    full_name = SealedText(max_length=100)
    email = SealedText(max_length=254)
    email_hash = models.CharField(max_length=64)
    telephone = SealedText(max_length=30, blank=True)
    line1 = SealedText(max_length=100)
    line2 = SealedText(max_length=100, blank=True)
    town = SealedText(max_length=60)
    county = SealedText(max_length=60, blank=True)
    postcode = SealedText(max_length=8)
    billing_line1 = SealedText(max_length=100)
    billing_line2 = SealedText(max_length=100, blank=True)
    billing_town = SealedText(max_length=60)
    billing_county = SealedText(max_length=60, blank=True)
    billing_postcode = SealedText(max_length=8)
    contact_by = models.CharField(
        max_length=9, choices=ContactBy.choices, default=ContactBy.EMAIL
    )
    no_marketing = models.BooleanField(default=False)
    # The customer ticked that the carrier may have the telephone number (P59).
    carrier_may_ring = models.BooleanField(default=False, db_default=False)
    policy_version = models.PositiveIntegerField()

    address_check = models.CharField(max_length=11, choices=AddressCheck.choices)
    # Codes of why a person must look before dispatch: "address", "bank-address",
    # "payment" (does not match), "twin" (the same was bought within the hour),
    # "refund" (made at the bank and not by us).
    review = models.CharField(max_length=80, blank=True)

    delivery = models.CharField(max_length=12)
    delivery_name = models.CharField(max_length=60)
    delivery_pence = models.PositiveIntegerField()
    delivery_vat_pence = models.PositiveIntegerField()
    delivery_on = models.DateField()
    # What is paid, with the code's part taken off already.
    goods_pence = models.PositiveIntegerField()
    voucher = models.ForeignKey(
        "shop.Voucher", models.PROTECT, null=True, blank=True, related_name="orders"
    )
    # What the code took off the goods.
    off_pence = models.PositiveIntegerField(default=0, db_default=0)
    vat_pence = models.PositiveIntegerField()
    total_pence = models.PositiveIntegerField()

    created_at = models.DateTimeField(auto_now_add=True)
    # Prices and delivery date are good until then.
    good_until = models.DateTimeField()
    placed_at = models.DateTimeField(null=True, blank=True)
    authorised_at = models.DateTimeField(null=True, blank=True)
    # The last of it has left the shop.
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Codes, not words: "sold-out", "customer", "expired", "twin" (paid for in two
    # windows at once, and the other one is kept).
    closed_why = models.CharField(max_length=20, blank=True)

    objects = OrderQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_pence=F("goods_pence") + F("delivery_pence")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(vat_pence__lte=F("total_pence")), name="order_vat_within"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT) | Q(placed_at__isnull=False),
                name="order_placed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.AUTHORISED) | Q(authorised_at__isnull=False),
                name="order_authorised_has_time",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        status__in=[Status.LAPSED, Status.CANCELLED],
                        closed_at__isnull=False,
                    )
                    | (
                        ~Q(status__in=[Status.LAPSED, Status.CANCELLED])
                        & Q(closed_at=None)
                    )
                ),
                name="order_closed_has_time",
            ),
        ]
        indexes = [
            # a person's orders, newest first
            models.Index(fields=["email_hash", "-id"], name="order_of_person"),
            models.Index(fields=["fingerprint", "placed_at"], name="order_fingerprint"),
            models.Index(fields=["status", "placed_at"], name="order_status_placed"),
            models.Index(fields=["status", "created_at"], name="order_status_created"),
            # what is to be sent
            models.Index(
                fields=["delivery_on"],
                condition=Q(status="authorised", sent_at=None),
                name="order_to_send",
            ),
            # what waits for a person
            models.Index(
                fields=["placed_at"],
                condition=~Q(review=""),
                name="order_to_look_at",
            ),
            # the few weeks of orders that still have a number to forget
            models.Index(
                fields=["delivery_on"],
                condition=~Q(telephone=""),
                name="order_telephone_due",
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def get_absolute_url(self) -> str:
        return f"/orders/{self.token}/"

    def sealed_for(self) -> str:
        return self.email_hash

    def sealed_name(self) -> str:
        return self.number

    @property
    def seen(self) -> str:
        """What a review page shows, as one text: what was seen is what is bought."""
        shown = f"{self.fingerprint} {self.total_pence} {self.delivery_on}"
        return sha256(shown.encode()).hexdigest()[:32]

    @property
    def can_be_paid(self) -> bool:
        """Not paid, not cancelled, and no payment that a person must look at first."""
        closed = self.status in (Status.AUTHORISED, Status.CANCELLED)
        return not closed and "payment" not in self.review_codes

    @property
    def review_codes(self) -> list[str]:
        return self.review.split()

    def with_review(self, code: str) -> str:
        """Return `review` with a code added: there may be two things to look at."""
        return " ".join(dict.fromkeys([*self.review_codes, code]))

    @property
    def about(self) -> str:
        """How ledgers and receipts refer to this order."""
        return f"order:{self.number}"


class OrderLine(models.Model):
    """One product of an order as it was when the customer saw it."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="order_lines"
    )
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=32)
    name = models.CharField(max_length=140)
    condition = models.CharField(max_length=4, choices=Condition.choices)
    quantity = models.PositiveSmallIntegerField()
    # How many of them will not be sent after all.
    cancelled = models.PositiveSmallIntegerField(default=0, db_default=0)
    # What one costs this buyer, with a code's part, off_pence, taken off already.
    unit_pence = models.PositiveIntegerField()
    off_pence = models.PositiveIntegerField(default=0, db_default=0)
    line_pence = models.PositiveIntegerField()
    vat = models.CharField(max_length=8, choices=VatTreatment.choices)
    vat_pence = models.PositiveIntegerField()
    warranty_months = models.PositiveSmallIntegerField()
    drawing = models.CharField(max_length=24)
    drawing_label = models.CharField(max_length=24, blank=True)
    drawing_sub = models.CharField(max_length=24, blank=True)
    finish = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="line_sku_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="line_not_nothing"
            ),
            models.CheckConstraint(
                condition=Q(line_pence=F("unit_pence") * F("quantity")),
                name="line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(vat_pence__lte=F("line_pence")), name="line_vat_within"
            ),
            models.CheckConstraint(
                condition=Q(cancelled__lte=F("quantity")), name="line_cancelled_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class LinkRequest(models.Model):
    """Somebody asks for an order's link. Written for right and wrong guesses alike, so
    that the answer takes the same time; read and deleted by a task (R31)."""

    number = models.CharField(max_length=16)
    email_hash = models.CharField(max_length=64)
    policy_version = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Link request {self.pk}"


class OrderEvent(models.Model):
    """What happened to an order. Append-only; codes and ids, never names or text."""

    order_number = models.CharField(max_length=16)
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["order_number"], name="order_event_number")]

    def __str__(self) -> str:
        return f"{self.order_number} {self.code}"
