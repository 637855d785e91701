"""What a product's page says of the product and of what goes with it."""

from datetime import date, datetime
from typing import Any

from jessops.lib.clock import in_london, long_date, short_date
from jessops.lib.money import pounds, vat_included
from shop import delivery, drawings, specs
from shop.cards import GRADES, stock_words
from shop.counts import kept_number
from shop.json_ld import json_ld
from shop.listing import money, slug
from shop.models import Condition, Grade, Product, VatTreatment
from shop.product_rows import FINISHES, FITTING, FITTING_COUNT, NEW_ONE, USED_ONES
from shop.templatetags.shop_look import nowrap_units

MOST_OF_ONE = 99
# Drawings stand in the middle of their canvas; small, they are shown without the rest.
MOUNT_ART = drawings.cropped("cam-mount", "112 80 176 176")
LENS_VIEW, CAMERA_VIEW = "90 20 220 255", "30 30 340 240"
# One plain sentence a grade (brief, section 6).
GRADE_SENTENCES = {
    Grade.WELL_USED: "Clear signs of wear that do not change how it works.",
    Grade.GOOD: "Marks from regular use, all of it cosmetic, and everything works.",
    Grade.EXCELLENT: "Light marks that you have to look for.",
    Grade.LIKE_NEW: "No marks that we could find.",
    Grade.OPEN_BOX: "Opened, never used, with everything that came in the box.",
}
# Where the mark stands on the five-part gauge, in per cent: the middle of its part.
GRADE_AT = {grade: 10 + 20 * place for place, grade in enumerate(Grade.values)}


def product_context(
    product: Product, *, now: datetime, site_url: str
) -> dict[str, Any]:
    """Return what templates/shop/product.html shows.

    In: a product as product_rows has it, a UTC moment, the shop's own address.
    """
    today = in_london(now).date()
    arrives = delivery.promise(now)
    # The same count as the trolley's: an ended hold keeps nothing from anybody.
    available = max(0, int(getattr(product, "available", 0)))
    table = specs.table(product.specs)
    strip = specs.strip(product.specs, specs.family(product.specs))
    used = used_ones(product)
    fit = fits(product)
    paragraphs = [p for p in product.description.split("\n\n") if p.strip()]
    return {
        "product": product,
        "name": nowrap_units(product.name),
        "crumbs": crumbs(product),
        "department": department(product),
        "current_department": department(product).slug,
        "box": in_the_box(product),
        "art": drawings.large(product),
        "art_note": measured(product),
        "prices": prices(product),
        "stock": stock_line(product, available, today=today, now=now, arrives=arrives),
        "available": available,
        "most": min(available, MOST_OF_ONE),
        "delivery_words": delivery_words(product.price),
        "used_words": used_words(product),
        "warranty": warranty(product),
        "strip": strip,
        "table": table,
        "paragraphs": paragraphs,
        "used": used,
        "fit": fit,
        "finishes": finishes(product),
        "toc": toc(product, table=table, fit=fit, used=used),
        "json_ld": json_ld(product, available, site_url=site_url),
    }


def department(product: Product) -> Any:
    return product.category.parent or product.category


def crumbs(product: Product) -> list[tuple[str, str]]:
    part = product.category
    way = [part.parent, part] if part.parent else [part]
    return [
        *((one.name, one.get_absolute_url()) for one in way if one),
        (product.name, ""),
    ]


def in_the_box(product: Product) -> list[tuple[str, str]]:
    """Return what is in the box as things and how many; the count may be missing."""
    return [
        (thing, "") if isinstance(thing, str) else (thing[0], thing[1])
        for thing in product.in_the_box
    ]


def measured(product: Product) -> str:
    """Return the sentence under the drawing, if there is anything to say."""
    if not (product.width_mm or product.height_mm):
        return ""
    note = "Drawn after the maker\u2019s measurements."
    if product.depth_mm:
        depth = f"{product.depth_mm:.1f}".removesuffix(".0")
        note += f" {depth} mm deep."
    return note


# --- price, stock, delivery -------------------------------------------------------


def prices(product: Product) -> dict[str, str]:
    """Return the price's words. Margin-scheme goods never show a price without VAT."""
    if product.vat == VatTreatment.MARGIN:
        note = "VAT margin scheme: no VAT to reclaim"
    elif product.vat == VatTreatment.ZERO:
        note = "zero-rated, no VAT on it"
    else:
        without = product.price - vat_included(product.price)
        note = f"inc. VAT · {pounds(without)} ex VAT"
    words = {"now": pounds(product.price), "note": note, "was": "", "save": ""}
    if product.was_price and product.was_from and product.was_until:
        span = dates(product.was_from, product.was_until)
        words["was"] = f"Was {pounds(product.was_price)} {span}"
        words["save"] = f"Save {pounds(product.saving)}"
    return words


def dates(first: date, last: date) -> str:
    """Return "from 1 August to 31 October 2026"."""
    start = f"{first.day} {first:%B}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"from {start} to {last.day} {last:%B} {last.year}"


