"""Answering one question about one's data, from a link, in one step (P102)."""

from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from privacy import choices, links
from privacy.actions import choices as choosing
from privacy.links import BadLink, Link

ANSWERS = {"yes": "Yes", "no": "No"}
# In ten minutes, of one network: many people may share it on the day of a letter.
LIMIT = 300


# The token names the person, and CrossSiteMiddleware sees where a browser's write comes
# from (decision 0001): no cookie is needed to answer.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choice(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the question and what was said so far; POST records an answer.

    `?answer=` in a letter's link only marks one of the two: looking changes nothing.
    About a sale that is called off or done it says so, and takes no answer.
    """
    try:
        link = links.read(token)
        wording = links.wording(link.question)
    except BadLink:
        raise Http404("no such question") from None
    end = links.end_of(link.question)
    wrong = False
    if request.method == "POST" and not end:
        ratelimit.check(request, "choice", limit=LIMIT, seconds=600)
        said = request.POST.get("answer", "")
        if said in ANSWERS:
            # Over: ended a moment ago, as the page that follows says.
            with suppress(choosing.Over):
                choosing.answer(
                    subject=link.subject,
                    question=link.question,
                    said=said,
                    where="letter",
                )
            return SeeOther(request.path)
        wrong = True
    return render(
        request,
        "privacy/choice.html",
        {
            **_shown(link, request.GET.get("answer", "")),
            "wording": wording,
            "wrong": wrong,
            "end": end,
        },
        # gone: a link that worked once
        status=400 if wrong else 410 if end else 200,
    )


def _shown(link: Link, marked: str) -> dict[str, Any]:
    """Return what the page says of the question, and of what was said so far."""
    entries = choices.history_of(link.subject, link.question)
    return {
        "about": choices.in_words(link.question),
        "entries": entries,
        "current": entries[0].answer if entries else "",
        "marked": entries[0].answer if entries else marked,
        "wants_nothing": choices.opted_out(link.subject),
        "is_change": link.question.startswith("change:"),
        "silence_moves": links.silence_moves(link.question),
    }
