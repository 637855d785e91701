"""Letters to many: newsletters, topic letters, announcements, and how they stand."""

import hashlib
import json

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

DEFAULT_PER_MINUTE = 300
MOST_PER_MINUTE = 3_600  # as measured on two busy cores (decision 0030)
LONGEST_BODY = 40_000  # characters: mail programs cut a letter off at about 100 kB


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def newest_first(self) -> "CampaignQuerySet":
        return self.order_by("-pk")

    def under_way(self) -> "CampaignQuerySet":
        """Those whose letters may leave now or later: scheduled, sending or paused."""
        return self.filter(state__in=Campaign.UNDER_WAY).order_by("starts_at", "pk")


class Campaign(models.Model):
    """One letter to everybody who may get it.

    Its words can be changed while it is a draft or approved; a change takes the
    approval away. After that they stand, and the database says so, too.
    """

    class Kind(models.TextChoices):
        """What it is: a question of privacy.choices, or word of the service itself."""

        MARKETING = "marketing", "Offers"
        LAUNCHES = "launches", "Product launches"
        NEWS = "news", "Site news"
        NEWSLETTER = "newsletter", "Newsletter"
        SERVICE = "service", "Service announcement"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        SCHEDULED = "scheduled", "Scheduled"
        SENDING = "sending", "Being sent"
        PAUSED = "paused", "Paused"
        SENT = "sent", "Sent"
        CANCELLED = "cancelled", "Cancelled"

    WRITABLE = (State.DRAFT, State.APPROVED)
    UNDER_WAY = (State.SCHEDULED, State.SENDING, State.PAUSED)
    OVER = (State.SENT, State.CANCELLED)

    message_class = models.CharField("list", max_length=12, choices=Kind)
    title = models.CharField("name among ourselves", max_length=100)
    subject = models.CharField(max_length=150)
    body = models.TextField("text (Markdown)", max_length=LONGEST_BODY)
    # Of a service announcement: why it has to be sent, of a closed list.
    reason = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    # One more with every change of the words: who saves an old one is told (two tabs).
    edition = models.PositiveIntegerField(default=1)
    # Accounts of staff, by number: who changed the words last, and who approved them.
    written_by = models.PositiveBigIntegerField()
    approved_by = models.PositiveBigIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    per_minute = models.PositiveIntegerField(
        "letters a minute", default=DEFAULT_PER_MINUTE
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    starts_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField("first letter at", null=True, blank=True)
    ended_at = models.DateTimeField("sent or cancelled at", null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        default_permissions = ("add", "change", "view")
        permissions = [
            ("approve_campaign", "Can approve a campaign"),
            ("send_campaign", "Can send, pause and cancel a campaign"),
        ]
        indexes = [
            models.Index(
                fields=["starts_at", "id"],
                condition=Q(state__in=["scheduled", "sending", "paused"]),
                name="campaign_under_way",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, approved_sha256="")
                | (
                    Q(approved_by__isnull=False, approved_at__isnull=False)
                    & ~Q(approved_sha256="")
                ),
                name="campaign_approval_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(approved_at__isnull=False),
                name="campaign_goes_out_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state="draft") | Q(approved_at=None),
                name="campaign_draft_is_not_approved",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "approved", "cancelled"])
                | Q(starts_at__isnull=False),
                name="campaign_under_way_has_a_start",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "cancelled"], ended_at__isnull=False)
                | (~Q(state__in=["sent", "cancelled"]) & Q(ended_at=None)),
                name="campaign_over_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(message_class="service") | Q(reason=""),
                name="campaign_reason_is_of_service",
            ),
            # P46: of a service announcement, two people.
            models.CheckConstraint(
                condition=~Q(message_class="service")
                | Q(approved_by=None)
                | (~Q(approved_by=F("written_by")) & ~Q(reason="")),
                name="campaign_service_second_person",
            ),
            models.CheckConstraint(
                condition=Q(per_minute__gte=1, per_minute__lte=MOST_PER_MINUTE),
                name="campaign_per_minute",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> str:
        """How messages and ledgers refer to it."""
        return f"campaign:{self.pk}"

    @property
    def is_service(self) -> bool:
        return self.message_class == self.Kind.SERVICE

    @property
    def is_writable(self) -> bool:
        return self.state in self.WRITABLE

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER

    def text_sha256(self) -> str:
        """Return the hash of what is approved: the class, the reason and the words."""
        words = [self.message_class, self.reason, self.subject, self.body]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()

    @property
    def is_as_approved(self) -> bool:
        """Are these the words that were approved? Asked before they are sent."""
        return bool(self.approved_sha256) and (
            self.approved_sha256 == self.text_sha256()
        )
