"""Products in letters, by SKU: name, price and link as the catalogue has them now."""

import textwrap
from collections.abc import Collection

from django.conf import settings
from django.template.loader import render_to_string

from jessops.lib import money
from newsletter import blocks
from newsletter.blocks import Block
from shop.models import Product


def products(skus: Collection[str]) -> dict[str, Block]:
    """Return a block for each product that is on sale; one query."""
    rows = Product.objects.on_sale().filter(sku__in=skus, discontinued=False)
    return {row.sku: _block(row) for row in rows.for_cards()}


def _block(row: Product) -> Block:
    link = f"{settings.SITE_URL}{row.get_absolute_url()}"
    price = f"{money.pounds(row.price)} inc. VAT"
    # Price Marking Order: never a was-price without its dates
    was = (
        f"Was {money.pounds(row.was_price)} from {row.was_from:%-d %B %Y}"
        f" to {row.was_until:%-d %B %Y}"
        if row.was_price and row.was_from and row.was_until
        else ""
    )
    context = {"product": row, "link": link, "price": price, "was": was}
    lines = [row.name, row.keys, price, was]
    wrapped = "\n".join(textwrap.fill(line, 48) for line in lines if line)
    return Block(
        html=render_to_string("emails/shop/_product.html", context).strip(),
        text=f"{wrapped}\n{link}",
    )


blocks.register("product", products)
