"""The shop's own drawings of what it sells, as SVG for inside a page.

Used wherever a product has no photograph. Every function is pure and its result is
kept; what a product's data engraves (focal length, speed, capacity) is escaped. None
contains an id, save the symbols of `sheet`, so any number may stand on a page.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from shop.drawings import cameras, cameras_small, film, kit, lenses
from shop.drawings.measure import dimensions, millimetres

Draw = Callable[[str, str, str], str]

_DRAW: dict[str, Draw] = {
    "bag-pack": kit.backpack,
    "bag-shoulder": kit.shoulder_bag,
    "battery": kit.battery,
    "book": film.book,
    "cam-compact": cameras_small.compact,
    "cam-instant": cameras_small.instant,
    "cam-mount": cameras.mount,
    "cam-retro": cameras.retro,
    "cam-retro-black": cameras.retro_black,
    "cam-retro-body": cameras.retro_body,
    "cam-rf": cameras.rangefinder,
    "cam-rf-black": cameras.rangefinder_black,
    "cam-slr": cameras.slr,
    "cam-slr-body": cameras.slr_body,
    "cam-tlr": cameras_small.twin_lens,
    "card-sd": kit.card,
    "film-120": film.film_120,
    "film-35": film.film_35,
    "film-instant": film.film_instant,
    "filter": kit.filter_,
    "flash": kit.flash,
    "lens-macro": lenses.macro,
    "lens-pancake": lenses.pancake,
    "lens-prime": lenses.prime,
    "lens-silver": lenses.silver,
    "lens-tele": lenses.tele,
    "lens-wide": lenses.wide,
    "lens-zoom": lenses.zoom,
    "prints": film.prints,
    "strap": kit.strap,
    "tripod": kit.tripod,
}
SHAPES: frozenset[str] = frozenset(_DRAW)

# The finishes that a drawing shows; any other looks as the shape always does.
_FINISHES = {"black", "silver", "white"}


_TEXT = re.compile(r"<text.*?</text>")
# All of every drawing, without the margin of its canvas: 4 to 3, as a plate is.
_VIEW = "20 20 360 270"
_HIDDEN = ' aria-hidden="true"'


class Measured(Protocol):
    """What a product must have to be drawn large."""

    name: str
    drawing: str
    drawing_label: str
    drawing_sub: str
    finish: str
    width_mm: float | None
    height_mm: float | None


def _inside(shape: str, label: str = "", sub: str = "", finish: str = "") -> str:
    return _DRAW[shape](label, sub, finish)


@lru_cache(maxsize=512)
def _finish(shape: str, finish: str) -> str:
    """A finish that makes this shape look different, else an empty string."""
    plain = finish.lower()
    if plain not in _FINISHES or _inside(shape, finish=plain) == _inside(shape):
        return ""
    return plain


def _name(shape: str, finish: str) -> str:
    return f"d-{shape}-{finish}" if finish else f"d-{shape}"


def _safe(svg: str) -> SafeString:
    # The one place: all that came from outside was escaped by pen.words and below.
    return mark_safe(svg)  # noqa: S308


@lru_cache(maxsize=2048)
def svg(shape: str, label: str = "", sub: str = "", finish: str = "") -> SafeString:
    """A drawing, whole. Raises KeyError for a shape that does not exist."""
    return _safe(
        f'<svg viewBox="{_VIEW}" aria-hidden="true" focusable="false">'
        f"{_inside(shape, label, sub, _finish(shape, finish))}</svg>"
    )


@lru_cache(maxsize=64)
def cropped(
    shape: str,
    view: str,
    label: str = "",
    sub: str = "",
    finish: str = "",
    *,
    title: str = "",
) -> SafeString:
    """A drawing of which only the rectangle `view` ("x y width height") is seen."""
    name = f' role="img" aria-label="{escape(title)}"' if title else _HIDDEN
    return _safe(
        f'<svg class="d" viewBox="{escape(view)}"{name} focusable="false">'
        f"{_inside(shape, label, sub, _finish(shape, finish))}</svg>"
    )


@lru_cache(maxsize=256)
def _symbol(shape: str, finish: str) -> str:
    return (
        f'<symbol id="{_name(shape, finish)}" viewBox="0 0 400 300">'
        f"{_inside(shape, finish=finish)}</symbol>"
    )


def sheet(shapes: Iterable[str | tuple[str, str]]) -> SafeString:
    """One hidden <svg> that defines each shape once, for `use` on the same page.

    In: shapes, or pairs of shape and finish. Put it before the first `use`.
    """
    wanted = {
        (one, "") if isinstance(one, str) else (one[0], _finish(*one)) for one in shapes
    }
    # Not display:none: browsers would not paint what refers to it.
    return _safe(
        '<svg class="vh" width="0" height="0" aria-hidden="true" focusable="false">'
        f"{''.join(_symbol(*one) for one in sorted(wanted))}</svg>"
    )


@lru_cache(maxsize=2048)
def use(shape: str, label: str = "", sub: str = "", finish: str = "") -> SafeString:
    """A drawing by reference to the page's `sheet`, with its own engraving on top."""
    finish = _finish(shape, finish)
    engraved = _engraving(shape, label, sub, finish)
    return _safe(
        f'<svg viewBox="{_VIEW}" aria-hidden="true" focusable="false">'
        f'<use href="#{_name(shape, finish)}" width="400" height="300"/>'
        f"{engraved}</svg>"
    )


def _engraving(shape: str, label: str, sub: str, finish: str) -> str:
    """The texts that the label and the second line add to a shape."""
    if not (label or sub):
        return ""
    plain = _TEXT.findall(_inside(shape, finish=finish))
    return "".join(
        text
        for text in _TEXT.findall(_inside(shape, label, sub, finish))
        if text not in plain
    )


@lru_cache(maxsize=512)
def measured(
    shape: str,
    label: str = "",
    sub: str = "",
    width_mm: float | None = None,
    height_mm: float | None = None,
    title: str = "",
    finish: str = "",
) -> SafeString:
    """The large drawing of a product's page: dimension lines, and words for it."""
    name = f' role="img" aria-label="{escape(title)}"' if title else _HIDDEN
    return _safe(
        f'<svg viewBox="0 0 400 340"{name} focusable="false">'
        f"{_inside(shape, label, sub, _finish(shape, finish))}"
        f"{dimensions(shape, width_mm, height_mm)}</svg>"
    )


def large(product: Measured) -> SafeString:
    """The large drawing of a product, with the sizes that its data knows."""
    side = "from the side" if product.drawing.startswith("lens-") else "from the front"
    title = f"Drawing of the {product.name}, seen {side}."
    if product.width_mm and product.height_mm:
        title += (
            f" {millimetres(product.width_mm)} millimetres wide,"
            f" {millimetres(product.height_mm)} millimetres high."
        )
    return measured(
        product.drawing,
        product.drawing_label,
        product.drawing_sub,
        product.width_mm,
        product.height_mm,
        title,
        product.finish,
    )
