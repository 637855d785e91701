"""Links that lead off this site: marked in words, with nothing passed on (P72, P73).

The one place where such a link is made, for templates (tag `external`) and for the
policy's own text alike.
"""

import re
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WORDS = "(leaves this site)"
REL = "noopener noreferrer external"
REFERRER = "no-referrer"
_LINK = re.compile(r'<a href="([^"]*)"(?: title="[^"]*")?>(.*?)</a>', re.DOTALL)


class LinkRefused(ValueError):
    """An address that we do not send anybody to."""


def leaves(address: str) -> bool:
    """Say whether a link's address leads to another site than ours."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "http", "https"):
        return False  # mailto, tel: no site at all
    return bool(parts.netloc) and parts.netloc != urlsplit(settings.SITE_URL).netloc


def checked(address: str) -> str:
    """Return the address; raises LinkRefused for one that would carry something along.

    A query can tell the other site who comes and from where; so can a user name.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LinkRefused(f"not a whole address: {address}")
    if "?" in address:
        raise LinkRefused(f"a link that leaves us carries no query: {address}")
    if parts.username is not None or parts.password is not None:
        raise LinkRefused(f"a link that leaves us carries no name: {parts.hostname}")
    return address


def mark(html: str) -> SafeString:
    """Return HTML that Markdown made, with its links to other sites made here.

    Raises LinkRefused: a text with such a link is not published.
    """

    def marked(found: "re.Match[str]") -> str:
        address = unescape(found[1])
        if not leaves(address):
            return found[0]
        return link(address, mark_safe(found[2]))  # noqa: S308  Markdown escaped it

    return mark_safe(_LINK.sub(marked, html))  # noqa: S308


def link(address: str, text: str) -> SafeString:
    """Return the link as HTML; raises LinkRefused."""
    return format_html(
        '<a href="{}" rel="{}" referrerpolicy="{}">{} {}</a>',
        checked(address),
        REL,
        REFERRER,
        text,
        WORDS,
    )
