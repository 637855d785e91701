"""Being a reader of the newsletter no more, and taking another address (P45)."""

from newsletter import suppression
from newsletter.models import Subscription, Suppression
from privacy import choices
from privacy.erasure import on_move

SWEPT = 500  # readers at a time
# What somebody said follows them; that a mailbox is dead says nothing of another.
OWN_WORD = frozenset({Suppression.Reason.COMPLAINT, Suppression.Reason.STAFF})


def end(*, subject: str) -> bool:
    """Forget a reader or a sign-up that waits; say whether there was one.

    For whoever takes down the no itself (newsletter.actions.leaving).
    """
    return bool(Subscription.objects.filter(subject=subject).delete()[0])


def sweep() -> int:
    """Forget readers who said no by whichever page; return how many."""
    readers = Subscription.objects.confirmed().order_by("subject")
    gone, last = 0, ""
    while some := list(
        readers.filter(subject__gt=last).values_list("subject", flat=True)[:SWEPT]
    ):
        said = choices.answers(some, [choices.NEWSLETTER])
        for one in some:
            if said.get((one, choices.NEWSLETTER)) != "yes":
                gone += _end_unwanted(one)
        last = some[-1]
    return gone


def _end_unwanted(subject: str) -> int:
    """Forget one reader unless they have just come back."""
    with choices.alone_with(subject):
        if choices.current_of(subject, choices.NEWSLETTER) == "yes":
            return 0
        rows = Subscription.objects.confirmed().filter(subject=subject)
        return rows.delete()[0]


def _moved(old: str, new: str) -> None:
    """Forget the reader of an old address: the answers follow to the new one."""
    Subscription.objects.filter(subject=old).delete()
    row = suppression.standing([old]).get(old)
    if row is not None and row.reason in OWN_WORD:
        suppression.suppress(subject=new, reason=row.reason, note=row.note)


on_move(_moved)
