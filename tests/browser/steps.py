"""What a customer does in a browser, step by step, by what is to be seen there."""

import itertools
import os
import re
import time
from typing import Any

from playwright.sync_api import Page, expect

from jessops.lib.hashing import email_hash
from shop.models import Order
from tests.servers import ShopServer

CAMERA = "Fujifilm X-T5 body, silver"
CAMERA_PAGE = "/product/fujifilm-x-t5-body-silver/"
FILM = "Ilford HP5 Plus 400, 36 exp."
FILM_PAGE = "/product/ilford-hp5-plus-400-36-exp/"

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
SECURE = "4000 0000 0000 3220"

MAIL_LIMIT = 20.0  # seconds; the worker shares two cores with everything else

_strangers = itertools.count(1)


class Buyer:
    """A stranger with a browser. `email` is theirs alone."""

    def __init__(self, page: Page, shop: ShopServer, name: str) -> None:
        self.page = page
        self.shop = shop
        self.name = name
        self.email = f"stranger{next(_strangers)}.{os.getpid()}@example.co.uk"

    # --- on the way to the trolley

    def go(self, path: str) -> None:
        self.page.goto(f"{self.shop.url}{path}")

    def add(self, product_page: str) -> None:
        self.go(product_page)
        self.page.get_by_role("button", name="Add to trolley").click()
        expect(self.page).to_have_url(re.compile(r"/trolley/\?added="))

    def search(self, words: str) -> None:
        self.page.get_by_role("searchbox", name="Search the shop").fill(words)
        self.page.get_by_role("button", name="Search").first.click()
        expect(self.page).to_have_url(re.compile(r"/search/\?q="))

    def in_trolley(self) -> str:
        """Return the trolley cookie's text, empty without one."""
        found = [c for c in self.page.context.cookies() if c["name"] == "trolley"]
        return found[0]["value"].strip('"') if found else ""

    # --- the order

    def check_out(self) -> None:
        self.go("/trolley/")
        self.page.get_by_role("link", name="Check out").click()
        expect(self.heading("You and delivery")).to_be_visible()

    def fill_in(self, **changes: str) -> None:
        values = {
            "full_name": self.name,
            "email": self.email,
            "telephone": "01628 496000",
            "postcode": "SL7 1EY",
            "line1": "12 Mill Lane",
            "town": "Marlow",
            **changes,
        }
        if way := values.pop("delivery", ""):
            self.page.locator(f"input[name=delivery][value={way}]").check()
        for name, value in values.items():
            self.page.locator(f"#id_{name}").fill(value)

    def go_on(self) -> None:
        self.page.get_by_role("button", name="Continue to check the order").click()

    def to_review(self, **changes: str) -> None:
        self.check_out()
        self.fill_in(**changes)
        self.go_on()
        expect(self.heading("Check and order")).to_be_visible()

    @property
    def order_button(self) -> Any:
        return self.page.get_by_role("button", name="Order and pay")

    def to_bank(self) -> None:
        self.order_button.click()
        self.at_bank()

    def at_bank(self) -> None:
        expect(self.page.get_by_role("heading", name="Pay by card")).to_be_visible()
        assert self.page.url.startswith(f"{self.shop.sandbox.base}/bank/pay/")

    def pay(self, number: str = GOOD) -> None:
        """Fill in the bank's page; name and address are there already."""
        expect(self.page.locator("#name")).to_have_value(self.name)
        self.page.locator("#number").fill(number)
        self.page.locator("#exp").fill("12/34")
        self.page.locator("#cvc").fill("123")
        self.page.get_by_role("button", name=re.compile("^Pay ")).click()

    def thanked(self) -> None:
        first = self.name.split(" ", maxsplit=1)[0]
        expect(self.heading(f"Thank you, {first}. It is ordered.")).to_be_visible()

    # --- what is to be seen

    def heading(self, words: str) -> Any:
        return self.page.get_by_role("heading", level=1, name=words, exact=True)

    def focused(self) -> str:
        """Return the id of the element with the focus, or its class."""
        return str(
            self.page.evaluate(
                "document.activeElement.id || document.activeElement.className"
            )
        )

    def orders(self) -> list[Order]:
        return list(Order.objects.filter(email_hash=email_hash(self.email)))

    def mail(self, subject: str) -> dict[str, Any]:
        """Wait for the one message to this customer with such a subject."""
        deadline = time.monotonic() + MAIL_LIMIT
        while True:
            found = [
                message
                for message in self.shop.sandbox.get_json("/mail/messages.json")
                if self.email in message["to"] and subject in message["subject"]
            ]
            if found:
                assert len(found) == 1, [message["subject"] for message in found]
                return dict(found[0])
            assert time.monotonic() < deadline, f"no mail “{subject}” to a customer"
            time.sleep(0.2)
