from shop.models.addresses import PostcodeAddresses
from shop.models.catalogue import (
    Brand,
    Category,
    Condition,
    Grade,
    Lithium,
    PriceChange,
    Product,
    VatTreatment,
)
from shop.models.orders import (
    AddressCheck,
    ContactBy,
    LinkRequest,
    Order,
    OrderEvent,
    OrderLine,
    Status,
)
from shop.models.payments import BankEvent, Payment, PaymentStatus
from shop.models.stock import Hold, Stock, StockMovement

__all__ = [
    "AddressCheck",
    "BankEvent",
    "Brand",
    "Category",
    "Condition",
    "ContactBy",
    "Grade",
    "Hold",
    "LinkRequest",
    "Lithium",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentStatus",
    "PostcodeAddresses",
    "PriceChange",
    "Product",
    "Status",
    "Stock",
    "StockMovement",
    "VatTreatment",
]
