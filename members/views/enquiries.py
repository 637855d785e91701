"""Enquiries: the form for anybody, a member's list, and each one's thread.

The thread's address is its key, and only goes to the address that was given: whoever
typed somebody else's reads no answer of theirs.
"""

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from members import clock
from members.actions import enquiries as actions
from members.actions import requests
from members.forms.enquiries import EnquiryForm, WordForm
from members.models import Enquiry, Member
from privacy.states import seals

View = Callable[..., HttpResponseBase]
ORDER = re.compile(r"J[0-9]{2}-[0-9]{4}-[0-9]{4}\Z", re.ASCII)
SENT = re.compile(r"E[0-9]{2}-[0-9]{4}-[0-9]{4}\Z", re.ASCII)
DONE = {
    "said": "We have added it. It waits for our answer again.",
    "object": "Customer Liaison has it now, and answers you by the day below.",
    "close": "It is closed. You can open it again by adding to it.",
}
LIST_LENGTH = 50


def signed_in(request: HttpRequest) -> Member | None:
    """Return who is signed in; nothing is read for who brings no session (P31)."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, Member) else None


def token_where_signed_in(view: View) -> View:
    """Ask a member's form for its token; a visitor's needs none, and no cookie.

    jessops.middleware refuses cross-site writes to both.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = protected if signed_in(request) else view
        return chosen(request, *args, **kwargs)

    return inner


@token_where_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def enquiries(request: HttpRequest) -> HttpResponseBase:
    """The form, and a member's enquiries; POST opens one, whoever asks (P3)."""
    member = signed_in(request)
    if request.method == "POST":
        form = EnquiryForm(request.POST, signed_in=member is not None)
        if form.is_valid():
            ratelimit.check(request, "enquiry", limit=20, seconds=600)
            return _ask(form.cleaned_data, member)
    else:
        initial = {**_initial(member), "order": _order(request)}
        form = EnquiryForm(initial=initial, signed_in=member is not None)
    sent = request.GET.get("sent", "")
    context = {
        "form": form,
        "sent": sent if SENT.match(sent) else "",
        "rows": _rows(member),
        "days": clock.ANSWER_DAYS,
        "seals": seals("P3", "P4", "P50"),
    }
    fresh = request.method != "POST" and member is None
    response = _page(request, "members/enquiries.html", context)
    # Without anybody's words in it the page may come back with the back button.
    response["Cache-Control"] = "private, no-cache" if fresh else "private, no-store"
    return response


@token_where_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, token: str) -> HttpResponseBase:
    """One enquiry: what was said, how it stands; add to it, object, or close it."""
    enquiry = get_object_or_404(Enquiry, token=token)
    act = request.POST.get("act", "")
    form = WordForm(request.POST if act == "said" else None, initial=_attempt())
    if request.method == "POST":
        ratelimit.check(request, "enquiry-thread", limit=40, seconds=600)
        if act == "object" and enquiry.may_object:
            actions.object_to(enquiry=enquiry)
        elif act == "close":
            actions.close(enquiry=enquiry)
        elif act == "said" and form.is_valid():
            data = form.cleaned_data
            actions.say(enquiry=enquiry, words=data["message"], name=data["attempt"])
        elif act not in DONE:
            raise Http404("no such button")
        if not form.errors:
            return SeeOther(f"{request.path}?done={act}")
    context = {
        "enquiry": enquiry,
        "due": long_date(in_london(enquiry.answer_due_at).date()),
        "said": list(enquiry.messages.all()),
        "form": form,
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return _private(_page(request, "members/enquiry.html", context))


@token_where_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponseBase:
    """Whoever reads the mailbox says that a request about its data was theirs (P97)."""
    asked = requests.of_token(token)
    if asked is None:
        raise Http404("no such request, or it is settled")
    if request.method == "POST":
        requests.prove(request=asked, how="link", by=requests.PERSON)
        return SeeOther(request.path)
    context = {"asked": asked, "proved": requests.is_proved(asked)}
    return _private(_page(request, "members/enquiry_prove.html", context))


def _order(request: HttpRequest) -> str:
    """Return the order that a link of its page is about; it says nothing of anybody."""
    number = request.GET.get("order", "")
    return number if ORDER.match(number) else ""


def _ask(data: dict[str, Any], member: Member | None) -> HttpResponseBase:
    enquiry = actions.ask(
        asked=actions.Asked(
            words=data["message"],
            email=member.email if member else data["email"],
            full_name=data["full_name"],
            telephone=data["telephone"],
            contact_by=data["contact_by"],
            about=f"order:{data['order']}" if data["order"] else "",
        ),
        kind=data["kind"],
        attempt=data["attempt"] or None,
    )
    if member and enquiry.email_hash == member.email_hash:
        return SeeOther(enquiry.get_absolute_url())
    return SeeOther(f"/enquiries/?sent={enquiry.reference}")


def _initial(member: Member | None) -> dict[str, Any]:
    values = {"attempt": secrets.token_urlsafe(24), "contact_by": "email"}
    if member:
        values |= {
            "full_name": member.full_name,
            "telephone": member.telephone,
            "contact_by": member.contact_by,
        }
    return values


def _attempt() -> dict[str, str]:
    return {"attempt": secrets.token_hex(16)}


def _rows(member: Member | None) -> list[tuple[Enquiry, str]]:
    if member is None:
        return []
    found = Enquiry.objects.of(member.email_hash)[:LIST_LENGTH]
    return [(one, long_date(in_london(one.answer_due_at).date())) for one in found]


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page with somebody's own address out of caches and search engines."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    member = signed_in(request)
    context |= {"here": "enquiries", "member": member}
    if member is None:
        # a visitor has no messages: asking for them would open a session
        context["messages"] = ()
    return render(request, name, context)
