"""Signing in: who it is, the same for those we do not know (R31), not too often (R32).

Tries are counted in PostgreSQL, since a limit that lives in Valkey is gone with it.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from jessops.lib import ratelimit
from jessops.lib.hashing import email_hash, normalised_email
from members.models import Member, Tries


@dataclass(frozen=True)
class Limit:
    """So many tries of one thing in any so many seconds."""

    what: str
    most: int
    seconds: int


# Guesses at a password: of one account, wherever they come from, and of one network.
PASSWORD = Limit("password", 10, 300)
PASSWORD_FROM = Limit("password-from", 30, 300)
# Somebody signed in who is asked again is not kept out by a stranger's guesses.
AGAIN = Limit("password-again", 10, 300)
# Codes of an authenticator, and the codes that paper holds.
CODE = Limit("code", 5, 300)
# Mails that a stranger can have sent to an address.
MAILS = Limit("mails", 5, 1800)

# What one network may post; on the page of this name.
POSTS = {
    "account_signup": Limit("sign-up", 20, 600),
    "account_reset_password": Limit("reset", 20, 600),
    "account_email_verification_sent": Limit("verify", 30, 600),
    "account_confirm_password_reset_code": Limit("reset-code", 30, 600),
    "account_complete_password_reset": Limit("reset-password", 30, 600),
    "account_change_password": Limit("change-password", 30, 600),
    "mfa_login_webauthn": Limit("passkey", 60, 600),
    "mfa_authenticate": Limit("second-factor", 60, 600),
}
# Pages on which a stranger names an address that a mail then goes to.
MAILING = frozenset({"account_signup", "account_reset_password"})

_TAKE = """
    INSERT INTO members_tries AS tries (key, at, refused, last_at)
    VALUES (%(key)s, ARRAY[%(now)s]::timestamptz[], 0, %(now)s)
    ON CONFLICT (key) DO UPDATE SET
        at = CASE
            WHEN cardinality(recent(tries.at)) < %(most)s
            THEN recent(tries.at) || %(now)s::timestamptz
            ELSE recent(tries.at) END,
        refused = CASE
            WHEN cardinality(recent(tries.at)) < %(most)s THEN 0
            ELSE tries.refused + 1 END,
        last_at = %(now)s
    RETURNING refused
""".replace(
    "recent(tries.at)",
    "ARRAY(SELECT one FROM unnest(tries.at) AS one WHERE one > %(since)s ORDER BY one)",
)


class TooMany(ratelimit.TooOften):
    """This was tried too often; with the limit, for words."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.what)
        self.limit = limit


@dataclass(frozen=True)
class Try:
    """One try that was counted."""

    key: str
    at: datetime

    def give_back(self) -> None:
        """Count it no longer: it was right."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE members_tries SET at = array_remove(at, %s) WHERE key = %s",
                [self.at, self.key],
            )


def take(limit: Limit, who: str) -> Try:
    """Count one try of `who`: an address, a number or a network's hash.

    One statement, so that twenty guesses at once are twenty. One that is refused does
    not count: who waits `limit.seconds` may try again, whatever others do meanwhile.
    Raises TooMany.
    """
    key, now = _key(limit, who), timezone.now()
    since = now - timedelta(seconds=limit.seconds)
    given: dict[str, Any] = {"key": key, "now": now, "since": since, "most": limit.most}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        (refused,) = cursor.fetchone()
    if refused:
        raise TooMany(limit)
    return Try(key, now)


def first_use(what: str, who: str, seconds: int) -> bool:
    """Say whether this is used for the first time within so many seconds."""
    try:
        take(Limit(what, 1, seconds), who)
    except TooMany:
        return False
    return True


def clear(email: str) -> None:
    """Forget the guesses at an account: its owner proved to be so by e-mail."""
    Tries.objects.filter(key=_key(PASSWORD, normalised_email(email))).delete()


def keys_of(member: Member) -> list[str]:
    """Return the keys of the rows that count a member's tries."""
    address, number = normalised_email(member.email), str(member.pk)
    by_address = [_key(limit, address) for limit in (PASSWORD, MAILS)]
    return by_address + [_key(limit, number) for limit in (AGAIN, CODE)]


def take_password(request: HttpRequest, email: str) -> list[Try]:
    """Count a guess at a password, to be given back if it is right; raises TooMany."""
    if request.user.is_authenticated:
        return [take(AGAIN, str(request.user.pk))]
    network = take(PASSWORD_FROM, ratelimit.network(request))
    return [network, take(PASSWORD, normalised_email(email))]


def take_code(number: int) -> Try:
    """Count a guess at a member's code, of an app or of paper, in: their number.

    Raises ValidationError, for the form that asks for it.
    """
    try:
        return take(CODE, str(number))
    except TooMany:
        raise ValidationError(
            "That was tried too often. Wait five minutes and try again.",
            code="too_many_login_attempts",
        ) from None


class SignInLimitsMiddleware:
    """Answer 429 to a network that posts sign-in pages too often.

    One place for allauth's pages: its own limits count in the cache, and break with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.method != "POST" or name not in POSTS:
            return None
        try:
            take(POSTS[name], ratelimit.network(request))
            if name in MAILING:
                take(MAILS, normalised_email(request.POST.get("email", "")[:254]))
        except TooMany as error:
            return too_many(request, error)
        return None


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """Return the page that says to wait."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(error.limit.seconds)
    return response


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Finds an account by one look-up, verified or not or not there at all (R31).

    allauth asks once more for an address that it does not find.
    """

    def _authenticate_by_email(self, email: str, password: str) -> Member | None:
        found: Member | None = self._check_password(by_email(email), password)
        return found


def by_email(email: str) -> Member | None:
    """Return the member of an address, or None: one look-up by its hash."""
    return Member.objects.filter(email_hash=email_hash(email)).first()


def _key(limit: Limit, who: str) -> str:
    text = f"tries:{limit.what}:{who}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
