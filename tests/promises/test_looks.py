"""P89: no staff page without a second factor, and every look is on record (R46).

Every page of staff is rendered with a canary for each person: whoever can be read in
it stands in the ledger of looks, and nobody else does.
"""

import ipaddress
import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from clubs.models import ContactDetail
from jessops.lib.hashing import email_hash
from members.actions import enquiries
from members.actions import requests as data_requests
from members.models import Member
from newsletter.models import Message
from privacy import looks
from privacy.models import Look
from shop.actions import dispatch
from shop.models import Order, Product, Status
from tests.builders import draft_token, move_order, product, reserve
from tests.clubs.cast import club, contact
from tests.crawl import routes
from tests.members.test_second_factor import staff_pages
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    member = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    sign_in(client, member)
    return client


def canary(what: str) -> str:
    return f"zq{what}zq@example.co.uk"


def people() -> dict[str, str]:
    """Somebody of each kind: the page about them, by what can be read in it."""
    pages = {}
    sku = product(stock=50).sku
    for name, code in (("order", ""), ("review", "address")):
        email = canary(name)
        token = draft_token(Client(), {sku: 1}, email=email, full_name=f"Zq{name}zq")
        now = timezone.now()
        move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)
        Order.objects.filter(token=token).update(review=code)
        pages[name] = f"/admin/shop/order/{Order.objects.get(token=token).pk}/change/"
    member = Member.objects.create_user(canary("member"), "twelve letters")
    pages["member"] = f"/admin/members/member/{member.pk}/change/"
    asked = enquiries.Asked(words="Does it fit?", email=canary("enquiry"))
    enquiry = enquiries.ask(asked=asked, kind="question")
    pages["enquiry"] = f"/admin/members/enquiry/{enquiry.pk}/change/"
    mail = Message.objects.create(
        key="k", message_class="order", to=canary("mail"), subject="s", text="t"
    )
    pages["mail"] = f"/admin/newsletter/message/{mail.pk}/change/"
    wish = data_requests.take_in(
        kind="access",
        channel="email",
        email=canary("wish"),
        full_name="",
        words="What do you hold?",
        by="staff:1",
    )
    pages["wish"] = f"/admin/members/datarequest/{wish.pk}/change/"
    group = contact(club(), email=canary("club"))
    ContactDetail.objects.update(email_hash=email_hash(canary("club")))
    pages["club"] = f"/admin/clubs/club/{group.pk}/change/"
    token = draft_token(
        Client(), {sku: 1}, email=canary("parcel"), full_name="Zqparcelzq"
    )
    now = timezone.now()
    move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)
    Order.objects.filter(token=token).update(review="")
    reserve(Order.objects.get(token=token))
    parcel = dispatch.start(order=Order.objects.get(token=token), by="staff:1")
    pages["parcel"] = f"/admin/shop/consignment/{parcel.pk}/slip/"
    return pages


def all_about(page: str) -> list[str]:
    """Every address of staff about the row of a page: history, slip, label and all."""
    _, *parts, number, _, _ = page.split("/")
    start = "/".join(parts)
    found = [
        "/" + re.sub("<[^>]+>", number, route)
        for route in routes()
        if route.startswith(f"{start}/<") and route.count("<") == 1
    ]
    assert page in found
    return found


def seen_in(html: str, names: Any) -> set[str]:
    text = html.casefold()
    return {name for name in names if f"zq{name}zq" in text}


def assert_on_record(boss: Client, paths: Any, names: Any) -> int:
    """Open pages; return how many people could be read in them, each with a line."""
    by_hash = {email_hash(canary(name)): name for name in names}
    shown = 0
    for path in paths:
        before = Look.objects.count()
        answer = boss.get(path)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        seen = seen_in(answer.content.decode(), names)
        new = list(Look.objects.order_by("pk")[before:])
        noted = {by_hash[one.subject] for one in new if one.subject in by_hash}
        # who is shown is noted: a look at a page that hides the address is one, too
        assert seen <= noted, path
        shown += len(seen)
        for one in new:
            assert one.staff
            assert one.role == "Administrator"
            assert one.why in looks.WHY
            assert one.ground
            assert one.at
    return shown


def test_whoever_is_shown_is_on_record_and_nobody_else(boss: Client) -> None:
    """The count of H7: people in the pages are people in the ledger, page by page."""
    pages = people()
    assert_on_record(boss, staff_pages(), pages)
    about = [path for page in pages.values() for path in all_about(page)]
    assert assert_on_record(boss, about, pages) >= len(pages)
    orders = Look.objects.filter(subject=email_hash(canary("order")))
    assert "shop.Order.full_name" in orders[0].fields
    for name in pages:
        assert looks.of(email_hash(canary(name))), name


def test_no_way_leads_from_a_number_to_a_persons_own_page(boss: Client) -> None:
    """Django's "view on site" would give anybody of staff an order's token."""
    token = draft_token(Client(), {product().sku: 1})
    order, thing = Order.objects.get(token=token), Product.objects.get()
    kinds = ContentType.objects.get_for_models(Order, Product)
    led = boss.get(f"/admin/r/{kinds[Order].pk}/{order.pk}/")
    assert led.status_code == 404
    assert token not in boss.get(f"/admin/shop/order/{order.pk}/change/").text
    led = boss.get(f"/admin/r/{kinds[Product].pk}/{thing.pk}/")
    assert led["Location"].endswith(thing.get_absolute_url())


def test_the_control_a_page_that_keeps_no_line_is_found(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privacy.admin.people.looks.record", lambda **_: None)
    pages = people()
    for page in pages.values():
        with pytest.raises(AssertionError):
            assert_on_record(boss, [page], pages)


def test_staff_pages_open_from_their_networks_alone(
    boss: Client, settings: Any
) -> None:
    settings.STAFF_NETWORKS = [ipaddress.ip_network("203.0.113.0/24")]
    for path in ("/admin/", "/admin/shop/order/"):
        assert boss.get(path, REMOTE_ADDR="203.0.113.9").status_code == 200
        for other in ("198.51.100.1", "2001:db8::1", "nonsense"):
            answer = boss.get(path, REMOTE_ADDR=other, follow=True)
            assert answer.status_code == 403, other
    # a header that anybody can write moves nobody
    said = {"X-Forwarded-For": "203.0.113.9"}
    there = boss.get("/admin/", REMOTE_ADDR="198.51.100.1", headers=said, follow=True)
    assert there.status_code == 403
    settings.STAFF_NETWORKS = []
    assert boss.get("/admin/", REMOTE_ADDR="198.51.100.1").status_code == 200
