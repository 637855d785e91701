"""What people do with enquiries: ask, add a word, say that they are not satisfied.

Each is acknowledged at once (P3); one that waits too long, or does not satisfy, goes to
Customer Liaison, once (P4).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from jessops.lib.scrub import scrub
from members import clock
from members.emails import enquiries as emails
from members.models import Channel, Enquiry, EnquiryEvent, EnquiryMessage, Member, Team
from members.models.enquiries import LONGEST
from privacy import policies

PERSON = "person"
LATE, NOT_SATISFIED = "late", "not-satisfied"
# To one address in an hour: whoever writes with somebody else's must not flood it.
ACKNOWLEDGEMENTS = 5
HOUR = timedelta(hours=1)
QUIET = timedelta(days=28)  # after an answer; then it is closed
BATCH = 100
# Whose desk it comes to: what is about the policy is for Web Design (P107).
DESKS = {
    Enquiry.Kind.QUESTION: Team.WEB_SALES,
    Enquiry.Kind.COMPLAINT: Team.WEB_SALES,
    Enquiry.Kind.POLICY: Team.WEB_DESIGN,
    Enquiry.Kind.DATA: Team.PRIVACY,
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asks, and how to reach them."""

    words: str
    email: str
    full_name: str = ""
    telephone: str = ""
    contact_by: str = ""  # "": as the account says, or by e-mail
    about: str = ""  # "order:J26-4812-0751"


class Closed(Exception):
    """Nothing more can be done with it."""


def ask(
    *,
    asked: Asked,
    kind: str,
    channel: str = Channel.FORM,
    team: str = "",
    attempt: str | None = None,
) -> Enquiry:
    """Open one enquiry, and acknowledge it; the same attempt again opens no other."""
    try:
        with transaction.atomic():
            enquiry = _row(asked, kind, channel, team, attempt)
            enquiry.save()
            _say(enquiry, asked.words, channel, secrets.token_hex(16))
            note(enquiry, "opened", by=PERSON, detail=channel)
            acknowledge(enquiry=enquiry)
    except IntegrityError:
        # The twin of this form came first, or a number fell on a number that is taken.
        twin = Enquiry.objects.filter(attempt=attempt).first() if attempt else None
        if twin is None:
            raise
        return twin
    return enquiry


def acknowledge(*, enquiry: Enquiry) -> bool:
    """Tell the person at once that we have it; False if that must wait a little."""
    now = timezone.now()
    lately = Enquiry.objects.filter(
        email_hash=enquiry.email_hash, acknowledged_at__gt=now - HOUR
    )
    if lately.count() >= ACKNOWLEDGEMENTS:
        return False
    with transaction.atomic():
        if not Enquiry.objects.filter(pk=enquiry.pk, acknowledged_at=None).update(
            acknowledged_at=now
        ):
            return False
        enquiry.acknowledged_at = now
        emails.acknowledgement(enquiry)
        note(enquiry, "acknowledged", by="system")
    return True


def say(
    *, enquiry: Enquiry, words: str, channel: str = Channel.FORM, name: str = ""
) -> None:
    """Add what the person writes; it waits for our answer again.

    `name` is the form's own: the same form sent twice is one message.
    """
    with transaction.atomic():
        locked = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
        name = name or secrets.token_hex(16)
        if EnquiryMessage.objects.filter(name=name).exists():
            return
        _say(locked, words, channel, name)
        note(locked, "said", by=PERSON, detail=channel)
        if not locked.is_open:
            _open_again(locked)


def object_to(*, enquiry: Enquiry) -> None:
    """The answer does not satisfy: over to Customer Liaison, at once; raises Closed."""
    with transaction.atomic():
        locked = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
        if locked.is_closed:
            raise Closed(locked.reference)
        if not locked.may_object:
            return
        note(locked, NOT_SATISFIED, by=PERSON)
        escalate(enquiry=locked, why=NOT_SATISFIED)
        _open_again(locked)


