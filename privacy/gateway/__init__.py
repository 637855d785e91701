"""The only door for HTTP to an outside party (promises P57 to P59).

A connector declares recipient, purpose and exact field names, in the `connectors.py`
of the app that uses it; anything else raises. Each disclosure leaves a receipt.
"""

from privacy.gateway.bank import STRIPE_VERSION, stripe_client
from privacy.gateway.connectors import (
    Connector,
    ContractExpired,
    GatewayError,
    Handover,
    PartyUnavailable,
    UndeclaredAddress,
    UndeclaredField,
    UnknownConnector,
    connector,
    connectors,
    forget,
    in_words,
    register,
)
from privacy.gateway.files import hand_out
from privacy.gateway.receipts import Disclosure, disclosures, receipts
from privacy.gateway.soap import call as soap_call
from privacy.gateway.wire import Response, send

__all__ = [
    "STRIPE_VERSION",
    "Connector",
    "ContractExpired",
    "Disclosure",
    "GatewayError",
    "Handover",
    "PartyUnavailable",
    "Response",
    "UndeclaredAddress",
    "UndeclaredField",
    "UnknownConnector",
    "connector",
    "connectors",
    "disclosures",
    "forget",
    "hand_out",
    "in_words",
    "receipts",
    "register",
    "send",
    "soap_call",
    "stripe_client",
]
