"""The few strokes that every drawing is made of, as SVG text.

Colours are one or two letters, each a custom property of static/css/tokens.css, so a
drawing follows light and dark: k line, k2 ink, b body, c dark, m mid, h highlight,
s silver, t silver's shade, g glass, gl clear glass, a yellow, w white, p paper,
sh shadow. Flat fills, no gradients, and no ids: drawings repeat on a page.
"""

from collections.abc import Iterable
from math import cos, degrees, radians, sin

from django.utils.html import escape

NONE = ""

# Advance widths of Archivo at weight 600, thousandths of an em; others count as 600.
_ADVANCE = {
    **dict.fromkeys("0123456789", 576),
    **dict.fromkeys("ijlI", 260),
    **dict.fromkeys(".:-/tfr", 325),
    **dict.fromkeys("mwMWO", 830),
    **dict.fromkeys("ABCDGHNQRUVXØ", 720),
    " ": 200,
}


def num(value: float) -> str:
    """A coordinate: at most two decimals, no trailing noughts."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _paint(fill: str, k: float, edge: str) -> str:
    paint = f' fill="var(--i-{fill})"' if fill else ' fill="none"'
    if k:
        paint += f' stroke="var(--i-{edge})" stroke-width="{num(k)}"'
    return paint


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str = NONE,
    *,
    r: float = 0,
    k: float = 0,
    edge: str = "k",
) -> str:
    """A rectangle, its outline `k` wide in the line colour unless `edge` says else."""
    round_ = f' rx="{num(r)}"' if r else ""
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
        f"{round_}{_paint(fill, k, edge)}/>"
    )


def disc(
    x: float, y: float, r: float, fill: str = NONE, *, k: float = 0, edge: str = "k"
) -> str:
    """A circle."""
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}"{_paint(fill, k, edge)}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, *, k: float = 0) -> str:
    """An ellipse."""
    return (
        f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}"'
        f"{_paint(fill, k, 'k')}/>"
    )


def form(d: str, fill: str, *, k: float = 0, edge: str = "k", opacity: str = "") -> str:
    """A filled outline."""
    veil = f' opacity="{opacity}"' if opacity else ""
    return f'<path d="{d}"{_paint(fill, k, edge)}{veil}/>'


def line(d: str, colour: str, width: float, *, dash: str = "") -> str:
    """A stroke; a thick dashed one is a row of ribs."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{d}"{_paint(NONE, width, colour)}{dashes}/>'


def ribs(
    x: float, y: float, width: float, height: float, colour: str, dash: str
) -> str:
    """Ribs standing round the height `y`."""
    return line(f"M{num(x)} {num(y)}h{num(width)}", colour, height, dash=dash)


def skin(x: float, y: float, width: float, bottom: float) -> str:
    """Leatherette: rows of thin dashes, every second row offset."""
    rows, offset, top = [], 0.0, y + 4.5
    while top < bottom:
        rows.append(f"M{num(x + offset)} {num(top)}h{num(width - offset)}")
        offset, top = 2.5 - offset, top + 5
    return line("".join(rows), "m", 1.3, dash="1.6 3.4")


def ground(x: float, y: float, rx: float) -> str:
    """The flat shadow that things stand on."""
    return oval(x, y, rx, 5, "sh")


def turned(content: Iterable[str], transform: str) -> str:
    """A group moved or turned as a whole."""
    return f'<g transform="{transform}">{"".join(content)}</g>'


def width_of(text: str, size: float, spacing: float = 0) -> float:
    """About how wide Archivo sets a text."""
    return sum(_ADVANCE.get(c, 600) * size / 1000 + spacing for c in text)


def words(
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    *,
    weight: int = 600,
    spacing: float = 0,
    anchor: str = "middle",
    room: float = 0,
) -> str:
    """Engraved or printed text, made smaller when `room` is too narrow for it."""
    if not text:
        return ""
    wide = width_of(text, size, spacing)
    if room and wide > room:
        size, spacing = size * room / wide, spacing * room / wide
    apart = f' letter-spacing="{num(spacing)}"' if spacing else ""
    return (
        f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}"'
        f' fill="var(--i-{colour})" text-anchor="{anchor}" font-weight="{weight}"'
        f"{apart}>{escape(text)}</text>"
    )


def round_words(
    x: float,
    y: float,
    r: float,
    text: str,
    size: float,
    *,
    spacing: float = 0.6,
    below: bool = False,
) -> str:
    """Text round a ring, letter by letter (a text path would need an id).

    It stands on the ring's top, or hangs inside its foot when `below`.
    """
    text = " ".join(
        text.split()
    )  # browsers join spaces: letters would lose their places
    if not text:
        return ""
    total = width_of(text, size, spacing)
    longest = r * 2.6
    if total > longest:
        size, spacing, total = (
            size * longest / total,
            spacing * longest / total,
            longest,
        )
    way = -1 if below else 1
    at = -total / 2
    xs, ys, turns = [], [], []
    for letter in text:
        step = width_of(letter, size, spacing)
        angle = (at + step / 2) / r
        xs.append(num(x + r * sin(angle)))
        ys.append(num(y - way * r * cos(angle)))
        turns.append(num(way * degrees(angle)))
        at += step
    return (
        f'<text x="{" ".join(xs)}" y="{" ".join(ys)}" rotate="{" ".join(turns)}"'
        f' font-size="{num(size)}" fill="var(--i-w)" text-anchor="middle"'
        f' font-weight="500">{escape(text)}</text>'
    )


def on_ring(x: float, y: float, r: float, angle: float) -> str:
    """A point of a circle as path text; degrees clockwise from three o'clock."""
    turn = radians(angle)
    return f"{num(x + r * cos(turn))} {num(y + r * sin(turn))}"


def arc(x: float, y: float, r: float, start: float, end: float) -> str:
    """Path data of the arc between two angles, clockwise."""
    return f"M{on_ring(x, y, r, start)}A{num(r)} {num(r)} 0 0 1 {on_ring(x, y, r, end)}"
