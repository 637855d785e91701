"""Where a member is signed in, and how to end it (R33)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from members import sessions
from members.models import Session
from members.who import member_of


@require_safe
@login_required
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Every sign-in that is open: since when, on what kind of device."""
    rows = [
        {
            "reference": sessions.reference(one),
            "device": one.device or "A browser",
            "began_at": one.began_at,
            "seen_at": one.seen_at.replace(minute=0, second=0, microsecond=0),
            "is_this": one.session_key == request.session.session_key,
        }
        for one in Session.objects.filter(
            member=member_of(request), expire_date__gt=timezone.now()
        ).order_by("-seen_at", "-began_at")
    ]
    return render(request, "members/sessions.html", {"rows": rows, "here": "security"})


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """End one of one's own sign-ins, or all but this one."""
    member = member_of(request)
    if request.POST.get("all") == "1":
        sessions.end(member, but=request.session.session_key)
        messages.success(request, "You are signed out everywhere else.")
        return redirect("members:sessions")
    wanted = request.POST.get("session", "")
    for one in Session.objects.filter(member=member):
        if sessions.reference(one) == wanted:
            one.delete()
            messages.success(request, "That device is signed out.")
            return redirect("members:sessions")
    raise Http404
