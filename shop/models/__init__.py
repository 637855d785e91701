from shop.models.addresses import PostcodeAddresses
from shop.models.amendments import Amendment, AmendmentLine
from shop.models.captures import Capture
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
from shop.models.consignments import Consignment, ConsignmentLine, Manifest
from shop.models.documents import Document, DocumentCounter
from shop.models.notes import Note
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
from shop.models.refunds import Refund, RefundLine
from shop.models.returns import Return, ReturnLine
from shop.models.stock import Hold, Stock, StockMovement
from shop.models.tracking import TrackingStep
from shop.models.vouchers import Voucher, VoucherUse

__all__ = [
    "AddressCheck",
    "Amendment",
    "AmendmentLine",
    "BankEvent",
    "Brand",
    "Capture",
    "Category",
    "Condition",
    "Consignment",
    "ConsignmentLine",
    "ContactBy",
    "Document",
    "DocumentCounter",
    "Grade",
    "Hold",
    "LinkRequest",
    "Lithium",
    "Manifest",
    "Note",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentStatus",
    "PostcodeAddresses",
    "PriceChange",
    "Product",
    "Refund",
    "RefundLine",
    "Return",
    "ReturnLine",
    "Status",
    "Stock",
    "StockMovement",
    "TrackingStep",
    "VatTreatment",
    "Voucher",
    "VoucherUse",
]
