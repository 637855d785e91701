"""What a trolley costs, with its VAT. Pure; everything in whole pence."""

from collections.abc import Iterable
from dataclasses import dataclass

from jessops.lib.money import vat_included
from shop.models import VatTreatment


@dataclass(frozen=True)
class Sum:
    """Totals of a purchase; `vat` is what an invoice may show."""

    goods: int
    delivery: int
    delivery_vat: int
    vat: int

    @property
    def total(self) -> int:
        return self.goods + self.delivery


def line_vat(treatment: str, line_pence: int) -> int:
    """Return the VAT shown for a line: none under the margin scheme or at zero rate.

    Under the margin scheme no VAT may be shown on the customer's invoice (VAT Notice
    718, 3.6).
    """
    return vat_included(line_pence) if treatment == VatTreatment.STANDARD else 0


def delivery_vat(treatments: Iterable[str], delivery_pence: int) -> int:
    """Return the VAT in the delivery charge, which follows the goods it brings.

    One supply of delivered goods (VAT Notice 700/24, 3.1): zero-rated only when all
    the goods are; otherwise the standard rate on the whole charge, in HMRC's favour.
    """
    if all(treatment == VatTreatment.ZERO for treatment in treatments):
        return 0
    return vat_included(delivery_pence)


def add_up(lines: Iterable[tuple[str, int]], delivery_pence: int) -> Sum:
    """Return the sums of (VAT treatment, line pence) pairs and a delivery charge."""
    pairs = list(lines)
    on_delivery = delivery_vat((vat for vat, _ in pairs), delivery_pence)
    return Sum(
        goods=sum(pence for _, pence in pairs),
        delivery=delivery_pence,
        delivery_vat=on_delivery,
        vat=sum(line_vat(vat, pence) for vat, pence in pairs) + on_delivery,
    )
