"""The tag for what must be said before people go to another company's pages."""

from django import template

from privacy import handoffs

register = template.Library()


@register.simple_tag
def handoff(name: str) -> handoffs.HandOff:
    """What the notice says: {% handoff "bank" as party %}; then include _handoff.html.

    Raises UnknownConnector for a party that nobody is sent to.
    """
    return handoffs.to(name)
