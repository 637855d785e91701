"""Answering one question about one's data, from a link, in one step (P102)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from privacy import choices, links
from privacy.links import BadLink

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
    """
    try:
        link = links.read(token)
        wording = links.wording(link.question)
    except BadLink:
        raise Http404("no such question") from None
    wrong = False
    if request.method == "POST":
        ratelimit.check(request, "choice", limit=LIMIT, seconds=600)
        answer = request.POST.get("answer", "")
        if answer in ANSWERS:
            if choices.current_of(link.subject, link.question) != answer:
                choices.record_for(
                    subject=link.subject,
                    purpose=link.question,
                    answer=answer,
                    where="letter",
                    wording=wording,
                )
            return SeeOther(request.path)
        wrong = True
    entries = choices.history_of(link.subject, link.question)
    marked = request.GET.get("answer", "")
    return render(
        request,
        "privacy/choice.html",
        {
            "about": choices.in_words(link.question),
            "wording": wording,
            "entries": entries,
            "current": entries[0].answer if entries else "",
            "marked": entries[0].answer if entries else marked,
            "wrong": wrong,
            "wants_nothing": choices.current_of(link.subject, choices.EVERYTHING)
            == "no",
            "is_change": link.question.startswith("change:"),
        },
        status=400 if wrong else 200,
    )
