"""Money taken of an authorised payment: once a parcel, when it leaves."""

from django.db import models
from django.db.models import Q

from shop.models.consignments import Consignment
from shop.models.payments import Payment


class Capture(models.Model):
    """One amount to be taken. Triggers: its amount stands, and the sum of a payment's
    is within what was authorised."""

    class State(models.TextChoices):
        ASKED = "asked", "To be taken"
        DONE = "done", "Taken"
        FAILED = "failed", "The bank said no"

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="captures")
    # None where the bank took it by itself, or a person did ahead of dispatch.
    consignment = models.OneToOneField(
        Consignment, models.CASCADE, null=True, blank=True, related_name="capture"
    )
    amount_pence = models.PositiveIntegerField()
    # What is not taken of the payment after this goes back to the card.
    final = models.BooleanField(default=True)
    state = models.CharField(max_length=6, choices=State, default=State.ASKED)
    # Our name of it at the bank, for good: asked twice, taken once.
    key = models.CharField(max_length=64, unique=True)
    # Asked anew by a person, so that the bank does not repeat its old answer.
    turn = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=40)
    asked_at = models.DateTimeField(auto_now_add=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_pence__gte=1), name="capture_not_nothing"
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at=None)),
                name="capture_done_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state="asked"),
                name="capture_to_take",
            ),
            models.Index(
                fields=["done_at"], condition=Q(state="done"), name="capture_taken"
            ),
        ]

    def __str__(self) -> str:
        return f"Capture {self.key}"

    @property
    def bank_key(self) -> str:
        return f"{self.key}-{self.turn}"
