"""Every paper of the shop is PDF/UA-1, as far as a program can tell (pdfua)."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pdfua
import pikepdf
import pytest

from privacy.policies import pdf as policy_pdf
from shop import labels, paper
from shop.actions import documents, refunds, returns
from shop.clients.carriers import Booking
from shop.models import Refund, Return
from tests.builders import product
from tests.shop import sale_cast
from tests.shop.test_documents import paid, taken
from tests.shop.test_labels import PARCEL

pytestmark = pytest.mark.django_db


def papers() -> Iterator[tuple[str, bytes]]:
    """Make one of each kind."""
    camera = product(name="Nikon FM2", price=34_900, stock=9)
    used = product(
        name="Leica M6",
        price=20_000,
        stock=1,
        condition="used",
        grade="good",
        vat="margin",
    )
    order = paid({camera: 2, used: 1})
    yield "invoice", paper.pdf(documents.invoice_for(taken(order)))
    small = paid({product(price=1_000, stock=9): 1})
    yield "simplified invoice", paper.pdf(documents.invoice_for(taken(small)))
    refund = refunds.ask(
        order=order,
        pence=500,
        reason=Refund.Reason.GOODWILL,
        by="staff:1",
        limit=None,
        attempt="papers",
    )
    refund.state, refund.done_at = Refund.State.DONE, refund.asked_at
    refund.save(update_fields=["state", "done_at"])
    yield "credit note", paper.pdf(documents.credit_note_for(refund))
    box = sale_cast.parcel(small)
    sale_cast.deliver(sale_cast.hand_over(box))
    yield "packing slip", labels.slip(PARCEL, box.lines.select_related("line"))
    yield "label", labels.label(PARCEL, Booking("JP1234", "JP1234"), "Parcelforce")
    yield (
        "manifest",
        labels.manifest(
            number="MF1",
            carrier="Parcelforce",
            day=date(2026, 11, 23),
            rows=[("JP1", "C26-1", "noon", 400)],
        ),
    )
    back = returns.ask(
        order=small,
        pieces={small.lines.get().pk: 1},
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt="papers-back",
    )
    yield "returns label", labels.return_label(back)
    yield "policy", policy_pdf.of(1)


def faults(pdf: bytes, folder: Path) -> list[str]:
    """Return what the checker finds in a file, from warnings up."""
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    found = pdfua.validate(str(file)).findings
    return [f"{one.rule_id}: {one.message}" for one in found if one.severity.value]


def test_each_paper_passes(tmp_path: Path) -> None:
    made = dict(papers())
    assert len(made) == 8
    found = {name: faults(pdf, tmp_path) for name, pdf in made.items()}
    assert {name: what for name, what in found.items() if what} == {}


def _untagged(file: pikepdf.Pdf) -> None:
    del file.Root["/StructTreeRoot"]


def _unmarked(file: pikepdf.Pdf) -> None:
    del file.Root["/MarkInfo"]


def _of_no_language(file: pikepdf.Pdf) -> None:
    del file.Root["/Lang"]


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        (_untagged, "UA-01-005"),
        (_unmarked, "UA-01-002"),
        (_of_no_language, "UA-06-001"),
    ],
)
def test_the_control_a_harmed_paper_is_found(
    harm: Callable[[pikepdf.Pdf], None], rule: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "whole.pdf", tmp_path / "harmed.pdf"
    source.write_bytes(labels.label(PARCEL, Booking("JP1", "JP1"), "Parcelforce"))
    with pikepdf.open(source) as file:
        harm(file)
        file.save(target)
    assert any(rule in one for one in faults(target.read_bytes(), tmp_path))
