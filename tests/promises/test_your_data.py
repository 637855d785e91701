"""You can see what we hold: all of it, from whom, and until when (R30, P92, C13, C16).

A person with a marked word in every field of every form; and another beside them.
"""

import io
import json
import re
import uuid
import zipfile
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member
from privacy import dossier, handover, registry
from privacy.actions import copies as making
from privacy.models import Copy
from privacy.values import day
from shop.models import Order, Status
from shop.personal_data import OLD_ORDERS, TELEPHONES
from tests.builders import PRIYA, draft_token, product
from tests.members.cast import member, proved, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DATA = "/members/data/"


def marked(mark: str, figures: str) -> dict[str, dict[str, str]]:
    """Return what somebody types, form by form: each value unlike any other."""
    return {
        "details": {"full_name": f"{mark}own", "telephone": f"01632 960{figures}1"},
        "address": {
            "label": f"{mark}label",
            "full_name": f"{mark}bookname",
            "line1": f"1 {mark}book",
            "line2": f"{mark}bookflat",
            "town": f"{mark}booktown",
            "county": f"{mark}bookcounty",
            "postcode": f"LE3 {figures[0]}XQ",
        },
        "order": {
            "title": f"{mark}title",
            "full_name": f"{mark}name",
            "telephone": f"01632 960{figures}2",
            "line1": f"2 {mark}street",
            "line2": f"{mark}flat",
            "town": f"{mark}town",
            "county": f"{mark}county",
            "postcode": f"HG3 {figures[0]}XQ",
            "billing_same": "",
            "billing_line1": f"3 {mark}bank",
            "billing_line2": f"{mark}floor",
            "billing_town": f"{mark}city",
            "billing_county": f"{mark}shire",
            "billing_postcode": f"YO61 {figures[0]}QX",
        },
        "enquiry": {
            "message": f"Where is my {mark}word?",
            "full_name": f"{mark}asker",
            "telephone": f"01632 960{figures}3",
        },
    }


MINE, OTHERS = marked("zyxbcdf", "47"), marked("qwvghjk", "58")


def words(typed: dict[str, dict[str, str]], email: str) -> set[str]:
    """Every marked value that somebody gave us: more than 25 of them."""
    return {email} | {v for form in typed.values() for v in form.values() if v}


def live(typed: dict[str, dict[str, str]], email: str) -> Member:
    """Fill in every form that there is."""
    who = member(email)
    client = signed_in(who)
    proved(client)
    answers = [
        client.post(f"{DATA}name/", typed["details"]),
        client.post(
            "/members/addresses/new/", typed["address"] | {"attempt": str(uuid.uuid4())}
        ),
        client.post("/enquiries/", typed["enquiry"] | {"kind": "question"}),
    ]
    for answer in answers:
        assert answer.status_code in (302, 303), answer.content.decode()
    draft_token(Client(), {product().sku: 1}, email=email, **typed["order"])
    return who


@pytest.fixture
def priya() -> Member:
    live(OTHERS, "qwvghjk@example.co.uk")
    return live(MINE, "zyxbcdf@example.co.uk")


def copy_of(who: Member) -> tuple[str, str]:
    """Take a copy as a member does; the file for programs and the one for reading."""
    client = signed_in(who)
    proved(client)
    client.post(f"{DATA}copy/")
    while Copy.objects.filter(made_at=None).exists():
        making.make_due()
    answer = client.post(f"{DATA}copy/take/")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        return file.read("your-data.json").decode(), file.read(
            "your-data.html"
        ).decode()


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


# --- R30 ------------------------------------------------------------------------------
def test_all_of_25_marked_words_are_in_the_copy_and_none_of_anybody_else(
    priya: Member,
) -> None:
    wanted = words(MINE, priya.email)
    assert len(wanted) >= 25
    for text in copy_of(priya):
        assert {word for word in wanted if word not in text} == set()
        assert "qwvghjk" not in text
        assert not {word for word in words(OTHERS, "-") - {"-"} if word in text}


def test_the_page_shows_every_one_of_them(priya: Member) -> None:
    text = plain(signed_in(priya).get(DATA).content.decode())
    assert {word for word in words(MINE, priya.email) if word not in text} == set()
    assert "qwvghjk" not in text


