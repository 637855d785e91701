"""Who else sees it: the page says all that the gateway can do, and nothing else."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from privacy import gateway, recipients, states
from privacy.leaving import WORDS
from privacy.models import Receipt
from shop.models import Order
from tests.bank import TestBank
from tests.builders import draft_token, fill, product
from tests.conftest import contract
from tests.promises.test_harness_egress import bank as bank
from tests.promises.test_harness_egress import call, keys, sent

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/privacy/recipients/"


def section(page: str, name: str) -> str:
    """Return the part of the page about one party."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found, name
    return unescape(found[0])


def read(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def receipt(name: str, at: datetime) -> None:
    Receipt.objects.create(
        connector=name,
        recipient="somebody",
        purpose="order",
        field_names=["postcode"],
        reason="test",
        about="order:J26-4812-0751",
        at=at,
    )


def test_each_party_stands_there_with_exactly_the_fields_it_may_get(
    client: Client,
) -> None:
    page = read(client)
    for party in gateway.connectors():
        part = section(page, party.name)
        assert set(re.findall(r"<code>(.*?)</code>", part)) == party.fields
        assert party.recipient in part
        for name in party.fields:
            assert party.words(name).lower() in part.lower()
        if party.policy_url:
            assert f'href="{party.policy_url}"' in part
            assert WORDS in part
        assert f"TEST-{party.name}" in part
        assert "Until 31 December 2999" in part
        if party.transfers:
            assert party.transfers.lower() in part.lower()
    assert "for payment and delivery only" in page
    for clause in ("if-the-law-asks", "if-the-business-is-sold", "address-check"):
        assert f"/privacy/#{clause}" in page
        assert f'id="{clause}"' in client.get("/privacy/").content.decode()


def test_a_contract_that_ran_out_is_said_and_one_that_is_missing_too(
    client: Client,
) -> None:
    contract("bank", date(2026, 1, 31))
    part = section(read(client), "bank")
    assert "Ran out on 31 January 2026, so the program sends it nothing" in part
    gateway.register(
        gateway.Connector(
            name="stranger",
            recipient="A stranger",
            purpose="order",
            base_url_setting="ADDRESSES_API_BASE",
            fields=frozenset({"shoe_size"}),
        )
    )
    try:
        part = section(read(client), "stranger")
        assert "None on record, so the program sends it nothing" in part
        assert "<code>shoe_size</code>" in part
    finally:
        gateway.forget("stranger")


@time_machine.travel(datetime(2026, 4, 15, 12, tzinfo=UTC), tick=False)
def test_how_often_is_counted_by_months_of_the_united_kingdom(client: Client) -> None:
    for at in (
        datetime(2026, 3, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 22, 59, tzinfo=UTC),
        datetime(2026, 3, 31, 23, 0, tzinfo=UTC),  # already April in London
        datetime(2026, 4, 15, 11, 0, tzinfo=UTC),
        datetime(2026, 4, 15, 11, 1, tzinfo=UTC),
        datetime(2026, 2, 28, 23, 59, tzinfo=UTC),
    ):
        receipt("addresses", at)
    part = section(read(client), "addresses")
    assert re.search(r"Times in April 2026</th><td>3<", part)
    assert re.search(r"Times in March 2026</th><td>2<", part)
    assert re.search(r"Times in April 2026</th><td>0<", section(read(client), "bank"))
    assert "J26-4812" not in read(client)


def test_the_month_before_january_is_december() -> None:
    span = recipients.months(datetime(2027, 1, 1, 0, 0, tzinfo=UTC))
    assert (span.last.year, span.last.month, span.last.day) == (2026, 12, 1)


def test_the_page_asks_the_database_six_times_at_most(
    client: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for hour in range(10):
        receipt("bank", datetime.now(UTC).replace(minute=hour))
    client.get("/help/terms/")  # what every page's frame keeps for a while
    states.forget()
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        client.get(PAGE)


def test_the_order_form_leads_by_anchor_to_who_gets_it(client: Client) -> None:
    fill(client, {product().sku: 1})
    form = client.get("/checkout/").content.decode()
    found = re.findall(rf'href="{PAGE}#([a-z-]+)"', form)
    assert found == ["bank"]
    assert section(read(client), "bank")


def test_after_a_purchase_the_order_lists_exactly_who_got_what(
    bank: TestBank, client: Client
) -> None:
    """C6: the order's page against what the stand-ins saw come in."""
    before = len(sent(bank.sandbox, 0))
    thing = product(stock=5)
    order = bank.buy(client, draft_token(client, {thing.sku: 1}))
    seen: dict[str, set[str]] = {}
    for entry in sent(bank.sandbox, before):
        asked = keys(entry) == {"postcode"} or call(entry)[1] != "GET"
        if entry["party"] != "mail" and asked:
            seen.setdefault(entry["party"], set()).update(keys(entry))
    assert set(seen) == {"bank", "addresses"}

    # The receipts name the very fields that arrived.
    noted: dict[str, set[str]] = {}
    for one in gateway.receipts(order.about):
        noted.setdefault(one.connector, set()).update(one.field_names)
    assert noted == seen

    # The page says them in words: the same parties, the same things.
    page = unescape(client.get(f"/orders/{order.token}/").content.decode())
    table = page.split("Who received what")[1].split("</table>")[0]
    for name, fields in seen.items():
        party = gateway.connector(name)
        (row,) = re.findall(rf"<tr><th[^>]*>{party.recipient}.*?</tr>", table)
        said = re.findall(r"<td>(.*?)</td>", row)[0]
        wanted = gateway.in_words(name, fields)
        assert sorted(said.split(", ")) == sorted(", ".join(wanted).split(", "))
    assert len(re.findall(r"<tr><th scope=\"row\"", table)) == len(seen)
    # And no value of hers is in what is kept of it.
    whole = str(list(Receipt.objects.values()))
    fresh = Order.objects.get(pk=order.pk)
    for value in (fresh.full_name, fresh.email, fresh.line1, fresh.postcode):
        assert value not in whole
    bought = section(read(client), "bank")
    assert re.search(r"Times in [A-Z][a-z]+ \d{4}</th><td>1<", bought)
