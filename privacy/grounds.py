"""What leads a member of staff to somebody's data: a number, a queue, or a reason.

Nobody's page opens without one of them (P89). A reason is chosen from a list, never
written, so that no line about a person says more of anybody; it holds for a while,
since whoever answers the telephone opens several pages for one caller.
"""

from datetime import timedelta

from django.utils import timezone

from privacy.models import Look

NUMBER, QUEUE, AGAIN = "number", "queue", "again"
# A page that was opened stays open for so long; a form on it may be sent for a day.
STAYS = timedelta(minutes=30)
SENT_BACK = timedelta(hours=24)

# What staff choose from when neither a number nor a queue led them there.
REASONS = {
    "call": "They are on the telephone, or at the counter",
    "letter": "They wrote to us",
    "fault": "To find out why something went wrong",
    "check": "To check our own work",
    "fraud": "A payment or an address looks wrong",
    "account": "To look after a colleague's account",
}
# The same for the person concerned.
TOLD = {
    NUMBER: "by its number, or by your whole address",
    QUEUE: "it waited for us",
    AGAIN: "still at it",
    "call": "you rang us, or stood at our counter",
    "letter": "you wrote to us",
    "fault": "to find out why something went wrong",
    "check": "to check our own work",
    "fraud": "a payment or an address looked wrong",
    "account": "to look after a colleague's account",
}


class ReasonNeeded(Exception):
    """Nothing says why this page is opened: staff are asked first."""


def is_again(*, staff: int, subjects: list[str], within: timedelta) -> bool:
    """Say whether this account opened the page of one of these people just before."""
    since = timezone.now() - within
    return Look.objects.filter(staff=staff, subject__in=subjects, at__gt=since).exists()
