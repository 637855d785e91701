"""Published versions of the policy: written once, for ever (P99, P100)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry


class PolicyVersion(LedgerEntry):
    """One version as it was published; the number is its name for good.

    `facts` are the names and numbers that the text's placeholders stood for at that
    moment: a version of the past goes on saying what it said.
    """

    number = models.PositiveIntegerField(primary_key=True)
    text = models.TextField()
    facts = models.JSONField()
    sha256 = models.CharField("checksum of text and facts", max_length=64, unique=True)
    summary = models.CharField(max_length=200)
    published_at = models.DateTimeField(default=timezone.now)
    in_force_from = models.DateTimeField()
    # "first release", or a reference such as "Member 3"
    published_by = models.CharField(max_length=40)
    # also mail those who have opted to receive communications (P105)
    tells_subscribers = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_from__gte=models.F("published_at")) | Q(number=1),
                name="policy_not_backdated",
            ),
        ]

    def __str__(self) -> str:
        return f"policy version {self.number}"


class ClauseChange(LedgerEntry):
    """What one version changed in one clause, and what kind of change it is."""

    class Kind(models.TextChoices):
        # each person concerned is asked, and silence means no (P101 to P103)
        HELD = "held", "Material, also for data we already hold"
        AHEAD = "ahead", "Material, only for what is given from then on"
        EDITORIAL = "editorial", "Wording only"

    version = models.PositiveIntegerField()
    clause = models.CharField(max_length=40)
    kind = models.CharField(max_length=9, choices=Kind)
    # the purpose of privacy.guard that is new or wider, for a change of kind HELD
    purpose = models.CharField(max_length=30, blank=True)
    # the question put to the people concerned, answered by yes or no
    question = models.TextField(blank=True)

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "clause"], name="clause_changes_once_a_version"
            ),
            models.CheckConstraint(
                condition=~Q(kind="held") | (~Q(purpose="") & ~Q(question="")),
                name="change_to_held_data_asks",
            ),
        ]

    def __str__(self) -> str:
        return f"change of {self.clause} in version {self.version}"
