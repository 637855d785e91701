"""Members as people: active ones, and those whose account is closed."""

from members.models import Member
from privacy.people import DEACTIVATED, MEMBER, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return members in the order of the hash, from after one on."""
    rows = Member.objects.filter(email_hash__gt=subject).order_by("email_hash")
    return [
        Person(
            subject=member.email_hash,
            email=member.email,
            state=_state(member.is_active),
            given=frozenset({("account", member.policy_version)}),
        )
        for member in rows[:limit]
    ]


def state(subject: str) -> str | None:
    """Return the state of the member behind a hash, or None."""
    found = Member.objects.filter(email_hash=subject).values_list(
        "is_active", flat=True
    )
    active = found.first()
    return None if active is None else _state(active)


def _state(is_active: bool) -> str:
    return MEMBER if is_active else DEACTIVATED


register(Holder("members", after, state))
