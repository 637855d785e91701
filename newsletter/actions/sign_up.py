"""Signing up to the newsletter, in two steps (P44, P69).

Anybody can type any address. So the form writes down nobody's word: it sends one mail,
and who reads the mailbox says yes, or does nothing and is forgotten.
"""

import uuid

from django.db import transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import sign_up_emails, suppression
from newsletter.models import Subscription
from privacy import choices, policies
from privacy.actions import choices as choosing

WHERE = "the newsletter's sign-up"  # in the ledger of choices
CONFIRMED = "confirmed from the mailbox"


def ask(*, email: str, name: str) -> None:
    """Let an address be asked once whether it wants the newsletter.

    The same statements and the same hashes whether it is known, waits already, reads
    the newsletter or was never seen: nobody learns whose address we have (R31).
    Raises BadRecipient, KeyStoreAway.
    """
    subject = email_hash(email)
    with transaction.atomic():
        wants = choices.current_of(subject, choices.NEWSLETTER) == "yes"
        # Whoever left by another page may come back by this one. Always one statement.
        gone = Subscription.objects.confirmed().filter(subject=subject)
        gone.filter(subject="" if wants else subject).delete()
        fresh = Subscription(
            subject=subject,
            name=name,
            email=email,
            policy_version=policies.current_version(),
        )
        Subscription.objects.bulk_create([fresh], ignore_conflicts=True)
        stored = Subscription.objects.filter(subject=subject).values_list("pk")[0][0]
        sign_up_emails.confirm(stored, email)


def of(pk: uuid.UUID) -> Subscription | None:
    """Return a sign-up, or None: its time was over, or its reader left."""
    return Subscription.objects.filter(pk=pk).first()


def confirm(*, pk: uuid.UUID) -> bool:
    """Take the yes of who reads the mailbox; say whether there is such a sign-up.

    It is the later word: it takes back a no to everything, with the words that the
    page shows, and lifts a suppression. Confirmed twice is once.
    """
    found = of(pk)
    if found is None:
        return False
    # in this order, as whoever leaves: first the person, then the row
    with choices.alone_with(found.subject):
        row = Subscription.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            return False
        if row.confirmed_at is not None:
            return True
        row.confirmed_at = timezone.now()
        row.policy_version = policies.current_version()
        row.save(update_fields=["confirmed_at", "policy_version"])
        choosing.take_it_back(subject=row.subject, where=WHERE)
        choosing.answer(
            subject=row.subject, question=choices.NEWSLETTER, said="yes", where=WHERE
        )
        suppression.lift(subject=row.subject, by=None, why=CONFIRMED)
    return True
