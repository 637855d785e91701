"""What people ask of their data: copies and erasure; and who looked at it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from privacy.models.ledgers import LedgerEntry
from privacy.sealed import SealedModel, SealedText


class Copy(SealedModel):
    """A copy of everything held about one person, for minutes (R30)."""

    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    # The link's keyed hash: the link itself is nowhere.
    token_hash = models.CharField(max_length=64, unique=True)
    # The link goes to the address; who is signed in takes it without one.
    by_mail = models.BooleanField(default=False)
    policy_version = models.PositiveIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True, blank=True)
    good_until = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    # The copy itself as JSON; blank before it is made and after it was taken.
    content = SealedText(blank=True)

    class Meta:
        verbose_name_plural = "copies"
        indexes = [
            models.Index(fields=["subject", "asked_at"], name="copy_of"),
            models.Index(fields=["good_until"], name="copy_good_until"),
        ]

    def __str__(self) -> str:
        return f"copy {self.pk}"

    def sealed_for(self) -> str:
        return self.subject

    def sealed_name(self) -> str:
        return self.token_hash


class Erasure(models.Model):
    """Somebody wants to be erased; done three days later unless they change their mind.

    Keyed hashes and codes only: it stays for ever, so that a restored backup can be
    made to forget again (C14).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting: there are three days to change one's mind"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DONE = "done", "Done"

    reference = models.CharField(max_length=16, unique=True)  # "X26-1234-5678"
    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    # "member", "order", "staff": where it was asked
    door = models.CharField(max_length=10)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    policy_version = models.PositiveIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    # By table: rows deleted, blanked, kept for the law; and what the scan found.
    rows = models.JSONField(default=dict, blank=True)
    found = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state="waiting"),
                name="erasure_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
                name="erasure_settled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("asked_at")), name="erasure_due_later"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="erasure_due"
            ),
            models.Index(fields=["subject"], name="erasure_of"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.reference}"


class Look(LedgerEntry):
    """A member of staff looked at somebody's data: who, when, at what and why."""

    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    about = models.CharField(max_length=60)  # "order:J26-4812-0751", "member:12"
    staff = models.PositiveBigIntegerField()
    role = models.CharField(max_length=60)
    why = models.CharField(max_length=60)
    # what led there: a code of privacy.grounds
    ground = models.CharField(max_length=20, blank=True)
    # personal columns that the page showed: names, never values
    fields = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    # HMAC over this line and the one before (privacy.look_chain)
    digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "at"], name="look_of"),
            models.Index(fields=["staff", "at"], name="look_by"),
        ]

    def __str__(self) -> str:
        return f"look {self.pk}"
