"""Who receives anything from the shop, what for, and which fields exactly (P57)."""

from django.conf import settings

from privacy.gateway import Connector, Handover, register

SHIPPING = "payment_intent_data[shipping]"
NAME = "your name"
ADDRESS = "the address to deliver to"
TICKED = "your telephone number, if you ticked the box for it"
PARCEL = "the order number and which parcel of it"

BANK = register(
    Connector(
        name="bank",
        recipient="Stripe, our payment host",
        purpose="order",
        base_url_setting="STRIPE_API_BASE",
        fields=frozenset(
            {
                "mode",
                "client_reference_id",
                "success_url",
                "cancel_url",
                "expires_at",
                "payment_method_types[]",
                "payment_method_options[card][request_multicapture]",
                "line_items[][quantity]",
                "line_items[][price_data][currency]",
                "line_items[][price_data][unit_amount]",
                "line_items[][price_data][product_data][name]",
                "payment_intent_data[capture_method]",
                f"{SHIPPING}[name]",
                f"{SHIPPING}[address][line1]",
                f"{SHIPPING}[address][line2]",
                f"{SHIPPING}[address][city]",
                f"{SHIPPING}[address][state]",
                f"{SHIPPING}[address][postal_code]",
                f"{SHIPPING}[address][country]",
                "cancellation_reason",
                "amount_to_capture",
                "final_capture",
                "payment_intent",
                "amount",
                "metadata[refund]",
                "limit",
                "expand[]",
            }
        ),
        personal={
            f"{SHIPPING}[name]": "your name",
            f"{SHIPPING}[address][line1]": "your billing address",
            f"{SHIPPING}[address][line2]": "your billing address",
            f"{SHIPPING}[address][city]": "your billing address",
            f"{SHIPPING}[address][state]": "your billing address",
            f"{SHIPPING}[address][postal_code]": "your billing address",
            f"{SHIPPING}[address][country]": "your billing address",
            "line_items[][price_data][unit_amount]": "the amount to pay",
            "line_items[][price_data][product_data][name]": "the order number",
            "client_reference_id": "a reference that means nothing to anyone else",
            "amount_to_capture": "the amount to take",
            "amount": "the amount to give back",
            "metadata[refund]": "our name for the refund",
        },
        policy_url="https://stripe.com/gb/privacy",
        transfers="the United States and other countries where Stripe works",
        handover=Handover(
            origin_setting="STRIPE_CHECKOUT_ORIGIN",
            there="It takes your payment on its own page: what you type there goes to"
            " it and not to us",
        ),
    )
)

ADDRESSES = register(
    Connector(
        name="addresses",
        recipient="AFD, our address list",
        purpose="order",
        base_url_setting="ADDRESSES_API_BASE",
        # The postcode alone: addresses are compared here, never there (C20).
        fields=frozenset({"postcode"}),
        personal={"postcode": "your postcode, without name or address"},
        policy_url="https://www.afd.co.uk/privacy-policy/",
    )
)

RECIPIENT = "RequestedShipment[RecipientContact]"
THERE = "RequestedShipment[RecipientAddress]"

# Names and order of ExpressLink's createShipment and createManifest (ShipService v14).
PARCELFORCE = register(
    Connector(
        name="parcelforce",
        recipient="Parcelforce, our parcel carrier",
        purpose="delivery",
        base_url_setting="PARCELFORCE_API_BASE",
        fields=frozenset(
            {
                "Authentication[UserName]",
                "Authentication[Password]",
                "RequestedShipment[ShipmentType]",
                "RequestedShipment[ContractNumber]",
                "RequestedShipment[RequestId]",
                "RequestedShipment[ServiceCode]",
                "RequestedShipment[ShippingDate]",
                f"{RECIPIENT}[BusinessName]",
                f"{RECIPIENT}[Telephone]",
                f"{THERE}[AddressLine1]",
                f"{THERE}[AddressLine2]",
                f"{THERE}[Town]",
                f"{THERE}[Postcode]",
                f"{THERE}[Country]",
                "RequestedShipment[TotalNumberOfParcels]",
                "RequestedShipment[TotalShipmentWeight]",
                "RequestedShipment[Enhancement][SaturdayDeliveryRequired]",
                "RequestedShipment[HazardousGoods][HazardousGood][LQDGUNCode]",
                "RequestedShipment[ReferenceNumber1]",
            }
        ),
        personal={
            f"{RECIPIENT}[BusinessName]": NAME,
            f"{RECIPIENT}[Telephone]": TICKED,
            **dict.fromkeys(
                (
                    f"{THERE}[AddressLine1]",
                    f"{THERE}[AddressLine2]",
                    f"{THERE}[Town]",
                    f"{THERE}[Postcode]",
                    f"{THERE}[Country]",
                ),
                ADDRESS,
            ),
            "RequestedShipment[ReferenceNumber1]": PARCEL,
        },
        policy_url="https://www.parcelforce.com/privacy-policy",
    )
)

# Where Parcelforce's parcels are is asked of its mother: by the parcel's number, in
# the address alone.
ROYAL_MAIL = register(
    Connector(
        name="royal-mail",
        recipient="Royal Mail, which knows where a Parcelforce parcel is",
        purpose="delivery",
        base_url_setting="ROYAL_MAIL_API_BASE",
        fields=frozenset(),
        personal={},
        policy_url="https://www.royalmail.com/privacy-notice",
    )
)

COURIER = register(
    Connector(
        name="courier",
        recipient="The Courier Company, our second carrier",
        purpose="delivery",
        base_url_setting="CARRIER_API_BASE",
        fields=frozenset(
            {
                "reference",
                "service",
                "name",
                "line1",
                "line2",
                "town",
                "county",
                "postcode",
                "telephone",
                "parcels[][weight_grams]",
                "parcels[][lithium]",
                "consignments[]",
            }
        ),
        personal={
            "reference": PARCEL,
            "name": NAME,
            **dict.fromkeys(("line1", "line2", "town", "county", "postcode"), ADDRESS),
            "telephone": TICKED,
        },
        policy_url=settings.CARRIER_POLICY_URL,
    )
)
