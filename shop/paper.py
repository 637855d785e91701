"""An invoice or credit note as a tagged PDF (PDF/UA-1), the same at every print."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from jessops.lib.clock import in_london, long_date
from jessops.lib.money import pounds
from shop.models import Document, Order

TEMPLATE = Path(__file__).with_name("document.typ")
RATES = {"standard": "20%", "zero": "0%", "margin": "Margin scheme"}
# The words of VAT Notice 718, 3.6, for each kind of goods that the scheme is for.
MARGIN = (
    "Input tax deduction has not been claimed and will not be claimed by us in respect"
    " of the second-hand goods sold on this invoice. Margin scheme: second-hand goods."
)
# A credit note is no invoice: it says the scheme, and that no VAT can be had from it.
MARGIN_BACK = (
    "Margin scheme: second-hand goods. No VAT is shown on them, and none can be"
    " claimed or given back in respect of them."
)


def pdf(document: Document) -> bytes:
    """Return the document as it was made. Opens the order's name and address."""
    return _compiled(json.dumps(content(document), sort_keys=True))


def content(document: Document) -> dict[str, Any]:
    facts = json.loads(document.facts)
    invoice = document.kind == Document.Kind.INVOICE
    day = in_london(document.made_at).date()
    company = facts["company"]
    dated = f"{long_date(day)} {day.year}"
    particulars = [
        f"{company['address']}. Company number {company['number']}",
        f"VAT registration number {company['vat_number']}",
        f"{'Date and tax point' if invoice else 'Date'}: {dated}",
        f"Order {facts['order']}",
    ]
    if facts["invoices"]:
        particulars.append(f"Credit for invoice {', '.join(facts['invoices'])}")
    margin = any(row["vat"] == "margin" for row in facts["rows"])
    total = "Total paid" if invoice else "Total given back"
    return {
        "title": f"{Document.Kind(document.kind).label} {document.number}",
        "shop": company["name"],
        "company": company["name"],
        "particulars": particulars,
        "to": [] if facts["simple"] else _customer(document.order),
        "rows": [_cells(row) for row in facts["rows"]],
        "rates": _by_rate(facts["rows"]),
        "words": [
            f"{total}: {pounds(facts['total'])}. VAT in it: {pounds(facts['vat'])}.",
            *([MARGIN if invoice else MARGIN_BACK] if margin else []),
        ],
    }


def _customer(order: Order) -> list[str]:
    """Return what tax law has us keep of the customer, and nothing that may go."""
    rows = (
        order.full_name,
        order.billing_line1,
        order.billing_line2,
        order.billing_town,
        order.billing_county,
        order.billing_postcode,
    )
    return [row for row in rows if row]


def _cells(row: dict[str, Any]) -> list[str]:
    name = f"{row['name']} ({row['sku']})" if row["sku"] else row["name"]
    vat = "Not shown" if row["vat"] == "margin" else pounds(row["vat_pence"])
    price = pounds(row["pence"])
    return [name, str(row["quantity"]), RATES[row["vat"]], vat, price]


def _by_rate(rows: list[dict[str, Any]]) -> list[list[str]]:
    found = []
    for vat in sorted({row["vat"] for row in rows}):
        same = [row for row in rows if row["vat"] == vat]
        gross = sum(row["pence"] for row in same)
        tax = sum(row["vat_pence"] for row in same)
        hidden = vat == "margin"
        found.append(
            [
                RATES[vat],
                "Not shown" if hidden else pounds(gross - tax),
                "Not shown" if hidden else pounds(tax),
                pounds(gross),
            ]
        )
    return found


def _compiled(text: str) -> bytes:
    # The words travel as data, so that nothing in them is read as typst's own language.
    made = typst.compile(
        _template(),
        sys_inputs={"content": text},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    assert isinstance(made, bytes)  # noqa: S101  one file was asked for
    return made


@lru_cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
