"""A parcel as its carrier gets it: name, address, and what the parcel needs (P59)."""

from django.db.models import QuerySet
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import delivery
from shop.clients.carriers import Booking, Parcel
from shop.models import Consignment, Lithium, Order

State = Consignment.State
# Of the carrier's services: what was promised, and places that take it longer.
DISTANT = "distant"


def of(consignment: Consignment, *, ring: bool) -> Parcel:
    """Return all that the carrier may learn; the number only if it may `ring`."""
    order = consignment.order
    leaves = consignment.packed_at or consignment.created_at
    return Parcel(
        reference=consignment.number,
        service=consignment.service,
        leaves_on=in_london(leaves).date(),
        name=" ".join(filter(None, (order.title, order.full_name))),
        line1=order.line1,
        line2=order.line2,
        town=order.town,
        county=order.county,
        postcode=order.postcode,
        telephone=order.telephone if ring else "",
        weight_grams=consignment.weight_g,
        lithium=lithium_of(consignment),
    )


def has_number(parcel: Parcel) -> bool:
    return bool(parcel.telephone)


def booking_of(consignment: Consignment) -> Booking:
    return Booking(number=consignment.booking, barcode=consignment.barcode)


def service_of(order: Order) -> str:
    """Return the carrier's service that keeps what the order was promised."""
    if order.delivery == delivery.STANDARD.code and delivery.area(order.postcode).days:
        return DISTANT
    return order.delivery


def lithium_of(consignment: Consignment) -> str:
    """Return the strictest of what is in the parcel."""
    found = {
        line.line.product.lithium
        for line in consignment.lines.select_related("line__product")
        if line.line.product
    }
    for kind in (Lithium.LOOSE, Lithium.CONTAINED):
        if kind in found:
            return str(kind)
    return str(Lithium.NONE)


def gone(order: Order) -> QuerySet[Consignment]:
    """Return the parcels that have left the house, wherever they are now."""
    away = (*Consignment.LEFT, State.LOST, State.RETURNED)
    return order.consignments.filter(state__in=away)


def stop(order: Order) -> None:
    """Cancel what has not left; under the order's lock, with nothing at its buyer's."""
    live = order.consignments.exclude(state__in=Consignment.GONE)
    live.update(state=State.CANCELLED, closed_at=timezone.now())
