"""Surveys: what is asked, and how many gave which answer. No row is about a person."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

LEAST_THRESHOLD = 5  # people behind any number that is shown
MOST_QUESTIONS = 20
MOST_OPTIONS = 12
LONGEST_OPTION = 80


class SurveyQuerySet(models.QuerySet["Survey"]):
    def shown(self, today: date) -> "SurveyQuerySet":
        """What visitors may see: begun, and not taken back. Newest first."""
        return self.filter(
            state__in=[Survey.State.PUBLISHED, Survey.State.ENDED], opens_on__lte=today
        ).order_by("-opens_on", "-pk")


class Survey(models.Model):
    """A page that asks: a survey, or the page of a contest.

    What it asks can be changed while it is a draft. Then it stands, and the database
    says so, too: people must know what they answer.
    """

    class Kind(models.TextChoices):
        SURVEY = "survey", "Survey: questions, and nothing about who answers"
        CONTEST = "contest", "Contest: contact details, and no question"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ENDED = "ended", "Ended"

    kind = models.CharField(max_length=7, choices=Kind)
    slug = models.SlugField("address", max_length=60, unique=True)
    title = models.CharField(max_length=100)
    intro = models.TextField("what it is for", max_length=1500)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    opens_on = models.DateField("first day")
    closes_on = models.DateField("last day")
    threshold = models.PositiveSmallIntegerField(
        "fewest people behind a number that is shown", default=LEAST_THRESHOLD
    )
    # After answering, people may go on to a contest: another page, another form.
    leads_to = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"kind": "contest"},
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = "survey or contest"
        verbose_name_plural = "surveys and contests"
        permissions = [("publish_survey", "Can publish and end surveys and contests")]
        indexes = [
            models.Index(fields=["-opens_on", "-id"], name="survey_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")), name="survey_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=LEAST_THRESHOLD), name="survey_threshold"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["survey", "contest"]), name="survey_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/surveys/{self.slug}/"

    @property
    def is_contest(self) -> bool:
        return self.kind == self.Kind.CONTEST

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    def is_open(self, today: date) -> bool:
        """May people answer or enter? Both days count."""
        return (
            self.state == self.State.PUBLISHED
            and self.opens_on <= today <= self.closes_on
        )

    def is_over(self, today: date) -> bool:
        return self.state == self.State.ENDED or (
            self.state == self.State.PUBLISHED and self.closes_on < today
        )


class Question(models.Model):
    """One question of a survey, of a closed list of kinds (P76).

    Nobody can write free text into an answer: so nobody can be named in one.
    """

    class Kind(models.TextChoices):
        YES_NO = "yesno", "Yes or no"
        ONE = "one", "One of several"
        MANY = "many", "Any of several"
        SCALE = "scale", "From 1 (poor) to 5 (very good)"
        DISTRICT = "district", "Where you live: first half of the postcode"

    survey = models.ForeignKey(
        Survey, on_delete=models.CASCADE, related_name="questions"
    )
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=Kind)
    words = models.CharField("question", max_length=200)
    options = ArrayField(
        models.CharField(max_length=LONGEST_OPTION), blank=True, default=list
    )

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ("add", "change", "delete", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "position"],
                name="question_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["yesno", "one", "many", "scale", "district"]),
                name="question_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["one", "many"], options__len__gte=2)
                | (~Q(kind__in=["one", "many"]) & Q(options=[])),
                name="question_options_where_needed",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def field(self) -> str:
        """Its name in the survey's form."""
        return f"q{self.pk}"

    @property
    def answers(self) -> list[str]:
        """What can be answered; of a district anything that is one."""
        if self.kind == self.Kind.YES_NO:
            return ["Yes", "No"]
        if self.kind == self.Kind.SCALE:
            return ["1", "2", "3", "4", "5"]
        return list(self.options)


class Tally(models.Model):
    """How many gave which answer to one question; nothing else of an answer is kept.

    One row a question, with all its numbers in one value that has no order but that of
    the words: no row, time, number or place on the disk belongs to one answer (P78).
    """

    question = models.OneToOneField(
        Question, on_delete=models.CASCADE, primary_key=True
    )
    # answer to number of people; "" is who skipped it
    counts = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally of question {self.pk}"
