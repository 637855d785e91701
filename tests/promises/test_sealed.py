"""What a person told us is ciphertext on the disk, and stays so when they are gone."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from newsletter import outbox, sender
from newsletter.models import Message
from privacy import keys
from privacy.sealed import SealedQuerySet, SealedText, keep_for_law, sealed_models
from shop.models import Order, Product
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, product
from tests.shop.conftest import bank

__all__ = ["bank"]

MARKS = {
    "full_name": "Zqcanaryname Raman",
    "email": "zqcanarymail@example.co.uk",
    "telephone": "03069 990771",
    "line1": "77 Zqcanarystreet",
    "town": "Zqcanarytown",
}
WORDS = ["Zqcanaryname", "zqcanarymail", "03069 990771", "Zqcanarystreet"]
WORDS += ["Zqcanarytown", "zqcanaryletter"]


def on_disk(words: list[str] = WORDS) -> set[str]:
    """Return which words are in any file of the test's PostgreSQL: heap, WAL, all."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        place = Path(cursor.fetchone()[0])
    found = set()
    for file in place.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found |= {word for word in words if word.encode() in content}
    return found


@pytest.fixture
def camera(transactional_db: None) -> Product:
    return product(stock=100)


def buy(camera: Product, bank: TestBank) -> Order:
    client = Client()
    token = draft_token(client, {camera.sku: 1}, **MARKS)
    bank.buy(client, token)
    order = Order.objects.get(token=token)
    outbox.queue(
        message_class="order",
        to=order.email,
        subject="zqcanaryletter",
        text="Dear zqcanaryletter",
        key=f"canary:{order.number}",
    )
    return order


@pytest.mark.django_db(transaction=True)
def test_an_order_and_its_letters_are_nowhere_on_the_disk(
    camera: Product, bank: TestBank
) -> None:
    order = buy(camera, bank)
    again = Order.objects.get(pk=order.pk)
    assert again.full_name == MARKS["full_name"]
    assert Client().get(f"/orders/{order.token}/").status_code == 200

    assert on_disk() == set()


