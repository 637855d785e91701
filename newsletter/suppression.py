"""Whom we write nothing unasked, whatever anybody answers: its only writer and reader.

An address comes here by a bounce or a complaint, and leaves by the person's own
confirmed sign-up, or by our staff with a reason. It is kept as a keyed hash and
survives erasure, so that no import, order or account can undo it.
"""

from collections.abc import Iterable

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from newsletter.models import Message, Suppression
from privacy import policies

Kind, Reason = Message.Kind, Suppression.Reason
# What we write unasked; what somebody asked for still comes, such as an order's mail.
LETTERS = frozenset(
    {Kind.MARKETING, Kind.LAUNCHES, Kind.NEWS, Kind.NEWSLETTER, Kind.CHANGE}
)
# Nobody reads what goes there: not even word that the service is interrupted.
GONE = frozenset({Reason.HARD, Reason.SOFT})
# The later in this list, the stricter.
_STRICTNESS = (Reason.STAFF, Reason.COMPLAINT, Reason.SOFT, Reason.HARD)


class NoReason(ValueError):
    """Staff lift nothing without saying why."""


def suppress(
    *, subject: str, reason: str, note: str = "", by: int | None = None
) -> Suppression:
    """Write no letters to an address from now on; safe to say again.

    In: the keyed hash of the address, a Suppression.Reason, and the evidence in codes
    ("report 5.1.1 bounce 12"), never words of anybody; `by` is the account of staff
    who did it. A stricter reason takes the place of a milder one. Raises ValueError.
    """
    if reason not in Reason.values:
        raise ValueError(f"not a reason: {reason}")
    fresh = Suppression(
        subject=subject,
        reason=reason,
        note=note[:100],
        policy_version=policies.current_version(),
    )
    with transaction.atomic():
        # Two reports of one letter at once: the unique hash lets the second wait.
        Suppression.objects.bulk_create([fresh], ignore_conflicts=True)
        stored = Suppression.objects.select_for_update().get(subject=subject)
        if _rank(reason) > _rank(stored.reason):
            stored.reason, stored.note = reason, note[:100]
            stored.save(update_fields=["reason", "note"])
        if by is not None:
            _log(stored, by, ADDITION, f"Suppressed ({reason})")
    return stored


def lift(*, subject: str, by: int | None, why: str) -> bool:
    """Let letters go to an address again; say whether they did not before.

    In: the account of the member of staff, or None where the person confirmed a
    sign-up from the very mailbox, of which the ledger of choices is the record.
    Raises NoReason.
    """
    if not why.strip():
        raise NoReason("say why")
    with transaction.atomic():
        row = Suppression.objects.select_for_update().filter(subject=subject).first()
        if row is None:
            return False
        if by is not None:
            words = f"Lifted ({row.reason}): {why.strip()[:200]}"
            _log(row, by, DELETION, words)
        row.delete()
    return True


def standing(subjects: Iterable[str]) -> dict[str, Suppression]:
    """Return which of some people are suppressed, by the hash; one statement."""
    return {row.subject: row for row in Suppression.objects.of_any(subjects)}


def is_suppressed(subject: str, message_class: str) -> bool:
    """Say whether this class of mail must not go to this address."""
    return bool(stopped([subject], message_class))


def stopped(subjects: Iterable[str], message_class: str) -> set[str]:
    """Return whom of some people this class of mail must not reach; one statement."""
    if message_class not in LETTERS | {Kind.SERVICE}:
        return set()
    found = standing(subjects)
    return {one for one, row in found.items() if stops(row, message_class)}


def stops(row: Suppression, message_class: str) -> bool:
    """Say whether a suppression stops this class of mail."""
    if message_class == Kind.SERVICE:
        return row.reason in GONE
    return message_class in LETTERS


def _rank(reason: str) -> int:
    return _STRICTNESS.index(Reason(reason))


def _log(row: Suppression, by: int, flag: int, words: str) -> None:
    LogEntry.objects.create(
        user_id=by,
        content_type=ContentType.objects.get_for_model(Suppression),
        object_id=str(row.pk),
        object_repr=str(row),
        action_flag=flag,
        change_message=words,
    )
