"""Being listed, changing an entry, leaving: by a link mailed to the club's contact.

GET shows, POST acts. Right and wrong addresses get the same answer.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clubs import emails, links
from clubs.actions import contacts, submissions
from clubs.forms import DETAILS, AskForm, EntryForm
from clubs.models import Club
from clubs.tasks import send_links
from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from jessops.lib.tasks import wake
from privacy.states import seals

CRUMBS = ("Clubfinder", "/clubs/")
# What the buttons of an entry's page do, and what the page then says.
DONE = {
    "remove": "We show nothing of you any more, from this moment.",
    "unlist": "The club is off the list and nothing of you is shown, from now on.",
    "confirm": "Thank you. We ask again in a year.",
    "change": "The Clubs Administrator looks at it within a few days."
    " What you no longer want shown is hidden already.",
    "same": "Nothing would change, so nothing was sent.",
}


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_new(request: HttpRequest) -> HttpResponse:
    """Mail the link to the form that lists a club."""
    form = AskForm(request.POST if request.method == "POST" else None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        ratelimit.check(request, "club-link", limit=20, seconds=600)
        emails.new_link(form.cleaned_data["email"])
    context = {"form": form, "sent": sent, "crumbs": [CRUMBS, ("List a club", "")]}
    return _page(request, "clubs/ask.html", context | {"club": None})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_club(request: HttpRequest, token: str) -> HttpResponseBase:
    """The form itself, for whoever reads mail at the address it is for."""
    if not links.is_live(token):
        return _gone(request)
    form = EntryForm(request.POST if request.method == "POST" else None)
    sent = False
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if links.is_for(token, email):
            submissions.propose_new(facts=form.facts, details=form.details, email=email)
            sent = True
        else:
            form.add_error("email", "Enter the address that the link was mailed to")
    context = {"form": form, "sent": sent, "crumbs": [CRUMBS, ("List a club", "")]}
    return _page(request, "clubs/entry.html", context | {"club": None})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Mail the link to change an entry; say the same whatever was typed."""
    club = get_object_or_404(Club.objects.listed(), slug=slug)
    form = AskForm(request.POST if request.method == "POST" else None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        ratelimit.check(request, "club-link", limit=20, seconds=600)
        contacts.ask_link(club=club, email=form.cleaned_data["email"])
        wake(send_links)
    crumbs = [CRUMBS, (club.name, club.get_absolute_url()), ("Change", "")]
    return _page(
        request,
        "clubs/ask.html",
        {"form": form, "sent": sent, "crumbs": crumbs, "club": club},
    )


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """The contact's own page: still me, change, hide me, take the club off."""
    club = get_object_or_404(Club, slug=slug, merged_into=None)
    if links.contact_of(club, token) is None:
        return _gone(request)
    act = request.POST.get("act", "")
    form = EntryForm(request.POST if act == "change" else None, initial=_initial(club))
    if request.method == "POST":
        if act in ("remove", "unlist"):
            contacts.hide(club=club, whole=act == "unlist")
        elif act == "confirm":
            contacts.confirm(club=club)
        elif act == "change" and form.is_valid():
            sent = submissions.propose_change(
                club=club, facts=form.facts, details=form.details
            )
            act = act if sent else "same"
        elif act != "change":
            raise Http404
        if not form.errors:
            return SeeOther(f"{request.path}?done={act}")
    context = {
        "club": club,
        "details": list(club.details.all()),
        "form": form,
        "done": DONE.get(request.GET.get("done", ""), ""),
        "sent": False,
        "crumbs": [CRUMBS, (club.name, ""), ("Your entry", "")],
    }
    return _page(request, "clubs/entry.html", context)


def _initial(club: Club) -> dict[str, Any]:
    """Return the entry as the form has it."""
    names = set(EntryForm.base_fields) - {*DETAILS, "tags"}
    found = {name: getattr(club, name) for name in names if hasattr(club, name)}
    found |= {"club": club.name, "tags": ", ".join(club.tags)}
    found |= {"region": club.county, "meets_at": club.postcode or club.outcode}
    for detail in club.details.all():
        found[detail.kind] = detail.value
        found[f"show_{detail.kind}"] = detail.published
    return found


def _gone(request: HttpRequest) -> HttpResponse:
    context = {"crumbs": [CRUMBS, ("Your entry", "")]}
    return _page(request, "clubs/gone.html", context, status=404)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= {"current_department": "clubs", "seals": seals("P23", "P24")}
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
