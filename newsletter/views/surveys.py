"""Surveys and contests for visitors: the list, a survey, its results (P75, P78).

Guests write without a token (docs/decisions/0001): nothing here acts on a session.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from jessops.lib import ratelimit
from jessops.lib.clock import long_date
from jessops.lib.http import SeeOther
from newsletter import results
from newsletter.actions import surveys
from newsletter.models import Survey
from newsletter.survey_forms import AnswerForm
from newsletter.views import contests
from privacy.states import seals

CRUMBS = ("Surveys and contests", "/surveys/")
SHOWN = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is open, and what is over."""
    today = surveys.today()
    found = list(Survey.objects.shown(today)[:SHOWN])
    context = {
        "open": [one for one in found if one.is_open(today)],
        "over": [one for one in found if one.is_over(today)],
        "seals": seals("P75", "P78", "P79"),
        "crumbs": [(CRUMBS[0], "")],
    }
    return render(request, "newsletter/surveys/index.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A survey or a contest: its form while it is open, then what came of it."""
    today = surveys.today()
    survey = get_object_or_404(
        Survey.objects.shown(today).select_related("contest", "leads_to"), slug=slug
    )
    if survey.is_contest:
        return contests.show(request, survey)
    questions = list(survey.questions.all())
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not survey.is_open(today):
        raise Http404
    form = AnswerForm(posted, questions=questions, label_suffix="")
    if posted is not None and form.is_valid():
        ratelimit.check(request, "survey", limit=30, seconds=600)
        surveys.answer(survey=survey, answers=form.answers)
        return SeeOther(f"{request.path}?done=1")
    context: dict[str, Any] = {
        "survey": survey,
        "form": form,
        "is_open": survey.is_open(today),
        "done": "done" in request.GET,
        "closes_on": long_date(survey.closes_on),
        "next": _next(survey),
        "results": results.of(survey) if survey.is_over(today) else [],
        "seals": seals("P75", "P76", "P78"),
        "crumbs": [CRUMBS, (survey.title, "")],
    }
    return render(request, "newsletter/surveys/survey.html", context)


def _next(survey: Survey) -> Survey | None:
    """Return the contest that people may go on to, if it is open."""
    contest = survey.leads_to
    return contest if contest and contest.is_open(surveys.today()) else None
