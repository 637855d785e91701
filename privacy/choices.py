"""What people agreed to: the only writer, and the only reader, of the ledger."""

import hashlib

from django.db import transaction

from jessops.lib.hashing import email_hash
from privacy import policies
from privacy.models import Choice, Wording

# What can be asked. One box or question is one purpose, never two (ICO: specific).
MARKETING_EMAIL = "marketing-email"
NEWSLETTER = "newsletter"
PURPOSES = frozenset({MARKETING_EMAIL, NEWSLETTER})


class UnknownPurpose(Exception):
    """The question is not one that this shop asks."""


def record(
    *,
    email: str,
    purpose: str,
    answer: str,
    where: str,
    wording: str,
    about: str = "",
) -> Choice:
    """Write down one answer, with the words that were shown and the policy in force.

    In: the address as typed (only its keyed hash is kept), a purpose of PURPOSES,
    "yes", "no" or "soft", the place such as "checkout", the exact text shown, and the
    matter such as "order:J26-4812-0751". Raises UnknownPurpose, ValueError.
    """
    if purpose not in PURPOSES:
        raise UnknownPurpose(purpose)
    if answer not in Choice.Answer.values:
        raise ValueError(f"not an answer: {answer}")
    if not wording.strip():
        raise ValueError("an answer counts only with the words that were shown")
    with transaction.atomic():
        return Choice.objects.create(
            subject=email_hash(email),
            purpose=purpose,
            answer=answer,
            where=where,
            wording_sha256=_keep_wording(wording),
            policy_version=policies.current_version(),
            about=about,
        )


def record_opt_out_box(
    *, email: str, ticked: bool, where: str, wording: str, about: str = ""
) -> Choice | None:
    """Write down what the order form's box means (promise P68), or nothing.

    Ticked says no to marketing e-mail, whatever was said before. Left empty it is a
    soft opt-in for someone who never answered, and changes no answer given earlier.
    """
    if not ticked and current(email, MARKETING_EMAIL) is not None:
        return None
    return record(
        email=email,
        purpose=MARKETING_EMAIL,
        answer="no" if ticked else "soft",
        where=where,
        wording=wording,
        about=about,
    )


def latest(email: str, purpose: str) -> Choice | None:
    """Return the answer that counts, with its wording and policy version."""
    return (
        Choice.objects.filter(subject=email_hash(email), purpose=purpose)
        .order_by("-at", "-id")
        .first()
    )


def current(email: str, purpose: str) -> str | None:
    """Return "yes", "no", "soft", or None when the person never answered."""
    choice = latest(email, purpose)
    return choice.answer if choice else None


def _keep_wording(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    Wording.objects.bulk_create(
        [Wording(sha256=digest, text=text)], ignore_conflicts=True
    )
    return digest
