"""Template tags for where people leave us: links out, and hand-offs."""

from django import template
from django.utils.safestring import SafeString

from privacy import handoffs, leaving

register = template.Library()


@register.simple_tag
def external(address: str, text: str) -> SafeString:
    """A link to another site: {% external club.website "Their site" %}."""
    return leaving.link(address, text)


@register.simple_tag
def handoff(name: str) -> handoffs.HandOff:
    """What to say before people go to a party: {% handoff "bank" as party %}."""
    return handoffs.to(name)
