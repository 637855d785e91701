"""Leaving our lists from a letter: in one press, without cookie or account (P43, P45).

GET shows and changes nothing, however often a scanner comes by; POST acts. Mail
programs post to the same address by themselves (RFC 8058).
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib.http import SeeOther
from newsletter import leaving_links
from newsletter.actions import leaving
from newsletter.leaving_links import EVERY, BadLink, Link
from privacy import links, topics

DONE = "You are on none of our lists any more.\n"


# The token names the person: no cookie is needed, and a mail program has none. There is
# no limit on how often: all of a provider's readers come from one network.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what somebody gets; POST takes them off all lists, or off one."""
    try:
        link = leaving_links.read(token)
    except BadLink:
        raise Http404("no such link") from None
    if request.method != "POST":
        return _page(request, link)
    if request.POST.get("List-Unsubscribe", "").lower() == "one-click":
        leaving.leave(
            subject=link.subject,
            where=leaving.ONE_CLICK,
            wording=leaving.ONE_CLICK_WORDS,
        )
        return HttpResponse(DONE, content_type="text/plain; charset=utf-8")
    stop = request.POST.get("stop", "")
    if stop == "all":
        where = leaving.MAIL if link.question == EVERY else leaving.LETTER
        leaving.leave(subject=link.subject, where=where)
    elif stop == "one" and link.question != EVERY:
        leaving.leave_one(subject=link.subject, question=link.question)
    else:
        return _page(request, link, wrong=True)
    return SeeOther(request.path)


def _page(request: HttpRequest, link: Link, *, wrong: bool = False) -> HttpResponse:
    board = topics.board(link.subject)
    on = [row.topic for row in board.rows if row.marked == "yes"]
    this = next((topic for topic in on if topic.question == link.question), None)
    back = None if link.question == EVERY else link.question
    context = {
        "on": on,
        "this": this,
        # "only this" says something where there is another
        "can_stop_one": this is not None and len(on) > 1,
        "off_lists": topics.OFF_LISTS,
        "back": f"/privacy/choice/{links.token(link.subject, back)}/" if back else "",
        "wrong": wrong,
    }
    status = 400 if wrong else 200
    return render(request, "newsletter/unsubscribe.html", context, status=status)
