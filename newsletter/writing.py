"""A campaign as a letter to one person: subject, HTML and text (P18, P43).

Markdown without HTML and pictures; merge fields of a closed list; blocks of other apps
on lines of their own. What is the same for everybody is made once a minute, and the
name and the way out are put in for each: 100,000 letters parse their Markdown once.
"""

import re
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from jessops.lib.clock import in_london
from newsletter import blocks, leaving_links, markdown, wall
from newsletter.models import Campaign
from privacy import topics

# What may stand in {{ }}, in words for who writes.
FIELDS = {
    "name": "the reader's first name, or “reader” where we know none",
    "month": "the month in which it is sent, such as November 2026",
    "shop": "the name of the company",
}
NOBODY = "reader"
LONGEST_NAME = 40
WIDTH = 48
PREVIEW = "0" * 64  # the keyed hash of nobody, for a look before it is sent
FIELD = re.compile(r"\{\{[ ]*([^{}\n]*?)[ ]*\}\}")
# Marks for what differs from one letter to the next: of Unicode's private use, which
# no keyboard types, and which are taken out of whatever staff or people wrote.
_NAME, _WAY = "\ue000", "\ue001"
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


@dataclass(frozen=True)
class Rendered:
    """One letter, ready for newsletter.outbox.queue()."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def render(campaign: Campaign, *, name: str = "", subject_hash: str) -> Rendered:
    """Return the letter to one person: by the keyed hash, and the name if we know it.

    Letters to a list carry the ways out; word of the service has none (P47).
    """
    minute = int(time.time() // 60)  # prices are those of now, not of yesterday
    made = _prepared(campaign.message_class, campaign.subject, campaign.body, minute)
    first = _first_name(name)
    question = wall.QUESTIONS.get(campaign.message_class, "")
    way = leaving_links.address(subject_hash, question) if question else ""
    return Rendered(
        subject=made.subject.replace(_NAME, first),
        text=made.text.replace(_NAME, first).replace(_WAY, way),
        html=made.html.replace(_NAME, str(escape(first))).replace(_WAY, escape(way)),
        headers=leaving_links.headers(subject_hash, question) if question else {},
    )


def fields_in(text: str) -> list[str]:
    """Return the names of the merge fields of a text, known or not."""
    return list(dict.fromkeys(FIELD.findall(text)))


def why(message_class: str) -> str:
    """Say to the reader why a letter came."""
    if message_class == Campaign.Kind.SERVICE:
        return (
            "You have an account with us or an order under way. This is word of the"
            " service itself and no advert, so it comes whatever you said about offers."
        )
    question = wall.QUESTIONS[message_class]
    topic = next(one for one in topics.TOPICS if one.question == question)
    said = (
        "you bought something and did not say no to offers, or said yes to them"
        if topic == topics.OFFERS
        else f"you said yes to our {topic.title.lower()}"
    )
    return f"You get this because {said}."


@lru_cache(maxsize=16)
def _prepared(message_class: str, subject: str, body: str, minute: int) -> Rendered:
    """Return a letter with marks where one person's differs from another's."""
    html, text = _blocks(_filled(body))
    context = {
        "body": html,
        "text": text,
        "subject": _filled(subject).replace(_NAME, NOBODY),
        "why": why(message_class),
        "why_lines": textwrap.fill(why(message_class), WIDTH),
        "way": _WAY if message_class in wall.QUESTIONS else "",
        "account": f"{settings.SITE_URL}/members/",
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    return Rendered(
        subject=_BREAKS.sub(" ", _filled(subject)).strip(),
        text=render_to_string("emails/newsletter/campaign.txt", context),
        html=render_to_string("emails/newsletter/campaign.html", context),
    )


def _filled(text: str) -> str:
    """Put in the fields that are the same for all, and marks for the others.

    A field that does not exist stays as it was typed: who writes is told of it.
    """
    values = {
        "name": _NAME,
        "month": f"{in_london(timezone.now()):%B %Y}",
        "shop": str(settings.COMPANY["name"]),
    }
    return FIELD.sub(
        lambda found: values.get(found[1], found[0]), _PRIVATE.sub("", text)
    )


def _blocks(body: str) -> tuple[str, str]:
    """Return a body as HTML and as text, with its blocks looked up."""
    found = blocks.look_up(blocks.LINE.findall(body))
    html, text = [], []
    end = 0
    for line in blocks.LINE.finditer(body):
        block = found.get((line[1], line[2]))
        if block is None:
            continue  # shown as typed: who writes is told of it
        html += [markdown.to_html(body[end : line.start()]), block.html]
        text += [markdown.to_text(body[end : line.start()], WIDTH), block.text]
        end = line.end()
    html.append(markdown.to_html(body[end:]))
    text.append(markdown.to_text(body[end:], WIDTH))
    return "\n".join(filter(None, html)), "\n\n".join(filter(None, text))


def _first_name(name: str) -> str:
    """Return how a letter addresses somebody: one word, and nothing that breaks it."""
    plain = _PRIVATE.sub("", _BREAKS.sub(" ", name)).strip()
    return plain.split(" ")[0][:LONGEST_NAME] or NOBODY
