"""Writes come from our own pages only; impossible text is refused, never a 500."""

import pytest
from django.test import Client

from tests.builders import product

EVIL = "https://evil.example"
HERE = "http://testserver"


@pytest.fixture
def camera_sku(db: None) -> str:
    return product().sku


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),  # a program: no browser, nobody's cookies
        ({"Origin": HERE}, 303),
        ({"Origin": HERE, "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "https://testserver"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/trolley/add/", "/trolley/empty/"])
def test_another_sites_page_cannot_write(
    client: Client, camera_sku: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = client.post(path, {"sku": camera_sku}, headers=headers)
    assert response.status_code == status
    assert ("trolley" in response.cookies) == (status == 303)


@pytest.mark.parametrize(
    "path", ["/checkout/", "/orders/find/", "/orders/" + "x" * 32 + "/review/"]
)
def test_no_form_of_the_shop_takes_a_cross_site_post(
    client: Client, camera_sku: str, path: str
) -> None:
    response = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "path", ["/search/?q=%00", "/shop/cameras/?brand=%00", "/product/x%00y/"]
)
def test_nul_in_an_address_is_a_bad_request(
    client: Client, camera_sku: str, path: str
) -> None:
    assert client.get(path).status_code in (400, 404)


def test_nul_in_a_form_is_a_bad_request(client: Client, camera_sku: str) -> None:
    response = client.post("/orders/find/", {"number": "a\0b", "email": "x@y.example"})
    assert response.status_code == 400


def test_search_engines_are_told_what_not_to_ask_for(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain"
    assert "Disallow: /orders/" in response.content.decode()


def test_an_orders_page_is_kept_by_nobody(client: Client, db: None) -> None:
    response = client.get("/orders/find/")
    assert response["Cache-Control"] == "private, no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"
