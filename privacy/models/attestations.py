"""Evidence for what no test of ours can show: other people's conduct (P60, P90)."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class Attestation(LedgerEntry):
    """Somebody stands for something until a day. The newest of a subject counts.

    `subject` is "connector:bank" (the contract with an outside party) or
    "promise:P90". Taken back by a newer one that has already expired.
    """

    subject = models.CharField(max_length=60)
    statement = models.CharField(max_length=300)
    owner = models.CharField("who answers for it, by role", max_length=100)
    reference = models.CharField("the document", max_length=200)
    attested_on = models.DateField()
    expires_on = models.DateField("last day it holds")
    entered_at = models.DateTimeField(default=timezone.now)
    entered_by = models.CharField(max_length=40)  # "Member 3"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("attested_on")),
                name="attestation_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-entered_at"], name="attestation_newest")
        ]

    def __str__(self) -> str:
        return f"attestation {self.pk}"
