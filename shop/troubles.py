"""Why an order waits for a person: what to do about it, and what to ask the buyer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One code of Order.review: for staff, and for the letter to the buyer (P10)."""

    title: str
    todo: str
    ask: str


TROUBLES: dict[str, Trouble] = {
    "address": Trouble(
        "Address not found",
        "Compare it with the address list. If it is right, it is dealt with.",
        "We could not find your address among those of its postcode. Please look at it"
        " on your order's page and put it right there, or tell us that it is right.",
    ),
    "bank-address": Trouble(
        "The bank knows another address",
        "Compare delivery and card address. Ask before anything dear leaves.",
        "Your bank does not know the card address of this order. Please tell us whether"
        " it is right. Never send us anything about the card itself.",
    ),
    "payment": Trouble(
        "The payment does not match",
        "Compare the payment with the bank's own page. Nothing may be sent.",
        "Something about the payment of this order does not match, and we have not sent"
        " it. We are looking into it, and may ask you about it.",
    ),
    "twin": Trouble(
        "The same was ordered twice",
        "Ask whether both are meant. If not, cancel one of them.",
        "You ordered the same a short while before. Please tell us whether you want"
        " both; you can cancel this one on its page.",
    ),
    "refund": Trouble(
        "A refund needs a look",
        "It failed, or was made at the bank and not by us. See Refunds.",
        "Money for this order could not be given back to your card yet. We are looking"
        " into it; please tell us if the card is no longer yours.",
    ),
    "capture": Trouble(
        "The money was not taken",
        "The bank refused it as the parcel left. See the payment, and ask the buyer.",
        "Your bank did not let us take the payment of this order. Please tell us how"
        " you would like to pay for it.",
    ),
    "unpaid-rest": Trouble(
        "The rest is not paid for",
        "This card is charged once, and a part has left. Cancel the rest, or ask.",
        "A part of this order has left, and your card can be charged only once for it."
        " Please tell us whether you still want the rest.",
    ),
    "parcel-lost": Trouble(
        "A parcel is lost",
        "Claim it from the carrier. Send it again, or give the money back.",
        "The carrier cannot find a parcel of this order. Please tell us whether it is"
        " with you after all; if not, we send it again or give your money back.",
    ),
    "parcel-returned": Trouble(
        "A parcel came back",
        "Look at the address and ask the buyer. Then send it again, or cancel.",
        "A parcel of this order came back to us. Please look at the address on your"
        " order's page, and tell us whether we should send it again.",
    ),
    "voucher": Trouble(
        "Its code was spent by another",
        "Paid late, at the lower price. Let it stand, or cancel the order.",
        "The code of this order was used by somebody else before it was paid for. We"
        " are looking into it, and tell you before anything is sent.",
    ),
    "amendment": Trouble(
        "The buyer is asked to pay for more",
        "Wait for the payment, or withdraw what was offered. Nothing is sent before.",
        "You asked us to add something to this order. Please look at it on your order's"
        " page, and pay for it there or leave the order as it was.",
    ),
    "note": Trouble(
        "The buyer wrote a note",
        "Read it below and do what it asks, if we can. Answer on the way they wished.",
        "We have read your note about this order, and would like to ask you about it.",
    ),
    "uncollected": Trouble(
        "Part of it was not collected",
        "The rest has reached its buyer. Ask; then take it apart and cancel it.",
        "A parcel of this order still waits for you at our counter, and its time is up."
        " Please tell us whether you still want it.",
    ),
    "short": Trouble(
        "Not as many on the shelf as sold",
        "Count again. Cancel what is missing, or ask whether the buyer waits.",
        "We have fewer of something in this order than we thought. Please tell us"
        " whether you would like to wait, or have the money for it back.",
    ),
}
OTHER = Trouble(
    "Needs a look",
    "See the order's history for what happened.",
    "Something about this order needs a second look before it is sent. Please tell us"
    " how we can best reach you.",
)


def of(code: str) -> Trouble:
    return TROUBLES.get(code, OTHER)
