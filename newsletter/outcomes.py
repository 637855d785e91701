"""How a campaign went, counted without watching anybody (P18, P43).

What mail servers and readers themselves told us: taken, came back, complained, left.
Nobody knows who opened a letter or pressed a link in it: nothing in it could tell.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count

from newsletter import wall
from newsletter.models import Bounce, Campaign, Message, Recipient, Sending
from privacy.models import Choice

# Whoever says no within this time of the first letter is counted as its doing.
COUNTED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Outcome:
    """Numbers of letters and people, never of one person."""

    listed: bool = False  # the list of who gets it is complete
    waiting: int = 0  # on the list, not in the outbox yet
    in_outbox: int = 0
    accepted: int = 0  # taken by the reader's mail server
    failed: int = 0
    held: int = 0  # said no, left or was suppressed before it went
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # by reason


def of(campaign: Campaign) -> Outcome:
    """Return the numbers of a campaign as they stand now; a few statements."""
    sending = Sending.objects.filter(campaign=campaign).first()
    listed = Counter(
        dict(
            Recipient.objects.filter(campaign=campaign)
            .order_by()
            .values_list("state")
            .annotate(Count("pk"))
        )
    )
    reasons = Counter(sending.left_out if sending else {})
    reasons.update(
        dict(
            Recipient.objects.filter(campaign=campaign, state=Recipient.State.LEFT_OUT)
            .order_by()
            .values_list("reason")
            .annotate(Count("pk"))
        )
    )
    State = Message.State
    letters = Counter(
        dict(
            Message.objects.filter(about=campaign.about)
            .order_by()
            .values_list("state")
            .annotate(Count("pk"))
        )
    )
    came_back = Bounce.objects.counted(campaign.about)
    complained = came_back.pop(Bounce.Kind.COMPLAINT, 0)
    return Outcome(
        listed=bool(sending and sending.listed_at),
        waiting=listed[Recipient.State.WAITING],
        in_outbox=letters[State.QUEUED] + letters[State.SENDING],
        accepted=letters[State.SENT],
        failed=letters[State.FAILED],
        held=letters[State.HELD],
        bounced=sum(came_back.values()),
        complained=complained,
        unsubscribed=_left_since(campaign),
        left_out=dict(reasons),
    )


def _left_since(campaign: Campaign) -> int:
    """Count who got it and said no to its list within the time after it began."""
    question = wall.QUESTIONS.get(campaign.message_class)
    if question is None or campaign.began_at is None:
        return 0
    got = Recipient.objects.filter(
        campaign=campaign, state=Recipient.State.QUEUED
    ).values("subject")
    said = Choice.objects.filter(
        purpose=question,
        answer="no",
        at__gte=campaign.began_at,
        at__lt=campaign.began_at + COUNTED_FOR,
        subject__in=got,
    )
    return said.order_by().values("subject").distinct().count()
