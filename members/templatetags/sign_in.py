"""What the sign-in pages need besides allauth's own context."""

import json
from typing import Any

from django import template

from privacy.states import State, seals

register = template.Library()


@register.simple_tag
def promises(*ids: str) -> list[State]:
    """The states of a few promises, for their seals."""
    return seals(*ids)


@register.filter
def as_json(value: Any) -> str:
    """Data for a script, to stand in an attribute: the policy allows no inline one."""
    return json.dumps(value)
