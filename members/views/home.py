"""The first page of the member's area."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from members import summary
from members.actions import leaving
from members.who import member_of
from privacy import choices, links, transfer, transitions


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What there is, in a sentence each; a sale of the business comes first (P65)."""
    member = member_of(request)
    return render(
        request,
        "members/home.html",
        {
            "email": member.email,
            "leaving": (one := leaving.waiting(member.email_hash)),
            "leaving_on": leaving.due_in_words(one),
            "sale": _sale(member.email_hash),
            "panels": [(panel, panel.words(member)) for panel in summary.panels()],
        },
    )


def _sale(subject: str) -> dict[str, str] | None:
    """Return what an announced sale means for one person, with both answers."""
    sale = transitions.live()
    if sale is None:
        return None
    question = transfer.question(sale.reference)
    return {
        "title": transfer.title(sale),
        "summary": transfer.summary(sale),
        "notice": transfer.link(sale),
        "answer": reverse("privacy:choice", args=[links.token(subject, question)]),
        "said": choices.current_of(subject, question) or "",
    }
