"""Where the shop asks, field by field: what for, and where the answer goes (P6, P12).

What stands here is all that its forms may ask; a secondary use of an answer needs a
choice in the same form (P67).
"""

from privacy import topics
from privacy.choices import MARKETING_EMAIL
from privacy.registry import asks, collects, entitle

ORDER_FORM = "shop.CheckoutForm"
FIND_FORM = "shop.FindOrderForm"

entitle(ORDER_FORM, "The order form")
entitle("/checkout/", "The order form")
entitle(FIND_FORM, "Find my order")
RETURN = "/orders/<token>/return/"
entitle(RETURN, "Sending something back")
for name, label, column in (
    ("quantity-<SKU>", "How many you send back", "shop.ReturnLine.quantity"),
    ("reason", "Why you send it back", "shop.Return.reason"),
):
    collects(
        form=RETURN,
        field=name,
        label=label,
        stored_in=column,
        purpose="order",
        clause="what-we-collect",
    )

for name in (
    "title full_name telephone postcode line1 line2 town county billing_postcode"
    " billing_line1 billing_line2 billing_town billing_county contact_by"
    " carrier_may_ring"
).split():
    collects(
        form=ORDER_FORM,
        field=name,
        stored_in=f"shop.Order.{name}",
        purpose="order",
        clause="what-we-collect",
    )
collects(
    form=ORDER_FORM,
    field="email",
    stored_in=("shop.Order.email", "shop.Order.email_hash"),
    purpose="order",
    also=("marketing",),
    clause="what-we-collect",
)
collects(
    form=ORDER_FORM,
    field="no_marketing",
    stored_in=("shop.Order.no_marketing", "privacy.Choice.answer"),
    purpose="choices",
    clause="saying-no",
    choice=MARKETING_EMAIL,
)
collects(
    form=ORDER_FORM,
    field="billing_same",
    label="Whether your card is registered at the delivery address",
    stored_in="nowhere: copies the delivery address to the billing address",
    purpose="order",
    clause="what-we-collect",
)
collects(
    form=ORDER_FORM,
    field="saved",
    label="Which address of your book",
    stored_in="nowhere: copies that address into the order",
    purpose="order",
    clause="members",
)
asks(form=ORDER_FORM, field="keep", use="puts the address typed into the address book")
for name, label, use in (
    ("address", "Address you picked", "says which one to fill in"),
    ("find", "Button: find address", "asks the address list for your postcode"),
    ("use", "Button: use this address", "fills in the address you picked"),
):
    collects(
        form="/checkout/",
        field=name,
        label=label,
        stored_in=f"nowhere: {use}",
        purpose="order",
        clause="address-check",
    )
for form, name, use in (
    (ORDER_FORM, "delivery", "chooses how fast it comes"),
    (ORDER_FORM, "voucher", "takes what an offer code says off the price"),
    ("/trolley/code/", "voucher", "shows what an offer code takes off the price"),
    ("/checkout/", "begin", "takes a code that was typed in the trolley along"),
    (ORDER_FORM, "attempt", "makes one order of a form that is sent twice"),
    ("/checkout/", "seen", "shows whether the trolley is still as the page showed it"),
    ("/orders/<token>/review/", "seen", "shows that what was seen is what is bought"),
    ("/orders/<token>/review/", "again", "says that a second order is meant"),
    (RETURN, "attempt", "makes one return of a form that is sent twice"),
    (RETURN, "keep", "takes a return back that is not sent yet"),
    ("/trolley/add/", "sku", "says what goes into the trolley"),
    ("/trolley/add/", "quantity", "says how many"),
    ("/trolley/update/", "quantity-<SKU>", "says how many"),
    ("/trolley/update/", "less", "takes one away"),
    ("/trolley/update/", "more", "adds one"),
    ("/trolley/update/", "remove", "takes a line away"),
    ("/search/", "q", "says what to look for"),
    ("/shop/<category>/", "sort", "puts the list in order"),
    ("/shop/<category>/", "price_min", "narrows the list"),
    ("/shop/<category>/", "price_max", "narrows the list"),
    ("/shop/<category>/", "in_stock", "narrows the list"),
    # staff: what stands beside the columns of a product
    ("shop.ProductForm", "show_was", "shows the old price beside the new"),
    ("shop.ProductForm", "opening_stock", "counts the first ones in"),
    # staff: of a parcel
    ("shop.PackForm", "carrier", "says who carries a parcel"),
    ("shop.PackForm", "weight_g", "says what it weighs"),
):
    asks(form=form, field=name, use=use)

