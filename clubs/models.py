"""Camera clubs, what their contacts agreed to show, and the postcode table."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower
from django.utils import timezone

from clubs.geo import Position
from jessops.lib.hashing import email_hash
from privacy.models import LedgerEntry

# Capitals and accents do not count in a search, nor apostrophes and stops.
ACCENTS = "àáâäèéêëìíîïòóôöùúûüŵŷçñ-"
PLAIN = "aaaaeeeeiiiioooouuuuwycn "
DROPPED = "'\u2019."


class Plain(models.Func):
    """A text in small letters without accents; immutable, so a column can hold it."""

    template = f"translate(lower(%(expressions)s), '{ACCENTS}''\u2019.', '{PLAIN}')"
    output_field = models.TextField()


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Weeks(models.TextChoices):
    EVERY = "every", "Every week"
    ALTERNATE = "other", "Every other week, counted from a date"
    FIRST = "1", "First of the month"
    SECOND = "2", "Second of the month"
    THIRD = "3", "Third of the month"
    FOURTH = "4", "Fourth of the month"
    LAST = "5", "Last of the month"
    FIRST_AND_THIRD = "13", "First and third of the month"
    SECOND_AND_FOURTH = "24", "Second and fourth of the month"


MONTHS = [
    (number, name)
    for number, name in enumerate(
        "January February March April May June July August September October"
        " November December".split(),
        start=1,
    )
]


class ClubQuerySet(models.QuerySet["Club"]):
    def listed(self) -> "ClubQuerySet":
        return self.filter(published=True)


class Club(models.Model):
    """A club as the public sees it; nothing here is about a person."""

    class Unlisted(models.TextChoices):
        ASKED = "asked", "The contact asked"
        SILENT = "silent", "Two years without an answer"
        STAFF = "staff", "The Clubs Administrator decided"
        MERGED = "merged", "It was another entry of the same club"

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=90, unique=True)
    place = models.CharField("town or village", max_length=60)
    county = models.CharField(max_length=60)
    outcode = models.CharField("outward code", max_length=4)
    postcode = models.CharField(
        "postcode of the meeting place", max_length=8, blank=True
    )
    latitude = models.FloatField()
    longitude = models.FloatField()
    venue = models.CharField("meeting place", max_length=150)
    weekday = models.PositiveSmallIntegerField("meets on", choices=Weekday)
    weeks = models.CharField(
        "which weeks", max_length=5, choices=Weeks, default=Weeks.EVERY
    )
    alternate_from = models.DateField("one of the dates", null=True, blank=True)
    starts_at = models.TimeField("begins at")
    season_from = models.PositiveSmallIntegerField(
        "first month of the season", choices=MONTHS, null=True, blank=True
    )
    season_to = models.PositiveSmallIntegerField(
        "last month of the season", choices=MONTHS, null=True, blank=True
    )
    visitors_welcome = models.BooleanField(default=True)
    beginners_welcome = models.BooleanField(default=True)
    step_free = models.BooleanField(default=False)
    accessibility = models.CharField(max_length=300, blank=True)
    costs = models.CharField(max_length=100, blank=True)
    tags = ArrayField(models.CharField(max_length=30), blank=True, default=list)
    website = models.URLField(max_length=200, blank=True)
    programme = models.TextField(max_length=4000, blank=True)
    published = models.BooleanField("listed", default=False)
    unlisted_why = models.CharField(max_length=6, choices=Unlisted, blank=True)
    unlisted_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    words = models.GeneratedField(
        expression=Plain(
            Concat(F("name"), Value(" "), F("place"), Value(" "), F("county"))
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ClubQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        indexes = [
            # Everything that decides which clubs a list shows, without the rows.
            models.Index(
                fields=["latitude", "longitude"],
                condition=Q(published=True),
                name="club_position",
            ),
            models.Index(
                Lower("name"),
                "id",
                condition=Q(published=True),
                name="club_by_name",
            ),
            models.Index(fields=["county"], name="club_county"),
            GinIndex(OpClass(F("words"), name="gin_trgm_ops"), name="club_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__range=(48, 62), longitude__range=(-10, 3)),
                name="club_in_these_islands",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6) & Q(weeks__in=Weeks.values),
                name="club_meets_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(weeks="other", alternate_from__isnull=False)
                | (~Q(weeks="other") & Q(alternate_from=None)),
                name="club_alternate_from_a_date",
            ),
            models.CheckConstraint(
                condition=Q(season_from=None, season_to=None)
                # named twice: with one end missing, the range alone is neither
                # true nor false, and a check lets that pass
                | Q(
                    season_from__isnull=False,
                    season_to__isnull=False,
                    season_from__range=(1, 12),
                    season_to__range=(1, 12),
                ),
                name="club_season_has_two_ends",
            ),
            models.CheckConstraint(
                condition=Q(website="")
                | (Q(website__regex="^https?://") & ~Q(website__contains="?")),
                name="club_website_plain",
            ),
            models.CheckConstraint(
                condition=Q(published=True, unlisted_why="", unlisted_at=None)
                | Q(published=False),
                name="club_listed_without_why_not",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None)
                | (Q(published=False) & ~Q(merged_into=F("id"))),
                name="club_merged_is_unlisted",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/clubs/{self.slug}/"

    @property
    def position(self) -> Position:
        return Position(self.latitude, self.longitude)

    @property
    def about(self) -> str:
        """What messages and ledgers call it."""
        return f"club:{self.pk}"


class ContactDetail(models.Model):
    """One thing known of a club's contact: shown only where that person agreed."""

    class Kind(models.TextChoices):
        NAME = "name", "Name"
        ADDRESS = "address", "Address"
        TELEPHONE = "telephone", "Telephone number"
        EMAIL = "email", "Email address"

    class Source(models.TextChoices):
        CONTACT = "contact", "The contact"
        CLUB = "club", "Somebody else of the club"
        OLD_LIST = "list", "An older list of clubs"

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="details")
    kind = models.CharField(max_length=9, choices=Kind)
    value = models.CharField(max_length=254)
    published = models.BooleanField("shown", default=False)
    source = models.CharField("told us by", max_length=7, choices=Source)
    agreed_on = models.DateField("agreed to be shown on", null=True, blank=True)
    # Its last 30 days begin: the contact asked, or the club left the list.
    leaving_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Keyed hash of an e-mail address: whose contact this is; "" for other details.
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    policy_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["email_hash"],
                condition=~Q(email_hash=""),
                name="contact_detail_email_hash",
            ),
            models.Index(
                fields=["leaving_at"],
                condition=Q(leaving_at__isnull=False),
                name="contact_detail_leaving",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "kind"], name="contact_detail_once"
            ),
            models.CheckConstraint(
                condition=~Q(value=""), name="contact_detail_not_blank"
            ),
            models.CheckConstraint(
                condition=Q(published=False) | Q(agreed_on__isnull=False),
                name="contact_detail_shown_by_agreement",
            ),
            models.CheckConstraint(
                condition=Q(leaving_at=None) | Q(published=False),
                name="contact_detail_leaves_unseen",
            ),
        ]

    def __str__(self) -> str:
        # Admin's log keeps this for ever: what it is, never its contents (P96).
        return f"{self.get_kind_display()} of the contact of club {self.club_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the hash beside its address, also where only some columns are saved."""
        self.email_hash = self.hash_of(self.kind, self.value)
        fields = kwargs.get("update_fields")
        if fields is not None and "value" in fields:
            kwargs["update_fields"] = {*fields, "email_hash"}
        super().save(*args, **kwargs)

    @classmethod
    def hash_of(cls, kind: str, value: str) -> str:
        """Return whose contact a detail tells of: the hash of an e-mail address."""
        return email_hash(value) if kind == cls.Kind.EMAIL else ""


