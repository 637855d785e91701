"""What stands against a letter before it is approved: its fields, products and links.

Links of our own must answer; links to others are https, without marks that tell
readers or campaigns apart: we promise that we do not know who reads.
"""

import io
import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.urls import Resolver404, resolve

from newsletter import announcements, blocks, markdown, writing
from newsletter.models import Campaign

MOST_LINKS = 40
_TRACKS = re.compile(
    r"utm_.*|[a-z]*clid|mc_[ce]id|_hs.*|mkt_tok|vero_.*|oly_.*|igshid|wickedid|yclid"
    r"|s_cid|ref|affiliate.*|aff_.*|campaign.*|tracking.*|sessionid|email",
    re.IGNORECASE,
)
# How our addresses name what opens an order, a thread, a choice or a copy.
_KEYS = frozenset({"token", "proof", "reference"})
_CLOSED = ("/admin/", "/webhooks/", "/newsletter/unsubscribe/")
_PICTURE = re.compile(r"!\[")
_TAG = re.compile(r"<(?!https?:|mailto:)/?[A-Za-z!][^>\n]*>")
_BLOCK = re.compile(r"\[\[[^\[\]\n]*\]\]")


def faults(campaign: Campaign) -> list[str]:
    """Return what stands against a letter, in words for staff; nothing is changed."""
    return [*faults_of_words(campaign), *faults_of_links(campaign.body)]


def faults_of_words(campaign: Campaign) -> list[str]:
    """Return what stands against its words alone: no page is asked."""
    return list(dict.fromkeys(_words(campaign)))


def _words(campaign: Campaign) -> Iterator[str]:
    body = campaign.body
    if not campaign.subject.strip() or not body.strip():
        yield "It needs a subject and a text."
    for name in writing.fields_in(f"{campaign.subject}\n{body}"):
        if name not in writing.FIELDS:
            yield f"There is no field {{{{ {name} }}}}."
    for address in markdown.links(body):
        if "%7B%7B" in address or "{{" in address:
            yield "A field cannot stand in a link: links are the same for everybody."
    if _PICTURE.search(body):
        yield "A letter has no pictures: mail programs would load them, or show a hole."
    if _TAG.search(body):
        yield "HTML is shown as it is typed: use Markdown."
    if markdown.buttons(body) > 1:
        yield "A letter has one yellow button."
    yield from _of_blocks(body)
    yield from announcements.faults(campaign)


def _of_blocks(body: str) -> Iterator[str]:
    wanted = blocks.LINE.findall(body)
    found = blocks.look_up(wanted)
    for kind, key in wanted:
        if kind not in blocks.kinds():
            yield f"There is no block of the kind {kind}."
        elif (kind, key) not in found:
            yield f"There is no {kind} {key} on sale."
    for typed in _BLOCK.findall(blocks.LINE.sub("", body)):
        yield f"{typed} must be a line of its own, such as [[product ABC-1]]."


def faults_of_links(body: str) -> list[str]:
    """Return what stands against the links of a text; asks each page of ours."""
    addresses = list(dict.fromkeys(markdown.links(body)))
    if len(addresses) > MOST_LINKS:
        return [f"A letter has at most {MOST_LINKS} links."]
    return [fault for one in addresses for fault in _of_link(one)]


def _of_link(address: str) -> Iterator[str]:
    """Yield all that is wrong with a link, so that one look is enough to mend it."""
    whole = markdown.absolute(address)
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError:
        yield f"{address} is no address."
        return
    if parts.scheme in ("mailto", "tel"):
        return
    names = dict.fromkeys(name for name, _ in parse_qsl(parts.query, True))
    if tracks := [name for name in names if _TRACKS.fullmatch(name)]:
        yield f"{address} has what tells readers apart: {', '.join(tracks)}."
    home = urlsplit(settings.SITE_URL)
    if (parts.scheme, parts.netloc) == (home.scheme, home.netloc):
        if fault := _of_page(address, parts.path or "/", parts.query):
            yield fault
        return
    if parts.scheme != "https":
        yield f"{address} must begin with https, or with / for a page of ours."
    if parts.username or parts.password or "." not in host or _is_number(host):
        yield f"{address} does not name a site."


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _of_page(address: str, path: str, query: str) -> str:
    """Say whether a page of ours answers, as to a visitor whom we do not know."""
    if path.startswith(_CLOSED):
        return f"{address} is not a page for readers."
    if _opens_a_persons(path):
        return f"{address} opens something of one person, to every reader."
    status = _status(path, query)
    return "" if status < 400 else f"{address} answers {status}."


def _opens_a_persons(path: str) -> bool:
    """Say whether an address is itself the key to what is somebody's."""
    try:
        found = resolve(unquote(path))
    except Resolver404:
        return False
    return not _KEYS.isdisjoint(found.kwargs)


def _status(path: str, query: str) -> int:
    """Ask a page of ours in this process: no socket, no cookie, nobody signed in."""
    home = urlsplit(settings.SITE_URL)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": home.hostname,
            "SERVER_PORT": str(home.port or (443 if home.scheme == "https" else 80)),
            "HTTP_HOST": home.netloc,
            "HTTP_X_FORWARDED_PROTO": home.scheme,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": home.scheme,
            "wsgi.input": io.BytesIO(),
        }
    )
    handler = BaseHandler()
    handler.load_middleware()
    return int(handler.get_response(request).status_code)
