"""Invoices and credit notes: numbers without a gap, words read back from the PDF."""

import json
import tempfile
import threading
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import FileField
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from jessops.lib.clock import LONDON, long_date
from jessops.lib.money import vat_included
from members.models import Member
from privacy.models import Look
from privacy.tasks import retain
from shop import paper
from shop.actions import captures, documents, refunds, retention
from shop.models import (
    Capture,
    Document,
    DocumentCounter,
    Order,
    OrderLine,
    Product,
    Refund,
)
from tests import staff
from tests.builders import product
from tests.privacy.pdf_words import read
from tests.shop import sale_cast


@pytest.fixture
def camera(db: None) -> Product:
    return product(name="Nikon FM2", price=34_900, stock=5)


def paid(things: Mapping[Product, int], *, delivery_pence: int = 495) -> Order:
    order = sale_cast.paid(things, delivery_pence=delivery_pence)
    order.billing_line1, order.billing_town = "12 Mill Lane", "Marlow"
    order.billing_postcode = "SL7 1EY"
    order.save()
    return order


def taken(order: Order, pence: int = 0) -> Capture:
    """Money that the bank took, written down; no bank asked."""
    payment = order.payments.get()
    captures.note_taken(
        payment=payment,
        received=captures.asked(payment) + (pence or order.total_pence),
        at=timezone.now(),
    )
    payment.status = "captured"
    payment.save(update_fields=["status"])
    return payment.captures.order_by("-pk")[0]


def words(document: Document) -> str:
    return " ".join(read(paper.pdf(document)).text.split())


def test_a_full_invoice_says_all_that_the_law_asks_for(camera: Product) -> None:
    order = paid({camera: 2})
    invoice = documents.invoice_for(taken(order))
    said = read(paper.pdf(invoice))
    text = " ".join(said.text.split())
    for part in (
        f"VAT invoice {invoice.number}",
        "Jessops Demonstration Limited",
        "98 Scudamore Road",
        "GB 000 0000 00",
        "Date and tax point",
        order.number,
        order.full_name,
        order.billing_line1,
        order.billing_postcode,
        "Nikon FM2",
        "£698.00",
        "£116.33",  # VAT of the cameras
        "Delivery",
        "20%",
        "£702.95",
        "VAT in it: £117.16",  # 11633 + 83
    ):
        assert part in text, (part, text)
    assert {"Table", "TH", "TD"} <= said.tags
    assert b"pdfuaid:part>1<" in said.plain
    assert b"(en-GB)" in said.plain
    assert f"VAT invoice {invoice.number}".encode() in said.plain  # its title
    assert paper.pdf(invoice) == said.plain  # printed again, the same
    assert order.email not in text


def test_up_to_250_pounds_the_invoice_names_no_customer(db: None) -> None:
    film = product(name="Film", price=24_505, stock=9)
    order = paid({film: 1})  # with its delivery, 250.00 exactly
    assert order.total_pence == 250_00
    simple = words(documents.invoice_for(taken(order)))
    assert order.full_name not in simple
    assert order.billing_line1 not in simple
    assert "GB 000 0000 00" in simple
    assert "£250.00" in simple
    dearer = paid({film: 1}, delivery_pence=496)
    assert dearer.full_name in words(documents.invoice_for(taken(dearer)))


def test_margin_goods_show_no_vat_and_say_why(camera: Product) -> None:
    used = product(name="Leica M3, used", price=90_000, stock=1)
    order = paid({camera: 1, used: 1})
    OrderLine.objects.filter(order=order, sku=used.sku).update(vat="margin")
    invoice = documents.invoice_for(taken(order))
    facts = json.loads(invoice.facts)
    assert facts["vat"] == 5_817 + 83  # the new camera's and the delivery's
    text = words(invoice)
    assert "Margin scheme: second-hand goods" in text
    assert "Not shown" in text
    assert "£150.00" not in text  # what the VAT of the used one would be
    assert "on this invoice" in text
    whole = order.total_pence
    assert refunds.note_given(payment=order.payments.get(), refunded=whole)
    back = words(order.documents.get(kind="CRN"))
    assert "none can be claimed or given back" in back
    assert "on this invoice" not in back
    assert "Not shown" in back
    assert "£150.00" not in back


