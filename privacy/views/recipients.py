"""Who else sees personal details, one outside party after another (P13, P57)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from privacy.recipients import months, recipients
from privacy.states import divided, states

PROMISES = ("P13", "P57", "P58", "P59", "P60")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every party that the gateway can reach, with what it may get, field by field."""
    now = timezone.now()
    span = months(now)
    all_states = states()
    shown, later = divided(all_states[promise] for promise in PROMISES)
    return render(
        request,
        "privacy/recipients.html",
        {
            "recipients": recipients(now),
            # as words: the template would count them in UTC
            "this_month": f"{span.this:%B %Y}",
            "last_month": f"{span.last:%B %Y}",
            "shown": shown,
            "later": later,
        },
    )