def test_a_marked_word_that_a_table_forgot_would_be_missed(
    priya: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without its registration the address book is in no copy."""
    monkeypatch.delitem(handover._tables, "members.Address")
    text, _ = copy_of(priya)
    assert MINE["address"]["label"] not in text
    assert dossier.unreachable() == ["members.Address"]


def test_the_copy_names_what_it_does_not_show(priya: Member) -> None:
    content = json.loads(copy_of(priya)[0])
    named = {
        label
        for table in content["tables"]
        for row in table["rows"]
        for label in row["also_held"]
    }
    assert "Password, as a one-way hash" in named
    assert priya.password not in json.dumps(content)


# --- P92, C13 -------------------------------------------------------------------------
def test_your_data_shows_who_told_us_each_thing(priya: Member) -> None:
    """Every item on the page carries a source of the registry, and the right one."""
    groups = dossier.of(priya.email_hash, priya.email)
    items = [(group.table, one) for group in groups for one in group.items]
    assert len(items) > 40
    declared = {(h.model, h.field): h.source for h in registry.everything()}
    for table, one in items:
        assert one.source == declared[table, one.field]
    page = signed_in(priya).get(DATA).content.decode()
    rows = re.findall(
        r'<th scope="row">([^<]*)</th><td class="own__said">.*?</td><td>([^<]*)</td>',
        page,
    )
    told = dict(rows)
    assert told["Result of the address check"] == "The address list (AFD)"
    assert told["Title"] == "You"
    assert told["Billing town"] == "You or the address list (AFD)"


def test_each_item_says_under_which_policy_and_until_when(priya: Member) -> None:
    now = timezone.now()
    rows = Order.objects.filter(email_hash=priya.email_hash)
    rows.update(status=Status.PENDING, placed_at=now)
    rows.update(status=Status.AUTHORISED, authorised_at=now)
    page = signed_in(priya).get(DATA).content.decode()
    assert 'href="/privacy/versions/1/"' in page
    order = Order.objects.get(email_hash=priya.email_hash)
    assert order.authorised_at
    assert day(OLD_ORDERS.goes_on(order.authorised_at)) in page
    assert day(TELEPHONES.goes_on(order.delivery_on)) in page
    for group in dossier.of(priya.email_hash, priya.email):
        for one in group.items:
            assert one.until, one


def test_a_bank_result_is_marked_as_the_payment_hosts(priya: Member) -> None:
    order = Order.objects.get(email_hash=priya.email_hash)
    order.payments.create(
        reference="referenceofyourdata",
        amount_pence=order.total_pence,
        status="captured",
        intent="pi_zyxbcdf",
        expires_at=timezone.now(),
    )
    page = signed_in(priya).get(DATA).content.decode()
    assert re.search(r"pi_zyxbcdf</td><td>The payment host", page)


# --- who may see it -------------------------------------------------------------------
def test_nobody_else_sees_it(priya: Member) -> None:
    assert Client().get(DATA).status_code == 302
    other = Member.objects.get(email="qwvghjk@example.co.uk")
    text = signed_in(other).get(DATA).content.decode()
    assert "zyxbcdf" not in text
    page = signed_in(priya).get(DATA)
    assert "no-store" in page["Cache-Control"]


def test_an_orders_link_shows_that_order_and_no_other(priya: Member) -> None:
    first = Order.objects.get(email_hash=priya.email_hash)
    second = Order.objects.get(
        token=draft_token(
            Client(), {product().sku: 1}, email=priya.email, line1="9 Secondstreet"
        )
    )
    text = plain(Client().get(f"/orders/{first.token}/data/").content.decode())
    assert MINE["order"]["line1"] in text
    for hidden in (
        "Secondstreet",
        second.number,
        MINE["address"]["line1"],
        MINE["enquiry"]["message"],
        MINE["details"]["full_name"],
    ):
        assert hidden not in text


def test_neither_page_costs_more_for_more_rows(priya: Member) -> None:
    client = signed_in(priya)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(DATA).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for _ in range(12):
        draft_token(Client(), {product().sku: 1}, email=priya.email)
    cost()  # what a process believes for ten seconds is read anew
    assert cost() == few
    text = client.get(DATA).content.decode()
    assert "Show all 13" in text
    assert text.count("<caption>Order J") < 40
    whole = client.get(f"{DATA}?all=shop-order").content.decode()
    assert "Show all 13 " not in whole
    for order in Order.objects.filter(email_hash=priya.email_hash):
        assert order.number in whole


def test_a_guests_page_sets_no_cookie(priya: Member) -> None:
    token = draft_token(Client(), {product().sku: 1}, email=PRIYA["email"])
    answer: Any = Client().get(f"/orders/{token}/data/")
    assert not answer.cookies
    assert Client().get("/orders/nosuchtokenatall00/data/").status_code == 404