@pytest.mark.django_db(transaction=True)
def test_control_without_sealing_they_are_all_found(
    camera: Product, bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = [word[::-1] for word in WORDS]  # never on the disk by another test

    def plainly(field: SealedText, row: Any, add: bool) -> str:
        value = row.__dict__[field.attname]
        return field.text_of(value) if isinstance(value, str | dict) else value.text

    monkeypatch.setattr(SealedText, "pre_save", plainly)
    monkeypatch.setattr(
        SealedText, "from_db_value", lambda field, value, *_: field.value_of(value)
    )
    monkeypatch.setattr(SealedText, "get_prep_value", lambda _, value: value)
    Order.objects.create(**plain_order(marks))

    assert on_disk(marks) == set(marks[:5])


def plain_order(marks: list[str]) -> dict[str, Any]:
    """An order's columns, whose first five sealed ones hold the marks."""
    values = {
        field.attname: field.get_default()
        for field in Order._meta.concrete_fields
        if not field.primary_key
    }
    texts = dict.fromkeys(Order.seals(), "x")
    texts |= dict(zip(MARKS, marks, strict=False))
    numbers = {n: 0 for n, value in values.items() if n.endswith("_pence")}
    when = {"delivery_on": "2026-01-01", "good_until": "2026-01-01T00:00Z"}
    return (
        values
        | texts
        | numbers
        | when
        | {
            "number": "J26-0000-0001",
            "token": "t" * 32,
            "email_hash": "f" * 64,
            "policy_version": 1,
        }
    )


@pytest.mark.django_db(transaction=True)
def test_after_the_key_is_destroyed_no_copy_of_the_row_opens(
    camera: Product, bank: TestBank
) -> None:
    """The row as a backup has it, brought back: nobody can read it any more."""
    order = buy(camera, bank)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE backup AS SELECT * FROM shop_order")
    keep_for_law(order, ["full_name", "billing_line1"])
    keys.destroy(order.email_hash)

    kept = Order.objects.get(pk=order.pk)
    assert kept.full_name == MARKS["full_name"]
    assert kept.email == kept.telephone == ""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_payment")
        cursor.execute("DELETE FROM shop_orderline")
        cursor.execute("DELETE FROM shop_hold")
        cursor.execute("DELETE FROM shop_order")
        cursor.execute("INSERT INTO shop_order SELECT * FROM backup")
    with pytest.raises(keys.KeyGone):
        _ = Order.objects.get(pk=order.pk).full_name
    assert on_disk() == set()


@pytest.mark.django_db(transaction=True)
def test_mail_queued_for_somebody_erased_is_dropped(
    camera: Product, bank: TestBank
) -> None:
    order = buy(camera, bank)
    keys.destroy(order.email_hash)

    Message.objects.update(due_at=timezone.now())  # tried once, and put off

    assert sender.send_due() == 0
    states = set(Message.objects.values_list("state", "last_error"))
    assert states == {("held", "erased")}


# --- without the store ----------------------------------------------------------------
@pytest.fixture
def no_store(settings: Any) -> Iterator[None]:
    keys.forget_connections()
    here = settings.KEYS_DATABASE_URL
    settings.KEYS_DATABASE_URL = "postgres://keys:keys@127.0.0.1:1/keys"
    yield
    keys.forget_connections()
    settings.KEYS_DATABASE_URL = here


@pytest.mark.django_db
def test_browsing_needs_no_key(camera: Product, no_store: None, client: Client) -> None:
    for address in ("/", f"/p/{camera.slug}/", "/clubs/", "/privacy/", "/trolley/"):
        assert client.get(address, follow=True).status_code in (200, 404), address


@pytest.mark.django_db
def test_pages_about_a_person_say_try_again_and_lose_nothing(
    camera: Product, client: Client, settings: Any
) -> None:
    token = draft_token(client, {camera.sku: 1})
    number = Order.objects.count()
    keys.forget_connections()
    settings.KEYS_DATABASE_URL = "postgres://keys:keys@127.0.0.1:1/keys"
    try:
        page = client.get(f"/orders/{token}/review/")
        form = client.post("/checkout/", PRIYA)
    finally:
        keys.forget_connections()

    assert page.status_code == form.status_code == 503
    assert page["Retry-After"] == "60"
    assert PRIYA["full_name"] not in page.content.decode()
    assert Order.objects.count() == number


@pytest.mark.django_db
def test_mail_waits_for_the_store(client: Client, settings: Any) -> None:
    outbox.queue(
        message_class="order", to="a@example.com", subject="s", text="t", key="k"
    )
    keys.forget_connections()
    settings.KEYS_DATABASE_URL = "postgres://keys:keys@127.0.0.1:1/keys"
    try:
        assert sender.send_due() == 0
    finally:
        keys.forget_connections()

    assert set(Message.objects.values_list("state", "last_error")) == {
        ("queued", "keys")
    }


# --- rows from before -----------------------------------------------------------------
@pytest.mark.django_db
def test_an_older_shops_rows_are_sealed_by_the_migration(
    camera: Product, client: Client
) -> None:
    token = draft_token(client, {camera.sku: 1})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_order SET key_id = '', full_name = 'Old Name',"
            " email = 'old@example.com', line2 = ''"
        )
    migration = importlib.import_module("shop.migrations.0008_seal_orders")
    with connection.schema_editor(atomic=False) as editor:
        migration.seal(apps, editor)
        migration.seal(apps, editor)

    order = Order.objects.get(token=token)
    assert (order.full_name, order.email, order.line2) == (
        "Old Name",
        "old@example.com",
        "",
    )
    assert order.key_id == keys.of(order.email_hash).id


def test_every_sealed_model_refuses_queries_by_its_sealed_columns() -> None:
    wrong = [
        model._meta.label
        for model in sealed_models()
        if not issubclass(type(model._default_manager.all()), SealedQuerySet)
    ]
    assert wrong == []
