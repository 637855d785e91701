"""Labels, packing slips and manifests as PDF, tagged (PDF/UA-1), by typst."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from jessops.lib.clock import long_date
from shop import code128
from shop.clients.carriers import SERVICES, Booking, Parcel
from shop.models import ConsignmentLine, Return

HERE = Path(__file__).parent
LITHIUM = {
    "none": "",
    "contained": "Lithium ion batteries in equipment, UN3481",
    "loose": "Lithium ion batteries, UN3480. Forbidden aboard aircraft",
}


def label(parcel: Parcel, booking: Booking, carrier: str) -> bytes:
    """Return the label that goes on a booked parcel, 100 mm by 150 mm.

    On it is what the carrier got, and nothing else.
    """
    return _compiled("label.typ", label_content(parcel, booking, carrier))


def label_content(parcel: Parcel, booking: Booking, carrier: str) -> str:
    """Return what a label says, as the JSON that its template reads."""
    place = (parcel.line1, parcel.line2, parcel.town, parcel.county)
    company = settings.COMPANY
    return _json(
        title=carrier,
        service=SERVICES[parcel.service],
        weight=kilograms(parcel.weight_grams),
        to=[parcel.name, *filter(None, place)],
        postcode=parcel.postcode,
        telephone=parcel.telephone,
        barcode=code128.svg(booking.barcode),
        number=booking.number,
        lithium=LITHIUM[parcel.lithium],
        reference=parcel.reference,
        leaves=f"{long_date(parcel.leaves_on)} {parcel.leaves_on.year}",
        **{"from": f"{company['name']}, {company['address']}"},
    )


def manifest(
    *, number: str, carrier: str, day: date, rows: Sequence[tuple[str, str, str, int]]
) -> bytes:
    """Return the list that the driver signs: numbers and weights, and nobody's name.

    In: rows as carrier's number, our reference, service code and grams.
    """
    content = _json(
        title=f"Manifest {number}",
        carrier=carrier,
        day=f"{long_date(day)} {day.year}",
        weight=kilograms(sum(grams for *_, grams in rows)),
        rows=[
            [booked, reference, SERVICES.get(service, service), kilograms(grams)]
            for booked, reference, service, grams in rows
        ],
    )
    return _compiled("manifest.typ", content)


def slip(parcel: Parcel, things: Iterable[ConsignmentLine]) -> bytes:
    """Return what lies in the box: no price, since it may be a present."""
    place = (parcel.line1, parcel.line2, parcel.town, parcel.county, parcel.postcode)
    company = settings.COMPANY
    content = _json(
        title=f"Packing slip {parcel.reference}",
        to=[parcel.name, *filter(None, place)],
        rows=[[str(one.quantity), one.line.name, one.line.sku] for one in things],
        **{"from": f"{company['name']}, {company['address']}"},
    )
    return _compiled("slip.typ", content)


def return_label(back: Return) -> bytes:
    """Return the label that its sender prints: our address, and nobody's name."""
    return _compiled("return.typ", return_content(back))


def return_content(back: Return) -> str:
    """Return what a return's label says, as the JSON that its template reads."""
    ours = back.reason != Return.Reason.CHANGED_MIND
    pays = "We pay for sending it: keep the receipt" if ours else "You pay the postage"
    return _json(
        title=f"Return {back.number}",
        how=f"Cut out the label and stick it on the parcel. {pays}.",
        to=settings.COMPANY["address"].split(", "),
        barcode=code128.svg(back.number),
        number=back.number,
    )


def kilograms(grams: int) -> str:
    return f"{grams / 1000:.2f} kg"


def _json(**content: Any) -> str:
    return json.dumps({"shop": settings.COMPANY["name"], **content}, sort_keys=True)


def _compiled(template: str, content: str) -> bytes:
    # The words travel as data, so that nothing in them is read as typst's own language.
    made = typst.compile(
        _template(template),
        sys_inputs={"content": content},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    assert isinstance(made, bytes)  # noqa: S101  one file was asked for
    return made


@lru_cache
def _template(name: str) -> bytes:
    return (HERE / name).read_bytes()
