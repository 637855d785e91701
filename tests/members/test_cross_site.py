"""Every address, and what another site's page makes a browser send to it (R38)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Member
from tests.members.cast import member, signed_in
from tests.members.test_routes import Owner, owner, path, public
from tests.members.test_second_factor import staff_pages
from tests.staff import sign_in

__all__ = ["owner"]  # the fixture
pytestmark = pytest.mark.django_db

# Other machines write here, and sign what they write.
SIGNED = "webhooks/"
WRITES = ("INSERT", "UPDATE", "DELETE")
# Who looked at whom, and words for the next page ("there is no such order").
ALLOWED = ('INSERT INTO "privacy_look"', 'UPDATE "members_session"')


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


# --- the desk ------------------------------------------------------------------------
@pytest.fixture
def boss() -> Member:
    return member("boss@jessops.example", is_staff=True, is_superuser=True)


def test_another_sites_page_writes_nothing_at_the_desk(boss: Member) -> None:
    client = Client()
    sign_in(client, boss)
    for address in staff_pages():
        for origin in ("https://elsewhere.example", "null"):
            answer = client.post(address, headers={"Origin": origin})
            assert answer.status_code == 403, (address, origin)


def test_the_desk_takes_no_form_without_its_token(boss: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, boss)
    for address in staff_pages():
        answer = client.post(address, {"sure": "1"})
        assert answer.status_code in (403, 405), address


def test_reading_the_desk_writes_nothing_but_who_read(boss: Member) -> None:
    """P88: who looked at whom is written down, and that is all."""
    client = Client()
    sign_in(client, boss)
    client.get("/admin/")
    for address in staff_pages():
        if address == "/admin/logout/":
            continue
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        sent = [one["sql"].lstrip() for one in captured]
        written = [sql for sql in sent if sql.startswith(WRITES)]
        assert not [sql for sql in written if not sql.startswith(ALLOWED)], address
