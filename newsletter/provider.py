"""What the mail provider's webhooks mean for us; anymail knows how it writes them.

Of all that a provider tells, only what cannot be delivered and complaints are read.
Who opened or clicked what is nobody's business here: nothing of it is kept.
"""

from anymail.signals import AnymailTrackingEvent, EventType

from newsletter.actions import bounces
from newsletter.models import Bounce
from newsletter.naming import named_in
from newsletter.reports import classify, code_in

IGNORED = "nothing lost"


def heed(event: AnymailTrackingEvent) -> str:
    """Record what a provider tells of one letter; return what came of it."""
    letter = named_in(str(event.message_id or ""))
    if letter is None:
        return IGNORED
    if event.event_type == EventType.COMPLAINED:
        return bounces.record(
            letter=letter,
            kind=Bounce.Kind.COMPLAINT,
            source=Bounce.Source.PROVIDER,
        )
    # A letter that a provider drops, since it bounced before, bounced.
    if event.event_type not in (EventType.BOUNCED, EventType.REJECTED):
        return IGNORED
    words = f"{event.mta_response or ''} {event.description or ''}"
    status = code_in(words)
    return bounces.record(
        letter=letter,
        kind=classify(status, words),
        status=status,
        source=Bounce.Source.PROVIDER,
    )
