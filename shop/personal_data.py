"""What orders hold about people, and when it goes. The rest of the shop holds nothing.

Times: TAX_YEARS and the rest are read by shop.actions.retention and shown on order
pages, so that the date shown is the date it goes (C13).
"""

from datetime import timedelta

from privacy.registry import hold, not_personal
from shop import models

# VAT Act 1994, Schedule 11 paragraph 6: records of a supply are kept six years.
TAX_YEARS = 6
DRAFT_LIFE = timedelta(hours=24)
UNPAID_LIFE = timedelta(days=30)
TELEPHONE_LIFE = timedelta(days=30)

UNPAID = "30 days if the order is never paid (a day or two if never placed)"
TAX = f"six years after the order, for tax law; {UNPAID}"
CONTACT = f"30 days after delivery; {UNPAID}"

for field, label, retention, erase in (
    ("title", "Title", TAX, "keep: VAT record"),
    ("full_name", "Name", TAX, "keep: VAT record"),
    ("email", "E-mail address", TAX, "keep: VAT record"),
    ("email_hash", "Keyed hash of the e-mail address", TAX, "blank"),
    ("fingerprint", "Keyed hash of the order", TAX, "blank"),
    ("telephone", "Telephone number", CONTACT, "blank"),
    ("line1", "Delivery address", TAX, "keep: VAT record"),
    ("line2", "Delivery address, second line", TAX, "keep: VAT record"),
    ("town", "Town", TAX, "keep: VAT record"),
    ("county", "County", TAX, "keep: VAT record"),
    ("postcode", "Postcode", TAX, "keep: VAT record"),
    ("billing_line1", "Billing address", TAX, "keep: VAT record"),
    ("billing_line2", "Billing address, second line", TAX, "keep: VAT record"),
    ("billing_town", "Billing town", TAX, "keep: VAT record"),
    ("billing_county", "Billing county", TAX, "keep: VAT record"),
    ("billing_postcode", "Billing postcode", TAX, "keep: VAT record"),
    ("contact_by", "How you wish to be reached", CONTACT, "blank"),
    ("no_marketing", "Your answer about marketing", TAX, "keep: VAT record"),
):
    hold(
        models.Order,
        field,
        label=label,
        purpose="order",
        source="you",
        retention=retention,
        export=field not in ("email_hash", "fingerprint"),
        erase=erase,
    )
for field, label, source in (
    ("address_check", "Result of the address check", "address check"),
    ("review", "Why a person looks at the order", "our own record"),
    ("token", "The key in your order's link", "our own record"),
):
    hold(
        models.Order,
        field,
        label=label,
        purpose="order",
        source=source,
        retention=TAX,
        export=field != "token",
        erase="keep: VAT record",
    )

hold(
    models.LinkRequest,
    "email_hash",
    label="Keyed hash of an e-mail address",
    purpose="order",
    source="you",
    retention="until the link is sent, within minutes",
    export=False,
    erase="delete",
)
not_personal(models.LinkRequest, "id", "number", "policy_version", "asked_at")
not_personal(
    models.Order,
    *"id number attempt status policy_version delivery delivery_name delivery_pence"
    " delivery_vat_pence delivery_on goods_pence vat_pence total_pence created_at"
    " good_until placed_at authorised_at closed_at closed_why".split(),
)
for model in (
    models.Brand,
    models.Category,
    models.PriceChange,
    models.Product,
    models.Stock,
    models.StockMovement,
    models.Hold,
    models.OrderLine,
    models.OrderEvent,
    models.Payment,
    models.BankEvent,
    models.PostcodeAddresses,
):
    not_personal(model, *(field.name for field in model._meta.local_fields))
