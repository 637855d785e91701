"""What staff write down about an order, such as a talk on the telephone."""

from django.db import models

from privacy.sealed import SealedModel, SealedText
from shop.models.orders import Order


class Note(SealedModel):
    """Words about one order, sealed with its customer's key."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="notes")
    # Unguessable, known before it is saved: what its seal is bound to.
    name = models.CharField(max_length=32, unique=True)
    email_hash = models.CharField(max_length=64)
    policy_version = models.PositiveIntegerField()
    words = SealedText(max_length=2000)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["email_hash"], name="note_of_person")]

    def __str__(self) -> str:
        return f"Note {self.pk}"

    def sealed_for(self) -> str:
        return self.email_hash

    def sealed_name(self) -> str:
        return self.name
