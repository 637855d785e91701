"""What we hold, from whom, and until when: shown as the program obeys it.

P6, P12, P67, P92 and C13; and the record of UK GDPR article 30.
"""

import csv
import html as entities
import io
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.models import Message
from privacy import (
    article30,
    choices,
    collected,
    gateway,
    guard,
    policies,
    registry,
    retention,
)
from privacy.models import Choice, LegalDisclosure, PolicyVersion, Receipt, RetentionRun
from shop.models import LinkRequest, Order, OrderLine, Payment, PostcodeAddresses
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, fill, product
from tests.sandbox.launcher import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

HELD = "/privacy/what-we-hold/"


@pytest.fixture
def page(client: Client) -> str:
    response = client.get(HELD)
    assert response.status_code == 200
    assert not response.cookies
    return response.content.decode()


def said(text: str, page: str) -> bool:
    """Say whether a page shows a text, however it is broken into lines."""
    plain = re.sub(r"\s+", " ", entities.unescape(re.sub(r"<[^>]+>", " ", page)))
    return text.casefold() in plain.casefold()


def test_the_page_shows_every_field_with_its_purpose_source_and_end(page: str) -> None:
    for item in registry.everything():
        purpose = guard.PURPOSES[item.purpose]
        words = (item.label, item.source, item.retention, purpose.words, purpose.basis)
        for word in (*words, registry.section(item.model).title):
            assert said(word, page), (item.field, word)
    for clock in retention.clocks():
        assert said(clock.words, page)


def test_the_page_shows_every_place_where_we_ask(page: str) -> None:
    for item in collected.collected():
        assert said(collected.title(item.form), page)
        assert f'href="/privacy/#{item.clause}"' in page
        assert not item.use or said(item.use, page)
    policy = Client().get("/privacy/").content.decode()
    assert f'href="{HELD}"' in policy


