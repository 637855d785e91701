"""A sale of the business, and the thirty days before it (P64 to P66, C11)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class Transition(LedgerEntry):
    """An announced change of ownership; announced when this is written."""

    reference = models.CharField(max_length=20, unique=True)  # "T2026-1"
    buyer = models.CharField(max_length=100)
    notice = models.TextField("what the notice says, in plain words")
    planned_on = models.DateField()
    # will the buyer use the data in a manner different from that stated?
    use_differs = models.BooleanField()
    question = models.TextField("what people are asked if it does", blank=True)
    announced_at = models.DateTimeField(default=timezone.now)
    announced_by = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(use_differs=False) | ~Q(question=""),
                name="transition_with_new_use_asks",
            ),
        ]

    def __str__(self) -> str:
        return f"transition {self.reference}"


class TransitionEvent(LedgerEntry):
    """What became of it: codes, references and checksums."""

    class Code(models.TextChoices):
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPORTED = "exported", "Transfer set written"
        COMPLETED = "completed", "Completed"

    reference = models.CharField(max_length=20)
    code = models.CharField(max_length=10, choices=Code)
    people = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["reference", "at"], name="transition_event_of")]

    def __str__(self) -> str:
        return f"transition event {self.pk}"


class TransitionSighting(LedgerEntry):
    """One look at one served page: was the notice there?"""

    reference = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    path = models.CharField(max_length=200)
    shown = models.BooleanField()
    why = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reference", "at"], name="sighting_of")]

    def __str__(self) -> str:
        return f"sighting {self.pk}"
