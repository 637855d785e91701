"""Everything held about one person, found by the registries and by nothing else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jessops.lib.clock import LONDON
from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message
from privacy import choices, dossier, handover, registry, retention
from privacy.dossier import Group, Item
from privacy.handover import Table
from privacy.models import LegalDisclosure, Receipt
from privacy.registry import YOU
from privacy.retention import AsLongAs
from shop.models import Order, Status
from tests.builders import PRIYA, draft_token, move_order, product
from tests.members.cast import member

pytestmark = pytest.mark.django_db

PRIYAS = email_hash(PRIYA["email"])


def order(**changes: Any) -> Order:
    number = Order.objects.count()
    thing = product(stock=50)
    token = draft_token(Client(), {thing.sku: 1 + number % 3})
    if "status" in changes:
        move_order(token, changes.pop("status"), **changes)
    else:
        Order.objects.filter(token=token).update(**changes)
    return Order.objects.get(token=token)


def paid(at: datetime | None = None, **changes: Any) -> Order:
    at = at or timezone.now()
    given = {"status": Status.AUTHORISED, "placed_at": at, "authorised_at": at}
    return order(**given | changes)


def held(table: str = "") -> list[Group]:
    groups = dossier.of(PRIYAS, PRIYA["email"])
    return [group for group in groups if not table or group.table == table]


def item(field: str, table: str = "shop.Order") -> Item:
    found = [one for group in held(table) for one in group.items if one.field == field]
    assert len(found) == 1, found
    return found[0]


# --- what is in it --------------------------------------------------------------------
def test_every_declared_table_is_reached() -> None:
    """The build turns red for a table that is declared and that nobody can find."""
    assert dossier.unreachable() == []


def test_a_table_that_is_declared_and_not_registered_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    assert held("shop.Order") == []
    order()
    assert held("shop.Order")
    monkeypatch.delitem(handover._tables, "shop.Order")
    assert dossier.unreachable() == ["shop.Order"]
    assert held("shop.Order") == []


def test_each_item_tells_value_source_purpose_version_and_end() -> None:
    order()
    name = item("full_name")
    assert (name.said, name.value) == (PRIYA["full_name"], PRIYA["full_name"])
    assert name.source == "you"
    assert name.purposes == ("to carry out your order and tell you about it",)
    assert name.label == "Name"
    assert item("address_check").source == "the address list (AFD)"
    assert item("line1").source == "you or the address list (AFD)"
    (entry,) = held("shop.Order")[0].entries
    assert entry.version == 1
    assert entry.when
    assert entry.title == f"Order {Order.objects.get().number}"


def test_a_bank_result_names_the_payment_host_as_its_source() -> None:
    found = paid()
    found.payments.create(
        reference="referenceofdossier",
        amount_pence=found.total_pence,
        status="captured",
        intent="pi_1",
        expires_at=timezone.now(),
    )
    assert item("status", "shop.Payment").source == "the payment host"
    assert item("amount_pence", "shop.Payment").said.startswith("£")


def test_what_says_nothing_is_named_without_its_value() -> None:
    found = order()
    (entry,) = held("shop.Order")[0].entries
    assert "Keyed hash of the e-mail address" in entry.unread
    assert "The key in your order's link" in entry.unread
    told = {one.value for group in held("shop.Order") for one in group.items}
    assert not told & {found.email_hash, found.token, found.fingerprint}


def test_a_password_is_named_and_never_shown() -> None:
    mine = member(PRIYA["email"])
    (entry,) = held("members.Member")[0].entries
    assert "Password, as a one-way hash" in entry.unread
    assert mine.password not in repr(held())


@pytest.fixture
def planted() -> Iterator[type[models.Model]]:
    """A table of ours that was declared and registered a moment ago."""

    class Planted(models.Model):
        subject = models.CharField(max_length=64)
        shoe_size = models.CharField(max_length=9)
        policy_version = models.PositiveIntegerField(default=1)
        noted_at = models.DateTimeField(default=timezone.now)

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return f"planted {self.pk}"

    registry.describe(Planted, title="Your shoes", people="people with feet")
    registry.not_personal(Planted, "id", "subject", "policy_version", "noted_at")
    row = Planted(subject=PRIYAS, shoe_size="six and a half")
    table = Table(
        Planted,
        of=lambda people: ((one, row) for one in people if one == PRIYAS),
        about=lambda row: "shoes:1",
        moves=None,
    )
    handover.register(table)
    yield Planted
    del handover._tables["privacy.Planted"]
    del registry._sections["privacy.Planted"]
    for key in [key for key in registry._declared if key[0] == "privacy.Planted"]:
        del registry._declared[key]
    del apps.all_models["privacy"]["planted"]
    apps.clear_cache()


def test_a_new_declared_column_appears_by_itself(planted: type[models.Model]) -> None:
    registry.hold(
        planted,
        "shoe_size",
        label="Size of your shoes",
        purpose="order",
        source=YOU,
        under="policy_version",
        retention=AsLongAs("you walk"),
        export=True,
        erase="delete",
    )
    shoes = item("shoe_size", "privacy.Planted")
    assert (shoes.label, shoes.said) == ("Size of your shoes", "six and a half")
    assert shoes.until == "for as long as you walk"
    assert shoes.goes is None


def test_another_persons_rows_are_not_in_it() -> None:
    order()
    draft_token(Client(), {product().sku: 1}, email="other@example.co.uk")
    choices.record(
        email="other@example.co.uk",
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="newsletter",
        wording="The newsletter?",
    )
    assert "other@example.co.uk" not in repr(held())
    (entry,) = held("shop.Order")[0].entries
    assert entry.about == Order.objects.get(email_hash=PRIYAS).about


def test_nobody_is_never_looked_up() -> None:
    with pytest.raises(ValueError, match="nobody"):
        dossier.of("", "")


def test_who_outside_received_what_is_in_it() -> None:
    found = order()
    Receipt.objects.create(
        connector="bank",
        recipient="The payment host",
        purpose="payment",
        field_names=["client_reference_id"],
        reason="payment",
        about=found.about,
    )
    (group,) = held("privacy.Receipt")
    assert {entry.title for entry in group.entries} == {f"Order {found.number}"}
    told = {one.said for one in group.items if one.field == "recipient"}
    assert told == {"The payment host", "AFD, our address list"}
    assert group.is_ledger


def test_a_demand_under_seal_leaves_no_trace() -> None:
    """What the person was not told of yet is on no page and in no copy (C17)."""
    order()
    LegalDisclosure.objects.create(
        reference="D2026-TEST1",
        basis="court-order",
        document="x",
        subject=PRIYAS,
        fields=["shop.Order.email"],
        requested_by=1,
        tell_on=date(2026, 12, 1),
        sealed_until=date(2027, 12, 1),
        sealed_why="ordered",
    )
    assert held("privacy.LegalDisclosure") == []


def test_one_matter_alone() -> None:
    first, second = order(), order()
    groups = dossier.of(PRIYAS, PRIYA["email"], guest=True, matter=first.about)
    assert {entry.about for group in groups for entry in group.entries} == {first.about}
    assert second.number not in repr(groups)


# --- when it goes (C13) ---------------------------------------------------------------
def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def gone_on(day: date, is_there: Any) -> None:
    """It is there until the last second before the day shown, and goes on it."""
    with time_machine.travel(midnight(day) - timedelta(seconds=1), tick=False):
        retention.run_all()
        assert is_there()
    with time_machine.travel(midnight(day) + timedelta(seconds=1), tick=False):
        retention.run_all()
        assert not is_there()


@pytest.mark.django_db(transaction=True)
def test_the_day_shown_is_the_day_the_telephone_number_goes() -> None:
    found = paid()
    shown = item("telephone").goes
    assert shown == found.delivery_on + timedelta(days=30)

    def there() -> bool:
        return bool(Order.objects.get(pk=found.pk).telephone)

    gone_on(shown, there)
    assert "telephone" not in {one.field for one in held("shop.Order")[0].items}


@pytest.mark.django_db(transaction=True)
def test_the_day_shown_is_the_day_the_order_goes() -> None:
    found = paid()
    shown = item("full_name").goes
    assert shown
    assert shown.year == found.created_at.year + 6
    assert item("sku", "shop.OrderLine").goes == shown
    gone_on(shown, Order.objects.filter(pk=found.pk).exists)
    assert held("shop.Order") == []


@pytest.mark.django_db(transaction=True)
def test_the_day_shown_is_the_day_a_message_goes() -> None:
    mail = Message.objects.create(
        key="k", message_class="order", to=PRIYA["email"], subject="A thing", text="t"
    )
    assert item("subject", "newsletter.Message").goes is None  # it is not sent yet
    Message.objects.filter(pk=mail.pk).update(
        state=Message.State.SENT, settled_at=timezone.now()
    )
    shown = item("subject", "newsletter.Message").goes
    assert shown
    gone_on(shown, Message.objects.filter(pk=mail.pk).exclude(subject="").exists)


def test_what_no_clock_ends_says_its_rule() -> None:
    member(PRIYA["email"])
    one = item("email", "members.Member")
    assert one.goes is None
    assert one.until == one.kept == "for as long as the account exists"


# --- cost -----------------------------------------------------------------------------
def count() -> int:
    with CaptureQueriesContext(connection) as queries:
        held()
    return len(queries)


def test_its_cost_depends_on_tables_and_not_on_rows() -> None:
    member(PRIYA["email"])
    paid()
    held()  # what processes remember is read once
    few = count()
    for _ in range(6):
        paid()
    assert count() == few
    assert few < 120


def test_doors_lead_where_it_can_be_put_right() -> None:
    Client().get("/")  # the addresses bring their doors
    mine = member(PRIYA["email"], full_name="Priya Raman")
    found = paid()
    assert isinstance(mine, Member)
    assert item("email", "members.Member").door == "/members/data/email/"
    assert item("full_name", "members.Member").door == "/members/data/name/"
    assert item("town").door == f"/orders/{found.token}/correct/"
    assert item("billing_town").door == ""