def close(*, enquiry: Enquiry, by: str = PERSON) -> bool:
    """Nothing more is wanted; say whether it was open until now."""
    with transaction.atomic():
        moved = (
            Enquiry.objects.filter(pk=enquiry.pk)
            .exclude(state=Enquiry.State.CLOSED)
            .update(state=Enquiry.State.CLOSED, closed_at=timezone.now())
        )
        if moved:
            note(enquiry, "closed", by=by)
    return bool(moved)


def escalate(*, enquiry: Enquiry, why: str) -> bool:
    """Hand over to Customer Liaison and tell the person; False if it was there."""
    now = timezone.now()
    with transaction.atomic():
        if not Enquiry.objects.filter(pk=enquiry.pk, escalated_at=None).update(
            escalated_at=now, escalated_why=why, team=Team.LIAISON
        ):
            return False
        note(enquiry, "escalated", by="system", detail=f"{why} from {enquiry.team}")
        enquiry.escalated_at, enquiry.escalated_why = now, why
        enquiry.team = Team.LIAISON
        emails.handed_over(enquiry)
    return True


def escalate_late(*, limit: int = BATCH) -> int:
    """Hand over what was not answered in time; return how many.

    One transaction each, locked: two at once share them out and double nothing, and
    what a dead beat left behind is all found by the next run.
    """
    done = 0
    while done < limit:
        with transaction.atomic(durable=True):
            late = Enquiry.objects.late(timezone.now())
            enquiry = late.select_for_update(skip_locked=True).first()
            if enquiry is None:
                break
            escalate(enquiry=enquiry, why=LATE)
        done += 1
    return done


def look_after(*, limit: int = BATCH) -> int:
    """Acknowledge what was put off, and close what nobody came back to; how many."""
    done = 0
    for enquiry in Enquiry.objects.unacknowledged()[:limit]:
        done += acknowledge(enquiry=enquiry)
    for enquiry in Enquiry.objects.quiet(timezone.now() - QUIET)[:limit]:
        done += close(enquiry=enquiry, by="system")
    return done


def note(enquiry: Enquiry, code: str, *, by: str, detail: str = "") -> None:
    """Write down what happened, for good."""
    EnquiryEvent.objects.create(
        reference=enquiry.reference, code=code, detail=detail, by=by
    )


def reference(letter: str, now: datetime) -> str:
    """A number to read out on the telephone, which does not tell how many there are."""
    digits = f"{secrets.randbelow(10**8):08d}"
    return f"{letter}{now:%y}-{digits[:4]}-{digits[4:]}"


def _row(
    asked: Asked, kind: str, channel: str, team: str, attempt: str | None
) -> Enquiry:
    now = timezone.now()
    subject = email_hash(asked.email)
    contact_by, telephone = asked.contact_by, asked.telephone
    if not contact_by:
        known = Member.objects.filter(email_hash=subject, is_active=True).first()
        if known:
            contact_by, telephone = known.contact_by, telephone or known.telephone
    if contact_by != Channel.TELEPHONE or not telephone:
        contact_by = Channel.EMAIL
    return Enquiry(
        reference=reference("E", now),
        token="".join(secrets.choice(_LETTERS) for _ in range(32)),
        attempt=attempt,
        kind=kind,
        channel=channel,
        team=team or DESKS[Enquiry.Kind(kind)],
        about=asked.about,
        full_name=asked.full_name,
        email=asked.email,
        email_hash=subject,
        telephone=telephone,
        contact_by=contact_by,
        policy_version=policies.current_version(),
        created_at=now,
        answer_due_at=clock.answer_due(now),
    )


def _say(enquiry: Enquiry, words: str, channel: str, name: str) -> None:
    EnquiryMessage(
        name=name,
        enquiry=enquiry,
        by=EnquiryMessage.By.PERSON,
        channel=channel,
        body=scrub(words)[:LONGEST],
    ).save()


def _open_again(enquiry: Enquiry) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(
        state=Enquiry.State.OPEN,
        closed_at=None,
        answer_due_at=clock.answer_due(timezone.now()),
    )
