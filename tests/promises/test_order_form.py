"""What the order form asks, says and does with the answers (P7, P11 to P14)."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from privacy import gateway
from privacy.models import Receipt
from privacy.registry import held
from shop.forms import CheckoutForm
from shop.models import Order, PostcodeAddresses
from tests.builders import draft_token, fill, product

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = {"line1", "line2", "town", "county", "postcode"}
# P11's list: full name with title, address, telephone, e-mail; a fax number is no
# longer asked. The rest is the order itself, not about the person.
PERSONAL = {"title", "full_name", "email", "telephone"} | ADDRESS
PERSONAL |= {f"billing_{name}" for name in ADDRESS}
CHOICES = {"contact_by", "no_marketing", "carrier_may_ring"}
THE_ORDER = {"billing_same", "delivery", "attempt", "voucher"}
# Asked of members alone: which address of their book, and whether to keep a new one.
THE_BOOK = {"saved", "keep"}


@pytest.fixture
def sku() -> str:
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY", addresses=[], fetched_at=timezone.now()
    )
    return product().sku


def test_the_order_form_asks_the_declared_things_and_nothing_more(
    client: Client, sku: str
) -> None:
    assert set(CheckoutForm.base_fields) == PERSONAL | CHOICES | THE_ORDER | THE_BOOK
    fill(client, {sku: 1})
    page = client.get("/checkout/").content.decode()
    form = page[page.index("<form method") :]
    asked = set(re.findall(r'\bname="([a-z0-9_]+)"', form))
    assert asked == PERSONAL | CHOICES | THE_ORDER | {"find", "seen"}


def test_every_personal_answer_is_declared_with_purpose_and_end() -> None:
    declared = {item.field: item for item in held() if item.model == "shop.Order"}
    for name in PERSONAL | CHOICES:
        assert declared[name].purpose == "order"
        assert declared[name].retention


def test_the_form_links_to_who_else_sees_it(client: Client, sku: str) -> None:
    fill(client, {sku: 1})
    page = client.get("/checkout/").content.decode()
    assert 'href="/privacy/recipients/#bank"' in page
    policy = client.get("/privacy/").content.decode()
    recipients = client.get("/privacy/recipients/").content.decode()
    assert 'id="bank"' in recipients
    for connector in gateway.connectors():
        assert connector.recipient in policy
        assert connector.recipient in recipients


def test_ordering_makes_no_account(client: Client, sku: str) -> None:
    Member.objects.create_user("priya@example.co.uk", "a password of hers")
    draft_token(client, {sku: 1})
    assert Member.objects.count() == 1
    assert "sessionid" not in client.cookies


def test_the_way_to_the_payment_host_is_announced_with_its_own_policy(
    client: Client, sku: str
) -> None:
    page = client.get(
        f"/orders/{draft_token(client, {sku: 1})}/review/"
    ).content.decode()
    notice = page.index("Next: our payment host")
    assert notice < page.index("Order and pay £")
    assert gateway.connector("bank").policy_url in page


def test_turning_back_before_paying_sends_nothing_to_anyone(
    client: Client, sku: str
) -> None:
    token = draft_token(client, {sku: 1})
    client.get(f"/orders/{token}/review/")
    client.get("/trolley/")
    assert not Receipt.objects.exists()
    assert not Order.objects.get(token=token).payments.exists()


def test_each_secondary_purpose_has_its_choice_beside_the_question(
    client: Client, sku: str
) -> None:
    """Marketing by e-mail is the only other use, and it has a box, never ticked."""
    fill(client, {sku: 1})
    page = client.get("/checkout/").content.decode()
    box = re.search(r'<input type="checkbox" name="no_marketing"[^>]*>', page)
    assert box
    assert "checked" not in box[0]
    assert "Tick to say no" in page
