"""Handing personal details to the law: on record, by two people, and told (P51, P52).

Each step is checked here and again by the database (migrations 0004 and 0005). The
person's own pages learn of it through a receipt, which for a sealed demand is written
on the day the seal ends, and not before.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from jessops.lib.private_file import PrivateFile
from privacy import disclosures, handover, letters, policies
from privacy.disclosures import SYSTEM, UNREACHABLE, Code
from privacy.models import (
    DisclosureApproval,
    DisclosureEvent,
    LegalDisclosure,
    Receipt,
)
from privacy.people import Person

log = logging.getLogger(__name__)

MAY_REQUEST = "privacy.add_legaldisclosure"
MAY_APPROVE = "privacy.add_disclosureapproval"
MAY_EXPORT = "privacy.add_disclosureevent"


class Refused(Exception):
    """Base of everything that is refused here; the text says why, to staff."""


class UnknownBasis(Refused):
    """The law of the statement knows three bases, and this is none of them."""


class UnknownField(Refused):
    """Not a declared column that can be handed over."""


class WrongPerson(Refused):
    """The matter is not this person's, or nothing is held about them."""


class BadDates(Refused):
    """The person would be told in the past, or too late without a seal."""


class NoPaper(Refused):
    """There is no record, no document or no agreement to go by."""


class NotAllowed(Refused):
    """This person may not do this step."""


class AlreadyDecided(Refused):
    """Somebody has agreed or refused already."""


def request(
    *,
    basis: str,
    document: str,
    email: str,
    about: str = "",
    fields: Iterable[str],
    tell_on: date,
    sealed_until: date | None = None,
    sealed_why: str = "",
    by_member: int,
) -> LegalDisclosure:
    """Put a demand of the law on record, before anything is handed over.

    In: a basis of LegalDisclosure.Basis; the reference of the document that lies in
    front of us; the address of the person (only its keyed hash is kept) and perhaps one
    matter of theirs; columns of handover.columns(); the day the person is told, within
    one month, and for how long the document forbids that. Raises Refused.
    """
    _staff(by_member, MAY_REQUEST)
    wanted = sorted(set(fields))
    if basis not in LegalDisclosure.Basis.values:
        raise UnknownBasis("there are three bases, and this is none of them")
    if not document.strip():
        raise NoPaper("name the document that demands it")
    stray = set(wanted) - set(handover.columns())
    if stray or not wanted:
        raise UnknownField(f"not to be had: {', '.join(sorted(stray)) or 'nothing'}")
    _check_dates(tell_on, sealed_until, sealed_why.strip())
    subject = email_hash(email)
    _check_person({subject: email.strip()}, about)
    for _ in range(5):
        reference = disclosures.new_reference(disclosures.today())
        try:
            with transaction.atomic():
                return LegalDisclosure.objects.create(
                    reference=reference,
                    basis=basis,
                    document=document.strip(),
                    subject=subject,
                    about=about,
                    fields=wanted,
                    requested_by=by_member,
                    tell_on=tell_on,
                    sealed_until=sealed_until,
                    sealed_why=sealed_why.strip(),
                )
        except IntegrityError:
            if not LegalDisclosure.objects.filter(reference=reference).exists():
                raise
    raise Refused("no free reference was found")


def approve(*, reference: str, by_member: int) -> DisclosureApproval:
    """Agree to a demand as the second person; raises Refused.

    The second account must be older than the demand: one made for the purpose is not
    another person.
    """
    _staff(by_member, MAY_APPROVE)
    demand = _demand(reference)
    if demand.requested_by == by_member:
        raise NotAllowed("a second person must agree to it")
    accounts = get_user_model().objects.filter(joined_at__lt=demand.requested_at)
    if not accounts.filter(pk=by_member).exists():
        raise NotAllowed("that account was made after the demand came in")
    if disclosures.standing(reference).refused:
        raise AlreadyDecided("it was refused")
    try:
        with transaction.atomic():
            return DisclosureApproval.objects.create(
                reference=reference, approved_by=by_member
            )
    except IntegrityError as error:
        raise AlreadyDecided("somebody has decided meanwhile") from error


def refuse(*, reference: str, by_member: int) -> DisclosureEvent:
    """Close a demand with nothing handed over; raises Refused."""
    _staff(by_member, MAY_APPROVE)
    _demand(reference)
    stands = disclosures.standing(reference)
    if stands.refused or stands.exported_at:
        raise AlreadyDecided(f"it is {stands.words}")
    return _event(reference, Code.REFUSED, by=f"Member {by_member}")


def export(*, reference: str, by_member: int, to: str) -> DisclosureEvent:
    """Write the demanded fields to a file, as JSON lines: only these, only theirs.

    The event, with the file's checksum, and the receipts are committed first, then the
    file gets its name: a crash between leaves a record without a file, never a file
    without a record. Raises Refused, BadPlace.
    """
    _staff(by_member, MAY_EXPORT)
    demand = _demand(reference)
    with PrivateFile(to, not_inside=_program()) as outgoing:
        with transaction.atomic(durable=True):
            _lock(reference)
            standing = disclosures.standing(reference)
            if standing.approved_by is None:
                raise NoPaper("no second person has agreed to it")
            if standing.told:
                raise AlreadyDecided("the person was told: it takes a new demand")
            held = list(_rows(demand))
            if not held:
                raise WrongPerson("nothing of what it names is held about them")
            for row in held:
                line = {"of": row.table, "about": row.about, "fields": row.fields}
                outgoing.write(json.dumps(line, cls=DjangoJSONEncoder).encode() + b"\n")
            event = _event(
                reference,
                Code.EXPORTED,
                by=f"Member {by_member}",
                sha256=outgoing.checksum(),
                handed=_labels(held),
            )
            if not disclosures.is_sealed(demand, event.at.date()):
                _leave_receipts(demand, event)
        outgoing.publish()
    return event


