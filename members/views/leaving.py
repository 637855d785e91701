"""Closing an account for a while, and being erased (P96)."""

from allauth.account.internal.flows.login import resume_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
)

from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from members import fresh, second_factor
from members.actions import leaving
from members.forms.leaving import EraseForm
from members.models import Member
from members.who import member_of
from privacy.models import Erasure

ERASE = "/members/erase/"
TOO_LATE = "It is done already, or was stopped before."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@fresh.required
def leave(request: HttpRequest) -> HttpResponse:
    """Close the account for now; nothing is lost, and coming back takes a sign-in."""
    member = member_of(request)
    if request.method == "POST" and not member.is_staff:
        leaving.deactivate(member=member, by="member")
        logout(request)
        return SeeOther("/members/closed/")
    context = {"here": "data", "staff": member.is_staff}
    return render(request, "members/leave.html", context)


@require_http_methods(["GET", "HEAD"])
def closed(request: HttpRequest) -> HttpResponse:
    """What is said after an account was closed; the same for everybody who asks."""
    return render(request, "members/leave_done.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """Open one's closed account again; a right password brings somebody here.

    Where there is a second factor, it is asked for as at every sign-in.
    """
    pk = request.session.get("come_back")
    member = get_object_or_404(Member, pk=pk, deactivated_at__isnull=False)
    more = second_factor.has(member)
    if request.method == "POST" and more:
        # Signed in, and the account opened, once that is shown: adapter.login
        answer: HttpResponse = resume_login(request, Login(user=member))
        return answer
    if request.method == "POST":
        leaving.come_back(member=member)
        del request.session["come_back"]
        messages.success(request, "Your account is open again. Please sign in.")
        return SeeOther("/accounts/login/")
    closed_on = in_london(member.deactivated_at or member.joined_at).date()
    context = {"closed_on": long_date(closed_on), "more": more}
    return render(request, "members/come_back.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@fresh.required
def erase(request: HttpRequest) -> HttpResponse:
    """Be erased: what goes, what stays by law, and a word typed to confirm."""
    member = member_of(request)
    subject, email = member.email_hash, member.email
    waiting = leaving.waiting(subject)
    form = EraseForm(request.POST or None, email=email)
    if request.method == "POST" and form.is_valid() and not member.is_staff:
        if not waiting:
            leaving.ask_erasure(
                subject=subject, email=email, door="member", by="member"
            )
        return SeeOther(ERASE)
    context = leaving.what_happens(subject, email) | {
        "form": form,
        "erasure": waiting,
        "due": leaving.due_in_words(waiting),
        "staff": member.is_staff,
        "here": "data",
    }
    return render(request, "members/erase.html", context)


@require_POST
@login_required
def stop(request: HttpRequest) -> HttpResponse:
    """Change one's mind within the three days."""
    waiting = leaving.waiting(member_of(request).email_hash)
    if waiting is None:
        messages.warning(request, TOO_LATE)
    else:
        _withdraw(request, waiting, "member")
    return SeeOther(ERASE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The way back that is in the message: for guests, and without signing in."""
    one = leaving.read_stop(token)
    if one and request.method == "POST" and one.state == Erasure.State.WAITING:
        _withdraw(request, one, "link")
        return SeeOther(request.path)
    context = {"erasure": one, "due": leaving.due_in_words(one)}
    status = 200 if one else 404
    return render(request, "members/erase_stop.html", context, status=status)


def _withdraw(request: HttpRequest, one: Erasure, by: str) -> None:
    try:
        leaving.withdraw(request=one, by=by)
    except leaving.NotWaiting:
        messages.warning(request, TOO_LATE)
