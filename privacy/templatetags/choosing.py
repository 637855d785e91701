"""The questions about news, wherever a form of somebody else's asks them too."""

from typing import Any

from django import template

from privacy.topics import TOPICS

register = template.Library()


@register.inclusion_tag("privacy/_topics.html", takes_context=True)
def ask_topics(context: dict[str, Any]) -> dict[str, Any]:
    """Show each topic with a No that is marked, or what was marked before an error."""
    marked = context["request"].POST
    return {
        "asked": [
            (topic, "yes" if marked.get(topic.field) == "yes" else "no")
            for topic in TOPICS
        ]
    }
