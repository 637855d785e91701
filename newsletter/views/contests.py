"""Contests: entering one, the entrant's own page, and the sponsor's way to winners.

Guests write without a token (docs/decisions/0001): nothing here acts on a session.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import long_date
from jessops.lib.http import SeeOther
from newsletter import entry_links, winners
from newsletter.actions import contests
from newsletter.actions.surveys import Closed, today
from newsletter.models import ENTRY_LIFE, Contest, Entry, Survey
from newsletter.survey_forms import EntryForm
from privacy import gateway
from privacy.gateway import ContractExpired
from privacy.states import seals

CRUMBS = ("Surveys and contests", "/surveys/")
# What the buttons of an entrant's page do, and what the page then says.
DONE = {
    "share": "The sponsor may have your name and address if you win.",
    "keep": "The sponsor gets nothing about you. If you win, we send the prize.",
    "name": "If you win, your surname and county may stand on the contest's page.",
    "unname": "Your name stands nowhere on our pages.",
}
ACTS = {
    "share": {"may_share": True},
    "keep": {"may_share": False},
    "name": {"unnamed": False},
    "unname": {"unnamed": True},
}


def show(request: HttpRequest, survey: Survey) -> HttpResponseBase:
    """A contest's page: its sponsor first, then the form, later the winners."""
    contest, is_open = survey.contest, survey.is_open(today())
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not is_open:
        raise Http404
    form = EntryForm(posted, label_suffix="")
    if posted is not None and form.is_valid():
        ratelimit.check(request, "contest", limit=20, seconds=600)
        try:
            contests.enter(
                contest=contest,
                details=form.details,
                may_share=form.cleaned_data["may_share"],
                unnamed=form.cleaned_data["unnamed"],
            )
        except Closed as error:
            raise Http404 from error
        return SeeOther(f"{request.path}?done=1")
    context: dict[str, Any] = {
        "survey": survey,
        "contest": contest,
        "form": form,
        "is_open": is_open,
        "done": "done" in request.GET,
        "life": ENTRY_LIFE,
        "closes_on": long_date(survey.closes_on),
        "winners": winners.named(contest),
        "seals": seals("P75", "P77", "P79"),
        "crumbs": [CRUMBS, (survey.title, "")],
    }
    return render(request, "newsletter/surveys/contest.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, token: str) -> HttpResponseBase:
    """An entrant's own entry: GET shows, POST changes or withdraws it."""
    found = _entry(token)
    act = request.POST.get("act", "")
    if request.method == "POST" and found is not None:
        if act == "withdraw":
            contests.withdraw(entry=found)
        elif act in ACTS:
            contests.decide(entry=found, **ACTS[act])
        else:
            raise Http404
        return SeeOther(f"{request.path}?done={act}")
    context = {
        "entry": found,
        "disclosures": gateway.disclosures(found.about) if found else [],
        "withdrawn": request.GET.get("done") == "withdraw",
        "done": DONE.get(request.GET.get("done", ""), ""),
        "life": ENTRY_LIFE,
        "seals": seals("P77", "P79"),
        "crumbs": [CRUMBS, ("Your entry", "")],
    }
    status = 200 if found or context["withdrawn"] else 404
    return _unlisted(request, "newsletter/surveys/entry.html", context, status)


def _entry(token: str) -> Entry | None:
    try:
        key = entry_links.read(token)
    except entry_links.BadLink as error:
        raise Http404 from error
    rows = Entry.objects.select_related("contest__survey")
    return rows.filter(pk=key).first()


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sponsor(request: HttpRequest, token: str) -> HttpResponseBase:
    """The sponsor's page: GET says what there is, POST fetches the file."""
    ratelimit.check(request, "sponsor", limit=60, seconds=600)
    link = contests.link_of(token)
    if link is None:
        raise Http404
    contest: Contest = link.contest
    context = {
        "contest": contest,
        "link": link,
        "people": Entry.objects.for_sponsor(contest).count(),
        "away": False,
        "crumbs": [("Winners of a contest", "")],
    }
    if request.method != "POST":
        return _unlisted(request, "newsletter/surveys/sponsor.html", context)
    try:
        text = contests.fetch(link=link)
    except ContractExpired:
        context["away"] = True
        return _unlisted(request, "newsletter/surveys/sponsor.html", context, 503)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="winners.csv"'
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unlisted(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
