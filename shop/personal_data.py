"""What orders hold about people, and when it goes. The rest of the shop holds nothing.

The clocks give the words on the policy's pages, the days on the order's page and the
rows that go (C13). Postponing one by a day is one number here.
"""

from django.db.models import Q

from privacy.registry import (
    ADDRESS_LIST,
    OUR_RECORD,
    PAYMENT_HOST,
    YOU,
    describe,
    hold,
    not_personal,
)
from privacy.retention import Clock, Period, register
from shop import models, sale_data
from shop.models import ContactBy, Payment, PaymentStatus, Status

# VAT Act 1994, Schedule 11 paragraph 6: records of a supply are kept six years.
TAX_LIFE = Period(years=6)
UNPAID_LIFE = Period(days=30)
TELEPHONE_LIFE = Period(days=30)
DRAFT_LIFE = Period(hours=24)
LINK_LIFE = Period(hours=24)

# Where money moved there was a supply, and its record stays for tax law; where a
# payment is open or a hold stands, somebody is at it.
BUSY = (*Payment.LIVE, PaymentStatus.CAPTURED, PaymentStatus.VOIDING)
IDLE = ~Q(payments__status__in=BUSY) & Q(holds=None)

OLD_ORDERS = register(
    Clock(
        name="old-orders",
        model=models.Order,
        period=TAX_LIFE,
        since="after it was ordered, for tax law",
        start="authorised_at",
        # An order is made before it is paid, and the index has the day it was made.
        before="created_at",
        rows=models.Order.objects.filter(status__in=Status.values),
    )
)
UNPAID_ORDERS = register(
    Clock(
        name="unpaid-orders",
        model=models.Order,
        period=UNPAID_LIFE,
        since="after it was made if it is not paid",
        start="created_at",
        rows=models.Order.objects.filter(
            IDLE, status__in=[Status.DRAFT, Status.LAPSED]
        ),
    )
)
CANCELLED_ORDERS = register(
    Clock(
        name="cancelled-orders",
        model=models.Order,
        period=UNPAID_LIFE,
        since="after it was cancelled if no money moved",
        start="closed_at",
        before="created_at",
        rows=models.Order.objects.filter(IDLE, status=Status.CANCELLED),
    )
)
DRAFTS = register(
    Clock(
        name="drafts",
        model=models.Order,
        period=DRAFT_LIFE,
        since="after its prices ran out if it is never placed",
        # Written again, its prices are good for longer, and its day begins later.
        start="good_until",
        before="created_at",
        rows=models.Order.objects.filter(IDLE, status=Status.DRAFT),
    )
)
TELEPHONES = register(
    Clock(
        name="telephone-numbers",
        model=models.Order,
        period=TELEPHONE_LIFE,
        since="after delivery",
        start="delivery_on",
        rows=models.Order.objects.exclude(telephone=""),
        blank={
            "telephone": "",
            "contact_by": ContactBy.EMAIL,
            "carrier_may_ring": False,
        },
    )
)
LINK_REQUESTS = register(
    Clock(
        name="link-requests",
        model=models.LinkRequest,
        period=LINK_LIFE,
        since="after it was asked for at the latest; normally in a minute",
        start="asked_at",
        rows=models.LinkRequest.objects.all(),
    )
)

WHOLE = (OLD_ORDERS, UNPAID_ORDERS, CANCELLED_ORDERS, DRAFTS)
CONTACT = (TELEPHONES, UNPAID_ORDERS, CANCELLED_ORDERS, DRAFTS)
# VAT Regulations 1995, regulation 14: an invoice names the customer and the address,
# and says what was supplied when and for how much. It asks for no e-mail address, no
# telephone number and no place of delivery: those go when somebody is erased.
VAT = "keep: tax law asks for it (VAT Regulations 1995, regulation 14)"
CHOSEN = (YOU, ADDRESS_LIST)  # typed, or picked from the list by the person

describe(models.Order, title="Your order", people="people who order")
for field, label, sources, clocks, erase in (
    ("title", "Title", (YOU,), WHOLE, "blank"),
    ("full_name", "Name", (YOU,), WHOLE, VAT),
    ("email", "E-mail address", (YOU,), WHOLE, "blank"),
    ("email_hash", "Keyed hash of the e-mail address", (YOU,), WHOLE, "blank"),
    ("fingerprint", "Keyed hash of the order", (YOU,), WHOLE, "blank"),
    ("telephone", "Telephone number", (YOU,), CONTACT, "blank"),
    ("contact_by", "How you wish to be reached", (YOU,), CONTACT, "blank"),
    (
        "carrier_may_ring",
        "Whether the carrier may have your number",
        (YOU,),
        CONTACT,
        "blank",
    ),
    ("no_marketing", "Your answer about marketing", (YOU,), WHOLE, "blank"),
    ("line1", "Delivery address", CHOSEN, WHOLE, "blank"),
    ("line2", "Delivery address, second line", CHOSEN, WHOLE, "blank"),
    ("town", "Town", CHOSEN, WHOLE, "blank"),
    ("county", "County", CHOSEN, WHOLE, "blank"),
    ("postcode", "Postcode", CHOSEN, WHOLE, "blank"),
    ("billing_line1", "Billing address", CHOSEN, WHOLE, VAT),
    ("billing_line2", "Billing address, second line", CHOSEN, WHOLE, VAT),
    ("billing_town", "Billing town", CHOSEN, WHOLE, VAT),
    ("billing_county", "Billing county", CHOSEN, WHOLE, VAT),
    ("billing_postcode", "Billing postcode", CHOSEN, WHOLE, VAT),
    ("address_check", "Result of the address check", (ADDRESS_LIST,), WHOLE, "blank"),
    (
        "review",
        "Why a person looks at the order",
        (OUR_RECORD, ADDRESS_LIST, PAYMENT_HOST),
        WHOLE,
        "blank",
    ),
    ("token", "The key in your order's link", (OUR_RECORD,), WHOLE, "blank"),
):
    hold(
        models.Order,
        field,
        label=label,
        purpose="order",
        also=("marketing",) if field == "email" else (),
        source=sources,
        under="policy_version",
        retention=clocks,
        export=field not in ("email_hash", "fingerprint", "token"),
        erase=erase,
    )

