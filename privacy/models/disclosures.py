"""Disclosure because the law demands it (P51, P52, C17): two people, append-only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class LegalDisclosure(LedgerEntry):
    """A demand that was put on record, before anything is handed over."""

    class Basis(models.TextChoices):
        """The three bases of the statement, and no other."""

        PROCEEDING = "proceeding", "A current judicial proceeding"
        COURT_ORDER = "court-order", "A court order"
        LEGAL_PROCESS = "legal-process", "Other legal process"

    reference = models.CharField(max_length=20, unique=True)  # "D2026-1"
    basis = models.CharField(max_length=13, choices=Basis)
    document = models.CharField("reference of the document", max_length=200)
    # whom it is about: a keyed hash, and the matter if it is one order
    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    about = models.CharField(max_length=60, blank=True)
    fields = ArrayField(models.CharField(max_length=60))
    requested_by = models.PositiveBigIntegerField()
    requested_at = models.DateTimeField(default=timezone.now)
    tell_on = models.DateField("day the person is told")
    sealed_until = models.DateField(null=True, blank=True)
    sealed_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(basis__in=["proceeding", "court-order", "legal-process"]),
                name="disclosure_basis_known",
            ),
            models.CheckConstraint(
                condition=~Q(document="") & ~Q(fields=[]),
                name="disclosure_has_document_and_fields",
            ),
            models.CheckConstraint(
                condition=Q(sealed_until=None, sealed_why="")
                | (Q(sealed_until__gte=F("tell_on")) & ~Q(sealed_why="")),
                name="disclosure_seal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"disclosure {self.reference}"


class DisclosureApproval(LedgerEntry):
    """The second person's word. A trigger refuses the first person's own."""

    reference = models.CharField(max_length=20, unique=True)
    approved_by = models.PositiveBigIntegerField()
    approved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"approval of disclosure {self.reference}"


class DisclosureEvent(LedgerEntry):
    """What was handed over, by its checksum; and that the person was told."""

    class Code(models.TextChoices):
        EXPORTED = "exported", "Handed over"
        TOLD = "told", "The person was told"
        REFUSED = "refused", "Refused"

    reference = models.CharField(max_length=20)
    code = models.CharField(max_length=8, choices=Code)
    sha256 = models.CharField(max_length=64, blank=True)
    # what was in the file: the names of fields by matter, no values. A seal that ends
    # later tells of this, whatever is held by then.
    handed = models.JSONField(default=dict, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["reference", "at"], name="disclosure_event_of")]

    def __str__(self) -> str:
        return f"disclosure event {self.pk}"
