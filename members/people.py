"""Members as people: active ones, and those whose account is closed."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Value

from members.models import DataRequest, Enquiry, FormerAddress, Member
from newsletter import established
from privacy.erasure import known_before_as
from privacy.people import (
    DEACTIVATED,
    GUEST,
    MEMBER,
    Holder,
    Person,
    register,
    state_of_subject,
)


def after(subject: str, limit: int) -> list[Person]:
    """Return members in the order of the hash, from after one on."""
    rows = Member.objects.filter(email_hash__gt=subject).order_by("email_hash")
    # An address may have come later, under another version than the account.
    added = ArrayAgg("addresses__policy_version", distinct=True, default=Value([]))
    return [
        Person(
            subject=member.email_hash,
            email=member.email,
            state=_state(member.is_active),
            given=frozenset(
                ("account", version) for version in {member.policy_version, *versions}
            ),
        )
        for member in rows.annotate(added=added)[:limit]
        for versions in [filter(None, member.added)]
    ]


def state(subject: str) -> str | None:
    """Return the state of the member behind a hash, or None."""
    found = Member.objects.filter(email_hash=subject).values_list(
        "is_active", flat=True
    )
    active = found.first()
    return None if active is None else _state(active)


def former(subject: str) -> Iterator[str]:
    """Yield the hashes a member was known by before, but for those of others today."""
    rows = FormerAddress.objects.filter(member__email_hash=subject)
    for old in rows.values_list("subject", flat=True):
        if state_of_subject(old) is None:
            yield old


def _state(is_active: bool) -> str:
    return MEMBER if is_active else DEACTIVATED


register(Holder("members", after, state))
known_before_as(former)


def writers(subject: str, limit: int) -> list[Person]:
    """Return who wrote to us, in the order of the hash, from after one on."""
    return _of(Enquiry, "enquiry", subject, limit)


def claimants(subject: str, limit: int) -> list[Person]:
    """Return who asked something of their data, in the order of the hash."""
    return _of(DataRequest, "rights", subject, limit)


def _of(
    model: type[Enquiry] | type[DataRequest], given_for: str, subject: str, limit: int
) -> list[Person]:
    """Return people of one table, each once; in: the hash after which to begin."""
    newest = model._default_manager.filter(email_hash__gt=subject)
    rows = newest.order_by("email_hash", "-pk").distinct("email_hash")[:limit]
    people = {row.email_hash: row for row in rows}
    given: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    versions = model._default_manager.filter(email_hash__in=people)
    for one, version in versions.values_list("email_hash", "policy_version"):
        given[one].add((given_for, version))
    return [
        Person(one, row.email, GUEST, frozenset(given[one]))
        for one, row in people.items()
    ]


def _wrote(subject: str) -> str | None:
    return GUEST if Enquiry.objects.filter(email_hash=subject).exists() else None


def _asked(subject: str) -> str | None:
    return GUEST if DataRequest.objects.filter(email_hash=subject).exists() else None


register(Holder("enquiries", writers, _wrote))
register(Holder("requests", claimants, _asked))


def moved_from(subjects: Collection[str]) -> dict[str, str]:
    """Return by which hashes members were known before they moved: old -> new one.

    Not what is another member's by now.
    """
    theirs = Member.objects.filter(email_hash=OuterRef("subject"))
    rows = FormerAddress.objects.filter(
        ~Exists(theirs), member__email_hash__in=list(subjects)
    )
    return dict(rows.values_list("subject", "member__email_hash"))


established.register_former(moved_from)
