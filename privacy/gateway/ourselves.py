"""How the running shop asks for its own pages, as a visitor would, and nobody else's.

Every request goes to settings.PROBE_ORIGIN under the name of settings.SITE_URL;
nothing is followed, kept or sent along but what the caller names. For self-probes
and for the sightings of a notice.
"""

import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from privacy.gateway.connectors import GatewayError, UndeclaredAddress
from privacy.gateway.wire import OneHostSession

SECONDS = 1.5  # for one page, to connect and between two bytes alike
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
LARGEST = 4 * 1024 * 1024  # bytes
_PATH = re.compile(r"/[A-Za-z0-9_\-./?=&%+~:|]*\Z", re.ASCII)


class NotAnswered(GatewayError):
    """Our own shop did not answer; the text says how, in a few words."""


class NotTrusted(GatewayError):
    """A browser would refuse our encryption or its certificate."""


@dataclass(frozen=True)
class Page:
    """One answer of our own, as it travelled. Header names are in lower case."""

    url: str  # under the public name
    status: int
    headers: Mapping[str, str]
    set_cookies: tuple[str, ...]  # whole Set-Cookie lines
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all that is asked inside so much time together; then NotAnswered."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _patience(seconds: float | None, what: str) -> float:
    """Return how long one question may wait now."""
    seconds = SECONDS if seconds is None else seconds
    end = _deadline.get()
    left = seconds if end is None else min(seconds, end - time.monotonic())
    if left <= 0:
        raise NotAnswered(f"{what}: the time was up")
    return left


def fetch(
    path: str,
    cookies: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Page:
    """Return one page of ours: by GET, or by POST of a form.

    In: a path with its query, such as /trolley/; what the visitor's browser holds.
    Raises NotAnswered; UndeclaredAddress for anything that is not a path of ours.
    """
    if not _PATH.match(path) or path.startswith("//"):
        raise UndeclaredAddress("not a path of ours")
    patience = _patience(seconds, path)
    try:
        with (
            OneHostSession() as session,
            session.request(
                "GET" if form is None else "POST",
                settings.PROBE_ORIGIN + path,
                data=form,
                headers=_headers(cookies or {}),
                timeout=(patience, patience),
                stream=True,
            ) as answer,
        ):
            return Page(
                url=settings.SITE_URL + path,
                status=answer.status_code,
                headers={name.lower(): text for name, text in answer.headers.items()},
                set_cookies=tuple(_set_cookies(answer)),
                body=_limited(answer),
            )
    except requests.RequestException as error:
        raise NotAnswered(f"{path}: {type(error).__name__}") from None


def _headers(cookies: Mapping[str, str]) -> dict[str, str]:
    site, origin = urlsplit(settings.SITE_URL), urlsplit(settings.PROBE_ORIGIN)
    headers = {
        "Host": site.netloc,
        "Accept": "text/html,*/*",
        "User-Agent": "Jessops self-probe",
        "Connection": "close",
    }
    if site.scheme == "https" and origin.scheme == "http":
        headers["X-Forwarded-Proto"] = "https"  # asked behind our own proxy
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={v}" for name, v in cookies.items())
    return headers


def _set_cookies(answer: requests.Response) -> list[str]:
    raw: Any = answer.raw  # of urllib3, which keeps several lines of one name apart
    return list(raw.headers.getlist("Set-Cookie"))


def _limited(answer: requests.Response) -> bytes:
    body = b""
    for piece in answer.iter_content(65536):
        body += piece
        if len(body) > LARGEST:
            raise NotAnswered("the answer is too large")
    return body


@dataclass(frozen=True)
class Encryption:
    """What was agreed in one TLS handshake with our own public name."""

    protocol: str  # "TLSv1.3"
    cipher: str  # "TLS_AES_256_GCM_SHA384"
    bits: int


def handshake(seconds: float | None = None) -> Encryption:
    """Shake hands with SITE_URL's host as a browser does; the certificate must hold.

    Raises NotAnswered, NotTrusted.
    """
    site = urlsplit(settings.SITE_URL)
    host, port = site.hostname or "", site.port or 443
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), _patience(seconds, host)) as plain,
            context.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            name, _, bits = wrapped.cipher() or ("", "", 0)
            return Encryption(wrapped.version() or "", name, bits)
    except ssl.SSLError as error:
        raise NotTrusted(f"{host}: {error.reason or type(error).__name__}") from None
    except OSError as error:
        raise NotAnswered(f"{host}: {type(error).__name__}") from None
