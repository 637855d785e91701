"""Putting details right and leaving, as people do it, at both widths (P94 to P96)."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from jessops.lib.hashing import email_hash
from members.actions import leaving
from members.models import Member
from privacy.models import Erasure
from shop.models import Order
from tests.browser.axe import size
from tests.browser.steps import MAIL_LIMIT
from tests.browser.test_members_sign_in import PASSWORD, Visitor
from tests.builders import draft_token, product
from tests.members.cast import member
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[[int], Visitor]
both_widths = pytest.mark.parametrize("width", [1280, 390])


@pytest.fixture
def visit(
    transactional_db: None, shop_server: ShopServer, open_context: WatchedBrowser
) -> Iterator[Visit]:
    """Open windows of people; in the end axe has found nothing in any of them."""
    made: list[Visitor] = []

    def make(width: int) -> Visitor:
        context = open_context(viewport=size(width), reduced_motion="reduce")
        page: Page = context.new_page()
        made.append(Visitor(page, shop_server, width))
        return made[-1]

    yield make
    assert [fault for one in made for fault in one.found] == []


def mailed(visitor: Visitor, to: str, pattern: str) -> str:
    """Wait for a message to somebody with something in it; return what it is."""
    deadline = time.monotonic() + MAIL_LIMIT
    while time.monotonic() < deadline:
        mails = visitor.shop.sandbox.get_json("/mail/messages.json")
        for mail in sorted(mails, key=lambda one: one["id"], reverse=True):
            found = re.search(pattern, mail["text"], re.MULTILINE)
            if to in mail["to"] and found:
                return found[1]
        time.sleep(0.2)
    raise AssertionError(f"no message with {pattern}")


@both_widths
def test_a_member_changes_the_address_leaves_and_thinks_again(
    visit: Visit, width: int
) -> None:
    one = visit(width)
    one.member(full_name="Olive Long")
    new = one.email.replace("joiner", "moved")
    one.sign_in()
    one.go("/members/data/name/")
    one.sees("Name and telephone number")
    one.judge(f"name-{width}")
    one.type(telephone="01628 496000")
    one.press("Save")
    one.go("/members/data/email/")
    one.judge(f"email-change-{width}")
    one.press("Send the code")
    assert "Enter an email address" in one.page.content()
    one.judge(f"email-change-wrong-{width}")
    one.type(email=new)
    one.press("Send the code")
    one.sees("Look in your email")
    one.judge(f"email-code-{width}")
    one.type(code="000 000")
    one.press("Change my address")
    one.type(code=mailed(one, new, r"^(\d{3} \d{3})$"))
    one.press("Change my address")
    one.page.wait_for_url("**/members/data/")
    assert mailed(one, one.email, r"(\S+/members/data/email/object/\S+)")
    assert Member.objects.get(full_name="Olive Long").email == new

    one.go("/members/erase/")
    one.sees("Erase my details")
    one.judge(f"erase-{width}")
    one.press("Erase my details")
    assert "Type ERASE" in one.page.content()
    one.type(sure="erase")
    one.press("Erase my details")
    one.page.get_by_text("Our reference is").wait_for()
    one.judge(f"erase-waiting-{width}")
    link = mailed(one, new, r"(\S+/members/erasure/\S+)")
    one.page.goto(link)
    one.judge(f"erase-by-link-{width}")
    one.press("Stop it, keep my details")
    one.page.get_by_text("Nothing is erased").wait_for()
    assert Erasure.objects.get().state == "withdrawn"


@both_widths
def test_a_member_closes_the_account_and_comes_back(visit: Visit, width: int) -> None:
    one = visit(width)
    one.member()
    one.sign_in()
    one.go("/members/leave/")
    one.judge(f"leave-{width}")
    one.press("Close my account")
    one.sees("Account closed")
    one.judge(f"closed-{width}")
    one.go("/members/")
    assert "/accounts/login/" in one.page.url
    one.sign_in()
    one.sees("Your account is closed")
    one.judge(f"come-back-{width}")
    one.press("Come back")
    one.type(login=one.email, password=PASSWORD)
    one.press("Sign in")
    one.page.wait_for_url("**/members/**")
    assert Member.objects.get(email=one.email).is_active


@both_widths
def test_a_guest_puts_an_order_right_and_is_erased(visit: Visit, width: int) -> None:
    one = visit(width)
    thing = product()
    token = draft_token(Client(), {thing.sku: 1}, email=one.email)
    now = timezone.now()
    rows = Order.objects.filter(token=token)
    rows.update(status="pending", placed_at=now)
    rows.update(status="authorised", authorised_at=now)
    one.go(f"/orders/{token}/correct/")
    one.judge(f"order-correct-{width}")
    one.type(line1="14 Mill Lane")
    one.press("Save")
    one.page.wait_for_url(f"**/orders/{token}/")
    assert Order.objects.get(token=token).line1 == "14 Mill Lane"

    one.go(f"/orders/{token}/leave/")
    one.judge(f"order-leave-{width}")
    one.press("Send me the way on")
    one.page.get_by_text("Look in your email").wait_for()
    one.page.goto(mailed(one, one.email, rf"(\S+/orders/{token}/leave/\S+)"))
    one.judge(f"order-leave-proved-{width}")
    one.press("Erase my details")
    one.page.get_by_text("Our reference is").wait_for()
    one.judge(f"order-leave-waiting-{width}")
    waits = Erasure.objects.get(subject=email_hash(one.email))
    assert waits.door == "order"
    assert waits.due_at.date() > Order.objects.get(token=token).delivery_on

    member(email="bystander@example.co.uk")
    Order.objects.filter(token=token).update(delivery_on=now.date().replace(day=1))
    Erasure.objects.update(asked_at=now.replace(day=1), due_at=now)
    assert leaving.sweep() == 1
    answer = one.page.goto(f"{one.shop.url}/orders/{token}/")
    assert answer
    assert answer.status == 404
    assert Member.objects.filter(email="bystander@example.co.uk").exists()


def test_the_old_address_takes_its_account_back(visit: Visit) -> None:
    one = visit(390)
    who = one.member()
    new = one.email.replace("joiner", "thief")
    one.sign_in()
    one.go("/members/data/email/")
    one.type(email=new)
    one.press("Send the code")
    one.type(code=mailed(one, new, r"^(\d{3} \d{3})$"))
    one.press("Change my address")
    other = visit(1280)
    other.page.goto(mailed(one, one.email, r"(\S+/members/data/email/object/\S+)"))
    other.judge("object")
    other.type(email=one.email)
    other.press("Give it back to me")
    other.page.get_by_text("The account is yours again").wait_for()
    other.judge("object-done")
    one.go("/members/")
    assert "/accounts/login/" in one.page.url
    assert Member.objects.get(pk=who.pk).email == one.email