def tell_people() -> int:
    """Tell everybody who is due of what was handed over, once; returns how many.

    Also somebody who has left; who cannot be reached is written down as that. Safe to
    run twice and at once: the event is the mark, and the database takes it once.
    """
    due = list(disclosures.open_to_tell(disclosures.today()))
    known = handover.find(demand.subject for demand in due)
    told = 0
    for demand in due:
        try:
            told += _tell(demand, known.get(demand.subject))
        # Whatever one letter trips over: the others are told all the same.
        except Exception as error:
            log.error(
                "disclosure not told",
                extra={"event": demand.reference, "reason": type(error).__name__},
            )
    return told


def _tell(demand: LegalDisclosure, person: Person | None) -> bool:
    with transaction.atomic(durable=True):
        _lock(demand.reference)
        if disclosures.standing(demand.reference).told:
            return False
        for event in DisclosureEvent.objects.filter(
            reference=demand.reference, code=Code.EXPORTED
        ):
            if disclosures.is_sealed(demand, event.at.date()):
                _leave_receipts(demand, event)
        why = _out_of_reach(person)
        if person and not why:
            letters.tell_of_disclosure(demand, person.email)
        _event(demand.reference, Code.TOLD, by=UNREACHABLE + why if why else SYSTEM)
    return True


def _out_of_reach(person: Person | None) -> str:
    if person is None:
        return "no address is held any more"
    return "erased" if person.state == "erased" or not person.email else ""


# --- parts ----------------------------------------------------------------------------
def _rows(demand: LegalDisclosure) -> Iterator[handover.Row]:
    known = handover.find([demand.subject]).get(demand.subject)
    whom = {demand.subject: known.email if known else ""}
    for row in handover.rows(whom, demand.fields):
        if row.subject == demand.subject and demand.about in ("", row.about):
            yield row


def _labels(held: list[handover.Row]) -> dict[str, list[str]]:
    """Return what some rows tell, as names of fields by matter."""
    words = handover.columns()
    given: dict[str, dict[str, None]] = defaultdict(dict)
    for row in held:
        for name in row.fields:
            given[row.about][words[f"{row.table}.{name}"]] = None
    return {about: list(labels) for about, labels in given.items()}


def _leave_receipts(demand: LegalDisclosure, event: DisclosureEvent) -> None:
    """Write what the person reads: one receipt for each matter that was handed over."""
    basis = LegalDisclosure.Basis(demand.basis).label
    for about, labels in event.handed.items():
        Receipt.objects.create(
            connector="law",
            recipient="Whoever the law named",
            purpose="law",
            field_names=labels,
            reason=f"{basis}, {demand.reference}",
            about=about,
            at=event.at,
            policy_version=policies.current_version(),
            outcome="handed over",
        )


def _check_dates(tell_on: date, sealed_until: date | None, why: str) -> None:
    day = disclosures.today()
    if tell_on < day:
        raise BadDates("nobody is told in the past")
    if tell_on > disclosures.one_month_after(day):
        raise BadDates("the person is told within a month; later takes a seal")
    if (sealed_until is None) != (why == ""):
        raise BadDates("a seal has a last day and a reason, or there is none")
    if sealed_until is not None and sealed_until < tell_on:
        raise BadDates("a seal that ends before the day of telling is none")


def _check_person(whom: handover.People, about: str) -> None:
    if about:
        if handover.owner_of(about, whom) is None:
            raise WrongPerson("that matter is not this person's")
    elif next(handover.rows(whom), None) is None:
        raise WrongPerson("nothing is held about that address")


def _staff(member: int, permission: str) -> None:
    found = get_user_model().objects.filter(pk=member, is_staff=True).first()
    # has_perm is False for whoever is no longer active, a superuser too
    if found is None or not found.has_perm(permission):
        raise NotAllowed("this is for staff who were given the right to it")


def _demand(reference: str) -> LegalDisclosure:
    found = LegalDisclosure.objects.filter(reference=reference).first()
    if found is None:
        raise NoPaper("there is no record of such a demand")
    return found


def _event(
    reference: str,
    code: str,
    *,
    by: str,
    sha256: str = "",
    handed: dict[str, list[str]] | None = None,
) -> DisclosureEvent:
    try:
        with transaction.atomic():
            return DisclosureEvent.objects.create(
                reference=reference,
                code=code,
                by=by,
                sha256=sha256,
                handed=handed or {},
                at=timezone.now(),
            )
    except IntegrityError as error:
        raise AlreadyDecided("somebody was quicker; look again") from error


def _lock(reference: str) -> None:
    """Take the lock that migration 0005 takes for each step of a demand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s))",
            [f"privacy_disclosure {reference}"],
        )


def _program() -> tuple[Path, ...]:
    return Path(settings.BASE_DIR), Path(settings.STATIC_ROOT)
