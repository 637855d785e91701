"""From guest to member: one password, and the code from the mail; never before it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members import passwords
from members.models import Member
from newsletter.models import Message
from privacy import policies
from shop.models import Order, PostcodeAddresses, Product, Status
from shop.trolley import COOKIE
from tests import builders
from tests.members.cast import PASSWORD, last_code, member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
PRIYA = "priya@example.co.uk"
ORDERS = "/members/orders/"
CONFIRM = "/accounts/confirm-email/"


@pytest.fixture
def camera() -> Product:
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY", addresses=[], fetched_at=timezone.now()
    )
    return builders.product()


@pytest.fixture
def order(camera: Product) -> Order:
    return placed({camera.sku: 1})


def placed(lines: dict[str, int], email: str = PRIYA) -> Order:
    token = builders.draft_token(Client(), lines, email=email)
    now = timezone.now()
    rows = Order.objects.filter(token=token)
    rows.update(status=Status.PENDING, placed_at=now)
    rows.update(status=Status.AUTHORISED, authorised_at=now)
    return Order.objects.get(token=token)


def offer(order: Order) -> str:
    return f"/orders/{order.token}/account/"


def test_after_an_order_one_password_and_the_code_make_an_account(
    client: Client, order: Order, camera: Product
) -> None:
    earlier = placed({camera.sku: 2}, "PRIYA@example.co.uk")
    others = placed({camera.sku: 2}, "other@example.co.uk")
    builders.fill(client, {camera.sku: 3})
    page = client.get(f"/orders/{order.token}/")
    html = page.content.decode()
    assert f'action="{offer(order)}"' in html
    assert html.count('type="password"') == 1
    assert "sessionid" not in page.cookies

    answer = client.post(offer(order), {"password1": PASSWORD})
    assert answer.headers["Location"] == CONFIRM
    someone = Member.objects.get()
    assert (someone.email, someone.full_name) == (PRIYA, "Priya Raman")
    assert someone.policy_version == policies.current_version()
    # Not before the code: nothing is signed in, nothing is proved.
    assert client.get(ORDERS).status_code == 302
    assert not EmailAddress.objects.get().verified

    answer = client.post(CONFIRM, {"code": last_code(PRIYA)})
    assert answer.headers["Location"] == ORDERS
    html = client.get(ORDERS).content.decode()
    assert order.number in html
    assert earlier.number in html
    assert others.number not in html
    # The trolley came along.
    assert client.cookies[COOKIE].value == f"1|{camera.sku}:3"


def test_without_the_code_nobody_sees_anything(client: Client, order: Order) -> None:
    """Somebody else who holds the link, and does not read the buyer's mail."""
    client.post(offer(order), {"password1": PASSWORD})
    client.post(CONFIRM, {"code": "WRONG1"})
    assert client.get(ORDERS).status_code == 302
    later = Client()
    later.post("/accounts/login/", {"login": PRIYA, "password": PASSWORD})
    assert later.get(ORDERS).status_code == 302
    # The control: were the session there without the proof, the list is empty still.
    planted = signed_in(Member.objects.get())
    assert order.number not in planted.get(ORDERS).content.decode()
    EmailAddress.objects.update(verified=True)
    assert order.number in planted.get(ORDERS).content.decode()


def test_an_account_that_is_there_is_not_taken_over_and_not_told_of(
    client: Client, order: Order, camera: Product
) -> None:
    someone = member(PRIYA, full_name="Priya R.")
    known = client.post(offer(order), {"password1": "another fine lens"})
    elsewhere = Client()
    fresh = placed({camera.sku: 1}, "new@example.co.uk")
    unknown = elsewhere.post(offer(fresh), {"password1": "another fine lens"})
    assert known.headers["Location"] == unknown.headers["Location"] == CONFIRM
    pages = [
        re.sub(r'[a-z]+@example.co.uk|value="\w{64}"', "", who.get(CONFIRM).text)
        for who in (client, elsewhere)
    ]
    assert pages[0] == pages[1]
    someone.refresh_from_db()
    assert someone.check_password(PASSWORD)
    assert someone.full_name == "Priya R."
    hers = Message.objects.filter(to_hash=email_hash(PRIYA))
    subjects = [one.subject for one in hers]
    assert "You have an account already" in subjects
    assert "Your code to join" not in subjects
    assert client.get(ORDERS).status_code == 302


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "required"), ("short", "too short"), ("password", "")],
)
def test_a_poor_password_is_refused_with_the_reason(
    client: Client, order: Order, password: str, words: str
) -> None:
    answer = client.post(offer(order), {"password1": password})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<title>Error: An account for your orders" in html
    assert words in html
    assert 'aria-invalid="true"' in html
    assert not Member.objects.exists()


def test_the_hint_says_what_is_asked(client: Client, order: Order) -> None:
    html = client.get(offer(order)).content.decode()
    assert f"{passwords.MEMBER} characters or more" in html


def test_whoever_is_signed_in_is_offered_nothing(order: Order) -> None:
    mine = signed_in(member())
    html = mine.get(f"/orders/{order.token}/").content.decode()
    assert 'type="password"' not in html
    answer = mine.post(offer(order), {"password1": PASSWORD})
    assert answer.headers["Location"] == order.get_absolute_url()
    assert Member.objects.count() == 1


def test_an_order_that_is_none_offers_nothing(client: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(
        status=Status.CANCELLED, closed_at=timezone.now()
    )
    assert (
        'type="password"' not in client.get(order.get_absolute_url()).content.decode()
    )
    answer = client.post(offer(order), {"password1": PASSWORD})
    assert answer.headers["Location"] == order.get_absolute_url()
    assert not Member.objects.exists()
    assert client.post("/orders/" + "x" * 32 + "/account/").status_code == 404


def test_the_mails_of_an_order_have_a_limit(client: Client, order: Order) -> None:
    codes = [
        client.post(offer(order), {"password1": PASSWORD}).status_code for _ in range(7)
    ]
    assert codes[-1] == 429
    assert codes[0] == 302


def test_another_sites_page_makes_no_account(client: Client, order: Order) -> None:
    answer = client.post(
        offer(order),
        {"password1": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert not Member.objects.exists()
