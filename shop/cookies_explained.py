"""The trolley's cookie, told piece by piece to the visitor who carries it (P33)."""

from privacy.cookies_sent import Explained, Piece, printable, register
from shop.models import Product
from shop.trolley import COOKIE, LINE, LONGEST, VERSION, decode, encode

MOST_ODD = 20  # pieces that are not ours and are shown
LONGEST_ODD = 120  # characters of each


def explain(value: str) -> Explained:
    """Take a trolley's text apart as the shop itself reads it."""
    trolley = decode(value)
    if len(value) > LONGEST:
        note = (
            f"It has {len(value)} characters. No trolley of ours has more than"
            f" {LONGEST}, so the shop did not write this and reads none of it."
        )
        return Explained([], "", note)
    version, *parts = value.split("|")
    if version != VERSION:
        note = (
            f"It does not begin with {VERSION} and a bar, so the shop did not write"
            " this and reads none of it."
        )
        return Explained([], "", note)
    names = dict(
        Product.objects.on_sale()
        .filter(sku__in=list(trolley.lines))
        .values_list("sku", "name")
    )
    first = Piece(VERSION, "the way of writing: number, then part numbers and counts")
    pieces, odd, seen = [first], 0, set[str]()
    for part in parts:
        match = LINE.match(part)
        if match and match[1] in trolley.lines and match[1] not in seen:
            seen.add(match[1])
            pieces.append(Piece(part, meaning(match[1], int(match[2]), names)))
            continue
        odd += 1
        if odd <= MOST_ODD:
            shown = printable(part[:LONGEST_ODD])
            pieces.append(Piece(shown or "(nothing)", "not the shop's writing", False))
    return Explained(pieces, encode(trolley) if trolley else "")


def meaning(sku: str, quantity: int, names: dict[str, str]) -> str:
    """Say what one line stands for: "2 of Ilford HP5 Plus, part number ILF-HP5"."""
    if sku in names:
        return f"{quantity} of {names[sku]}, part number {sku}"
    return f"{quantity} of part number {sku}, which we do not sell now"


register(COOKIE, explain)
