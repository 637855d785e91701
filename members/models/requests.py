"""Requests about one's data, by whatever door, under one clock (P97, P98)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.enquiries import Channel
from privacy.models import LedgerEntry
from privacy.sealed import SealedModel, SealedQuerySet, SealedText


class DataRequestQuerySet(SealedQuerySet["DataRequest"]):
    def of(self, subject: str) -> "DataRequestQuerySet":
        """The requests of one person, by the keyed hash; the newest first."""
        return self.filter(email_hash=subject).order_by("-received_at", "-pk")

    def waiting(self) -> "DataRequestQuerySet":
        """Not settled yet; the oldest first."""
        return self.filter(closed_at=None).order_by("received_at", "pk")


class DataRequest(SealedModel):
    """What somebody asks us to do with their data (UK GDPR, Articles 12 and 15 to 22).

    Its clock is never stored: it follows from the steps (members/clock.py).
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "A copy of my details"
        CORRECT = "correct", "Put something right"
        ERASE = "erase", "Erase my details"
        DEACTIVATE = "deactivate", "Close my account for now"
        OBJECT = "object", "Stop using my details for something"

    reference = models.CharField(max_length=16, unique=True)  # "D26-1234-5678"
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=9, choices=Channel)
    full_name = SealedText(blank=True)
    email = SealedText()
    email_hash = models.CharField(max_length=64)
    words = SealedText("what was asked, in the person's words", blank=True)
    policy_version = models.PositiveIntegerField()
    received_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    # "done", "refused", "withdrawn", "not-proved"
    outcome = models.CharField(max_length=10, blank=True)

    objects = DataRequestQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="data_request_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["email_hash"], name="data_request_email_hash"),
            models.Index(
                fields=["received_at"],
                condition=Q(closed_at=None),
                name="data_request_open",
            ),
            models.Index(
                fields=["closed_at"],
                condition=Q(closed_at__isnull=False),
                name="data_request_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.reference}"

    @property
    def matter(self) -> str:
        """How ledgers and messages refer to it."""
        return f"request:{self.reference}"

    def sealed_for(self) -> str:
        return self.email_hash

    def sealed_name(self) -> str:
        return self.reference


class DataRequestStep(LedgerEntry):
    """One step of a request: codes, days and ids, never names or words."""

    class Code(models.TextChoices):
        RECEIVED = "received", "Received"
        IDENTITY_ASKED = "identity-asked", "Asked who you are: the clock waits"
        IDENTITY_PROVED = "identity-proved", "Identity proved"
        PAUSED = "paused", "Asked what exactly is meant: the clock waits"
        RESUMED = "resumed", "The clock goes on"
        EXTENDED = "extended", "Extended by up to two months, and said why"
        SEARCHED = "searched", "Searched"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused, and said why"
        WITHDRAWN = "withdrawn", "Withdrawn"

    reference = models.CharField(max_length=16)
    code = models.CharField(max_length=15, choices=Code)
    # how identity was proved, where was searched, why it was extended: of fixed lists
    detail = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["reference"], name="data_request_step_of")]

    def __str__(self) -> str:
        return f"{self.code} of {self.reference}"
