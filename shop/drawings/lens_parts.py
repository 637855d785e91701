"""The sections that lenses are built of, centred on x = 200.

A section takes the height of its foot and gives the height of its top, and its SVG.
"""

from collections.abc import Callable

from shop.drawings import pen
from shop.drawings.pen import box, form, line, ribs, words

Section = Callable[[float], tuple[float, str]]
_STOPS = ("16", "11", "8", "5.6", "4", "2.8")
_METRES = ("∞", "5", "2", "1", ".5")
FINE, COARSE, WIDE = "1.6 2.2", "5 3.2", "3 3"


def mount(half: float, height: float = 12) -> Section:
    """The steel bayonet."""

    def draw(foot: float) -> tuple[float, str]:
        top, left = foot - height, 200 - half
        return top, (
            box(left, top, 2 * half, height, "s", r=1, k=1.3)
            + box(left, top, 2 * half, 0.4 * height, "t")
            + line(
                f"M{pen.num(left + 6)} {top + height / 2:g}h{2 * half - 12:g}", "w", 1
            )
        )

    return draw


def barrel(
    half: float,
    height: float,
    *,
    text: str = "",
    metal: str = "b",
    size: float = 12,
    spacing: float = 0.5,
) -> Section:
    """A plain part, with one highlight, engraved when there is text."""

    def draw(foot: float) -> tuple[float, str]:
        top, left = foot - height, 200 - half
        bright = metal != "b"
        inset = 3 if metal == "s" else 4
        mark = f"M{left + 5:g} {top + inset:g}V{foot - inset:g}"
        ink = "k" if bright else "w"
        shine = {
            "b": line(mark, "h", 1),
            "s": line(mark, "w", 1.4),
            "p": line(f"M{200 + half - 9:g} {top + 5:g}V{foot - 5:g}", "t", 5),
        }[metal]
        return top, (
            box(
                left,
                top,
                2 * half,
                height,
                metal,
                r=2 if metal == "s" else 3,
                k=1.4 if metal == "s" else 1.5,
            )
            + shine
            + words(
                200,
                top + height / 2 + 4.5,
                text,
                size,
                ink,
                spacing=spacing,
                room=2 * half - 16,
            )
        )

    return draw


def ring(half: float, height: float, dash: str = FINE) -> Section:
    """A ring to turn: ribs under one highlight."""

    def draw(foot: float) -> tuple[float, str]:
        top, left = foot - height, 200 - half
        inset = 3 if dash == COARSE else 2
        ribbed = height - (8 if dash == COARSE else 6)
        return top, (
            box(left, top, 2 * half, height, "c", r=4, k=1.5)
            + ribs(
                left + inset, top + height / 2, 2 * (half - inset), ribbed, "m", dash
            )
            + line(f"M{left + 6:g} {top + 3:g}V{foot - 3:g}", "h", 1)
        )

    return draw


def aperture(half: float, height: float) -> Section:
    """An aperture ring with its stops, one in yellow."""

    def draw(foot: float) -> tuple[float, str]:
        top, left = foot - height, 200 - half
        step = 2 * half / 6.4
        return top, (
            box(left, top, 2 * half, height, "b", r=3, k=1.5)
            + ribs(
                left + 2, top + 0.73 * height, 2 * half - 4, 0.36 * height, "m", WIDE
            )
            + "".join(
                words(
                    left + step * (0.7 + i),
                    top + 0.42 * height,
                    stop,
                    9.5,
                    "a" if stop == "5.6" else "w",
                )
                for i, stop in enumerate(_STOPS)
            )
        )

    return draw


def scale(half: float) -> Section:
    """A window with the distance scale."""

    def draw(foot: float) -> tuple[float, str]:
        top, left, wide = foot - 24, 200 - half, 2 * half - 20
        step = (wide - 24) / 4
        return top, (
            box(left, top, 2 * half, 24, "b", r=2, k=1.5)
            + box(left + 10, top + 4, wide, 16, "g", r=2, k=0.8, edge="h")
            + "".join(
                words(left + 22 + step * i, top + 16, metre, 9, "w", weight=500)
                for i, metre in enumerate(_METRES)
            )
        )

    return draw


def yellow(half: float) -> Section:
    """The yellow line."""
    return lambda foot: (foot - 4, box(200 - half, foot - 4, 2 * half, 4, "a", k=1))


def taper(lower: float, upper: float, height: float, metal: str = "b") -> Section:
    """A part that widens towards the front."""

    def draw(foot: float) -> tuple[float, str]:
        top = foot - height
        shine = (
            line(f"M{206 - lower:g} {foot - 3:g}L{206 - upper:g} {top + 3:g}", "h", 1)
            if metal == "b"
            else ""
        )
        return top, (
            form(
                f"M{200 - lower:g} {foot:g}L{200 - upper:g} {top:g}"
                f"H{200 + upper:g}L{200 + lower:g} {foot:g}Z",
                metal,
                k=1.5,
            )
            + shine
        )

    return draw


def front(half: float, height: float, dome: float) -> Section:
    """The filter thread and the glass that stands out of it."""

    def draw(foot: float) -> tuple[float, str]:
        top, left = foot - height, 200 - half
        rise = 15.2 if dome >= 55 else 11.4
        n = pen.num
        return top - rise / 2, (
            box(left, top, 2 * half, height, "b", r=2, k=1.5)
            + ribs(left + 2, top + 3.5, 2 * half - 4, 3, "k", "1.2 1.6")
            + line(
                f"M{n(left + 4)} {n(top + 0.6 * height)}h{n(2 * half - 8)}", "h", 0.8
            )
            + form(
                f"M{200 - dome:g} {top:g}Q200 {n(top - rise)} {200 + dome:g} {top:g}Z",
                "g",
                k=1.2,
            )
            + line(
                f"M{n(200 - 0.64 * dome)} {top - 2:g}Q{n(200 - 0.2 * dome)}"
                f" {n(top - 2 - rise / 3)} 200 {n(top - rise * 0.45)}",
                "h",
                1.2,
            )
        )

    return draw


def hood(lower: float, upper: float, height: float, dip: float) -> Section:
    """A petal hood."""

    def draw(foot: float) -> tuple[float, str]:
        top = foot - height
        n = pen.num
        a, b = 0.56 * upper, 0.36 * upper
        return top, (
            form(
                f"M{200 - lower:g} {foot:g}L{200 - upper:g} {top:g}"
                f"Q{n(200 - a)} {top - 16:g} {n(200 - b)} {top + 10:g}"
                f"Q200 {n(top + dip)} {n(200 + b)} {top + 10:g}"
                f"Q{n(200 + a)} {top - 16:g} {200 + upper:g} {top:g}"
                f"L{200 + lower:g} {foot:g}Z",
                "c",
                k=1.5,
            )
            + line(f"M{206 - lower:g} {foot - 3:g}L{207 - upper:g} {top + 2:g}", "h", 1)
        )

    return draw
