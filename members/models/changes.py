"""A new e-mail address that is not proved yet (P95)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from privacy.sealed import SealedModel, SealedText


class EmailChange(SealedModel):
    """Somebody asks to be known by another address; counts once it is proved there."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="email_change"
    )
    name = models.CharField(max_length=32, unique=True, editable=False)
    new_email = SealedText()
    new_email_hash = models.CharField(max_length=64)
    # keyed hash of the code that was sent to the new address
    code_hash = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    policy_version = models.PositiveIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"change of address {self.pk}"

    def sealed_for(self) -> str:
        return str(self.member.email_hash)

    def sealed_name(self) -> str:
        return self.name


class FormerAddress(models.Model):
    """A keyed hash that a member was known by before (P95).

    Old backups know the member by it, and have rows under its key: who is erased is
    erased under every hash (C14). No address stands here.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="former_addresses"
    )
    subject = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "former addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "subject"], name="former_address_once"
            ),
        ]

    def __str__(self) -> str:
        return f"former address {self.pk}"
