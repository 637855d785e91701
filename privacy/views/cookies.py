"""The cookie page: the registry, as the program itself obeys it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy.cookies import REGISTRY
from privacy.states import divided, states


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """The cookie registry, as the program itself obeys it."""
    ids = ("P26", "P27", "P28", "P29", "P30", "P31", "P32", "P33", "P34", "P35")
    all_states = states()
    shown, later = divided(all_states[promise] for promise in ids)
    return render(
        request,
        "privacy/cookies.html",
        {
            "cookies": list(REGISTRY.values()),
            "shown": shown,
            "later": later,
        },
    )
