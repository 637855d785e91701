"""What is measured: the shop's pages, and what speed.md allows each."""

import re
from dataclasses import dataclass

from bench import client
from bench.client import Page

DEPARTMENTS = ("cameras", "lenses", "film", "bags-tripods", "accessories", "used")
SEARCHES = (
    *("fuji", "x-t5", "ilford hp5", "50 mm", "sony lens", "tripod", "kodak 400"),
    *("nikon z", "bag", "canon eos"),
)
THREE_FACETS = (
    "cameras/?brand=fujifilm&sensor=aps-c&in_stock=1",
    "cameras/?brand=sony&condition=new&price_max=3000",
    "cameras/?sensor=full-frame&condition=used&in_stock=1",
    "lenses/?brand=sigma&in_stock=1&price_max=900",
    "lenses/?brand=nikon&mount=nikon-z&condition=new",
    "film/?brand=ilford&in_stock=1&price_max=20",
)
MOST_PRODUCTS = 200


@dataclass(frozen=True)
class Measured:
    """A page and its allowance: so many times the list of 24 plain items."""

    page: Page
    allowed: float | None = None


def limits(base: str) -> tuple[Measured, Measured]:
    return (
        Measured(Page("bare view, 30 kB", base, ["/bare"])),
        Measured(Page("list of 24 plain items", base, ["/list24"])),
    )


def ours(base: str) -> list[Measured]:
    """Return the shop's pages, their addresses read from the running shop."""
    every = client.text(base, "/shop/")
    lists = sorted(
        set(re.findall(r'href="(/shop/[a-z0-9-]+/(?:[a-z0-9-]+/)?)"', every))
    )
    deep = [
        f"/shop/{name}/?page={number}"
        for name in ("cameras", "lenses", "accessories")
        for number in range(6, 40, 3)
    ]
    products = sorted(
        {
            address
            for path in (*lists[:20], *deep[:12])
            for address in re.findall(
                r'href="(/product/[^"]+/)"', client.text(base, path)
            )
        }
    )[:MOST_PRODUCTS]
    skus = [sku for path in products[::8] if (sku := _sku(base, path))]
    trolley = {
        "Cookie": "trolley=1|" + "|".join(f"{sku}:1" for sku in sorted(skus[:3]))
    }
    faceted = [f"/shop/{path}" for path in THREE_FACETS]
    search = [f"/search/?q={words.replace(' ', '+')}" for words in SEARCHES]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": base}
    return [
        Measured(Page("home", base, ["/"]), 2),
        Measured(Page("list", base, lists[:16]), 2),
        Measured(Page("list, deep page", base, deep), 2),
        Measured(Page("list, three facets", base, faceted), 3),
        Measured(Page("search", base, search), 3),
        Measured(Page("product", base, products), 2),
        Measured(Page("policy", base, ["/privacy/"])),
        Measured(Page("trolley of three", base, ["/trolley/"], headers=trolley), 1),
        Measured(
            Page(
                "add to trolley",
                base,
                ["/trolley/add/"],
                method="POST",
                bodies=[f"sku={sku}&quantity=1" for sku in skus],
                headers=form,
                status=303,
            ),
            0.3,
        ),
    ]


def _sku(base: str, path: str) -> str:
    """Return the part number on a product's page, if it can be bought."""
    found = re.search(r'name="sku" value="([^"]+)"', client.text(base, path))
    return found[1] if found else ""
