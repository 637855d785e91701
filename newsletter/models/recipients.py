"""Who gets a campaign, and how far the sending of it is."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from newsletter.models.campaigns import Campaign


class Sending(models.Model):
    """How far a campaign is: up to whom its list is made, and who was left out.

    Who was left out is counted by reason and never listed.
    """

    campaign = models.OneToOneField(
        Campaign, on_delete=models.PROTECT, primary_key=True, related_name="sending"
    )
    # The list is made in the order of the hash, so this is where to go on.
    cursor = models.CharField("listed up to", max_length=64, blank=True)
    listed_at = models.DateTimeField("list complete at", null=True, blank=True)
    left_out = models.JSONField("left out, by reason", default=dict)
    # How many would get it, under "", and how many not, by reason: when staff asked.
    audience = models.JSONField("audience when counted", default=dict)
    counted_at = models.DateTimeField("audience counted at", null=True, blank=True)
    # Why it was paused instead of begun, in words for staff.
    stopped = models.CharField("why it did not begin", max_length=300, blank=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"sending {self.pk}"


class Recipient(models.Model):
    """One person who gets, or was to get, one campaign: once, by the keyed hash."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        QUEUED = "queued", "In the outbox"
        LEFT_OUT = "left-out", "Left out"

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="recipients"
    )
    subject = models.CharField("keyed hash of the e-mail address", max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField("why left out", max_length=20, blank=True)
    policy_version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField("listed, queued or left out at", default=timezone.now)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "subject"], name="recipient_once_a_campaign"
            ),
            models.CheckConstraint(
                condition=Q(subject__regex="^[0-9a-f]{64}$"),
                name="recipient_subject_is_hash",
            ),
            models.CheckConstraint(
                condition=(Q(state="left-out") & ~Q(reason=""))
                | (Q(state__in=["waiting", "queued"]) & Q(reason="")),
                name="recipient_left_out_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "state", "at"], name="recipient_campaign_state"
            ),
            models.Index(fields=["subject", "at"], name="recipient_subject_at"),
            models.Index(fields=["at"], name="recipient_at"),
        ]

    def __str__(self) -> str:
        return f"recipient {self.pk}"