def test_a_refund_makes_a_credit_note_and_the_invoice_stays(camera: Product) -> None:
    order = paid({camera: 1})
    invoice = documents.invoice_for(taken(order))
    assert refunds.note_given(payment=order.payments.get(), refunded=1_200)
    credit = order.documents.get(kind="CRN")
    assert credit.total_pence == 1_200
    assert json.loads(credit.facts)["vat"] == 200
    text = words(credit)
    assert f"Credit for invoice {invoice.number}" in text
    assert "Reduction of the price" in text
    refund = Refund.objects.get()
    assert documents.credit_note_for(refund) == credit
    assert DocumentCounter.objects.get(series="CRN").last == 1


def test_shares_of_a_mixed_order_add_up(camera: Product) -> None:
    other = product(name="Book", price=3_333, stock=5)
    order = paid({camera: 1, other: 1})
    OrderLine.objects.filter(order=order, sku=other.sku).update(vat="zero")
    invoice = documents.invoice_for(taken(order, pence=10_001))
    rows = json.loads(invoice.facts)["rows"]
    assert {row["vat"] for row in rows} == {"standard", "zero"}
    assert sum(row["pence"] for row in rows) == 10_001 == invoice.total_pence


def test_guests_reach_it_by_their_link_and_nobody_else_does(
    client: Client, camera: Product
) -> None:
    order, other = paid({camera: 1}), paid({camera: 1})
    invoice = documents.invoice_for(taken(order))
    taken(other)
    page = client.get(order.get_absolute_url())
    address = f"{order.get_absolute_url()}documents/{invoice.number}/"
    assert address in page.content.decode()
    kept = retention.kept_until(order)
    assert f"Kept until {kept:%-d %b %Y}, as tax law asks" in page.content.decode()
    found = client.get(address)
    assert found["Content-Type"] == "application/pdf"
    assert found.content.startswith(b"%PDF-")
    assert "no-store" in found["Cache-Control"]
    foreign = client.get(f"/orders/{other.token}/documents/{invoice.number}/")
    assert foreign.status_code == 404
    assert client.post(address).status_code == 405


def at_desk(role: str) -> Client:
    mail = f"{role.replace(' ', '')}@jessops.example"
    member = Member.objects.create_user(mail, "twelve letters")
    member.is_staff = True
    member.save(update_fields=["is_staff"])
    member.groups.add(Group.objects.get(name=role))
    staff.sign_in(desk := Client(), member)
    return desk


def test_web_sales_print_it_again_and_leave_a_line(camera: Product) -> None:
    order = paid({camera: 1})
    invoice = documents.invoice_for(taken(order))
    desk = at_desk("Web Sales")
    found = desk.get(f"/admin/shop/document/?q={invoice.number}").content.decode()
    assert invoice.number in found
    assert order.full_name not in found
    page = f"/admin/shop/document/{invoice.pk}/"
    kept = retention.kept_until(order)
    shown = desk.get(f"{page}change/").content.decode()
    assert f"{long_date(kept)} {kept.year}" in shown
    assert f"{page}pdf/" in shown
    looks = Look.objects.count()
    printed = desk.get(f"{page}pdf/")
    assert printed.content == paper.pdf(invoice)
    assert "no-store" in printed["Cache-Control"]
    assert Look.objects.count() == looks + 1
    assert Look.objects.latest("pk").about == order.about
    assert desk.post(f"{page}change/", {"number": "X"}).status_code == 403
    assert at_desk("Dispatch").get(f"{page}pdf/").status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shop_document SET facts = '{}'",
        "DELETE FROM shop_document",
        "UPDATE shop_documentcounter SET last = last + 2",
        "DELETE FROM shop_documentcounter",
    ],
)
def test_the_database_keeps_documents_as_they_were_made(
    camera: Product, statement: str
) -> None:
    documents.invoice_for(taken(paid({camera: 1})))
    with pytest.raises(DatabaseError, match=r"stands|only with|up by one"):
        at_once(statement)


