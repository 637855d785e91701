"""What the frame of every page knows of who is signed in.

Public pages stay the same for everyone and free of cookies (P31): whoever brings no
session is not asked after, and nothing is read, written or varied for them.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

log = logging.getLogger(__name__)

LONGEST = 20  # characters of a name that the header has room for
# The menu of the member's area: words, address, and what `here` says.
MENU = (
    ("Orders", "/members/orders/", "orders"),
    ("Choices", "/members/choices/", "choices"),
    ("Addresses", "/members/addresses/", "addresses"),
    ("Your data", "/members/data/", "data"),
    ("Enquiries", "/enquiries/", "enquiries"),
    ("Sign-in and security", "/accounts/2fa/", "security"),
)


@dataclass(frozen=True)
class Account:
    """Where the header's door to the account leads, and what stands on it."""

    url: str
    words: str
    signed_in: bool

    @property
    def known(self) -> bool:
        """Whether somebody is, or may be, signed in: never offered to sign in."""
        return self.url != "/accounts/login/"


NOBODY = Account("/accounts/login/", "Sign in", False)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor: one read, and only for who brings a session."""
    known = settings.SESSION_COOKIE_NAME in request.COOKIES or _just_signed_in(request)
    return {
        "account": SimpleLazyObject(lambda: account(request)) if known else NOBODY,
        "account_menu": MENU,
        "here": _here(request.path),
    }


def account(request: HttpRequest) -> Account:
    """Return the door of whoever the request's session belongs to."""
    try:
        user = request.user
        if not user.is_authenticated:
            return NOBODY
    except Error as error:
        # A page that needs no database still shows while there is none.
        log.warning("session not read", extra={"reason": type(error).__name__})
        return Account("/members/", "Your account", False)
    first = (str(user.full_name).split() or [""])[0]
    if len(first) > LONGEST:
        first = f"{first[: LONGEST - 1]}…"
    return Account("/members/", first or "Your account", True)


def _just_signed_in(request: HttpRequest) -> bool:
    """Say whether this very request opened a session: its cookie is on its way."""
    session = getattr(request, "session", None)
    return bool(session is not None and session.accessed and session.session_key)


def _here(path: str) -> str:
    """Return the menu item that an address belongs to; a view may say another."""
    found = (code for _, url, code in MENU if path.startswith(url))
    return next(found, "security" if path.startswith("/accounts/") else "")
