"""What the running shop found when it looked at itself (C1, C12)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class ProbeResult(models.Model):
    """One run of one self-probe. Old ones go; nobody is in them."""

    probe = models.CharField(max_length=40)
    passed = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    took_ms = models.PositiveIntegerField()
    inputs = models.JSONField()  # list of lines: what was looked at
    findings = models.JSONField()  # list of lines: what was found
    asked_by = models.CharField(max_length=10)  # "schedule" or "visitor"

    class Meta:
        indexes = [
            models.Index(fields=["probe", "-at", "-id"], name="probe_newest"),
            models.Index(fields=["at"], name="probe_at"),
        ]

    def __str__(self) -> str:
        return f"result of probe {self.probe}"


class Certificate(LedgerEntry):
    """One crawl of the whole shop for third parties and cookies (C12)."""

    at = models.DateTimeField(default=timezone.now)
    crawler = models.CharField(max_length=10)  # "http" or "chromium"
    passed = models.BooleanField()
    pages = models.PositiveIntegerField()
    requests = models.PositiveIntegerField()
    foreign_hosts = ArrayField(models.CharField(max_length=255), default=list)
    cookies = ArrayField(models.CharField(max_length=60), default=list)
    findings = models.JSONField(default=list)
    commit = models.CharField(max_length=20)
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["crawler", "-at"], name="certificate_newest")]

    def __str__(self) -> str:
        return f"certificate {self.pk}"