def test_reading_it_costs_few_queries_and_changes_nothing(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for clock in retention.clocks():
        RetentionRun.objects.create(clock=clock.name, rows=3)
    client.get(HELD)  # what a process reads once: promises and departments
    with django_assert_max_num_queries(3):
        page = client.get(HELD).content.decode()
    assert page.count("3 rows") == len(retention.clocks())
    assert client.post(HELD).status_code == 405


@pytest.fixture
def planted() -> Any:
    """One more personal column, to see it appear by itself."""

    class Planted(models.Model):
        shoe_size = models.IntegerField()
        policy_version = models.IntegerField()

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return f"planted {self.pk}"

    registry.describe(Planted, title="Your shoes", people="people with feet")
    registry.hold(
        Planted,
        "shoe_size",
        label="Size of your shoes",
        purpose="security",
        source=registry.YOU,
        under="policy_version",
        retention=retention.AsLongAs("they fit"),
        export=True,
        erase="delete",
    )
    yield
    del registry._declared["privacy.Planted", "shoe_size"]
    del registry._sections["privacy.Planted"]
    del apps.all_models["privacy"]["planted"]
    apps.clear_cache()


def test_what_is_declared_appears_by_itself(client: Client, planted: None) -> None:
    """The control: neither page nor record is written by hand."""
    page = client.get(HELD).content.decode()
    for text in (page, article30.markdown(), article30.as_csv()):
        for word in ("Size of your shoes", "people with feet", "as long as they fit"):
            assert said(word, text), word


def written(form: str) -> str:
    out = StringIO()
    call_command("article30", format=form, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["markdown", "csv"])
def test_the_record_of_processing_names_every_field_purpose_and_party(
    form: str, settings: Settings
) -> None:
    """UK GDPR article 30(1): controller, purposes, people, data, recipients, rest."""
    text = written(form)
    plain = re.sub(r"\s+", " ", text)
    assert settings.COMPANY["name"] in text
    assert settings.COMPANY["email"] in text
    for item in registry.everything():
        section = registry.section(item.model)
        for word in (f"{item.model}.{item.field}", item.label, item.source):
            assert word in text, word
        assert item.retention in plain
        assert section.people in text
    for name, purpose in guard.PURPOSES.items():
        assert name in text
        assert purpose.basis in text
    for party in gateway.connectors():
        assert party.recipient in text
        assert party.transfers in text
    measures = article30.security()
    assert len(measures) > 3
    assert all(measure in text for measure in measures)


def test_the_record_as_a_table_has_a_line_for_each_entry() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv"))))
    kinds = [row["entry"] for row in rows]
    uses = sum(1 + len(item.also) for item in registry.everything())
    assert kinds.count("data") == uses
    assert kinds.count("purpose") == len(guard.PURPOSES)
    assert kinds.count("recipient") == len(gateway.connectors())
    for row in rows:
        if row["entry"] == "data":
            assert all(
                row[name] for name in "purpose basis people source retention".split()
            )


def test_a_new_party_appears_in_the_record_by_itself() -> None:
    """The control for parties."""
    gateway.register(
        gateway.Connector(
            name="planted",
            recipient="Planted and Sons",
            purpose="delivery",
            base_url_setting="CARRIER_API_BASE",
            fields=frozenset({"name"}),
            transfers="the Moon",
        )
    )
    try:
        assert "Planted and Sons" in written("markdown")
        assert "the Moon" in written("csv")
    finally:
        gateway.forget("planted")
    assert "Planted" not in written("markdown")


# --- where it came from (P92) --------------------------------------------------------

TYPED = PRIYA | {
    "line1": "Flat 2, 12 MILL lane",
    "town": "marlow bottom",
    "county": "B",
}


@pytest.fixture
def bank(lone_sandbox: Sandbox, settings: Settings) -> TestBank:
    """All stand-ins, and this process's shop pointed at them."""
    settings.STRIPE_API_BASE = f"{lone_sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = lone_sandbox.base
    settings.STRIPE_API_KEY = lone_sandbox.api_key
    settings.STRIPE_WEBHOOK_SECRET = lone_sandbox.webhook_secret
    settings.ADDRESSES_API_BASE = f"{lone_sandbox.base}/addresses"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", lone_sandbox.smtp_port
    settings.CELERY_TASK_ALWAYS_EAGER = True
    return TestBank(lone_sandbox)


@pytest.fixture
def listed(lone_sandbox: Sandbox, settings: Settings) -> list[dict[str, str]]:
    """The address list's own rows for Priya's postcode, over real HTTP."""
    settings.ADDRESSES_API_BASE = f"{lone_sandbox.base}/addresses"
    rows = lone_sandbox.get_json("/addresses/lookup?postcode=SL7+1EY")["addresses"]
    assert rows
    return list(rows)


def test_the_customers_own_words_are_never_replaced_by_the_lists(
    client: Client, listed: list[dict[str, str]]
) -> None:
    """Sent as typed, with an address of the list picked as well or not."""
    for extra in ({}, {"address": "0"}, {"address": ""}):
        fill(client, {product().sku: 1})
        answer = client.post("/checkout/", TYPED | extra)
        assert answer.status_code == 303
        order = Order.objects.get(token=answer["Location"].split("/")[2])
        for name in ("line1", "line2", "town", "county", "postcode"):
            assert getattr(order, name) == TYPED[name], (extra, name)
        assert order.address_check in ("near", "none"), "it was compared all the same"
    assert PostcodeAddresses.objects.get().addresses == listed


def test_the_list_fills_in_only_what_was_left_empty(
    client: Client, listed: list[dict[str, str]]
) -> None:
    fill(client, {product().sku: 1})
    typed = TYPED | {"line1": "", "county": "", "address": "0"}
    answer = client.post("/checkout/", typed)
    order = Order.objects.get(token=answer["Location"].split("/")[2])
    assert order.line1 == listed[0]["line1"]
    assert order.town == "marlow bottom", "typed, so it stays"


def test_the_button_shows_the_lists_words_before_anything_is_kept(
    client: Client, listed: list[dict[str, str]]
) -> None:
    """Only a press of "Use this address" puts them over what was typed, to be seen."""
    fill(client, {product().sku: 1})
    shown = client.post("/checkout/", TYPED | {"use": "1", "address": "0"})
    assert shown.status_code == 200
    assert f'value="{listed[0]["line1"]}"' in shown.content.decode()
    assert not Order.objects.exists()


def test_a_field_that_others_may_fill_says_so() -> None:
    sources = {(h.model, h.field): h.sources for h in registry.everything()}
    for name in ("line1", "line2", "town", "county", "postcode"):
        for column in (name, f"billing_{name}"):
            assert sources["shop.Order", column] == ("you", "the address list (AFD)")
    assert sources["shop.Order", "address_check"] == ("the address list (AFD)",)
    assert sources["shop.Payment", "problem"] == ("the payment host",)
    assert sources["shop.Order", "full_name"] == ("you",)


def test_what_the_bank_says_is_kept_apart_from_what_was_typed(
    client: Client, bank: TestBank
) -> None:
    token = draft_token(client, {product().sku: 1})
    before = {h.field: None for h in registry.held() if h.model == "shop.Order"}
    order = Order.objects.get(token=token)
    typed = {name: getattr(order, name) for name in before}
    bank.buy(client, token)
    order.refresh_from_db()
    changed = {name for name in typed if getattr(order, name) != typed[name]}
    sources = {h.field: h.sources for h in registry.held() if h.model == "shop.Order"}
    assert all("you" not in sources[name] for name in changed), changed


# --- an order's own page (C13) -------------------------------------------------------


def test_an_orders_page_shows_each_item_its_source_and_the_day_it_goes(
    client: Client, bank: TestBank
) -> None:
    order = bank.buy(client, draft_token(client, {product().sku: 1}, title="Dr"))
    page = client.get(f"/orders/{order.token}/").content.decode()
    table = page[page.index("Each item, and who told us") :]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</td></tr>", table, re.DOTALL)
    told = [re.split(r"</th><td>|</td><td>", row) for row in rows]
    shown = {
        label: (source.casefold(), day)
        for labels, source, day in told
        for label in entities.unescape(labels).split("; ")
    }
    for item in registry.everything():
        if item.model != "shop.Order" or not item.export:
            continue
        if getattr(order, item.field) in ("", None):
            continue
        day = (
            order.delivery_on + timedelta(days=30)
            if item.field in ("telephone", "contact_by", "carrier_may_ring")
            else retention.clock("old-orders").goes_on(order.authorised_at)  # type: ignore[arg-type]
        )
        assert shown[item.label] == (item.source.casefold(), f"{day:%-d %b %Y}"), (
            item.label
        )
    assert {source for source, _ in shown.values()} >= {
        *("you", "you or the address list (afd)", "the address list (afd)"),
        *("the payment host", "our own record"),
    }
    # the key is in the links of its own pages, and in nothing that is shown
    assert not any(order.token in "".join(cells) for cells in told)
    assert f"Policy version {order.policy_version} applies" in page
    assert f'href="{HELD}"' in page


# --- under which version (R25) -------------------------------------------------------


def test_every_row_tells_the_version_under_which_it_was_given(
    client: Client, bank: TestBank
) -> None:
    """One order under version 2, with all that comes of it; and a demand of the law."""
    now = timezone.now()
    for number, days in ((2, 10),):
        PolicyVersion.objects.create(
            number=number,
            text="words",
            facts={},
            sha256=str(number) * 64,
            summary="words",
            published_at=now - timedelta(days=days + 20),
            in_force_from=now - timedelta(days=days),
            published_by="test",
        )
    policies.forget()
    # the text of version 2 is not what this is about
    token = draft_token(client, {product().sku: 1}, no_marketing="1")
    bank.buy(client, token)
    choices.record(
        email="priya@example.co.uk",
        purpose=choices.MARKETING_EMAIL,
        answer="no",
        where="test",
        wording="words",
    )
    LinkRequest.objects.create(
        number="J26-0000-0001", email_hash="0" * 64, policy_version=2
    )
    rows: list[models.Model] = [
        *Order.objects.all(),
        *OrderLine.objects.all(),
        *Payment.objects.all(),
        *Message.objects.all(),
        *Receipt.objects.all(),
        *Choice.objects.all(),
        *LinkRequest.objects.all(),
    ]
    assert len({type(row) for row in rows}) == 7
    assert {registry.version_of(row) for row in rows} == {2}
    demand = {
        "basis": "court-order",
        "document": "QB-2026-1",
        "subject": "0" * 64,
        "fields": ["shop.Order.email"],
        "requested_by": 1,
        "tell_on": now.date(),
    }
    for number, days in ((1, 30), (2, 3)):
        row = LegalDisclosure.objects.create(
            reference=f"D{number}", requested_at=now - timedelta(days=days), **demand
        )
        assert registry.version_of(row) == number


# --- words that stand elsewhere ------------------------------------------------------


def test_what_the_order_form_says_about_time_is_what_the_clocks_do(
    client: Client,
) -> None:
    fill(client, {product().sku: 1})
    page = client.get("/checkout/").content.decode()
    life = {one.name: str(one.period) for one in retention.clocks()}
    assert said(f"Kept {life['old-orders']}, because tax law says so", page)
    assert said(f"Deleted {life['telephone-numbers']} after delivery", page)
    assert said(f"never paid for is deleted after {life['unpaid-orders']}", page)


def test_what_the_policy_says_about_time_is_what_the_clocks_do() -> None:
    page = Client().get("/privacy/").content.decode()
    life = {one.name: str(one.period) for one in retention.clocks()}
    assert said(f"order records {life['old-orders']}, because", page)
    assert said(f"number until {life['telephone-numbers']} after delivery", page)
    assert said(f"messages we sent you {life['mail']}, and the address", page)
    assert said(f"never pay for goes after {life['unpaid-orders']}", page)
