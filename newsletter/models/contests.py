"""Contests: who sponsors them, who entered, and the way in which winners leave us."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from newsletter.models.surveys import Survey
from privacy.retention import Period
from privacy.sealed import SealedModel, SealedQuerySet, SealedText

MOST_WINNERS = 100
ENTRY_LIFE = Period(days=31)  # after the award


class Contest(models.Model):
    """What a contest is besides its page. The sponsor is named before anybody enters.

    Its numbers are what is left when the entries are gone.
    """

    survey = models.OneToOneField(
        Survey, on_delete=models.CASCADE, primary_key=True, related_name="contest"
    )
    sponsor = models.CharField("name of the sponsor's company", max_length=100)
    sponsor_policy = models.URLField("the sponsor's privacy policy", max_length=200)
    prize = models.CharField(max_length=200)
    places = models.PositiveSmallIntegerField("how many win", default=1)
    rules = models.TextField("conditions", max_length=4000)
    awarded_on = models.DateField(null=True, blank=True, editable=False)
    entrants = models.PositiveIntegerField(default=0, editable=False)
    winners = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        permissions = [
            ("award_contest", "Can draw the winners of a contest"),
            ("share_contest", "Can make the link by which a sponsor gets the winners"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(places__gte=1, places__lte=MOST_WINNERS),
                name="contest_places",
            ),
            models.CheckConstraint(
                condition=~Q(sponsor="") & ~Q(prize="") & ~Q(sponsor_policy=""),
                name="contest_names_its_sponsor",
            ),
            models.CheckConstraint(
                condition=Q(awarded_on__isnull=False) | Q(entrants=0, winners=0),
                name="contest_counts_when_awarded",
            ),
        ]

    def __str__(self) -> str:
        return f"contest {self.pk}"

    @property
    def about(self) -> str:
        """How messages refer to it."""
        return f"contest:{self.pk}"


class EntryQuerySet(SealedQuerySet["Entry"]):
    def winners(self) -> "EntryQuerySet":
        return self.filter(place__isnull=False).order_by("contest", "place")

    def for_sponsor(self, contest: Contest) -> "EntryQuerySet":
        """Return all that a sponsor can ever be given: winners who said yes (P77)."""
        return self.winners().filter(
            contest=contest, awarded_on__isnull=False, may_share=True
        )


class Entry(SealedModel):
    """One person's entry to a contest, sealed with that person's key."""

    # random, and days instead of moments: nothing tells in which order people came
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contest = models.ForeignKey(
        Contest, on_delete=models.CASCADE, related_name="entries"
    )
    subject = models.CharField("keyed hash of the address", max_length=64)
    name = SealedText(max_length=100)
    email = SealedText("e-mail address", max_length=254)
    line1 = SealedText("address", max_length=100)
    line2 = SealedText("address, second line", max_length=100, blank=True)
    town = SealedText(max_length=60)
    county = SealedText(max_length=60, blank=True)
    postcode = SealedText(max_length=8)
    # Two answers of their own: the first is no unless it was ticked (P79).
    may_share = models.BooleanField("the sponsor may have it", default=False)
    unnamed = models.BooleanField("not to be named as a winner", default=False)
    place = models.PositiveSmallIntegerField("won place", null=True, blank=True)
    entered_on = models.DateField()
    awarded_on = models.DateField(null=True, blank=True)
    policy_version = models.PositiveIntegerField()

    objects = EntryQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "subject"], name="entry_one_a_person"
            ),
            models.UniqueConstraint(
                fields=["contest", "place"], name="entry_one_a_place"
            ),
            models.CheckConstraint(
                condition=Q(place=None) | Q(awarded_on__isnull=False),
                name="entry_wins_when_awarded",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], name="entry_subject"),
            models.Index(fields=["awarded_on"], name="entry_awarded"),
            models.Index(fields=["entered_on"], name="entry_entered"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"

    @property
    def about(self) -> str:
        """How receipts and mail refer to it."""
        return f"entry:{self.pk}"

    def sealed_for(self) -> str:
        return self.subject

    def sealed_name(self) -> str:
        return str(self.pk)


class SponsorLink(models.Model):
    """A way for a sponsor to fetch the winners who agreed, until it ends.

    The link itself is shown once, to who makes it; kept is its hash.
    """

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.PositiveBigIntegerField("made by account")
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    fetched = models.PositiveIntegerField("times fetched", default=0)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=models.F("made_at")), name="sponsor_link_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"sponsor link {self.pk}"
