"""/metrics: figures for a monitor on this machine and for staff, for nobody else."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.builders import draft_token, product
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
LINE = re.compile(r'jessops_[a-z_]+(\{[a-z]+="[a-z-]+"\})? [0-9.e+-]+')


def figures(client: Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    rows = [line for line in lines if not line.startswith("# ")]
    assert all(LINE.fullmatch(row) for row in rows), rows
    return {row.rsplit(" ", 1)[0]: float(row.rsplit(" ", 1)[1]) for row in rows}


def test_a_monitor_on_this_machine_reads_the_figures(client: Client) -> None:
    before = figures(client)
    sku = product().sku
    token = draft_token(client, {sku: 1})
    client.post(f"/orders/{token}/review/")  # placed; the bank cannot be reached here
    after = figures(client)
    assert before['jessops_orders{status="pending"}'] == 0
    assert after['jessops_orders{status="pending"}'] == 1
    assert after["jessops_holds"] == 1
    assert after['jessops_payments{status="creating"}'] == 1


def test_a_stranger_finds_nothing(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


def test_a_stranger_behind_our_proxy_finds_nothing(
    client: Client, settings: Settings
) -> None:
    """The proxy on this machine is loopback, but it does not ask for itself."""
    settings.TRUSTED_PROXIES = 1
    for header in ("X-Forwarded-For", "Forwarded"):
        answer = client.get("/metrics", headers={header: "203.0.113.9"})
        assert answer.status_code == 404


def test_staff_read_it_from_anywhere_and_members_do_not(client: Client) -> None:
    members = get_user_model().objects
    client.force_login(members.create_user(email="a@example.com", password="x" * 12))
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    sign_in(client, members.create_superuser(email="b@example.com", password="x" * 12))
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_the_figures_cost_the_same_however_many_orders(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/metrics")
    with django_assert_num_queries(7):
        client.get("/metrics")
