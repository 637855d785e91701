"""Members of the tests: PRIYA with a verified address, and whoever else is needed."""

import itertools
import re
import time
from typing import Any, cast

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse
from django.test import Client

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message

PASSWORD = "a fine long lens"
_numbers = itertools.count(1)


def member(email: str = "", *, verified: bool = True, **fields: Any) -> Member:
    """A member whose address is proved, unless said otherwise."""
    email = email or f"member{next(_numbers)}@example.co.uk"
    made = Member.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(
        user=made, email=made.email, primary=True, verified=verified
    )
    return made


def signed_in(who: Member) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(who)
    return client


def proved(client: Client) -> None:
    """Let a signed-in browser have proved just now who sits before it."""
    session = client.session
    number = str(session[SESSION_KEY])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = number
    session.save()


def last_code(to: str) -> str:
    """Return the code in the last message to somebody."""
    message = Message.objects.filter(to_hash=email_hash(to)).latest("created_at")
    return str(re.findall(r"^    (\S+)$", message.text, re.MULTILINE)[0])


def join(client: Client, email: str, password: str = PASSWORD) -> None:
    """Join as anybody does: address, password, and the code from the mail."""
    client.post("/accounts/signup/", {"email": email, "password1": password})
    client.post("/accounts/confirm-email/", {"code": last_code(email)})


def sign_in(
    client: Client, email: str, password: str = PASSWORD, **more: Any
) -> HttpResponse:
    """Post the sign-in page; `remember="on"` ticks its box."""
    data = {"login": email, "password": password, **more}
    return cast(HttpResponse, client.post("/accounts/login/", data))
