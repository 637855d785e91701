"""Questions and complaints, and what was written to and fro (P3, P4, P50, P107)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from privacy.models import LedgerEntry
from privacy.sealed import SealedModel, SealedQuerySet, SealedText

# Characters: longer than anybody types; such a letter has ten pages.
LONGEST = 20_000


class Channel(models.TextChoices):
    """How something reached us, or how somebody wishes to be answered."""

    FORM = "form", "This site"
    EMAIL = "email", "E-mail"
    TELEPHONE = "telephone", "Telephone"
    POST = "post", "Post"


class Team(models.TextChoices):
    """Whose queue it stands in."""

    WEB_SALES = "web-sales", "Web Sales"
    WEB_DESIGN = "web-design", "Web Design"
    CLUBS = "clubs", "Clubs"
    PRIVACY = "privacy", "Privacy"
    LIAISON = "liaison", "Customer Liaison"


class EnquiryQuerySet(SealedQuerySet["Enquiry"]):
    def of(self, subject: str) -> "EnquiryQuerySet":
        """The enquiries of one person, by the keyed hash; the newest first."""
        return self.filter(email_hash=subject).order_by("-created_at", "-pk")

    def late(self, now: datetime) -> "EnquiryQuerySet":
        """Still waiting past the day on which an answer was due; the latest first."""
        return self.filter(
            state=Enquiry.State.OPEN, escalated_at=None, answer_due_at__lte=now
        ).order_by("answer_due_at", "pk")

    def unacknowledged(self) -> "EnquiryQuerySet":
        return self.filter(acknowledged_at=None).order_by("pk")

    def quiet(self, since: datetime) -> "EnquiryQuerySet":
        """Answered by then, and nobody has said anything more."""
        return self.filter(
            state=Enquiry.State.ANSWERED, answered_at__lte=since
        ).order_by("pk")


class Enquiry(SealedModel):
    """One matter of one person, from the first word to the last."""

    class Kind(models.TextChoices):
        QUESTION = "question", "A question"
        COMPLAINT = "complaint", "A complaint"
        POLICY = "policy", "The privacy policy"
        DATA = "data", "My details"

    class State(models.TextChoices):
        OPEN = "open", "Waiting for our answer"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    reference = models.CharField(max_length=16, unique=True)  # "E26-1234-5678"
    # Unguessable (160 bits), in letters that survive a mail server's folding: the key
    # to the thread.
    token = models.CharField(max_length=32, unique=True)
    # One form, one enquiry, however often it is sent.
    attempt = models.CharField(max_length=64, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=9, choices=Kind)
    channel = models.CharField(max_length=9, choices=Channel)
    team = models.CharField(max_length=10, choices=Team)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    about = models.CharField(max_length=60, blank=True)  # "order:J26-4812-0751"
    full_name = SealedText(blank=True)
    email = SealedText(blank=True)
    email_hash = models.CharField(max_length=64)
    telephone = SealedText(blank=True)
    postal_address = SealedText(blank=True)
    contact_by = models.CharField(max_length=9, choices=Channel, default=Channel.EMAIL)
    policy_version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    answer_due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # Handed to Customer Liaison, once: "late" or "not-satisfied".
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_why = models.CharField(max_length=14, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = EnquiryQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name_plural = "enquiries"
        constraints = [
            models.CheckConstraint(
                condition=Q(escalated_at=None, escalated_why="")
                | (Q(escalated_at__isnull=False) & ~Q(escalated_why="")),
                name="enquiry_escalated_why",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="enquiry_closed_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["email_hash"], name="enquiry_email_hash"),
            models.Index(
                fields=["team", "answer_due_at"],
                condition=Q(state="open"),
                name="enquiry_queue",
            ),
            models.Index(
                fields=["answer_due_at"],
                condition=Q(state="open", escalated_at=None),
                name="enquiry_late",
            ),
            models.Index(
                fields=["closed_at"],
                condition=Q(state="closed"),
                name="enquiry_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return f"Enquiry {self.reference}"

    def sealed_for(self) -> str:
        return self.email_hash

    def sealed_name(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return f"/enquiries/{self.token}/"

    @property
    def matter(self) -> str:
        """How ledgers and messages refer to it."""
        return f"enquiry:{self.reference}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def may_object(self) -> bool:
        """Can the person still say that they are not satisfied?"""
        return not self.is_closed and not (self.is_open and self.escalated_at)

    @property
    def has_telephone(self) -> bool:
        return bool(self.telephone)

    @property
    def wish(self) -> str:
        """How the person is to be answered (P50); by e-mail where nothing else can."""
        by_telephone = self.contact_by == Channel.TELEPHONE and self.has_telephone
        return Channel.TELEPHONE if by_telephone else Channel.EMAIL


class EnquiryMessage(SealedModel):
    """One thing that was said in an enquiry."""

    class By(models.TextChoices):
        PERSON = "person", "You"
        STAFF = "staff", "Jessops"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=32, unique=True, editable=False)
    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="messages")
    by = models.CharField(max_length=6, choices=By)
    channel = models.CharField(max_length=9, choices=Channel)
    body = SealedText()
    staff = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def sealed_for(self) -> str:
        return self.enquiry.email_hash

    def sealed_name(self) -> str:
        return self.name


class EnquiryEvent(LedgerEntry):
    """What happened to an enquiry: codes and ids, never names or words."""

    reference = models.CharField(max_length=16)
    code = models.CharField(max_length=20)
    detail = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["reference"], name="enquiry_event_of")]

    def __str__(self) -> str:
        return f"{self.code} of {self.reference}"
