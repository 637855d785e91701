"""The public Clubfinder: the list, a club, its meetings as a calendar."""

from dataclasses import replace
from itertools import islice
from typing import Any

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from clubs import ical, listing, postcodes, results, search
from clubs.json_ld import json_ld
from clubs.listing import Query, Where
from clubs.meetings import Rule, hour
from clubs.models import Club, ContactDetail
from jessops.lib import ratelimit
from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from privacy.states import seals

MEETINGS_SHOWN = 6


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponseBase:
    """List clubs. A full postcode comes by POST only and stays in this one answer."""
    posted = request.method == "POST"
    query = listing.read(request.POST if posted else request.GET)
    out, inward = postcodes.split(query.near)
    if not out:
        if posted:
            return SeeOther(query.url())
        where = listing.where(query.near)
        return _list(request, query, where)
    query = replace(query, near=out)
    if not posted:
        # Not 301: a browser would keep the address with the postcode in it.
        return _fresh(HttpResponseRedirect(query.url()))
    ratelimit.check(request, "clubs-near", limit=120, seconds=600)
    where = listing.where(out)
    exact = search.locate(out, inward)
    if exact:
        where = Where(label=out, position=exact)
    elif where.unknown:
        where = Where(label=out, unknown=True)
    response = _list(
        request, query, where, postcode=f"{out} {inward}", exact=bool(exact)
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _list(
    request: HttpRequest,
    query: Query,
    where: Where,
    postcode: str = "",
    exact: bool = False,
) -> HttpResponse:
    found = search.find(query, where)
    context = results.context(
        query, where, found, now=timezone.now(), postcode=postcode
    )
    context |= {
        "exact": exact,
        "seals": seals("P22"),
        "crumbs": [("Clubfinder", "")],
        "current_department": "clubs",
        "canonical": Query(near=query.near, q=query.q, page=found.page).url(),
    }
    return _fresh(render(request, "clubs/list.html", context))


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponseBase:
    club = get_object_or_404(Club.objects.select_related("merged_into"), slug=slug)
    if club.merged_into and club.merged_into.published:
        return _fresh(HttpResponseRedirect(club.merged_into.get_absolute_url()))
    if not club.published:
        raise Http404
    shown = _shown(club)
    context = {
        "club": club,
        "details": shown,
        **_meetings(club),
        "tags": results.tags(club),
        "json_ld": json_ld(
            club,
            {detail.kind: detail.value for detail in shown},
            site_url=settings.SITE_URL,
        ),
        "seals": seals("P23"),
        "crumbs": [("Clubfinder", "/clubs/"), (club.name, "")],
        "current_department": "clubs",
    }
    return _fresh(render(request, "clubs/club.html", context))


@require_safe
def meetings(request: HttpRequest, slug: str) -> HttpResponse:
    """The next meetings as an iCalendar file."""
    club = get_object_or_404(Club.objects.listed(), slug=slug)
    text = ical.calendar(club, now=timezone.now(), site_url=settings.SITE_URL)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{club.slug}.ics"'
    return _fresh(response)


def _shown(club: Club) -> list[ContactDetail]:
    """Return what the contact agreed to show: no other detail is even fetched."""
    return list(club.details.filter(published=True))


def _meetings(club: Club) -> dict[str, Any]:
    rule = Rule.of(club)
    soon = islice(rule.after(timezone.now()), MEETINGS_SHOWN)
    days = [in_london(moment).date() for moment in soon]
    return {
        "meets": rule.words,
        "starts": hour(club.starts_at),
        "next": results.next_meeting(club, timezone.now()),
        "dates": [f"{long_date(day)} {day.year}" for day in days],
    }


def _fresh(response: HttpResponse) -> HttpResponse:
    """Let nobody keep it: who asks to be removed is gone with the next request."""
    patch_cache_control(response, no_cache=True, max_age=0, must_revalidate=True)
    return response
