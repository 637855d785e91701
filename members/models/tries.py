"""How often something was tried of late: guesses at passwords and codes (R32)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Tries(models.Model):
    """The latest tries of one thing by one account, or from one network.

    `key` is a keyed hash of what is tried and by whom; no row says both an account and
    a network. It stands here and not in Valkey, so that guessing is slowed without it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    at = ArrayField(models.DateTimeField())
    refused = models.PositiveIntegerField(default=0)  # in a row, since the last one let
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return f"Tries {self.key[:8]}"
