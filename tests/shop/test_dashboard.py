"""What staff see first: the day in figures, each role's own (issue 6)."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jessops import dashboard
from jessops.lib.clock import LONDON
from members.models import Member
from shop.models import Order
from tests.builders import product
from tests.shop.test_dispatch import ordered
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

# A summer's day, so that London's hours are not UTC's.
NOON = datetime(2027, 6, 8, 12, 30, tzinfo=LONDON)
WORDS = re.compile(r"<li><b>(.*?)</b> (?:<a href=\"(.*?)\">)?(.*?)(?:</a>)?</li>")


def member(*roles: str) -> Member:
    email = f"staff{Member.objects.count()}@jessops.example"
    one = Member.objects.create_user(email, is_staff=True)
    one.groups.set(Group.objects.filter(name__in=roles))
    return one


def opened(*roles: str) -> tuple[Client, str]:
    client = Client()
    sign_in(client, member(*roles))
    return client, client.get("/admin/").content.decode()


def strip(page: str) -> dict[str, tuple[str, str]]:
    """Return words -> value and address of every figure on a page."""
    return {
        unescape(words): (unescape(value), unescape(url))
        for value, url, words in WORDS.findall(page)
    }


def placed(at: datetime) -> Order:
    order = ordered({product().sku: 1})
    Order.objects.filter(pk=order.pk).update(placed_at=at)
    return order


def test_each_role_sees_its_own_figures_and_no_other() -> None:
    with time_machine.travel(NOON, tick=True):
        placed(NOON)
        sales, dispatch = strip(opened("Web Sales")[1]), strip(opened("Dispatch")[1])
        clubs = opened("Clubs Administrator")[1]
    assert sales["orders today"] == ("1", "/admin/shop/order/")
    assert sales["taken today"][0] == "£0.00"
    assert "to pack" not in sales
    assert dispatch["to pack"] == ("1", "/admin/shop/consignment/desk/")
    shelf = "products under 3 left"
    own = {"to pack", "late", "for the carrier", "to be collected", shelf}
    assert set(dispatch) == own
    assert 'class="today"' not in clubs
    assert strip(clubs) == {}


def test_whoever_may_see_all_sees_every_figure_and_each_leads_somewhere() -> None:
    client = Client()
    one = Member.objects.create_superuser("all@jessops.example", "long enough secret")
    sign_in(client, one)
    found = strip(client.get("/admin/").content.decode())
    assert len(found) == len(dashboard._FIGURES)
    assert strip(client.get("/admin/shop/").content.decode()) == {}  # a list of lists
    for words, (_, url) in found.items():
        assert not url or client.get(url).status_code == 200, words


def test_the_hours_are_londons_and_the_week_before_stands_beside() -> None:
    with time_machine.travel(NOON, tick=True):
        for hour in (0, 9, 9, 11):
            placed(NOON.replace(hour=hour, minute=0))
        placed(NOON.replace(hour=23) - timedelta(days=7))
        placed(NOON.replace(hour=0, minute=0) - timedelta(minutes=1))  # yesterday
        shown = dashboard.chart(member("Web Sales"))
        page = opened("Web Sales")[1]
    assert shown is not None
    assert (shown.total, shown.total_before, shown.day) == (4, 1, "Tuesday")
    assert {bar.hour: bar.today for bar in shown.bars if bar.today} == {
        **{0: 1, 9: 2, 11: 1},
    }
    assert [bar.hour for bar in shown.bars if bar.before] == [23]
    assert max(bar.height for bar in shown.bars) == dashboard.HIGH
    assert ">Tuesday 8 June<" in page
    assert "4 so far today; 1 in the whole of last Tuesday" in " ".join(page.split())


def test_it_costs_the_same_however_many_orders_there_are(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    one = member("Web Sales")
    for _ in range(2):
        placed(NOON)
        fresh = Member.objects.get(pk=one.pk)
        with django_assert_max_num_queries(13):
            dashboard.figures(fresh)
            dashboard.chart(fresh)