class ClubContact(models.Model):
    """How things stand between us and a club's contact; the details are apart."""

    club = models.OneToOneField(
        Club, on_delete=models.CASCADE, related_name="contact", primary_key=True
    )
    known_since = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField("told what we hold", null=True, blank=True)
    asked_at = models.DateTimeField("last yearly question", null=True, blank=True)
    silent = models.PositiveSmallIntegerField("questions unanswered", default=0)
    confirmed_at = models.DateTimeField("last said yes", null=True, blank=True)
    bounced_at = models.DateTimeField("mail came back", null=True, blank=True)
    removal_at = models.DateTimeField("asked to be removed", null=True, blank=True)
    policy_version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "contact"
        constraints = [
            models.CheckConstraint(
                condition=Q(silent=0) | Q(asked_at__isnull=False),
                name="club_contact_silent_when_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"Contact of club {self.club_id}"


class Submission(models.Model):
    """What somebody asks the Clubs Administrator to do."""

    class Kind(models.TextChoices):
        NEW = "new", "List a club"
        CHANGE = "change", "Change an entry"
        REMOVE = "remove", "Remove the contact"
        REMOVE_CLUB = "unlist", "Remove the contact and the club"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    kind = models.CharField(max_length=6, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    club = models.ForeignKey(
        Club,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="submissions",
    )
    # The fields that would change, by name; for a new club all of them.
    facts = models.JSONField(default=dict)
    # By kind of detail: [value, to be shown]; emptied when settled.
    details = models.JSONField(default=dict)
    email = models.CharField("sent by", max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=40, blank=True)
    policy_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state="waiting"),
                name="submission_queue",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None, settled_by="")
                | (
                    ~Q(state="waiting")
                    & Q(settled_at__isnull=False)
                    & ~Q(settled_by="")
                ),
                name="submission_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(kind="new") | Q(club__isnull=False),
                name="submission_about_a_club",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(details={}, email=""),
                name="submission_settled_is_blank",
            ),
        ]

    def __str__(self) -> str:
        return f"Submission {self.pk}"


class ClubLinkRequest(models.Model):
    """Somebody asked for the link to change an entry; answered within minutes."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE)
    email_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=timezone.now)
    policy_version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"link request {self.pk}"


class ClubEvent(LedgerEntry):
    """What happened to an entry: numbers and codes, never names or texts."""

    club = models.BigIntegerField("club number")
    code = models.CharField(max_length=20)
    detail = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["club", "id"], name="club_event_club")]

    def __str__(self) -> str:
        return f"{self.code} of club {self.club}"


class Postcode(models.Model):
    """A postcode unit and where it is; `manage.py load_postcodes` replaces them all."""

    postcode = models.CharField(max_length=7, primary_key=True)  # without the space
    latitude = models.FloatField()
    longitude = models.FloatField()

    def __str__(self) -> str:
        return self.postcode

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("the table is replaced as a whole")
