"""What the sign-in pages need besides allauth's own context."""

import json
from typing import Any

from django import template

from privacy.cookies import DAY, REGISTRY
from privacy.states import NOT_YET, State, seals

register = template.Library()


@register.simple_tag
def promises(*ids: str) -> list[State]:
    """The states of a few promises, for their seals; of none that nothing keeps yet."""
    return [state for state in seals(*ids) if state.code != NOT_YET]


@register.simple_tag
def remembered_days() -> int:
    """For how many days a sign-in lasts where somebody asked to be remembered."""
    return (REGISTRY["sessionid"].asked or 0) // DAY


@register.filter
def in_fours(letters: str) -> str:
    """A long key in groups, as people read it; apps take it with its spaces."""
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


@register.filter
def as_json(value: Any) -> str:
    """Data for a script, to stand in an attribute: the policy allows no inline one."""
    return json.dumps(value)
