"""The ledgers: what left the house, and what people agreed to.

Append-only, ids and codes only, no foreign keys. A trigger in the database refuses
what these classes refuse, so that raw SQL cannot rewrite them either.
"""

from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class LedgerError(Exception):
    """Someone tried to change or delete an entry of an append-only ledger."""


class LedgerEntry(models.Model):
    """An entry that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerError(f"{self._meta.label} is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerError(f"{self._meta.label} is append-only")


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def about(self, subject: str) -> "ReceiptQuerySet":
        """Receipts of one matter, such as order:J26-4812-0751, oldest first."""
        return self.filter(about=subject).order_by("at", "id")


class Receipt(LedgerEntry):
    """That personal fields went to an outside party: names of fields, never values.

    Written before the call, so that no disclosure can go unrecorded; `outcome` is the
    only thing that the database lets change, once, from "attempted".
    """

    ATTEMPTED = "attempted"

    connector = models.CharField(max_length=30)
    recipient = models.CharField(max_length=100)
    purpose = models.CharField(max_length=100)
    field_names = ArrayField(models.CharField(max_length=100))
    reason = models.CharField(max_length=100)
    about = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    policy_version = models.PositiveIntegerField(default=1)
    # "attempted", "unreachable", or the status of the answer such as "200"
    outcome = models.CharField(max_length=20, default=ATTEMPTED)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["about", "at"], name="receipt_about_at"),
            models.Index(fields=["connector", "at"], name="receipt_connector_at"),
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class Wording(LedgerEntry):
    """A sentence that was shown to people, kept once under the hash of its text."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    first_shown_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"wording {self.sha256[:12]}"


class Choice(LedgerEntry):
    """One answer of one person to one question about their data."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        # bought something, was offered a refusal and did not take it (PECR reg 22)
        SOFT = "soft", "Did not refuse when buying"

    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    # a question of privacy.choices, or "change:2:cookies", "transition:T2026-1"
    purpose = models.CharField(max_length=60)
    answer = models.CharField(max_length=4, choices=Answer)
    where = models.CharField(max_length=60)
    wording_sha256 = models.CharField(max_length=64)
    policy_version = models.PositiveIntegerField()
    about = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["subject", "purpose", "-at", "-id"], name="choice_latest"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=["yes", "no", "soft"]),
                name="choice_answer_known",
            ),
            models.CheckConstraint(
                condition=models.Q(subject__regex="^[0-9a-f]{64}$"),
                name="choice_subject_is_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"choice {self.pk}"
