"""The outbox: every message that the shop sends, written with the fact it reports."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.utils import timezone

from jessops.lib.hashing import email_hash
from privacy.sealed import SealedJson, SealedModel, SealedQuerySet, SealedText

# What is left of the words of a message that is forgotten.
BLANK = {
    **dict.fromkeys(("key_id", "to", "to_hash", "subject", "text", "html"), ""),
    "headers": {},
}
GIVE_UP_AFTER = timedelta(days=3)


def default_give_up() -> datetime:
    return timezone.now() + GIVE_UP_AFTER


class MessageQuerySet(SealedQuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """Waiting and due, or left behind by a sender that died.

        What goes to one person comes first: nobody's order waits for a campaign.
        """
        to_many = Q(message_class__in=Message.TO_MANY)
        return (
            self.filter(
                Q(state=Message.State.QUEUED, due_at__lte=now)
                | Q(state=Message.State.SENDING, locked_until__lte=now)
            )
            .alias(to_many=ExpressionWrapper(to_many, models.BooleanField()))
            .order_by("to_many", "due_at", "id")
        )

    def open(self) -> "MessageQuerySet":
        """Waiting, due or not, or being sent."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])


class Message(SealedModel):
    """One message to one person, sealed with that person's key."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        HELD = "held", "Held back: the person does not want it"

    class Kind(models.TextChoices):
        ORDER = "order", "Order"
        ACCOUNT = "account", "Account"
        LEGAL = "legal", "Legal"
        ENQUIRY = "enquiry", "Enquiry"
        SERVICE = "service", "Service announcement"
        # one for each list of privacy.choices
        MARKETING = "marketing", "Offers"
        LAUNCHES = "launches", "Product launches"
        NEWS = "news", "Site news"
        NEWSLETTER = "newsletter", "Newsletter"
        CONFIRM = "confirm", "Confirmation of a sign-up"
        CHANGE = "change", "Question about a new use of data"
        STAFF = "staff", "Alarm to our own staff"
        TEST = "test", "Test of a letter, to who writes it"

    # Classes that go to many at once.
    TO_MANY = (
        Kind.SERVICE,
        Kind.MARKETING,
        Kind.LAUNCHES,
        Kind.NEWS,
        Kind.NEWSLETTER,
        Kind.CHANGE,
    )

    # names the message in its Message-ID, so it must not tell how many there are
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField("what it reports, once", max_length=120, unique=True)
    message_class = models.CharField(max_length=12, choices=Kind)
    about = models.CharField(max_length=60, blank=True)
    policy_version = models.PositiveIntegerField(default=1)
    to = SealedText(max_length=254)
    # Keyed hash of the address: finds a person's messages. "" in the last message to
    # somebody erased, which outlives their key.
    to_hash = models.CharField(max_length=64, blank=True, editable=False)
    subject = SealedText(max_length=200)
    text = SealedText()
    html = SealedText(blank=True)
    headers = SealedJson(default=dict, blank=True)
    message_id = models.CharField(max_length=320, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # "smtp 451" or "connection": never an address or a server's own words
    last_error = models.CharField(max_length=30, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField(default=default_give_up)
    locked_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField("sent, failed or held at", null=True, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["queued", "sending"]),
                name="message_open",
            ),
            models.Index(
                fields=["settled_at"],
                condition=Q(forgotten_at=None),
                name="message_to_forget",
            ),
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["to_hash"], name="message_to_hash"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending"], settled_at=None)
                | Q(state__in=["sent", "failed", "held"], settled_at__isnull=False),
                name="message_settled_when_over",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", locked_until__isnull=False)
                | (~Q(state="sending") & Q(locked_until=None)),
                name="message_locked_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(forgotten_at=None)
                | Q(to="", subject="", text="", html="", settled_at__isnull=False),
                name="message_forgotten_is_blank",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.to_hash = email_hash(self.to)
        super().save(*args, **kwargs)

    def sealed_for(self) -> str:
        # The last message to an erased person is sent after their key is destroyed:
        # it has a key of its own, and is forgotten as soon as it is sent.
        return "" if self.about.startswith("erasure:") else self.to_hash

    def sealed_name(self) -> str:
        return str(self.pk)
