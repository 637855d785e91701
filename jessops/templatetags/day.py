"""The figures of the day, for the staff's first page."""

from typing import Any

from django import template

from jessops import dashboard

register = template.Library()


@register.simple_tag(takes_context=True)
def day_in_figures(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the reader may see: "heading", "figures" and "chart" (or None)."""
    member = context["request"].user
    return {
        "heading": dashboard.heading(),
        "figures": dashboard.figures(member),
        "chart": dashboard.chart(member),
    }
