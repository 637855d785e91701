"""The home page: three queries, and nothing about who is looking."""

from collections import defaultdict
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from jessops.lib.clock import in_london
from privacy.states import KEPT, states
from shop import delivery, drawings
from shop.cards import cards, shelf, values
from shop.frame import departments
from shop.list_rows import AVAILABLE, LISTED
from shop.models import Condition, Grade, Product
from shop.product_page import GRADE_AT, GRADE_SENTENCES
from shop.ready import Ready

PICKS = 4
USED_ROWS = 120

# Full-frame equivalents, and the words people know them by.
FOCAL_LENGTHS = (
    ("14", "Ultra-wide"),
    ("24", "Wide"),
    ("35", "Street"),
    ("50", "Standard"),
    ("85", "Portrait"),
    ("135", "Short tele"),
    ("200", "Sport"),
    ("400", "Wildlife"),
)
FILM_FOR = (
    (50, "Bright sun, very fine grain"),
    (125, "Sun, fine grain"),
    (200, "Bright days, indoors by a window"),
    (400, "Any weather, most of the year"),
    (800, "Dusk, indoors, movement"),
    (99999, "Night, stage and sport"),
)
# Every film's speed is one of these (ISO 5800).
ISO_SPEEDS = (
    *(6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100, 125, 160, 200, 250, 320),
    *(400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200, 6400),
)
# One step into the index for each speed; a DISTINCT would read every film.
CHEAPEST_ROLLS = """
    SELECT speed, roll.name, roll.slug, roll.price
    FROM unnest(%s::int[]) AS speed
    CROSS JOIN LATERAL (
        SELECT film.name, film.slug, film.price
        FROM shop_product AS film
        JOIN shop_stock AS stock ON stock.product_id = film.id
        JOIN shop_category AS part ON part.id = film.category_id
        JOIN shop_category AS department ON department.id = part.parent_id
        WHERE film.specs -> 'film_speed' = to_jsonb(speed)
            AND film.specs -> 'pack' = '"1 roll"'
            AND film.published AND stock.on_hand > stock.held
            AND part.slug = '35mm' AND department.slug = 'film'
        ORDER BY film.price, film.id
        LIMIT 1
    ) AS roll
    ORDER BY speed
"""


class Tile(NamedTuple):
    """A department's tile: its drawing, the part of it to show, and a line of text."""

    slug: str
    words: str
    art: Any


TILES = (
    Tile(
        "cameras",
        "Mirrorless, compact, film and instant",
        drawings.cropped("cam-slr", "40 40 320 224", "16-55 mm 1:2.8"),
    ),
    Tile(
        "lenses",
        "By mount, focal length or subject",
        drawings.cropped("lens-zoom", "30 20 340 250", "24-70 mm"),
    ),
    Tile(
        "film",
        "35 mm, 120, sheet and chemistry",
        drawings.cropped("film-35", "30 20 340 250", "400", "PAN"),
    ),
    Tile(
        "bags-tripods",
        "Carry it, steady it",
        drawings.cropped("bag-pack", "30 10 340 260"),
    ),
    Tile(
        "accessories",
        "Cards, batteries, filters and flash",
        drawings.cropped("card-sd", "30 30 340 250", "128 GB", "SDXC"),
    ),
)
HERO = drawings.cropped(
    "cam-retro",
    "30 30 340 232",
    "23 mm 1:1.4",
    title="Line drawing of a silver camera seen through a viewfinder frame",
)


def staff_picks() -> QuerySet[Product, Any]:
    picked = Product.objects.filter(LISTED, staff_pick__isnull=False)
    return values(picked.order_by("staff_pick", "pk"))[:PICKS]


def used_ones() -> QuerySet[Product, Any]:
    return (
        Product.objects.filter(
            AVAILABLE,
            published=True,
            condition=Condition.USED,
            used_of__isnull=False,
        )
        .order_by("-popularity", "pk")
        .values_list("used_of__name", "grade", "price")[:USED_ROWS]
    )


STAFF_PICKS, USED_ONES = Ready(staff_picks), Ready(used_ones)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    arrives = delivery.promise(now)
    picked = STAFF_PICKS.ask()
    return render(
        request,
        "shop/home.html",
        {
            "hero": HERO,
            "focal_lengths": FOCAL_LENGTHS,
            "tiles": tiles(),
            "picks": shelf(cards(picked, today=in_london(now).date(), promise=arrives)),
            "sheet": drawings.sheet((row.drawing, row.finish) for row in picked),
            "used": used_family(),
            "films": films_by_speed(),
            "quotes": delivery.quotes(now=now, goods_pence=0),
            "cut_off": delivery.CUT_OFF,
            "near_seal": states()["P22"],
            "kept": kept_promises(),
        },
    )


def tiles() -> list[dict[str, Any]]:
    """Return the tiles of the departments that there are, in the tiles' order."""
    names = {one.slug: one for one in departments()}
    return [
        {"name": names[slug].name, "url": names[slug].url, "words": words, "art": art}
        for slug, words, art in TILES
        if slug in names
    ]


def used_family() -> dict[str, Any]:
    """Return the five grades, priced for the camera we have in most of them.

    With no used thing in stock the grades are explained without prices.
    """
    families: dict[str, dict[str, int]] = defaultdict(dict)
    for name, grade, price in USED_ONES.ask():
        prices = families[name]
        prices[grade] = min(price, prices.get(grade, price))
    name = max(families, key=lambda one: len(families[one]), default="")
    prices = families.get(name, {})
    return {
        "name": name,
        "grades": [
            (grade.label, GRADE_AT[grade], GRADE_SENTENCES[grade], prices.get(grade))
            for grade in Grade
        ],
    }


def films_by_speed() -> list[tuple[str, str, str, str, int]]:
    """Return speed, use, name, slug and price of the cheapest roll of each speed."""
    with connection.cursor() as cursor:
        cursor.execute(CHEAPEST_ROLLS, [list(ISO_SPEEDS)])
        rows = cursor.fetchall()
    return [
        (f"ISO {speed}", film_use(int(speed)), name, slug, price)
        for speed, name, slug, price in rows
    ]


def film_use(speed: int) -> str:
    return next(words for highest, words in FILM_FOR if speed <= highest)


def kept_promises() -> dict[str, Any]:
    """Return how many promises a fresh result shows to be kept, and three of them."""
    all_states = list(states().values())
    kept = [state for state in all_states if state.code == KEPT]
    first = [state for state in kept if state.promise.id in ("P5", "P34", "P68")]
    shown = (first + [state for state in kept if state not in first])[:3]
    return {
        "count": len(kept),
        "all": len(all_states),
        "shown": [state.promise for state in shown],
        "by_code": sum(bool(state.promise.enforced_by) for state in all_states),
    }
