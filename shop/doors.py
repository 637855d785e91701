"""Where what an order holds can be put right, as long as nothing has left."""

from privacy.dossier import door
from shop.actions import corrections
from shop.models import Order, Status

CORRECTABLE = (
    *("telephone", "postcode", "line1", "line2", "town", "county"),
    *("contact_by", "carrier_may_ring"),
)


def correct(order: Order) -> str:
    """Return the page that sends an order elsewhere, or "" once it has left."""
    if order.status == Status.DRAFT:
        return f"/orders/{order.token}/change/"
    if not corrections.has_not_left(order):
        return ""
    return f"/orders/{order.token}/correct/"


def choose(order: Order) -> str:
    """Return where the answers are changed that this order's link opens."""
    return f"/orders/{order.token}/choices/" if order.authorised_at else ""


for _guest in (False, True):
    for _field in CORRECTABLE:
        door(Order, _field, correct, guest=_guest)
door(Order, "no_marketing", choose, guest=True)
door(Order, "no_marketing", "/members/choices/")
