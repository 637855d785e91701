"""Mail that came to us: that it was taken, and nothing of what it said."""

from django.db import models
from django.utils import timezone


class InboundMail(models.Model):
    """That a message to us was taken, once: replay protection is this row.

    What it said is where its door put it; here is only the keyed hash of its name.
    """

    name_hash = models.CharField("keyed hash of its Message-ID", max_length=64)
    outcome = models.CharField(max_length=60, blank=True)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "mail to us"
        constraints = [
            models.UniqueConstraint(fields=["name_hash"], name="inbound_mail_once"),
        ]
        indexes = [models.Index(fields=["taken_at"], name="inbound_mail_taken")]

    def __str__(self) -> str:
        return f"mail to us {self.pk}"
