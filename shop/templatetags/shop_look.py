"""Template tags and filters of the look: icons, drawings, money, units, gauges."""

import re
from collections.abc import Iterable
from datetime import time
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jessops.lib import money, telephone
from shop import drawings
from shop.icons import ICONS, SEALS

register = template.Library()

register.filter("international", telephone.international)

GAUGE = {
    "well-used": "at-10",
    "good": "at-30",
    "excellent": "at-50",
    "like-new": "at-70",
    "open-box": "at-90",
}

_UNIT = (
    r"(?:mm|cm|km|m|g|kg|MP|GB|TB|MB/s|mAh|Wh|W|V|fps|stops?|ml|litres?|l|in|exp\.?"
    r"|sheets?|°C|Hz|hours?|days?|months?|years?|items?|pm|am)"
)
_WHOLE = re.compile(
    rf"(?:Ø )?\d[\d.,]*(?:[-\u2013]\d[\d.,]*)? {_UNIT}(?![\w])"
    r"|(?<![\w])(?=[\w-]*\d)[A-Za-z0-9]+(?:[-\u2013][A-Za-z0-9.]+)+"
    r"|(?<![\w])(?:[A-Za-z]+-[A-Z]|[A-Z]-[A-Za-z]+)(?![\w-])"
    # A Nikon Z has a number; before a length, Z is the mount.
    r"|(?<![\w])(?:EOS|Mark|Alpha|Z(?! \d+(?:[-\u2013]\d+)? mm))"
    r" [A-Za-z0-9]{1,4}(?![\w])"
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon beside words that say the same; hidden from screen readers."""
    return ICONS[name]


@register.simple_tag
def seal_sign(state: str) -> SafeString:
    """The brackets of a seal: kept, attested, broken or not-checked."""
    return SEALS[state]


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file, for pages that must show when much has failed."""
    try:
        return static(path)
    except ValueError:
        # No manifest: the page that reports the trouble must not fail for it too.
        return f"/static/{path}"


@register.simple_tag
def stylesheet(name: str = "site") -> str:
    """The address of a stylesheet: "site", or "desk" from the trolley on."""
    return asset(f"css/{name}.css")


@register.simple_tag
def drawing(product: Any) -> SafeString:
    """The drawing of a product, or of a shape by name, whole."""
    if isinstance(product, str):
        return drawings.svg(str(product))
    return drawings.svg(
        product.drawing, product.drawing_label, product.drawing_sub, product.finish
    )


@register.simple_tag
def drawing_sheet(products: Iterable[Any]) -> SafeString:
    """The shapes of these products, each once, for `drawing_use` on the same page."""
    return drawings.sheet((one.drawing, one.finish) for one in products)


@register.simple_tag
def drawing_use(product: Any) -> SafeString:
    """A product's drawing by reference to the page's `drawing_sheet`."""
    return drawings.use(
        product.drawing, product.drawing_label, product.drawing_sub, product.finish
    )


@register.simple_tag
def draw(shape: str, label: str = "", sub: str = "", finish: str = "") -> SafeString:
    """A drawing that belongs to no product."""
    return drawings.svg(shape, label, sub, finish)


@register.filter
def pence(value: int) -> str:
    """144900 as £1,449.00."""
    return money.pounds(value)


@register.filter
def pence_short(value: int) -> str:
    """144900 as £1,449; 795 as £7.95; 15 as 15p."""
    if 0 < value < 100:
        return f"{value}p"
    return f"£{value // 100:,}" if value % 100 == 0 else money.pounds(value)


@register.filter
def hour(value: time) -> str:
    """16:00 as 4 pm; 16:30 as 4.30 pm."""
    minutes = f".{value:%M}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes} {'am' if value.hour < 12 else 'pm'}"


@register.filter(is_safe=True)
def nowrap_units(value: object) -> SafeString:
    """Plain text, escaped, with quantities and model numbers kept on one line."""
    return _nowrap(str(value))


@lru_cache(maxsize=4096)
def _nowrap(text: str) -> SafeString:
    out: list[str] = []
    end = 0
    for match in _WHOLE.finditer(text):
        out.append(escape(text[end : match.start()]))
        out.append(f'<span class="nowrap">{escape(match[0])}</span>')
        end = match.end()
    out.append(escape(text[end:]))
    return mark_safe("".join(out))  # noqa: S308  every piece is escaped above


@register.filter
def gauge_class(grade: str) -> str:
    """Where a used grade stands on its gauge, as a class."""
    return GAUGE.get(grade, "at-0")
