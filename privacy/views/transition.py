"""The page about a sale of the business: what moves, what never, and since when."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import handover, transfer, transitions
from privacy.models import Transition, TransitionEvent
from privacy.states import divided, states

PROMISES = ("P64", "P65", "P66")


@require_safe
def transition(request: HttpRequest) -> HttpResponse:
    """The announced sale in full; with none announced, that, and what there was."""
    now = transitions.live()
    served = transitions.served(now) if now else None
    all_states = states()
    shown, later = divided(all_states[promise] for promise in PROMISES)
    return render(
        request,
        "privacy/transition.html",
        {
            "sale": now,
            "title": transfer.title(now) if now else "",
            "summary": transfer.summary(now) if now else "",
            "asked": transitions.asked(now) if now else "",
            "served": served,
            "possible": served.possible_from(now.planned_on) if now and served else "",
            "needed": transitions.DAYS,
            "gap_hours": transitions.GAP.seconds // 3600,
            "moves": handover.moving_in_words(),
            "never": transfer.NEVER,
            "reasons": [
                words
                for code, words in transfer.REASONS.items()
                if code != "silent" or (now and now.use_differs)
            ],
            "ended": _ended(),
            "shown": shown,
            "later": later,
        },
    )


def _ended() -> list[tuple[Transition, TransitionEvent]]:
    """Return what was announced and has ended, newest first."""
    ends = {
        event.reference: event
        for event in TransitionEvent.objects.filter(code__in=transitions.ENDED)
    }
    past = Transition.objects.filter(reference__in=ends).order_by("-id")
    return [(one, ends[one.reference]) for one in past]
