"""Making invoices and credit notes, once each, numbered without a gap.

Both are made in the transaction that writes down that money moved: what is undone
takes its number back with it.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from shop import pricing
from shop.models import (
    Capture,
    Document,
    DocumentCounter,
    Order,
    OrderLine,
    Refund,
    VatTreatment,
)

# An invoice up to this, VAT included, need not name the customer (VAT Regulations
# 1995, regulation 16).
SIMPLE_PENCE = 250_00
Row = dict[str, Any]


def invoice_for(capture: Capture) -> Document:
    """Return the invoice of money that was taken; made at the first call.

    Under the order's lock, with the capture done.
    """
    found = Document.objects.filter(capture=capture).first()
    if found:
        return found
    order = capture.payment.order
    lines = list(order.lines.all())
    rows = _supplied(capture, order, lines)
    return _make(Document.Kind.INVOICE, order, rows, capture.done_at, capture=capture)


def credit_note_for(refund: Refund) -> Document:
    """Return the credit note of money that was given back; made at the first call.

    Under the order's lock, with the refund done.
    """
    found = Document.objects.filter(refund=refund).first()
    if found:
        return found
    order = refund.order
    lines = list(order.lines.all())
    rows = [
        _row(one.line.name, one.line.sku, one.quantity, one.pence, one.line.vat)
        for one in refund.lines.select_related("line")
    ]
    if refund.delivery_pence:
        rows.append(_delivery(order, lines, refund.delivery_pence))
    rest = refund.amount_pence - sum(row["pence"] for row in rows)
    if rest < 0:  # more was named than is given back
        rows, rest = [], refund.amount_pence
    rows += _shares("Reduction of the price", lines, rest)
    return _make(Document.Kind.CREDIT, order, rows, refund.done_at, refund=refund)


def _supplied(capture: Capture, order: Order, lines: list[OrderLine]) -> list[Row]:
    """Return the rows that make up what was taken: goods, then delivery."""
    if capture.consignment is not None:
        pieces = dict(capture.consignment.lines.values_list("line", "quantity"))
    elif Document.objects.filter(order=order, capture__isnull=False).exists():
        pieces = {}  # a rest that was taken by hand
    else:
        pieces = {line.pk: line.quantity - line.cancelled for line in lines}
    rows = [
        _row(line.name, line.sku, many, many * line.unit_pence, line.vat)
        for line in lines
        if (many := pieces.get(line.pk, 0))
    ]
    rest = capture.amount_pence - sum(row["pence"] for row in rows)
    if rows and 0 < rest <= order.delivery_pence:
        return [*rows, _delivery(order, lines, rest)]
    if rows and not rest:
        return rows
    # No whole pieces: an amount that a person took at the bank.
    return _shares(f"Part payment of order {order.number}", lines, capture.amount_pence)


def _row(name: str, sku: str, quantity: int, pence: int, vat: str) -> Row:
    return {
        "name": name,
        "sku": sku,
        "quantity": quantity,
        "pence": pence,
        "vat": str(vat),
    }


def _delivery(order: Order, lines: list[OrderLine], pence: int) -> Row:
    name = f"Delivery, {order.delivery_name}"
    zero = all(line.vat == VatTreatment.ZERO for line in lines)
    vat = VatTreatment.ZERO if zero else VatTreatment.STANDARD
    return _row(name, "", 1, pence, vat)


def _shares(name: str, lines: list[OrderLine], pence: int) -> list[Row]:
    """Share an amount that is of no single line among the ways the goods are taxed."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.vat] = sums.get(line.vat, 0) + line.line_pence
    goods, left, rows = sum(sums.values()), pence, []
    for position, vat in enumerate(sorted(sums)):
        last = position == len(sums) - 1
        part = left if last or not goods else pence * sums[vat] // goods
        left -= part
        if part:
            rows.append(_row(name, "", 1, part, vat))
    return rows


def taxed(rows: Iterable[Row], earlier: Iterable[Row]) -> list[Row]:
    """Say of each row what VAT is in it, so that what was split adds up to the whole.

    A part bears the VAT of all that was written of its line so far, less what earlier
    papers said: two invoices of one line say what one would have said (VAT Notice 700,
    17.5.1 lets each line be rounded).
    """
    said: dict[tuple[str, str], int] = {}
    for row in earlier:
        said[_same(row)] = said.get(_same(row), 0) + row["pence"]
    found = []
    for row in rows:
        before = said.get(_same(row), 0)
        after = said[_same(row)] = before + row["pence"]
        vat = pricing.line_vat(row["vat"], after) - pricing.line_vat(row["vat"], before)
        found.append({**row, "vat_pence": vat})
    return found


def _same(row: Row) -> tuple[str, str]:
    """Name the line that a row is a part of: the goods, the delivery, a share."""
    return row["sku"] or row["name"], row["vat"]


def _make(kind: str, order: Order, rows: list[Row], at: Any, **of: Any) -> Document:
    papers = Document.objects.filter(order=order, kind=kind)
    facts_before = map(json.loads, papers.values_list("facts", flat=True))
    rows = taxed(rows, [row for one in facts_before for row in one["rows"]])
    total = sum(row["pence"] for row in rows)
    company = settings.COMPANY
    invoices = Document.objects.filter(order=order, kind=Document.Kind.INVOICE)
    facts = {
        "company": {
            name: company[name] for name in ("name", "number", "vat_number", "address")
        },
        "order": order.number,
        "invoices": []
        if kind == Document.Kind.INVOICE
        else list(invoices.values_list("number", flat=True)),
        "rows": rows,
        "total": total,
        "vat": sum(row["vat_pence"] for row in rows),
        "simple": kind == Document.Kind.INVOICE and total <= SIMPLE_PENCE,
    }
    text = json.dumps(facts, sort_keys=True)
    with transaction.atomic():
        serial = _next(kind)
        return Document.objects.create(
            kind=kind,
            serial=serial,
            number=f"{kind}-{serial:06d}",
            order=order,
            facts=text,
            sha256=sha256(text.encode()).hexdigest(),
            total_pence=total,
            made_at=at,
            **of,
        )


def _next(series: str) -> int:
    """Count one up; whoever else wants a number waits until this transaction ends."""
    table = DocumentCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counter (series, last) VALUES (%s, 1)"  # noqa: S608
            " ON CONFLICT (series) DO UPDATE SET last = counter.last + 1"
            " RETURNING last",
            [series],
        )
        return int(cursor.fetchone()[0])
