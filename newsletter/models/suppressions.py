"""Whom we write nothing unasked: addresses that bounce, or that complained."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def newest_first(self) -> "SuppressionQuerySet":
        return self.order_by("-since", "-pk")

    def of_any(self, subjects: Iterable[str]) -> "SuppressionQuerySet":
        return self.filter(subject__in=list(subjects))


class Suppression(models.Model):
    """That an address gets nothing it did not ask for, and why; by its keyed hash.

    It stays when the person is erased: nothing may bring the address back but the
    person, or our staff with a reason.
    """

    class Reason(models.TextChoices):
        # the first three are what newsletter.actions.bounces writes
        HARD = "hard-bounce", "There is no such mailbox"
        SOFT = "soft-bounces", "Several of our letters could not be delivered"
        COMPLAINT = "complaint", "A letter of ours was marked as spam"
        STAFF = "staff", "Our staff stopped all letters"

    subject = models.CharField(
        "keyed hash of the e-mail address", max_length=64, unique=True
    )
    reason = models.CharField(max_length=12, choices=Reason)
    # Codes, as "report 5.1.1 bounce 12": never words, which could name somebody.
    note = models.CharField("evidence", max_length=100, blank=True)
    policy_version = models.PositiveIntegerField(default=1)
    since = models.DateTimeField(default=timezone.now)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        indexes = [models.Index(fields=["-since", "-id"], name="suppression_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__regex="^[0-9a-f]{64}$"),
                name="suppression_subject_is_hash",
            ),
            models.CheckConstraint(
                condition=Q(
                    reason__in=["hard-bounce", "soft-bounces", "complaint", "staff"]
                ),
                name="suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk}"
