"""The builder of surveys and contests, their moves, and the winners (P76, P77).

A draft is written here; a published one is only looked at, and moved by its buttons,
each of which is an action.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from newsletter import results
from newsletter.actions import contests, surveys
from newsletter.models import Contest, Entry, Question, Survey
from newsletter.models.surveys import LONGEST_OPTION, MOST_OPTIONS, MOST_QUESTIONS
from newsletter.tallies import EVERYBODY
from privacy.admin.people import PersonAdmin

CHOOSE = (Question.Kind.ONE, Question.Kind.MANY)
PAGE = ("kind", "slug", "title", "intro", "opens_on", "closes_on")


class Options(forms.CharField):
    """Answers to choose from, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 40})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (" ".join(line.split()) for line in str(value or "").splitlines())
        found = list(dict.fromkeys(filter(None, lines)))
        if len(found) > MOST_OPTIONS or any(len(x) > LONGEST_OPTION for x in found):
            raise ValidationError(
                f"At most {MOST_OPTIONS} answers of {LONGEST_OPTION} characters."
            )
        if EVERYBODY in found:
            raise ValidationError(f"An answer cannot be called {EVERYBODY}.")
        return found


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One question: of a closed list of kinds, none of which takes free text."""

    options = Options(required=False, help_text="One a line, where some are chosen.")

    class Meta:
        model = Question
        fields = ("position", "kind", "words", "options")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        has, needs = bool(data.get("options")), data.get("kind") in CHOOSE
        if "options" in data and needs and len(data["options"]) < 2:
            self.add_error("options", "Give at least two answers to choose from.")
        elif has and not needs:
            self.add_error("options", "This kind of question has its own answers.")
        return data


class QuestionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Question
    form = QuestionForm
    extra = 1
    max_num = MOST_QUESTIONS


class ContestForm(forms.ModelForm):  # type: ignore[type-arg]
    sponsor_policy = forms.URLField(
        label="The sponsor's privacy policy", max_length=200, assume_scheme="https"
    )

    class Meta:
        model = Contest
        fields = ("sponsor", "sponsor_policy", "prize", "places", "rules")


class ContestInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Contest
    form = ContestForm
    min_num = 1
    can_delete = False


@admin.register(Survey)
class SurveyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "kind", "state", "opens_on", "closes_on")
    list_filter = ("kind", "state")
    search_fields = ("title", "slug")
    ordering = ("-pk",)
    actions = None
    list_per_page = 50
    prepopulated_fields = {"slug": ("title",)}
    change_form_template = "admin/newsletter/survey.html"

    def get_fields(self, request: HttpRequest, obj: Survey | None = None) -> Any:
        if obj is not None and obj.is_contest:
            return PAGE
        return (*PAGE, "threshold", "leads_to")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Survey | None = None
    ) -> Any:
        return ("kind",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_inlines(self, request: HttpRequest, obj: Survey | None) -> Any:
        """What it asks is written once it is known which of the two it is."""
        if obj is None:
            return []
        return [ContestInline] if obj.is_contest else [QuestionInline]

    def has_change_permission(
        self, request: HttpRequest, obj: Survey | None = None
    ) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.is_draft)

    def has_delete_permission(
        self, request: HttpRequest, obj: Survey | None = None
    ) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or obj.is_draft)

    def response_add(
        self, request: HttpRequest, obj: Survey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to what it asks."""
        messages.success(request, "Kept. Now write what it asks.")
        return HttpResponseRedirect(_page(obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = _standing(request, row) if row else {}
        return super().change_view(request, object_id, form_url, extra)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.act))
        own = path("<int:pk>/act/", view, name="newsletter_survey_act")
        return [own, *super().get_urls()]

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish, end, draw, or make and end the sponsor's links."""
        survey = get_object_or_404(Survey.objects.select_related("contest"), pk=pk)
        act, by = request.POST.get("act", ""), int(request.user.pk or 0)
        right = RIGHTS.get(act)
        if right is None or not request.user.has_perm(right):
            raise PermissionDenied
        contest = getattr(survey, "contest", None)
        try:
            if act == "publish":
                surveys.publish(survey=survey, by=by)
            elif act == "end":
                surveys.end(survey=survey, by=by)
            elif contest is None:
                raise surveys.SurveyError("It is no contest.")
            elif act == "award":
                contests.award(contest=contest, by=by)
            elif act == "unlink":
                contests.end_links(contest=contest, by=by)
            else:
                return self._link(request, survey, contest, by)
        except surveys.SurveyError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Done.")
        return HttpResponseRedirect(_page(survey))

    def _link(
        self, request: HttpRequest, survey: Survey, contest: Contest, by: int
    ) -> HttpResponse:
        """Show a new link for the sponsor, this once: nowhere is it written down."""
        token = contests.make_link(contest=contest, by=by)
        context = {
            **self.admin_site.each_context(request),
            "title": "A link for the sponsor",
            "opts": self.model._meta,
            "survey": survey,
            "contest": contest,
            "link": settings.SITE_URL + reverse("newsletter:sponsor", args=[token]),
        }
        return TemplateResponse(request, "admin/newsletter/sponsor_link.html", context)


# What each button needs.
RIGHTS = {
    "publish": "newsletter.publish_survey",
    "end": "newsletter.publish_survey",
    "award": "newsletter.award_contest",
    "link": "newsletter.share_contest",
    "unlink": "newsletter.share_contest",
}


def _page(survey: Survey) -> str:
    return reverse("admin:newsletter_survey_change", args=[survey.pk])


def _standing(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    """Return how it stands, and which buttons there are, for who is signed in."""
    today = surveys.today()
    over = survey.is_over(today)
    contest = getattr(survey, "contest", None)
    acts = {
        "publish": survey.is_draft,
        "end": survey.state == Survey.State.PUBLISHED and not over,
        "award": bool(contest and over and not contest.awarded_on),
        "link": bool(contest and contest.awarded_on),
        "unlink": bool(contest and contest.awarded_on),
    }
    may = {a: there and request.user.has_perm(RIGHTS[a]) for a, there in acts.items()}
    return {
        "survey": survey,
        "may": may,
        "entrants": contest.entrants or contest.entries.count() if contest else 0,
        "contest": contest,
        "links": list(contest.links.order_by("-pk")[:20]) if contest else [],
        "results": results.of(survey) if over and not contest else [],
    }


@admin.register(Entry)
class WinnerAdmin(PersonAdmin):
    """Winners, so that we can send what no sponsor sends. Nobody else is shown."""

    why = "contest"
    list_display = ("contest_title", "awarded_on")
    list_select_related = ("contest__survey",)
    ordering = ("-awarded_on", "place")
    fields = (
        *("contest_title", "place", "may_share", "name", "line1", "line2", "town"),
        *("county", "postcode", "email"),
    )
    readonly_fields = fields
    actions = None
    list_per_page = 50

    def waits(self, row: Entry) -> bool:
        return row.place is not None  # a prize is on its way to them

    @admin.display(description="contest")
    def contest_title(self, entry: Entry) -> str:
        return entry.contest.survey.title

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).filter(place__isnull=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
