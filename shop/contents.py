"""A trolley's text turned into things, prices and plain sentences about changes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from jessops.lib.clock import in_london, long_date
from jessops.lib.money import pounds
from shop import pricing
from shop.models import Order, PriceChange, Product, Voucher
from shop.models.catalogue import Lithium
from shop.trolley import MOST_OF_ONE, Trolley, encode

# The bank takes no more in one payment.
MOST_PENCE = 99_999_999
YEARS = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Line:
    """So many of one product, at today's price."""

    product: Any  # a Product annotated with `available`
    quantity: int

    @property
    def pence(self) -> int:
        return int(self.product.price) * self.quantity


@dataclass
class Contents:
    """What can be bought of a trolley now, and what had to change for that.

    `changes` say what is not as it was asked, `notes` what else is worth knowing.
    `trolley` is what the cookie should hold: the lines, and what may come back.
    """

    lines: list[Line] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trolley: Trolley = field(default_factory=Trolley)
    # A code that shop.actions.vouchers.find() said yes to.
    voucher: Voucher | None = None

    @property
    def seen(self) -> str:
        """The lines as one text, to tell whether a page still shows what is so."""
        return encode(Trolley({line.product.sku: line.quantity for line in self.lines}))

    @property
    def goods_pence(self) -> int:
        """What the goods cost before any code: free delivery goes by it."""
        return sum(line.pence for line in self.lines)

    @property
    def loose_lithium(self) -> bool:
        return any(line.product.lithium == Lithium.LOOSE for line in self.lines)

    @property
    def too_dear(self) -> bool:
        return self.goods_pence > MOST_PENCE - 10_000

    def sums(self, delivery_pence: int) -> pricing.Sum:
        off = self.off_each()
        pairs = [
            (line.product.vat, line.pence - each * line.quantity)
            for line, each in zip(self.lines, off, strict=True)
        ]
        if self.voucher and self.voucher.kind == Voucher.Kind.DELIVERY:
            delivery_pence = 0
        taken = self.goods_pence - sum(pence for _, pence in pairs)
        return pricing.add_up(pairs, delivery_pence, taken)

    def off_each(self) -> list[int]:
        """What the code takes off one piece of each line."""
        priced = [(int(line.product.price), line.quantity) for line in self.lines]
        return pricing.off_each(self.voucher, priced)


def read(trolley: Trolley, *, now: datetime, order: Order | None = None) -> Contents:
    """Look up what a trolley names: one query for the things, one for price changes.

    Whatever the cookie held, the answer is a trolley that can be bought, with a plain
    sentence for each thing that is not as it was asked. What an `order` holds counts
    as there for it.
    """
    contents = Contents()
    if trolley.damaged:
        contents.changes.append(
            "Part of your trolley could not be read, so we left that part out."
        )
    if not trolley:
        return contents
    products: dict[str, Any] = {
        product.sku: product
        for product in Product.objects.on_sale()
        .filter(sku__in=list(trolley.lines))
        .for_cards()
        .with_available()
    }
    if order:
        for held in order.holds.select_related("product"):
            if held.product.sku in products:
                products[held.product.sku].available += held.quantity
    kept: dict[str, int] = {}
    for sku, wanted in sorted(trolley.lines.items()):
        product = products.get(sku)
        quantity, change = _offer(sku, product, wanted)
        if change:
            contents.changes.append(change)
        if product and quantity:
            contents.lines.append(Line(product, quantity))
        # What is only held may be the reader's own payment in another tab: it stays.
        shelf = product.stock.on_hand if product else 0
        kept[sku] = min(wanted, max(shelf, quantity))
    contents.trolley = Trolley({sku: count for sku, count in kept.items() if count})
    contents.notes = _price_changes(contents.lines, now)
    return contents


def _offer(sku: str, product: Any, wanted: int) -> tuple[int, str]:
    """Return how many can be had, and a sentence if that is not what was wanted."""
    if product is None:
        return 0, f"Part no. {sku} is no longer sold. We took it out of your trolley."
    available = min(max(product.available, 0), MOST_OF_ONE)
    if wanted <= available:
        return wanted, ""
    if product.stock.on_hand > available:
        return available, (
            f"{product.name}: {available or 'none'} of {wanted} can be ordered now."
            " The rest is being paid for at this moment, perhaps by you in another tab."
            " It stays in your trolley, and is not in the total."
        )
    if available:
        return available, (
            f"{product.name}: only {available} in stock,"
            f" so your trolley now has {available} instead of {wanted}."
        )
    if product.discontinued:
        return 0, (
            f"{product.name} is discontinued and sold out."
            " We took it out of your trolley."
        )
    return 0, (f"{product.name}: there is none left. We took it out of your trolley.")


def _price_changes(lines: list[Line], now: datetime) -> list[str]:
    """Return a sentence for each price that changed within the cookie's life.

    The cookie holds no price (P33), so nobody's own last price is known; what is said
    is true for every reader.
    """
    today = in_london(now).date()
    since = today - settings.TROLLEY_COOKIE_AGE
    history: dict[int, list[PriceChange]] = {}
    by_product = {line.product.pk: line.product for line in lines}
    for change in PriceChange.objects.filter(
        product__in=by_product, from_on__lte=today, from_on__gte=since - YEARS
    ).order_by("product_id", "-from_on"):
        history.setdefault(change.product_id, []).append(change)
    said = []
    for pk, changes in history.items():
        if len(changes) < 2 or changes[0].from_on <= since:
            continue
        product = by_product[pk]
        said.append(
            f"{product.name} costs {pounds(product.price)} since"
            f" {long_date(changes[0].from_on)}; before that,"
            f" {pounds(changes[1].price)}."
        )
    return said
