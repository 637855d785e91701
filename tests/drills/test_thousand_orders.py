"""A thousand orders in the queues: every staff list in under 300 ms (issue 6).

Run alone: make drills, or pytest tests/drills/test_thousand_orders.py -s
"""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member
from tests.shop.test_staff_lists import MOST, grow, lists
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
ORDERS = 1_000
SECONDS = 0.3


def test_a_thousand_orders_in_the_queues() -> None:
    client = Client()
    one = Member.objects.create_superuser("all@jessops.example", "long enough secret")
    sign_in(client, one)
    began = time.monotonic()
    grow(ORDERS, 0)  # three of each: one waits, one is picked, one came back
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"\n{3 * ORDERS} orders made in {time.monotonic() - began:.0f} s")
    slow, many = {}, {}
    for url in lists():
        client.get(url)
        took = []
        for _ in range(5):
            start = time.perf_counter()
            with CaptureQueriesContext(connection) as context:
                assert client.get(url).status_code == 200, url
            took.append(time.perf_counter() - start)
        middle = sorted(took)[2]
        print(f"{middle * 1000:6.0f} ms  {len(context):3} queries  {url}")
        if middle > SECONDS:
            slow[url] = middle
        if len(context) >= MOST and url != reverse("admin:index"):
            many[url] = len(context)
    assert (slow, many) == ({}, {})
