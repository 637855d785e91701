"""Sessions: whose they are, how long they live, and how they end (R33, P31).

The session engine (settings.SESSION_ENGINE), the middleware that ends idle ones of
staff, and what lists and revokes a member's.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse

from members.models import Member, Session

HOUR = 3600
STAFF_IDLE = 30 * 60
STAFF_WHOLE = 12 * HOUR
STAFF_STEP = 30  # seconds: staff's time is noted this often, a member's by the hour
# One that ends with the browser is not kept longer than this after its last use.
UNREMEMBERED = 24 * HOUR

BROWSERS = (  # the order matters: Edge says that it is Chrome, and Chrome Safari
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """The session engine: rows that say whose sign-in they are, and since when."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = time.time()
        if SESSION_KEY in data:
            # A new number at a change of password is no new sign-in.
            data.setdefault("began", now)
            data.setdefault("seen", now)
        row = cast(Session, super().create_model_instance(data))
        row.member_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at = _moment(data.get("began", now))
        row.seen_at = _moment(data.get("seen", now))
        row.device = data.get("device", "")
        return row

    def get_session_cookie_age(self) -> int:
        """Return the life, in seconds, of one that nobody asked us to remember."""
        return UNREMEMBERED


class SessionLimitsMiddleware:
    """End sign-ins of staff that are idle or old, and note when others were used.

    Who comes without a session cookie is not looked at: no page differs by it then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self.look(request)
        response = self.get_response(request)
        session = request.session
        if session.modified and SESSION_KEY in session and "device" not in session:
            session["device"] = device(request.headers.get("User-Agent", ""))
        return response

    @staticmethod
    def look(request: HttpRequest) -> None:
        session = request.session
        if SESSION_KEY not in session or not request.user.is_authenticated:
            return
        now = time.time()
        seen = session.get("seen", now)
        if not request.user.is_staff:
            hour = now - now % HOUR
            if seen < hour:
                session["seen"] = hour
        elif now - seen > STAFF_IDLE or now - session.get("began", 0) > STAFF_WHOLE:
            logout(request)
        elif now - seen >= STAFF_STEP:
            session["seen"] = now


def end(member: Member, but: str | None = None) -> int:
    """End a member's sign-ins everywhere, save the session `but`; return how many."""
    found = Session.objects.filter(member=member).exclude(session_key=but or "")
    return found.delete()[0]


def reference(session: Session) -> str:
    """Return a name for a session that a page may show: nobody signs in with it."""
    key = settings.SECRET_KEY.encode()
    text = f"session:{session.session_key}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:24]


def device(user_agent: str) -> str:
    """Return what a browser says it is, coarsely: "Firefox on Windows"."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "A browser")
    system = next(
        (name for sign, name in SYSTEMS if re.search(rf"\b{sign}\b", user_agent)),
        "",
    )
    return f"{browser} on {system}" if system else browser


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
