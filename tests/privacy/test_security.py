"""Whom to tell about a weakness (P91, RFC 9116)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as shop_settings
from django.test import Client

from privacy.probes.contact import faults

ADDRESS = "/.well-known/security.txt"


def fields(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 22, 12, tzinfo=UTC),
        datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 2, 29, tzinfo=UTC),
        datetime(2044, 6, 30, 23, 59, tzinfo=UTC),
        datetime(2044, 7, 1, tzinfo=UTC),
    ],
)
def test_security_txt_names_a_contact_and_has_not_expired(
    client: Client, moment: datetime
) -> None:
    with time_machine.travel(moment, tick=False):
        answer = client.get(ADDRESS)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert not answer.cookies
        found = fields(answer.content.decode())
        expires = datetime.fromisoformat(found["Expires"])
        assert timedelta(days=100) < expires - moment < timedelta(days=365)
        assert faults(answer.content.decode()) == []
    assert found["Contact"] == f"mailto:{shop_settings.COMPANY['email']}"
    assert found["Canonical"] == f"{shop_settings.SITE_URL}{ADDRESS}"
    assert found["Preferred-Languages"] == "en"
    assert found["Policy"] == f"{shop_settings.SITE_URL}/privacy/#security"


@pytest.mark.django_db
def test_the_policy_it_points_to_is_there_and_points_back(client: Client) -> None:
    page = client.get("/privacy/").content.decode()
    assert 'id="security"' in page
    assert f'href="{ADDRESS}"' in page
    assert f"mailto:{shop_settings.COMPANY['email']}" in page


def test_a_file_of_last_year_would_be_found_out(client: Client) -> None:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        text = client.get(ADDRESS).content.decode()
    with time_machine.travel(datetime(2027, 11, 22, tzinfo=UTC), tick=False):
        assert faults(text)
    assert faults("") == [
        "There is no contact.",
        *faults("Contact: mailto:a@b.example"),
    ]
