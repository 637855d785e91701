"""How often a policy notice was shown: counted, never tracked (P99)."""

from django.db import models


class NoticeCount(models.Model):
    """Showings of one version's notice in one place on one day. Nobody is named."""

    version = models.PositiveIntegerField()
    place = models.CharField(max_length=20)  # "home", "checkout", "account"
    day = models.DateField()
    shown = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "place", "day"], name="notice_count_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"showings of version {self.version} in {self.place} on {self.day}"
