"""That a service announcement may go out beyond the few of a quarter (P46)."""

from django.db import models
from django.utils import timezone

from privacy.models import LedgerEntry

LONGEST_WHY = 300


class AnnouncementOverride(LedgerEntry):
    """Why one more announcement than a quarter allows may go out.

    Append-only, and published with the announcement. Whoever wrote it cannot allow it.
    """

    campaign = models.PositiveBigIntegerField("announcement", unique=True)
    why = models.CharField(max_length=LONGEST_WHY)
    by = models.PositiveBigIntegerField("allowed by")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(why=""), name="announcement_override_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"announcement {self.campaign}"
