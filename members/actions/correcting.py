"""Putting right what we hold of a member: name, telephone, e-mail address (P94, P95).

A new address counts once a code was read there. Until then nothing changes; then all
changes at once, in every table of every app, and the old address is told, which may
object for some days.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members import sessions
from members.emails import correcting as emails
from members.models import EmailChange, FormerAddress, Member
from privacy import choices, erasure, keys, policies
from privacy.models import Choice, Wording

log = logging.getLogger(__name__)

CODE_LIFE = timedelta(minutes=30)
TRIES = 5
OBJECT_WITHIN = timedelta(days=7)
_SALT = "members.correcting.object"


class WrongCode(Exception):
    """Not the code that was sent; `left` says how often it may be tried again."""

    def __init__(self, left: int) -> None:
        super().__init__("wrong code")
        self.left = left


class NoChange(Exception):
    """There is no change to prove: too late, too often, or never asked."""


class NotYours(Exception):
    """The objection does not fit: another address, too late, or taken since."""


@dataclass(frozen=True)
class Contact:
    """How a member's telephone or address read before and after."""

    member: Member
    before: dict[str, str]
    after: dict[str, str]


_followers: list[Callable[[Contact], None]] = []


def follow(note: Callable[[Contact], None]) -> None:
    """Add what an app does when a member's telephone or address is put right."""
    _followers.append(note)


def change_details(*, member: Member, full_name: str, telephone: str) -> Member:
    """Put right name and telephone; orders that have not left follow."""
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        before = {"full_name": member.full_name, "telephone": member.telephone}
        after = {"full_name": full_name, "telephone": telephone}
        member.full_name, member.telephone = full_name, telephone
        fields = ["full_name", "telephone"]
        if not telephone:
            member.contact_by = Member.ContactBy.EMAIL
            fields.append("contact_by")
        member.save(update_fields=fields)
        changed(member=member, before=before, after=after)
    return member


def changed(*, member: Member, before: dict[str, str], after: dict[str, str]) -> None:
    """Say in the caller's transaction that a telephone or an address is another now.

    In: the columns as orders name them (telephone, line1, line2, town, county,
    postcode), as they were and as they are.
    """
    if before != after:
        for note in _followers:
            note(Contact(member, before, after))


def ask_email(*, member: Member, email: str) -> EmailChange:
    """Send a code to a new address; the one asked for before counts no more.

    The same is done and said whether the address has an account or not: its owner is
    told instead of being sent a code.
    """
    code = f"{secrets.randbelow(10**6):06d}"
    name = secrets.token_hex(16)
    taken = is_taken(email, member)
    with transaction.atomic():
        EmailChange.objects.filter(member=member).delete()
        change = EmailChange(
            member=member,
            name=name,
            new_email=email,
            new_email_hash=email_hash(email),
            code_hash=_hash(name, code),
            policy_version=policies.current_version(),
        )
        change.save()
        if taken:
            emails.taken(email)
        else:
            emails.code(change, email, code)
    return change


def pending(member: Member) -> EmailChange | None:
    """Return the change that a code may still prove, or None."""
    since = timezone.now() - CODE_LIFE
    found = EmailChange.objects.filter(member=member, asked_at__gt=since)
    return found.select_related("member").first()


def give_up(*, member: Member) -> None:
    """Forget an address that is not proved."""
    EmailChange.objects.filter(member=member).delete()


def prove_email(*, member: Member, code: str) -> Member:
    """Make the new address count, everywhere at once; the old one is told.

    Raises WrongCode, and after the fifth NoChange; NoChange also when the address got
    an account in the meantime.
    """
    change = _try(member, code)
    email = change.new_email
    try:
        with transaction.atomic():
            member = Member.objects.select_for_update().get(pk=member.pk)
            if is_taken(email, member):
                raise NoChange
            former = _move(member, email)
            EmailChange.objects.filter(member=member).delete()
            emails.moved(member, former, link_to_object(former.row))
    except IntegrityError as error:
        raise NoChange from error
    log.info("address changed", extra={"event": str(member.pk)})
    return member


def _try(member: Member, code: str) -> EmailChange:
    """Count a try, and return the change if it is right: guessing has five of them."""
    with transaction.atomic():
        rows = EmailChange.objects.select_for_update(of=("self",))
        since = timezone.now() - CODE_LIFE
        change = rows.filter(member=member, asked_at__gt=since).first()
        if change is None:
            raise NoChange
        change.attempts += 1
        tries = change.attempts
        right = hmac.compare_digest(change.code_hash, _hash(change.name, code))
        EmailChange.objects.filter(pk=change.pk).update(attempts=tries)
        if not right and tries >= TRIES:
            EmailChange.objects.filter(pk=change.pk).delete()
    if right:
        return change
    if tries >= TRIES:
        raise NoChange
    raise WrongCode(TRIES - tries)


