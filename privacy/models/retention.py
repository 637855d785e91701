"""That things went on the day that was said (C13): counts only."""

from django.db import models
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class RetentionRun(LedgerEntry):
    """One run of one clock that found something due."""

    clock = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    rows = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["clock", "-at"], name="retention_newest")]

    def __str__(self) -> str:
        return f"retention run {self.pk}"
