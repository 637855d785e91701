"""Everything held about a member on one page, and a copy of it to take away (R30)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jessops.lib import ratelimit
from jessops.lib.clock import in_london
from jessops.lib.http import SeeOther
from jessops.lib.tasks import wake
from members import doors, fresh  # noqa: F401  the doors register themselves
from members.models import Member
from members.who import member_of
from privacy import copies, dossier, looks
from privacy.actions import copies as making
from privacy.dossier_page import page_of
from privacy.models import Copy
from privacy.states import seals
from privacy.tasks import make_copies
from privacy.views.copies import gone, handed_out

# Which copy this sign-in asked for: signing out forgets it, and nobody else has it.
ASKED = "copy"
LIMIT = 10  # copies in an hour, of one network


@require_safe
@login_required
@never_cache
def data(request: HttpRequest) -> HttpResponse:
    """All that we hold, item by item; the way to a copy, to put it right, to leave."""
    member = member_of(request)
    opened = request.GET.get("all", "")
    groups = dossier.of(member.email_hash, member.email)
    seen = looks.of(member.email_hash)
    return render(
        request,
        "members/data.html",
        {
            "shown": page_of(groups, table=opened),
            "opened": opened,
            "all_at": reverse("members:data"),
            "looks": seen,
            "newest": seen[0] if seen else None,
            "copy": _copy(request, member),
            "seals": seals("P92", "P94"),
            "here": "data",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@fresh.required
def ask(request: HttpRequest) -> HttpResponse:
    """Have a copy made; a worker does it in a moment."""
    if request.method == "POST":
        ratelimit.check(request, "copy-asked", limit=LIMIT, seconds=3600)
        member = member_of(request)
        asked = making.ask(subject=member.email_hash, by_mail=False)
        request.session[ASKED] = asked.pk
        wake(make_copies)
        messages.success(request, "We make your copy now. It takes a moment.")
    return SeeOther(f"{reverse('members:data')}#copy")


@require_http_methods(["GET", "HEAD", "POST"])
@fresh.required
@never_cache
def take(request: HttpRequest) -> HttpResponse:
    """Hand the copy out, once, to the sign-in that asked for it."""
    if request.method != "POST":
        return SeeOther(f"{reverse('members:data')}#copy")
    copy = _asked(request, member_of(request))
    try:
        if copy is None:
            raise making.NoCopy
        content = making.take(copy=copy)
    except making.NoCopy:
        return gone(request)
    return handed_out(content)


def _asked(request: HttpRequest, member: Member) -> Copy | None:
    mine = Copy.objects.filter(subject=member.email_hash, by_mail=False)
    return mine.filter(pk=request.session.get(ASKED, 0)).first()


def _copy(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Say how the copy stands that this sign-in asked for."""
    found = _asked(request, member)
    if found is None:
        return {"state": "none"}
    if found.taken_at:
        return {"state": "taken"}
    live = {"made": copies.ready(), "making": copies.waiting()}
    states = (name for name, rows in live.items() if rows.filter(pk=found.pk).exists())
    return {
        "state": next(states, "over"),
        "until": f"{in_london(found.good_until):%H:%M}",
    }