SOURCES = {"authorised_at": PAYMENT_HOST, "again": YOU}
# What was bought and paid says something of a person only while the order names one.
for field, label in (
    ("number", "Order number"),
    ("status", "How the order stands"),
    ("delivery_name", "How it is delivered"),
    ("delivery_on", "Day of delivery"),
    ("total_pence", "What it cost"),
    ("created_at", "When it was made"),
    ("placed_at", "When it was placed"),
    ("authorised_at", "When the payment was agreed"),
    ("sent_at", "When the last of it left us"),
    ("closed_at", "When it was closed"),
    ("closed_why", "Why it was closed"),
    ("again", "Whether you said that you want it a second time"),
):
    hold(
        models.Order,
        field,
        label=label,
        purpose="order",
        source=SOURCES.get(field, OUR_RECORD),
        under="policy_version",
        retention=WHOLE,
        export=True,
        erase=VAT,
        tied=True,
    )
not_personal(
    models.Order,
    *"id key_id attempt policy_version delivery delivery_pence delivery_vat_pence"
    " goods_pence voucher off_pence vat_pence good_until".split(),
)

describe(models.OrderLine, title="What you bought", people="people who order")
for field, label in (
    ("sku", "Part number"),
    ("name", "Name of the product"),
    ("condition", "New or used"),
    ("quantity", "How many"),
    ("line_pence", "Price"),
):
    hold(
        models.OrderLine,
        field,
        label=label,
        purpose="order",
        source=YOU if field in ("sku", "quantity") else OUR_RECORD,
        under="order__policy_version",
        retention=WHOLE,
        export=True,
        erase=VAT,
        tied=True,
    )
not_personal(
    models.OrderLine,
    *"id order product position cancelled unit_pence off_pence vat vat_pence".split(),
    *"warranty_months drawing drawing_label drawing_sub finish".split(),
)

describe(models.Payment, title="Your payment", people="people who order")
for field, label, source in (
    ("reference", "Our reference at the payment host", OUR_RECORD),
    ("amount_pence", "Amount", OUR_RECORD),
    ("status", "How the payment stands", PAYMENT_HOST),
    ("session", "Name of the payment page at the payment host", PAYMENT_HOST),
    ("intent", "Name of the payment at the payment host", PAYMENT_HOST),
    ("url", "Address of the payment page", PAYMENT_HOST),
    ("mismatch", "What did not match", PAYMENT_HOST),
    ("problem", "Why the bank last said no, as a code", PAYMENT_HOST),
    ("returned_at", "When you came back from the payment page", OUR_RECORD),
    ("authorised_at", "When the payment was agreed", PAYMENT_HOST),
):
    hold(
        models.Payment,
        field,
        label=label,
        purpose="payment",
        source=source,
        under="order__policy_version",
        retention=WHOLE,
        export=field != "url",
        erase="blank" if field in ("url", "returned_at") else VAT,
        tied=True,
    )
not_personal(
    models.Payment,
    *"id order amendment currency created_at expires_at checked_at capture_before"
    " multicapture".split(),
)
sale_data.declare(WHOLE, VAT)

describe(models.LinkRequest, title="Finding an order", people="people who order")
hold(
    models.LinkRequest,
    "email_hash",
    label="Keyed hash of an e-mail address",
    purpose="order",
    source=YOU,
    under="policy_version",
    retention=LINK_REQUESTS,
    export=False,
    erase="delete",
)
hold(
    models.LinkRequest,
    "number",
    label="The order number that was typed",
    purpose="order",
    source=YOU,
    under="policy_version",
    retention=LINK_REQUESTS,
    export=False,
    erase="delete",
    tied=True,
)
not_personal(models.LinkRequest, "id", "policy_version", "asked_at")
for model in (
    models.Brand,
    models.Category,
    models.PriceChange,
    models.Product,
    models.Stock,
    models.StockMovement,
    models.Hold,
    models.OrderEvent,
    models.BankEvent,
    models.PostcodeAddresses,
    models.Voucher,
    models.VoucherUse,
):
    not_personal(model, *(field.name for field in model._meta.local_fields))
