"""Invoices and credit notes: numbered without a gap, and never written again."""

from django.db import models
from django.db.models import Q

from shop.models.captures import Capture
from shop.models.orders import Order
from shop.models.refunds import Refund


class DocumentCounter(models.Model):
    """The last number of a series. Its row is locked until the document stands, so
    that a number is neither given twice nor lost when a transaction is undone."""

    series = models.CharField(max_length=3, primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.series} {self.last}"


class Document(models.Model):
    """What was supplied and paid, as tax law wants it written down.

    Triggers: it stands as it was made, and goes only with its order. It names nobody:
    the customer's name and billing address are the order's, which stand as well
    (actions/corrections.py) and are sealed there.
    """

    class Kind(models.TextChoices):
        INVOICE = "INV", "VAT invoice"
        CREDIT = "CRN", "Credit note"

    kind = models.CharField(max_length=3, choices=Kind)
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=12, unique=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="documents")
    # One invoice for each amount taken, one credit note for each given back.
    capture = models.OneToOneField(Capture, models.CASCADE, null=True)
    refund = models.OneToOneField(Refund, models.CASCADE, null=True)
    # The lines, sums and our particulars of that day, as canonical JSON.
    facts = models.TextField()
    sha256 = models.CharField(max_length=64)
    total_pence = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "serial"], name="document_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="INV", capture__isnull=False, refund=None)
                | Q(kind="CRN", capture=None, refund__isnull=False),
                name="document_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.number
