"""Readers of the newsletter who signed up by its form, member or not."""

import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils import timezone

from privacy.sealed import SealedModel, SealedQuerySet, SealedText


class SubscriptionQuerySet(SealedQuerySet["Subscription"]):
    def pending(self) -> "SubscriptionQuerySet":
        """Asked for, and not confirmed by who reads the mailbox."""
        return self.filter(confirmed_at=None)

    def confirmed(self) -> "SubscriptionQuerySet":
        return self.filter(confirmed_at__isnull=False)

    def of_any(self, subjects: Iterable[str]) -> "SubscriptionQuerySet":
        return self.filter(subject__in=list(subjects))

    def names(self, subjects: Iterable[str]) -> dict[str, str]:
        """Return by the hash how readers want to be called, of those who said so.

        For the first line of a newsletter; one question to the key store for all.
        """
        rows = self.confirmed().of_any(subjects)
        return {row.subject: row.name for row in rows if row.name}


class Subscription(SealedModel):
    """One address that asked for the newsletter, sealed with its person's key.

    Until it is confirmed it is nobody's word: anybody can type any address.
    """

    # random: it stands in the link of the one mail that asks
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(
        "keyed hash of the e-mail address", max_length=64, unique=True
    )
    name = SealedText(max_length=100, blank=True)
    email = SealedText("e-mail address", max_length=254)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    policy_version = models.PositiveIntegerField(default=1)

    objects = SubscriptionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(confirmed_at=None),
                name="subscription_pending",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__regex="^[0-9a-f]{64}$"),
                name="subscription_subject_is_hash",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None)
                | Q(confirmed_at__gte=models.F("asked_at")),
                name="subscription_confirmed_later",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    def sealed_for(self) -> str:
        return self.subject

    def sealed_name(self) -> str:
        return str(self.pk)
