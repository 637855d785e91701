"""From the purchase to the last credit note, every book says the same sum."""

import json

import pytest
from django.test import Client

from jessops.lib.money import vat_included
from shop import tasks
from shop.actions import captures, dispatch, refunds, returns, reviewing, vouchers
from shop.models import (
    Consignment,
    Document,
    Order,
    Refund,
    Return,
    ReturnLine,
    Status,
    Stock,
    VoucherUse,
)
from tests.bank import TestBank
from tests.builders import draft_token, product
from tests.sandbox.launcher import Sandbox
from tests.shop.test_after_sale import mine
from tests.shop.test_carriers import parties as parties
from tests.shop.test_vouchers import code

pytestmark = pytest.mark.django_db(transaction=True)


def test_bank_orders_and_documents_agree_to_the_penny(
    client: Client, bank: TestBank, parties: Sandbox
) -> None:
    film = product(name="Film", price=1_337, stock=9)
    used = product(price=20_003, stock=1, condition="used", grade="good", vat="margin")
    book = product(name="Book", price=2_501, stock=4, vat="zero")
    voucher = code("AUTUMN", amount=7, limit=1)
    wanted = {film.sku: 3, used.sku: 1, book.sku: 1}
    order = bank.buy(
        client, draft_token(client, wanted, voucher="AUTUMN", delivery="noon")
    )
    assert order.status == Status.AUTHORISED
    payment = order.payments.get()
    lines = {line.sku: line for line in order.lines.all()}
    # what was agreed: 7 % off each piece, rounded down; delivery on top
    assert order.off_pence == 3 * 93 + 1_400 + 175
    goods = 3 * 1_337 + 20_003 + 2_501 - order.off_pence
    assert (order.goods_pence, order.total_pence) == (
        goods,
        goods + order.delivery_pence,
    )
    assert order.delivery_pence
    shown = vat_included(3 * 1_244) + vat_included(order.delivery_pence)
    assert order.vat_pence == shown
    assert payment.amount_pence == order.total_pence

    # a person has to look first
    reviewing.flag(order=order, code="address", by="staff:1")
    with pytest.raises(dispatch.NotPossible):
        dispatch.start(order=order, by="staff:2")
    reviewing.deal_with(order=order, code="address", by="staff:1")

    # two parcels, each takes its own money
    first = parcel(order, {lines[film.sku].pk: 2})
    assert received(bank, order) == 2 * 1_244 + order.delivery_pence
    parcel(order, None)
    assert received(bank, order) == captures.taken(payment) == order.total_pence
    invoices = notes(order, Document.Kind.INVOICE)
    assert [invoice.total_pence for invoice in invoices] == [
        2 * 1_244 + order.delivery_pence,
        1_244 + 18_603 + 2_326,
    ]
    assert total(invoices) == order.total_pence
    # and what is split says the same VAT as one paper would
    assert vat(invoices) == order.vat_pence

    # one film of the first parcel comes back, then everything else
    back(order, {lines[film.sku].pk: 1})
    (credit,) = notes(order, Document.Kind.CREDIT)
    assert credit.total_pence == 1_244 == given(bank, order)
    assert vat([credit]) == vat_included(1_244)
    assert refunds.refundable(payment) == order.total_pence - 1_244
    rest = {
        lines[film.sku].pk: 2,
        lines[used.sku].pk: 1,
        lines[book.sku].pk: 1,
    }
    back(order, rest)
    credits_ = notes(order, Document.Kind.CREDIT)
    assert total(credits_) == order.total_pence == given(bank, order)
    assert vat(credits_) == vat(invoices)
    assert refunds.refundable(payment) == 0
    with pytest.raises(refunds.TooMuch):
        refunds.ask(
            order=order,
            pence=1,
            reason=Refund.Reason.GOODWILL,
            by="staff:1",
            limit=None,
            attempt="one-more",
        )
    for thing, many in ((film, 9), (used, 1), (book, 4)):
        assert Stock.objects.get(pk=thing.pk).on_hand == many
    # R4: giving all of it back does not give the single code back
    voucher.refresh_from_db()
    assert voucher.used == VoucherUse.objects.count() == 1
    with pytest.raises(vouchers.Refused):
        vouchers.find("AUTUMN", goods_pence=50_000)
    assert first.number in {one.number for one in order.consignments.all()}


def parcel(order: Order, quantities: dict[int, int] | None) -> Consignment:
    """Pick, pack, book and hand over; the money is taken by its own task."""
    made = dispatch.start(order=order, by="staff:2", quantities=quantities)
    dispatch.pack(consignment=made, carrier="parcelforce", weight_g=400, by="staff:2")
    dispatch.book(consignment=made, by="staff:2")
    dispatch.hand_over(consignment=made, by="staff:2")
    for capture in order.payments.get().captures.all():
        tasks.take_capture(capture.pk)
    return made


def back(order: Order, pieces: dict[int, int]) -> None:
    """Send pieces back as faulty, good as new; all that is due is paid."""
    made = returns.ask(
        order=order,
        pieces=pieces,
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt=f"form-{len(pieces)}",
    )
    found = returns.Found(ReturnLine.Found.NEW)
    returns.receive(
        back=made, found={line.pk: found for line in made.lines.all()}, by="staff:1"
    )
    due = returns.due_to(made).worth
    refund = returns.settle(back=made, pence=due, by="staff:1", limit=None)
    tasks.send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.DONE


def notes(order: Order, kind: str) -> list[Document]:
    """Return an order's documents of a kind, each of which adds up in itself."""
    found = list(order.documents.filter(kind=kind).order_by("serial"))
    for document in found:
        facts = json.loads(document.facts)
        rows = facts["rows"]
        assert sum(row["pence"] for row in rows) == facts["total"]
        assert facts["total"] == document.total_pence
        assert sum(row["vat_pence"] for row in rows) == facts["vat"]
        for row in rows:
            due = vat_included(row["pence"]) if row["vat"] == "standard" else 0
            assert abs(row["vat_pence"] - due) <= 1  # rounded with its earlier parts
    return found


def total(found: list[Document]) -> int:
    return sum(document.total_pence for document in found)


def vat(found: list[Document]) -> int:
    return sum(json.loads(document.facts)["vat"] for document in found)


def received(bank: TestBank, order: Order) -> int:
    return int(mine(bank, order)["captured"])


def given(bank: TestBank, order: Order) -> int:
    return int(mine(bank, order)["refunded"])
