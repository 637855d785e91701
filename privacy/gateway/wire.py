"""JSON over HTTP to one declared party: one host, no redirects, no cookies."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from privacy.gateway.connectors import (
    Connector,
    PartyUnavailable,
    UndeclaredAddress,
    check_fields,
    connector,
    flat_keys,
)
from privacy.gateway.receipts import Outcome, receipted

TIMEOUT = (3.05, 10.0)  # seconds to connect, seconds between two bytes
LARGEST_ANSWER = 1024 * 1024  # bytes
# An identifier in a path is ours or the party's; a person's words do not fit here.
_PATH = re.compile(r"(/[A-Za-z0-9_\-.]+)+/?\Z", re.ASCII)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = frozenset(
    {
        *("authorization", "idempotency-key", "accept"),
        *("content-type", "soapaction"),  # privacy.gateway.soap
        *("x-ibm-client-id", "x-ibm-client-secret"),  # Royal Mail's own sign-in
    }
)

# At DEBUG it would write whole addresses with their query into the log (R28).
logging.getLogger("urllib3").setLevel(logging.WARNING)


class OneHostSession(requests.Session):
    """A session that follows no redirect, keeps no cookie and reads no environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=16)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


@cache
def session(name: str) -> OneHostSession:
    """Return the pooled session of one connector, in this process."""
    return OneHostSession()


@dataclass(frozen=True)
class Response:
    """What the party said: any status below 500 that is no redirect and no 429."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the decoded body; PartyUnavailable when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise PartyUnavailable("the answer is not JSON") from error


def send(
    connector_name: str,
    *,
    method: str,
    path: str,
    fields: Mapping[str, Any],
    about: str,
    reason: str,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT,
) -> Response:
    """Send declared fields to a declared party and return its answer.

    GET and DELETE carry the fields in the query, other methods as a JSON body. Raises
    UnknownConnector, UndeclaredField, UndeclaredAddress and ContractExpired before
    anything leaves; PartyUnavailable when there is no sensible answer; RuntimeError in
    a transaction.
    """
    party = connector(connector_name)
    names = flat_keys(fields)
    check_fields(party, names)
    url = address(party, path)
    check_headers(headers or {})
    asking = method in ("GET", "HEAD")
    in_query = method in ("GET", "HEAD", "DELETE")
    with receipted(
        party, names, always=not asking, about=about, reason=reason
    ) as outcome:
        return exchange(
            party,
            outcome,
            method=method,
            url=url,
            params=dict(fields) if in_query else None,
            json=None if in_query else fields,
            headers={"Accept": "application/json", **(headers or {})},
            timeout=timeout,
        )


def exchange(
    party: Connector,
    outcome: Outcome,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    timeout: tuple[float, float],
    **content: Any,
) -> Response:
    """Make one call that was checked and whose receipt is open, or PartyUnavailable."""
    try:
        with session(party.name).request(
            method,
            url,
            headers=dict(headers),
            timeout=timeout,
            stream=True,
            **content,
        ) as answer:
            outcome.code = str(answer.status_code)
            body = _limited(answer)
    except requests.RequestException as error:
        # the exception's text may hold the address with its query: keep the kind
        raise PartyUnavailable(f"{party.name}: {type(error).__name__}") from None
    status = answer.status_code
    if status >= 500 or status == 429 or status in _REDIRECTS:
        raise PartyUnavailable(f"{party.name}: status {status}")
    return Response(status, body)


def address(party: Connector, path: str) -> str:
    """Return where a path of a party is; UndeclaredAddress unless it is a plain one."""
    if not _PATH.match(path) or "/../" in f"{path}/" or "/./" in f"{path}/":
        raise UndeclaredAddress(f"{party.name}: not a plain path")
    return party.base_url + path


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise UndeclaredAddress for a header that no party is meant to get."""
    stray = {name.lower() for name in headers} - _HEADERS
    if stray:
        raise UndeclaredAddress(f"undeclared headers: {', '.join(sorted(stray))}")


def _limited(answer: requests.Response) -> bytes:
    body = b""
    for piece in answer.iter_content(65536):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise PartyUnavailable("the answer is too large")
    return body
