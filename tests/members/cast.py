"""Members of the tests: PRIYA with a verified address, and whoever else is needed."""

import itertools
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from members.models import Member

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
