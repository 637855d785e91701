"""Members as people: active ones, and those whose account is closed."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, QuerySet, Value

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
    return _people(Member.objects.filter(email_hash__gt=subject), limit)


def named(subjects: Collection[str]) -> list[Person]:
    """Return the members among some hashes."""
    return _people(Member.objects.filter(email_hash__in=list(subjects)), len(subjects))


def _people(rows: QuerySet[Member], limit: int) -> list[Person]:
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
        for member in rows.order_by("email_hash").annotate(added=added)[:limit]
        for versions in [filter(None, member.added)]
    ]


def state(subject: str) -> str | None:
    """Return the state of the member behind a hash, or None."""
    return states([subject]).get(subject)


def states(subjects: Collection[str]) -> dict[str, str]:
    """Return the states of the members among some hashes."""
    found = Member.objects.filter(email_hash__in=list(subjects))
    rows = found.values_list("email_hash", "is_active")
    return {subject: _state(active) for subject, active in rows}


def former(subject: str) -> Iterator[str]:
    """Yield the hashes a member was known by before, but for those of others today."""
    rows = FormerAddress.objects.filter(member__email_hash=subject)
    for old in rows.values_list("subject", flat=True):
        if state_of_subject(old) is None:
            yield old


def _state(is_active: bool) -> str:
    return MEMBER if is_active else DEACTIVATED


register(Holder("members", after, state, states, named))
known_before_as(former)


def writers(subject: str, limit: int) -> list[Person]:
    """Return who wrote to us, in the order of the hash, from after one on."""
    return _of(Enquiry, "enquiry", _later(Enquiry, subject), limit)


def claimants(subject: str, limit: int) -> list[Person]:
    """Return who asked something of their data, in the order of the hash."""
    return _of(DataRequest, "rights", _later(DataRequest, subject), limit)


def _named_writers(subjects: Collection[str]) -> list[Person]:
    return _of(Enquiry, "enquiry", _among(Enquiry, subjects), len(subjects))


def _named_claimants(subjects: Collection[str]) -> list[Person]:
    return _of(DataRequest, "rights", _among(DataRequest, subjects), len(subjects))


Asker = type[Enquiry] | type[DataRequest]


def _later(model: Asker, subject: str) -> QuerySet[Any]:
    return model._default_manager.filter(email_hash__gt=subject)


def _among(model: Asker, subjects: Collection[str]) -> QuerySet[Any]:
    return model._default_manager.filter(email_hash__in=list(subjects))


def _of(
    model: Asker, given_for: str, newest: QuerySet[Any], limit: int
) -> list[Person]:
    """Return people of some rows of one table, each once, in the order of the hash."""
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


def _guests(rows: QuerySet[Any]) -> dict[str, str]:
    return dict.fromkeys(rows.values_list("email_hash", flat=True), GUEST)


def _wrote(subjects: Collection[str]) -> dict[str, str]:
    return _guests(_among(Enquiry, subjects))


def _asked(subjects: Collection[str]) -> dict[str, str]:
    return _guests(_among(DataRequest, subjects))


register(
    Holder(
        "enquiries", writers, lambda one: _wrote([one]).get(one), _wrote, _named_writers
    )
)
register(
    Holder(
        "requests",
        claimants,
        lambda one: _asked([one]).get(one),
        _asked,
        _named_claimants,
    )
)


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