def is_taken(email: str, member: Member) -> bool:
    """Say whether an address is another member's, or about to be."""
    others = Member.objects.exclude(pk=member.pk).filter(email_hash=email_hash(email))
    addresses = EmailAddress.objects.exclude(user=member).filter(
        email__iexact=email, verified=True
    )
    return others.exists() or addresses.exists()


@dataclass(frozen=True)
class Former:
    """The address that was, for the one message that goes there."""

    row: FormerAddress
    email: str


def _move(member: Member, email: str) -> Former:
    """Let everything that is known by the member's address be known by another."""
    old, old_email, new = member.email_hash, member.email, email_hash(email)

    def account() -> None:
        member.email = email
        member.save(update_fields=["email"])
        # Where it was the member's before: it is the present one now.
        FormerAddress.objects.filter(member=member, subject=new).delete()

    erasure.move(old=old, new=new, old_email=old_email, email=email, member=account)
    EmailAddress.objects.filter(user=member).delete()
    EmailAddress.objects.create(user=member, email=email, verified=True, primary=True)
    row, _ = FormerAddress.objects.update_or_create(
        member=member, subject=old, defaults={"at": timezone.now()}
    )
    _carry_over(old, new, member)
    # Another database: after this one. Killed in between, the keys of the old hash go
    # with the account all the same, since FormerAddress names it.
    transaction.on_commit(partial(keys.move, old, new), robust=True)
    return Former(row, old_email)


def _carry_over(old: str, new: str, member: Member) -> None:
    """Let the person's answers follow, written down anew: the ledger is history.

    A refusal at the new address stands. The old address is nobody's whom we may write
    to from now on, which outlives the account (P49).
    """
    for purpose in sorted(
        set(Choice.objects.filter(subject=old).values_list("purpose", flat=True))
    ):
        said = choices.latest_of(old, purpose)
        if said is None or not choices.is_known(purpose):
            continue
        wording = Wording.objects.get(sha256=said.wording_sha256).text
        about = f"member:{member.pk}"
        if choices.current_of(new, purpose) not in ("no", said.answer):
            choices.record_for(
                subject=new,
                purpose=purpose,
                answer=said.answer,
                where="carried over",
                wording=wording,
                about=about,
            )
        if said.answer != "no" and purpose in choices.PURPOSES:
            choices.record_for(
                subject=old,
                purpose=purpose,
                answer="no",
                where="address changed",
                wording=wording,
                about=about,
            )


# --- objecting from the old address ---------------------------------------------------
def link_to_object(row: FormerAddress) -> str:
    """Return the token by which the old address may object; it names nobody."""
    return signing.dumps(row.pk, salt=_SALT)


def to_object(token: str) -> FormerAddress | None:
    """Return the change that a token may still undo, or None."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=OBJECT_WITHIN)
    except signing.BadSignature:
        return None
    found = FormerAddress.objects.filter(pk=pk, at__gt=timezone.now() - OBJECT_WITHIN)
    return found.select_related("member").first()


def object_to(*, token: str, email: str) -> Member:
    """Give the account back to its old address, and lock out who is in it.

    In: the token from the message, and the old address as its owner types it, since
    nothing but its hash is kept. Raises NotYours.
    """
    row = to_object(token)
    if row is None or email_hash(email) != row.subject:
        raise NotYours
    try:
        with transaction.atomic():
            member = Member.objects.select_for_update().get(pk=row.member_id)
            if is_taken(email, member):
                raise NotYours
            since = row.at
            _move(member, email)
            _lock_out(member, since)
            EmailChange.objects.filter(member=member).delete()
            sessions.end(member)
            emails.given_back(member)
    except IntegrityError as error:
        raise NotYours from error
    log.warning("address change objected to", extra={"event": str(member.pk)})
    return member


def _lock_out(member: Member, since: datetime) -> None:
    """Leave whoever changed the address at a moment nothing to come in by again.

    A passkey or an app may be theirs that was added in the week before. The addresses
    that came after the one that objects object no more: their links are the thief's.
    """
    week_before = since - OBJECT_WITHIN
    member.set_unusable_password()
    member.save(update_fields=["password"])
    Authenticator.objects.filter(user=member, created_at__gte=week_before).delete()
    # The rows stay, for erasing under every hash; only their time to object is over.
    later = FormerAddress.objects.filter(member=member, at__gte=since)
    later.update(at=week_before)


def _hash(name: str, code: str) -> str:
    key = settings.SECRET_KEY.encode()
    digits = "".join(code.split())
    return hmac.new(key, f"{name}:{digits}".encode(), hashlib.sha256).hexdigest()