def at_once(*statements: str) -> None:
    """Run statements and what the end of their transaction looks at."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (*statements, "SET CONSTRAINTS ALL IMMEDIATE"):
            cursor.execute(statement)


def test_documents_go_with_their_order(camera: Product) -> None:
    order = paid({camera: 1})
    documents.invoice_for(taken(order))
    order.delete()
    at_once()
    assert not Document.objects.exists()


def test_papers_are_there_until_their_day_and_then_nothing_is(
    client: Client, camera: Product
) -> None:
    """The clock is run a second before the day that the page names, and on it."""
    order = paid({camera: 1})
    invoice = documents.invoice_for(taken(order))
    refund = refunds.ask(
        order=order,
        pence=1_000,
        reason=Refund.Reason.GOODWILL,
        by="staff:1",
        limit=None,
        attempt="g" * 24,
    )
    Refund.objects.update(state="done", done_at=timezone.now())
    refund.refresh_from_db()
    credit = documents.credit_note_for(refund)
    papers = [
        f"{order.get_absolute_url()}documents/{one.number}/"
        for one in (invoice, credit)
    ]
    day = retention.kept_until(order)
    page = client.get(order.get_absolute_url()).content.decode()
    assert f"Kept until {day:%-d %b %Y}" in page
    folder = Path(tempfile.gettempdir())
    files = set(folder.iterdir())
    midnight = datetime.combine(day, time(), LONDON)
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        retain()
        for paper_ in papers:
            assert client.get(paper_).content.startswith(b"%PDF-")
    assert set(folder.iterdir()) <= files, "no PDF is left lying about"
    assert not [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ], "papers are made at each print: no file of them is kept"
    with time_machine.travel(midnight, tick=False):
        retain()
        for address in (*papers, order.get_absolute_url()):
            assert client.get(address).status_code == 404
    assert not Document.objects.exists()
    assert not Refund.objects.exists()
    assert not Capture.objects.exists()
    assert DocumentCounter.objects.get(series="INV").last == 1, "no number comes twice"


@pytest.mark.django_db(transaction=True)
def test_thirty_at_once_get_thirty_numbers_without_a_gap() -> None:
    """Every third is undone: its number goes to another (a sequence would lose it)."""
    film = product(name="Film", price=1_000, stock=60)
    orders = [paid({film: 1}) for _ in range(30)]
    start = threading.Barrier(30)
    wrong: list[Exception] = []

    class Undone(Exception):
        pass

    def make(place: int) -> None:
        try:
            start.wait(timeout=60)
            with transaction.atomic():
                taken(orders[place])
                if place % 3 == 0:
                    raise Undone
        except Undone:
            return
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make, args=[place]) for place in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    serials = Document.objects.order_by("serial").values_list("serial", flat=True)
    assert list(serials) == list(range(1, 21))
    assert DocumentCounter.objects.get(series="INV").last == 20


@given(st.integers(31, 9_999), st.lists(st.integers(1, 4), min_size=2, max_size=6))
def test_a_line_in_many_parcels_says_the_vat_of_one(
    unit: int, parts: list[int]
) -> None:
    """Whatever a line costs and however it is split, nothing drifts (R8)."""
    said: list[dict[str, Any]] = []
    for many in parts:
        row = {"name": "Film", "sku": "F-1", "vat": "standard", "pence": many * unit}
        said += documents.taxed([row], said)
        assert abs(said[-1]["vat_pence"] - vat_included(many * unit)) <= 1
    whole = vat_included(sum(parts) * unit)
    assert sum(one["vat_pence"] for one in said) == whole


def test_the_control_rounded_by_itself_each_part_drifts() -> None:
    assert 3 * vat_included(1_244) != vat_included(3 * 1_244)
