"""What follows when a letter comes back, or its reader complains (R21)."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from newsletter import suppression
from newsletter.models import Bounce, Message, Suppression
from newsletter.reports import Report
from privacy import policies

# So many letters that came back within so long, none delivered after a refusal for
# good: the mailbox is as good as gone.
SOFT_LIMIT = 5
SOFT_WITHIN = timedelta(days=60)
REASONS: dict[str, str] = {
    Bounce.Kind.HARD: Suppression.Reason.HARD,
    Bounce.Kind.COMPLAINT: Suppression.Reason.COMPLAINT,
    Bounce.Kind.SOFT: Suppression.Reason.SOFT,
}


def take(report: Report) -> str:
    """Believe a report about a letter of ours; return what came of it."""
    if not report.kind:
        return "report:nothing lost"
    if report.letter is None:
        return "report:no letter of ours"
    return record(
        letter=report.letter,
        kind=report.kind,
        status=report.status,
        source=report.source,
    )


def refused(message: Message) -> str:
    """Record that a server knows no such mailbox, as it said when we came to it."""
    return record(
        letter=message.pk, kind=Bounce.Kind.HARD, source=Bounce.Source.REFUSED
    )


def record(*, letter: UUID, kind: str, status: str = "", source: str) -> str:
    """Write down what came of one letter, once, and stop writing where that follows.

    In: the letter's number in the outbox. A mailbox that is not there and a complaint
    suppress the address at once, whatever the person chose; what may pass is counted.
    The address is the one that we wrote to, never the one that a report names.
    """
    columns = ("to_hash", "about", "message_class")
    message = Message.objects.filter(pk=letter).values(*columns).first()
    if message is None:
        return "report:no letter of ours"
    if not message["to_hash"]:
        return "report:too late"  # its row is blank, or its reader erased
    with transaction.atomic():
        bounce, is_new = Bounce.objects.get_or_create(
            letter=letter,
            kind=kind,
            defaults={
                "subject": message["to_hash"],
                "status": status[:11],
                "source": source,
                "about": message["about"],
                "policy_version": policies.current_version(),
            },
        )
        if not is_new:
            return f"report:{kind} again"
        # Alarms to our own desks never stop because a mailbox of ours is full.
        ours = message["message_class"] == Message.Kind.STAFF
        if not ours and (reason := _reason(bounce)):
            suppression.suppress(
                subject=bounce.subject, reason=reason, note=_evidence(bounce)
            )
    return f"report:{kind}"


def _reason(bounce: Bounce) -> str:
    """Return why nothing more goes to this mailbox, or ""."""
    if bounce.kind != Bounce.Kind.SOFT:
        return REASONS[bounce.kind]
    since = timezone.now() - SOFT_WITHIN
    counted = Bounce.objects.filter(
        subject=bounce.subject, kind=Bounce.Kind.SOFT, at__gte=since
    ).count()
    return REASONS[bounce.kind] if counted >= SOFT_LIMIT else ""


def _evidence(bounce: Bounce) -> str:
    """Codes alone: what a server wrote may repeat the address."""
    return f"{bounce.source} {bounce.status} bounce {bounce.pk}".replace("  ", " ")
