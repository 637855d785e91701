"""Every address, and what another site's page makes a browser send to it (R38)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.members.cast import signed_in
from tests.members.test_routes import Owner, owner, path, public

__all__ = ["owner"]  # the fixture
pytestmark = pytest.mark.django_db

# Other machines write here, and sign what they write.
SIGNED = "webhooks/"
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_another_sites_page_writes_nowhere(owner: Owner, origin: str) -> None:
    client = signed_in(owner.member)
    for route in public():
        address = path(route, owner.thing(route))
        answer = client.post(address, headers={"Origin": origin})
        if route.startswith(SIGNED):
            assert answer.status_code in (400, 415), route
        else:
            assert answer.status_code == 403, route
    assert client.get("/members/").status_code == 200  # nobody signed them out


def test_a_members_page_takes_no_form_without_its_token(owner: Owner) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.member)
    walked = 0
    for route in public():
        if route.startswith(("members/", "accounts/")):
            answer = client.post(path(route, owner.thing(route)))
            assert answer.status_code in (403, 405), route
            walked += 1
    assert walked > 20


@pytest.mark.parametrize("known", [True, False])
def test_reading_a_page_writes_nothing(owner: Owner, known: bool) -> None:
    owner.passkey.delete()  # nothing but a name: it opens no page
    for route in public():
        client = signed_in(owner.member) if known else Client()
        address = path(route, owner.thing(route))
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        sent = [one["sql"].lstrip() for one in captured]
        assert not [sql for sql in sent if sql.startswith(WRITES)], route
