"""The address book: wanted by nobody who does not want it, and leaves only chosen.

P16: members may keep further addresses, and need not. P17: what they add goes to
nobody, save the one address that an order is sent to; watched at the stand-ins, which
list every request that any outside party gets.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from members.actions import addresses
from members.models import Address, Member
from newsletter.tasks import send_due
from privacy import gateway
from shop.models import Order, Product
from tests import builders
from tests.bank import TestBank
from tests.members.cast import join, member, signed_in
from tests.sandbox.launcher import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

HOME = addresses.Details(
    label="Homecanary",
    full_name="Priya Raman",
    line1="12 Mill Lane",
    line2="",
    town="Marlow",
    county="",
    postcode="SL7 1EY",
)
# Each line of the one that is not chosen is a canary.
UNUSED = addresses.Details(
    label="Labelcanary",
    full_name="Namecanary Quill",
    line1="Linecanary Studio",
    line2="Secondcanary Yard",
    town="Towncanary",
    county="Countycanary",
    postcode="TR21 0NZ",
)
CANARIES = ("canary", "tr21", "0nz")


@pytest.fixture
def bank(lone_sandbox: Sandbox, settings: Settings) -> Iterator[TestBank]:
    """All stand-ins, and this process's shop pointed at them."""
    settings.STRIPE_API_BASE = f"{lone_sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = lone_sandbox.base
    settings.STRIPE_API_KEY = lone_sandbox.api_key
    settings.STRIPE_WEBHOOK_SECRET = lone_sandbox.webhook_secret
    settings.ADDRESSES_API_BASE = f"{lone_sandbox.base}/addresses"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", lone_sandbox.smtp_port
    settings.CELERY_TASK_ALWAYS_EAGER = True
    yield TestBank(lone_sandbox)
    lone_sandbox.clear_faults()


@pytest.fixture
def camera() -> Product:
    return builders.product(stock=10)


def left(bank: TestBank, after: int = 0) -> list[dict[str, Any]]:
    found = bank.sandbox.get_json("/egress.json")
    assert isinstance(found, list)
    return found[after:]


def said(entries: list[dict[str, Any]]) -> str:
    """All that left, as one text in small letters, encoded words opened."""
    return json.dumps(entries).casefold().replace("+", " ").replace("%20", " ")


def order_to(client: Client, address: Address, camera: Product) -> str:
    """Order as a member who presses one radio; return the order's token."""
    builders.fill(client, {camera.sku: 1})
    fields = {
        "email": "priya@example.co.uk",
        "billing_same": "1",
        "delivery": "standard",
        "saved": str(address.pk),
    }
    response = client.post("/checkout/", fields)
    assert response.status_code == 303, response.content.decode()
    return str(response["Location"].split("/")[2])


def priya() -> Member:
    return member("priya@example.co.uk", full_name="Priya Raman")


# --- P16 ------------------------------------------------------------------------------
def test_joining_asks_for_no_address_and_the_book_may_stay_empty() -> None:
    mine = Client()
    page = mine.get("/accounts/signup/").content.decode()
    for name in ("line1", "postcode", "town", "full_name", "telephone"):
        assert f'name="{name}"' not in page
    join(mine, "priya@example.co.uk")
    assert mine.get("/members/").status_code == 200
    assert "need not be" in mine.get("/members/addresses/").content.decode()
    assert not Address.objects.exists()


def test_a_second_address_is_added_chosen_changed_and_deleted(
    bank: TestBank, camera: Product
) -> None:
    mine = signed_in(priya())
    for details in (HOME, UNUSED):
        fields = {name: getattr(details, name) for name in addresses.COLUMNS}
        assert mine.post("/members/addresses/new/", fields).status_code == 303
    home, second = Address.objects.of(Member.objects.get())
    assert (home.label, second.label) == ("Homecanary", "Labelcanary")

    mine.post(f"/members/addresses/{second.pk}/first/")
    second.refresh_from_db()
    assert second.is_default
    changed = {name: getattr(UNUSED, name) for name in addresses.COLUMNS}
    mine.post(f"/members/addresses/{second.pk}/", changed | {"town": "Hugh Town"})
    token = order_to(mine, second, camera)
    assert Order.objects.get(token=token).town == "Hugh Town"

    mine.post(f"/members/addresses/{second.pk}/delete/")
    assert [one.pk for one in Address.objects.all()] == [home.pk]
    assert Order.objects.get(token=token).town == "Hugh Town"  # a copy


# --- P17 ------------------------------------------------------------------------------
def test_only_the_chosen_address_ever_leaves(bank: TestBank, camera: Product) -> None:
    someone = priya()
    mine = signed_in(someone)
    before = len(left(bank))
    home = addresses.add(member=someone, details=HOME)
    unused = addresses.add(member=someone, details=UNUSED, first=True)
    # Everything a member does with a book, and a whole purchase beside it.
    mine.get("/members/addresses/")
    mine.get(f"/members/addresses/{unused.pk}/")
    mine.get("/checkout/")
    order = bank.buy(mine, order_to(mine, home, camera))
    mine.get(order.get_absolute_url())
    mine.get("/members/orders/")
    addresses.use_first(member=someone, address=home)
    addresses.delete(member=someone, address=unused)
    send_due()

    entries = left(bank, before)
    assert {entry["party"] for entry in entries} == {"addresses", "bank", "mail"}
    text = said(entries)
    assert "12 mill lane" in text
    for canary in CANARIES:
        assert canary not in text, canary
    # The label of the chosen one is the member's own word: it stays here, too.
    asked = [entry["payload"] for entry in entries if entry["party"] == "addresses"]
    assert asked == [{"postcode": "SL7 1EY"}]
    for receipt in gateway.disclosures(order.about):
        assert receipt.recipient


def test_the_chosen_one_does_leave_and_so_the_look_sees(
    bank: TestBank, camera: Product
) -> None:
    """The control: the canaries are found as soon as that address is chosen."""
    someone = priya()
    mine = signed_in(someone)
    before = len(left(bank))
    addresses.add(member=someone, details=HOME)
    chosen = addresses.add(member=someone, details=UNUSED)
    bank.buy(mine, order_to(mine, chosen, camera))
    text = said(left(bank, before))
    for canary in ("linecanary", "secondcanary", "towncanary", "namecanary", "tr21"):
        assert canary in text, canary
    assert "labelcanary" not in text
    assert "homecanary" not in text
    assert "mill lane" not in text


def test_looking_up_a_postcode_for_the_book_tells_the_postcode_alone(
    bank: TestBank,
) -> None:
    mine = signed_in(priya())
    before = len(left(bank))
    fields = {name: getattr(UNUSED, name) for name in addresses.COLUMNS}
    asked = fields | {"postcode": "le3 1tz", "find": "1"}
    assert mine.post("/members/addresses/new/", asked).status_code == 200
    entries = left(bank, before)
    assert [entry["payload"] for entry in entries] == [{"postcode": "LE3 1TZ"}]
    assert not Address.objects.exists()


# --- P14 ------------------------------------------------------------------------------
def test_a_guest_buys_with_the_address_of_an_account_and_is_not_asked_about_it(
    bank: TestBank, camera: Product
) -> None:
    someone = priya()
    addresses.add(member=someone, details=UNUSED)
    guest = Client()
    order = bank.buy(guest, builders.draft_token(guest, {camera.sku: 1}))
    assert order.status == "authorised"
    assert "sessionid" not in guest.cookies
    html = guest.get(order.get_absolute_url()).content.decode()
    assert "Thank you" in html
    assert "canary" not in html
    assert Member.objects.count() == 1
