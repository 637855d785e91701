"""What machines read of a product: schema.org's Product with its Offer, as JSON-LD."""

import json

from django.utils.safestring import SafeString

from shop import delivery
from shop.cards import LOW_STOCK
from shop.models import Condition, Product

# HTML would end a script element at "</script" whatever its type.
JSON_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def json_ld(product: Product, available: int, *, site_url: str) -> SafeString:
    """Return schema.org's Product with its Offer, safe inside a script element."""
    used = product.condition == Condition.USED
    if available > 0:
        state = "LimitedAvailability" if available <= LOW_STOCK else "InStock"
    else:
        state = "Discontinued" if product.discontinued else "OutOfStock"
    url = f"{site_url}{product.get_absolute_url()}"
    shipping = delivery.from_price_pence(product.price)
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "url": url,
        "description": product.summary or product.keys or product.name,
        "brand": {"@type": "Brand", "name": product.brand.name},
        "category": str(product.category.name),
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": f"{product.price / 100:.2f}",
            "priceCurrency": "GBP",
            "availability": f"https://schema.org/{state}",
            "itemCondition": f"https://schema.org/{'Used' if used else 'New'}Condition",
            "shippingDetails": {
                "@type": "OfferShippingDetails",
                "shippingRate": {
                    "@type": "MonetaryAmount",
                    "value": f"{shipping / 100:.2f}",
                    "currency": "GBP",
                },
                "shippingDestination": {
                    "@type": "DefinedRegion",
                    "addressCountry": "GB",
                },
            },
        },
    }
    return SafeString(json.dumps(data, ensure_ascii=False).translate(JSON_ESCAPES))
