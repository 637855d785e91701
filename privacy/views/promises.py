"""The promises, for people and for programs, and proving one at once."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from jessops.lib import ratelimit
from privacy import panels, policies
from privacy.actions import probes as actions
from privacy.gateway.ourselves import NotAnswered
from privacy.policies import document
from privacy.probes import results
from privacy.states import State, states

PROOFS, IN_SECONDS = 12, 60  # of one network


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """All 107, clause by clause; ?state= shows those of one state."""
    wanted = request.GET.get("state", "")
    _, codes = panels.FILTERS.get(wanted, ("", ()))
    found = states()
    sections = []
    for clause in document.load(policies.current_version()).clauses:
        ids = [n for n in clause.promises if not codes or found[n].code in codes]
        if ids:
            sections.append((clause, panels.each(*ids)))
    filters = [
        (name, words, sum(state.code in those for state in found.values()))
        for name, (words, those) in panels.FILTERS.items()
    ]
    return render(
        request,
        "privacy/promises.html",
        {
            "sections": sections,
            "board": panels.board(),
            "filters": filters,
            "wanted": wanted if codes else "",
        },
    )


@require_safe
def promise(request: HttpRequest, name: str) -> HttpResponse:
    """One promise: what keeps it, every check with its result, when it was broken."""
    return _page(request, _state(name))


# No token: it changes nothing of anybody's, and CrossSiteMiddleware sees where a
# browser's write comes from (decision 0001). So nobody needs a cookie to ask.
@csrf_exempt
@require_POST
@never_cache
def prove(request: HttpRequest, name: str) -> HttpResponse:
    """Run the self-probes of a promise now and show inputs and outcome."""
    names = [one.probe.name for one in _state(name).probes]
    if not names:
        raise Http404("nothing to run")
    ratelimit.check(request, "prove", limit=PROOFS, seconds=IN_SECONDS)
    try:
        ran = actions.prove(names=names)
    except actions.Busy:
        words = "A check for somebody else is running. Try again in a few seconds."
        return _page(request, _state(name), sorry=words, status=503)
    except NotAnswered:
        words = "The shop is too busy to answer itself just now. Nothing was recorded."
        return _page(request, _state(name), sorry=words, status=503)
    return _page(request, _state(name), ran=[result.probe for result in ran])


@require_safe
def promises_json(request: HttpRequest) -> JsonResponse:
    """All 107 promises for programs (contract.md)."""
    return JsonResponse(
        {
            "policy_version": policies.current_version(),
            "promises": [state.published() for state in states().values()],
        },
        json_dumps_params={"indent": 1},
    )


def _state(name: str) -> State:
    try:
        return states()[name]
    except KeyError:
        raise Http404("no such promise") from None


def _page(
    request: HttpRequest,
    state: State,
    *,
    ran: list[str] | None = None,
    sorry: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "state": state,
        "ran": ran or [],
        "sorry": sorry,
        "outages": results.outages(one.probe.name for one in state.asked),
    }
    response = render(request, "privacy/promise.html", context, status=status)
    if status == 503:
        response["Retry-After"] = "3"
    return response
