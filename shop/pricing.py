"""What a trolley costs, with its VAT. Pure; everything in whole pence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jessops.lib.money import vat_included
from shop.models import VatTreatment, Voucher


@dataclass(frozen=True)
class Sum:
    """Totals of a purchase; `vat` is what an invoice may show.

    `goods` is what is paid for them; a code has taken `off` away before.
    """

    goods: int
    delivery: int
    delivery_vat: int
    vat: int
    off: int = 0

    @property
    def total(self) -> int:
        return self.goods + self.delivery

    @property
    def before(self) -> int:
        """What the goods cost without the code."""
        return self.goods + self.off


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


def off_each(voucher: Voucher | None, lines: Sequence[tuple[int, int]]) -> list[int]:
    """Return what a code takes off one piece of each (unit pence, quantity) line.

    Whole pence a piece, so that a parcel, a refund or a cancelled piece always knows
    what was paid for it. Per cent are rounded down on each piece. A fixed sum is shared
    in proportion; where its last pence do not go into whole pieces the buyer gets them,
    fewer than there are pieces in the smallest line.
    """
    if voucher is None or voucher.kind == Voucher.Kind.DELIVERY:
        return [0] * len(lines)
    if voucher.kind == Voucher.Kind.PERCENT:
        return [unit * voucher.amount // 100 for unit, _ in lines]
    goods = sum(unit * quantity for unit, quantity in lines)
    if voucher.amount >= goods:
        raise ValueError("a code never takes off all of the goods")
    off = [unit * voucher.amount // goods for unit, _ in lines]
    left = voucher.amount - sum(
        each * quantity for each, (_, quantity) in zip(off, lines, strict=True)
    )
    by_size = sorted(range(len(lines)), key=lambda one: lines[one][1], reverse=True)
    for position in by_size:
        unit, quantity = lines[position]
        more = min(unit - off[position], left // quantity)
        off[position] += more
        left -= more * quantity
    for position in reversed(by_size):
        unit, quantity = lines[position]
        if left > 0:
            more = min(unit - off[position], -(-left // quantity))
            off[position] += more
            left -= more * quantity
    return off


def add_up(
    lines: Iterable[tuple[str, int]], delivery_pence: int, off_pence: int = 0
) -> Sum:
    """Return the sums of (VAT treatment, line pence) pairs and a delivery charge.

    The lines are what is paid, `off_pence` what a code took off before: VAT is due on
    what is paid (VAT Notice 700, 7.3).
    """
    pairs = list(lines)
    on_delivery = delivery_vat((vat for vat, _ in pairs), delivery_pence)
    return Sum(
        goods=sum(pence for _, pence in pairs),
        delivery=delivery_pence,
        delivery_vat=on_delivery,
        vat=sum(line_vat(vat, pence) for vat, pence in pairs) + on_delivery,
        off=off_pence,
    )
