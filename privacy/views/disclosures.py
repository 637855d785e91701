"""What the law demanded, counted by year and basis (C17)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import disclosures, policies
from privacy.models import LegalDisclosure
from privacy.states import divided, states

PROMISES = ("P51", "P52")


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """Every year since the first policy, also those in which nothing came."""
    day = disclosures.today()
    first = min((one.in_force_from.date() for one in policies.timeline()), default=day)
    all_states = states()
    shown, later = divided(all_states[promise] for promise in PROMISES)
    return render(
        request,
        "privacy/disclosures.html",
        {
            "bases": [basis.label for basis in LegalDisclosure.Basis],
            "years": disclosures.years(first.year, day),
            "shown": shown,
            "later": later,
        },
    )
