"""What the shop brings along to the member's area, which knows no shop."""

from collections.abc import Sequence

from jessops.lib.clock import in_london, long_date
from members import address_list, summary
from members.address_list import Place, Unavailable
from members.models import Member
from members.who import proved_subject
from shop.actions import addresses
from shop.clients.addresses import AddressesUnavailable
from shop.models import Order


def places(postcode: str) -> Sequence[Place]:
    """Return the addresses of a postcode; raises members.address_list.Unavailable."""
    try:
        found = addresses.find(postcode=postcode)
    except AddressesUnavailable as error:
        raise Unavailable from error
    return [Place(**address.as_dict()) for address in found]


def last_order(member: Member) -> str:
    """Return a sentence about the member's newest order."""
    order = Order.objects.of_person(proved_subject(member)).first()
    if order is None:
        return "None yet. Whatever you order with your address will stand here."
    day = long_date(in_london(order.placed_at or order.created_at).date())
    return f"The last one, {order.number}, is of {day}."


address_list.register(places)
summary.register(
    summary.Panel(
        title="Orders",
        url="/members/orders/",
        link="See your orders",
        words=last_order,
        place=10,
    )
)
