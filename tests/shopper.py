"""A customer without a browser: quick purchases over plain HTTP at a running shop."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"


class Shopper:
    """One person's requests, cookies kept, redirects within the shop followed."""

    def __init__(self, shop: str, details: dict[str, str], agent: str = "") -> None:
        self.shop = shop
        self.details = {"billing_same": "1", "delivery": "standard"} | details
        self.session = requests.Session()
        self.session.trust_env = False
        if agent:
            self.session.headers["User-Agent"] = agent

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.shop}{path}", timeout=30)

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form; return its own answer, wherever that leads."""
        return self.session.post(
            f"{self.shop}{path}", data=fields, allow_redirects=False, timeout=30
        )

    def add(self, sku: str, quantity: int = 1) -> None:
        assert self.post("/trolley/add/", sku=sku, quantity=str(quantity)).ok

    def look_up(self, postcode: str) -> requests.Response:
        return self.post("/checkout/", find="1", postcode=postcode)

    def draft(self, **changes: str) -> str:
        """Fill in the order form; return the order's token."""
        answer = self.post("/checkout/", **(self.details | changes))
        assert answer.status_code == 303, answer.text[:3000]
        return answer.headers["Location"].split("/")[2]

    def place(self, token: str) -> str:
        """Press the button; return the payment page's address."""
        answer = self.post(f"/orders/{token}/review/")
        assert answer.status_code == 303, answer.text[:3000]
        return answer.headers["Location"]

    def pay(self, page: str, number: str = GOOD, **fields: str) -> requests.Response:
        """Fill in the bank's page; return its answer."""
        values: dict[str, Any] = {
            "number": number,
            "exp": "12/34",
            "cvc": "123",
            "name": self.details["full_name"],
            "line1": self.details["line1"],
            "postcode": self.details["postcode"],
        }
        return self.session.post(
            page, data=values | fields, allow_redirects=False, timeout=30
        )

    def come_back(self, answer: requests.Response) -> str:
        """Follow the bank's answer into the shop; return the order's page."""
        assert answer.status_code == 303, answer.text[:3000]
        page = self.get(urlsplit(answer.headers["Location"]).path)
        assert page.status_code == 200
        assert re.search("<h1>Thank you", page.text), page.text[:3000]
        return page.text

    def buy(self, sku: str, quantity: int = 1) -> str:
        """Buy one thing from beginning to end; return the order's token."""
        self.add(sku, quantity)
        token = self.draft()
        self.come_back(self.pay(self.place(token)))
        return token
