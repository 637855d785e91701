"""What a member wants to hear from us, and how we answer them (P18, P50)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from members.actions import choices as actions
from members.forms.choices import ContactWishForm
from members.models import Member
from members.who import member_of
from privacy import choosing

PAGE = "/members/choices/"
WISHED = "contact"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choices(request: HttpRequest) -> HttpResponseBase:
    """GET shows each question as it stands; POST records what was changed."""
    member = member_of(request)
    if request.method != "POST":
        return _page(request, member)
    ratelimit.check(request, "choices", limit=60, seconds=600)
    if "contact_by" in request.POST:
        return _wish(request, member)
    taken = choosing.take(request.POST, subject=member.email_hash, where="choices")
    if taken.trouble:
        return _page(request, member, trouble=taken.trouble, status=taken.status)
    return SeeOther(f"{PAGE}?done={taken.done}")


def _wish(request: HttpRequest, member: Member) -> HttpResponseBase:
    form = ContactWishForm(request.POST)
    if not form.is_valid():
        return _page(request, member, form=form, status=400)
    actions.wish(member=member, **form.cleaned_data)
    return SeeOther(f"{PAGE}?done={WISHED}")


def _page(
    request: HttpRequest,
    member: Member,
    *,
    form: ContactWishForm | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    done = "" if status != 200 else request.GET.get("done", "")
    wish = {"contact_by": member.contact_by, "telephone": member.telephone}
    context = {
        **choosing.shown(member.email_hash, done),
        "form": form or ContactWishForm(initial=wish),
        "trouble": trouble,
        "wished": done == WISHED,
        "is_member": True,
    }
    return render(request, "members/choices.html", context, status=status)
