"""What was announced to people who cannot say no to it, for everybody to read (P46)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from newsletter import announcements
from privacy import policies
from privacy.states import divided, states

PROMISES = ("P46", "P47", "P48")


@require_safe
def announced(request: HttpRequest) -> HttpResponse:
    """Every year since the first policy, also those without an announcement."""
    now = timezone.now()
    first = min(
        (one.in_force_from.year for one in policies.timeline()), default=now.year
    )
    all_states = states()
    shown, later = divided(all_states[promise] for promise in PROMISES)
    return render(
        request,
        "newsletter/announcements.html",
        {
            "years": announcements.years(first, now),
            "reasons": announcements.REASONS.values(),
            "a_quarter": announcements.A_QUARTER,
            "shown": shown,
            "later": later,
        },
    )
