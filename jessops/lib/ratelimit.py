"""Limits on how often one network may do a thing. Counted in the cache, for minutes.

Kept is a keyed hash of the network's prefix, never an address. When the cache is away
the limit is, too: the shop goes on.
"""

import hashlib
import hmac
import ipaddress
import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class TooOften(Exception):
    """This network has done this too often; jessops.middleware answers 429."""


def check(request: HttpRequest, what: str, *, limit: int, seconds: int) -> None:
    """Count one more `what` of a client; raises TooOften past `limit` in `seconds`."""
    key = f"limit:{what}:{network(request)}"
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:
        # ValueError: it ran out between the two calls
        log.info("limit not counted", extra={"reason": type(error).__name__})
        return
    if count > limit:
        raise TooOften(what)


def address_of(request: HttpRequest) -> str:
    """Return the address that a request came from, as far as our own proxies say."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    behind = settings.TRUSTED_PROXIES
    if behind:
        # Only the last hops are ours; what stands before them anyone can write.
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        text = hops[-behind].strip() if len(hops) >= behind else text
    return text


def network(request: HttpRequest) -> str:
    """Return a keyed hash of the network that a request came from."""
    text = address_of(request)
    try:
        address = ipaddress.ip_address(text)
        prefix = 24 if address.version == 4 else 48
        text = str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        text = "unknown"
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"network:{text}".encode(), hashlib.sha256).hexdigest()[:24]
