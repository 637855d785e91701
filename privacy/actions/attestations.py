"""Putting evidence on record. Nothing here changes or deletes what was entered."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from privacy import attestations, post, states
from privacy.attestations import CONNECTOR
from privacy.gateway import connectors
from privacy.models import Attestation

WARN = (timedelta(days=30), timedelta(days=7))  # before the last day

DEMO = "DEMO-"
DEMO_LIFE = timedelta(days=365)


def attest(
    *,
    subject: str,
    statement: str,
    owner: str,
    reference: str,
    attested_on: date,
    expires_on: date,
    by: str,
) -> Attestation:
    """Enter one piece of evidence, which then is the newest of its subject.

    `expires_on` is the last day it holds; a past one takes the earlier evidence back.
    """
    entered = Attestation.objects.create(
        subject=subject,
        statement=statement,
        owner=owner,
        reference=reference,
        attested_on=attested_on,
        expires_on=expires_on,
        entered_by=by,
    )
    states.forget()
    return entered


@transaction.atomic
def enter_demo_contracts() -> int:
    """Give every declared party of the demonstration a contract of one year.

    Returns how many were entered. A demonstration's own contract is renewed when it
    has run out; whatever staff entered, a withdrawal too, stands.
    """
    today = timezone.now().date()
    subjects = {f"{CONNECTOR}{party.name}": party for party in connectors()}
    known = attestations.newest_of(subjects)
    entered = 0
    for subject, party in subjects.items():
        last = known.get(subject)
        if last and not (last.reference.startswith(DEMO) and last.expires_on < today):
            continue
        attest(
            subject=subject,
            statement=f"{party.recipient}: uses what it gets for nothing else",
            owner="The demonstration",
            reference=f"{DEMO}{party.name}",
            attested_on=today,
            expires_on=today + DEMO_LIFE,
            by="demo",
        )
        entered += 1
    return entered


def warn_of_expiry() -> int:
    """Mail staff 30 and 7 days before evidence runs out; return how many were due.

    Each warning has a key of its own, so the outbox takes it once however often this
    runs; after a week without running, one that is late is still sent.
    """
    today = timezone.now().date()
    due = 0
    for evidence in attestations.newest_of_all():
        left = evidence.expires_on - today
        passed = [before for before in WARN if left <= before]
        if not attestations.holds(evidence) or not passed:
            continue
        _warn(evidence, left.days, min(passed).days)
        due += 1
    return due


def _warn(evidence: Attestation, days: int, before: int) -> None:
    context = {
        "evidence": evidence,
        "days": days,
        "is_connector": evidence.subject.startswith(CONNECTOR),
        "site_url": settings.SITE_URL,
        "company": settings.COMPANY,
    }
    post.queue(
        message_class="staff",
        to=settings.COMPANY["email"],
        subject=f"Evidence runs out: {evidence.subject}",
        text=render_to_string("emails/privacy/evidence_expires.txt", context),
        html=render_to_string("emails/privacy/evidence_expires.html", context),
        key=f"evidence:{evidence.pk}:{before}",
    )