CORRECTION_FORM = "shop.CorrectionForm"
entitle(CORRECTION_FORM, "Putting an order right before it leaves")
for name in "line1 line2 town county postcode telephone carrier_may_ring".split():
    collects(
        form=CORRECTION_FORM,
        field=name,
        stored_in=f"shop.Order.{name}",
        purpose="order",
        clause="your-rights",
    )
collects(
    form=FIND_FORM,
    field="number",
    label="Order number",
    stored_in="shop.LinkRequest.number",
    purpose="order",
    clause="what-we-collect",
)
collects(
    form=FIND_FORM,
    field="email",
    label="E-mail address, kept as a keyed hash",
    stored_in="shop.LinkRequest.email_hash",
    purpose="order",
    clause="what-we-collect",
)

# The page of choices of a guest's order: the same questions as in a member's area.
CHOICES = "/orders/<token>/choices/"
entitle(CHOICES, "Your choices, on your order's page")
for topic in topics.TOPICS:
    collects(
        form=CHOICES,
        field=topic.field,
        label=topic.title,
        stored_in="privacy.Choice.answer",
        purpose="choices",
        clause="saying-no",
        choice=topic.question,
    )
asks(
    form=CHOICES,
    field="was-<topic>",
    use="tells what you changed from what another window did",
)
for name, words, clause in (
    ("stop", "That you want none of our letters", "saying-no"),
    ("everything", "Whether you want nothing but what you ask for", "saying-no"),
    ("sale", "Whether your details may move to a new owner", "if-the-business-is-sold"),
):
    collects(
        form=CHOICES,
        field=name,
        label=words,
        stored_in="privacy.Choice.answer",
        purpose="choices",
        clause=clause,
    )
for name in ("contact_by", "telephone"):
    collects(
        form=CHOICES,
        field=name,
        stored_in=f"shop.Order.{name}",
        purpose="order",
        clause="what-we-use-it-for",
    )

OFFER_FORM = "/orders/<token>/account/"
entitle(OFFER_FORM, "An account after an order")
collects(
    form=OFFER_FORM,
    field="password1",
    stored_in="members.Member.password",
    purpose="account",
    clause="members",
)

# What staff type who give money back that no return is due to.
REFUND_FORM = "shop.AskForm"
entitle(REFUND_FORM, "Staff: a refund")
for name, use in (
    ("number", "which order it is for"),
    ("amount", "how much, within the limit of who asks"),
    ("reason", "one of a closed list"),
    ("attempt", "one press of the button is one refund"),
):
    asks(form=REFUND_FORM, field=name, use=use)
NOTE_FORM = "shop.NoteForm"
entitle(NOTE_FORM, "A note about an order")
collects(
    form=NOTE_FORM,
    field="words",
    stored_in="shop.Note.words",
    purpose="order",
    clause="what-we-use-it-for",
)
MORE_PAGE = "/orders/<token>/more/"
entitle(MORE_PAGE, "More for an order")
asks(form=MORE_PAGE, field="act", use="whether it is paid for, or the order left alone")
PAY_FORM = "shop.PayForm"
entitle(PAY_FORM, "Staff: money back for what came back")
asks(form=PAY_FORM, field="amount", use="how much, up to what the law gives")
