"""Joining: an address, a password, a code by e-mail, a welcome (P41)."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["login/", "signup/", "password/reset/"])
def test_the_doors_open(client: Client, page: str) -> None:
    assert client.get(f"/accounts/{page}").status_code == 200