def stock_line(
    product: Product, available: int, *, today: date, now: datetime, arrives: date
) -> dict[str, str]:
    """Return the line above the button: how many there are, and the day they come."""
    if available <= 0:
        state, first, then = stock_words(
            product, 0, brand=product.brand.name, today=today, arrives=""
        )
        return {"class": state, "first": first, "then": f"{then.strip()}.", "day": ""}
    state = stock_words(
        product, available, brand="", today=today, arrives=short_date(arrives)
    )[0]
    first = f"In stock, {available if available < 100 else 'over 99'} left."
    if available == 1:
        first = "In stock, the only one."
    if product.discontinued:
        first += " Discontinued: no more will come."
    by = "today" if delivery.leaves_on(now) == today else "on the next working day"
    hour = f"{delivery.CUT_OFF.hour - 12} pm"
    then = (
        f"Order by {hour} today and it arrives"
        if by == "today"
        else "Order now and it arrives"
    )
    return {"class": state, "first": first, "then": then, "day": long_date(arrives)}


def delivery_words(price: int) -> str:
    """Return what delivering this alone costs (DMCCA 2024 s.230: before any click)."""
    pence = delivery.from_price_pence(price)
    if pence == 0:
        return "Delivery to the UK mainland is free."
    free = money(delivery.FREE_FROM_PENCE)
    return f"Plus delivery from {money(pence)}, free on orders of {free} or more."


def warranty(product: Product) -> str:
    years, rest = divmod(product.warranty_months, 12)
    if product.condition == Condition.USED:
        span = f"{product.warranty_months} months" if rest or years != 1 else "one year"
        return f"Our own warranty of {span}"
    if not product.warranty_months:
        return ""
    words = {1: "One-year", 2: "Two-year", 3: "Three-year", 5: "Five-year"}
    span = (
        words.get(years, f"{years}-year")
        if not rest
        else f"{product.warranty_months}-month"
    )
    return f"{span} {product.brand.name} warranty"


def used_words(product: Product) -> dict[str, Any] | None:
    """Return a used thing's grade with its sentence, its gauge and what was found."""
    if product.condition != Condition.USED:
        return None
    return {
        "grade": GRADES[product.grade],
        "at": GRADE_AT[product.grade],
        "sentence": GRADE_SENTENCES[Grade(product.grade)],
        "shutter": f"{product.shutter_count:,}" if product.shutter_count else "",
        "found": product.found,
        "new": NEW_ONE.first(product.used_of_id) if product.used_of_id else None,
    }


# --- what goes with it ------------------------------------------------------------


def used_ones(product: Product) -> list[dict[str, Any]]:
    """Return the used ones of a new product that are in stock, best grade first."""
    if product.condition == Condition.USED:
        return []
    found: list[dict[str, Any]] = [
        {
            "url": f"/product/{slug_}/",
            "grade": GRADES[grade],
            "at": GRADE_AT[grade],
            "finish": finish.capitalize(),
            "shutter": f"{shutter:,}" if shutter else "",
            "found": found,
            "price": money(price),
        }
        for slug_, grade, finish, shutter, found, price in USED_ONES.ask(product.pk)
    ]
    found.sort(key=lambda one: -one["at"])
    return found


def fits(product: Product) -> dict[str, Any] | None:
    """Return how many lenses fit a camera's mount, or cameras a lens's, with three."""
    other = {"cameras": "lenses", "lenses": "cameras"}.get(department(product).slug)
    if not (other and product.mount):
        return None
    rows = FITTING.ask(product.mount, other)
    if not rows:
        return None
    # Perhaps a minute old, so never less than the examples beside it.
    count = max(
        len(rows),
        kept_number(
            (product.category_id, product.mount),
            lambda: sum(row.total for row in FITTING_COUNT.ask(product.mount, other)),
        ),
    )
    return {
        "title": "What fits this camera" if other == "lenses" else "Fits",
        "noun": other if count > 1 else {"lenses": "lens"}.get(other, "camera"),
        "count": count,
        "mount": product.mount
        if "mount" in product.mount.lower() or "thirds" in product.mount.lower()
        else f"{product.mount} mount",
        "url": f"/shop/{other}/?mount={slug(product.mount)}",
        "art": MOUNT_ART,
        "examples": [
            {
                "url": f"/product/{row.slug}/",
                "name": nowrap_units(row.name),
                "art": drawings.cropped(
                    row.drawing,
                    LENS_VIEW if row.drawing.startswith("lens-") else CAMERA_VIEW,
                    row.drawing_label,
                    row.drawing_sub,
                    row.finish,
                ),
            }
            for row in rows
        ],
    }


def finishes(product: Product) -> list[dict[str, Any]]:
    """Return the same product in its other finishes and this one, or nothing.

    Names say it: "Fujifilm X-T5 body, silver" and "Fujifilm X-T5 body, black".
    """
    base, comma, _ = product.name.rpartition(", ")
    if not comma or not product.finish or product.condition == Condition.USED:
        return []
    rows = FINISHES.ask(
        product.category_id,
        product.brand_id,
        f"{base}, ",
        f"{base}, \N{LATIN SMALL LETTER Y WITH DIAERESIS}",
    )
    if len(rows) < 2:
        return []
    return [
        {
            "label": name.rpartition(", ")[2].capitalize(),
            "url": f"/product/{slug_}/",
            "here": pk == product.pk,
            "price": money(price),
            "stock": "In stock" if (on_hand or 0) > (held or 0) else "Out of stock",
        }
        for pk, slug_, name, price, on_hand, held in rows
    ]


def toc(product: Product, *, table: Any, fit: Any, used: Any) -> list[tuple[str, str]]:
    """Return the sections that the page really has."""
    sections = [
        ("about", "About", product.description or product.summary),
        ("spec", "Specification", table),
        ("fits", fit["title"] if fit else "", fit),
        ("used", "Used ones", used),
        ("box", "In the box", product.in_the_box),
    ]
    return [(anchor, label) for anchor, label, there in sections if there]
