"""The carriers that this shop can hand a parcel to."""

from shop.clients.carriers import Carrier
from shop.clients.courier import Courier
from shop.clients.parcelforce import Parcelforce

CARRIERS: dict[str, Carrier] = {
    carrier.name: carrier for carrier in (Parcelforce(), Courier())
}
