"""The parts of the payment form: its fields, its errors, the list of test cards."""

import re
from datetime import datetime
from html import escape

from jessops.sandbox.bank import cards
from jessops.sandbox.pages import table
from jessops.sandbox.store import Document

LABELS = {
    "number": "Card number",
    "exp": "Expiry date",
    "cvc": "Security code",
    "name": "Name on card",
    "line1": "Billing address, first line",
    "postcode": "Billing postcode",
}
HINTS = {
    "exp": "Such as 04/29",
    "cvc": "3 digits, or 4",
}
# (autocomplete, inputmode, longest)
INPUTS = {
    "number": ("cc-number", "numeric", 23),
    "exp": ("cc-exp", "numeric", 9),
    "cvc": ("cc-csc", "numeric", 4),
    "name": ("cc-name", "text", 100),
    "line1": ("billing address-line1", "text", 200),
    "postcode": ("billing postal-code", "text", 10),
}


def read_card(values: dict[str, str], now: datetime) -> tuple[Document, dict[str, str]]:
    """(the payer without the card, error by field)"""
    errors = {}
    number = re.sub(r"[ -]", "", values["number"])
    if not number:
        errors["number"] = "Enter the card number"
    elif not re.fullmatch(r"[0-9]{12,19}", number) or not cards.luhn(number):
        errors["number"] = "Your card number is incorrect"
    expiry = re.fullmatch(r"(\d{1,2}) ?[/-] ?(?:20)?(\d\d)", values["exp"]) or (
        re.fullmatch(r"(\d\d)(\d\d)", values["exp"])
    )
    month, year = (int(expiry[1]), 2000 + int(expiry[2])) if expiry else (0, 0)
    if not 1 <= month <= 12:
        errors["exp"] = "Enter the expiry date as month and year, such as 04/29"
    elif (year, month) < (now.year, now.month):
        errors["exp"] = "Your card has expired: this date is in the past"
    digits = "4" if number[:2] in ("34", "37") else "3"
    if not re.fullmatch(rf"[0-9]{{{digits}}}", values["cvc"]):
        errors["cvc"] = f"Enter the {digits} digits of the security code"
    for name, words in (
        ("name", "the name on the card"),
        ("line1", "the first line of the billing address"),
        ("postcode", "the billing postcode"),
    ):
        if not values[name]:
            errors[name] = f"Enter {words}"
        elif len(values[name]) > 200:
            errors[name] = "Shorten this to 200 characters"
    payer = {name: values[name] for name in ("name", "line1", "postcode")}
    return payer | {"exp_month": month, "exp_year": year}, errors


def summary(errors: dict[str, str], declined: str) -> str:
    if declined:
        return (
            '<div class="wrong" role="alert"><h3>Not paid</h3>'
            f"<p>{escape(declined)}</p>"
            "<p>Nothing was taken. Try again or use another card.</p></div>"
        )
    if not errors:
        return ""
    links = "".join(
        f'<li><a href="#{name}">{escape(errors[name])}</a></li>'
        for name in LABELS
        if name in errors
    )
    return (
        f'<div class="wrong" role="alert"><h3>Please check</h3><ul>{links}</ul></div>'
    )


def field(name: str, value: str, error: str) -> str:
    autocomplete, mode, longest = INPUTS[name]
    if name in ("number", "cvc"):
        value = ""  # never sent back, not even to the one who typed it
    described = [f"{name}-hint"] if name in HINTS else []
    hint = (
        f'<span class="hint" id="{name}-hint">{HINTS[name]}</span>' if described else ""
    )
    message = ""
    if error:
        described.append(f"{name}-error")
        message = f'<span class="error" id="{name}-error">Error: {escape(error)}</span>'
    attributes = f' aria-describedby="{" ".join(described)}"' if described else ""
    if error:
        attributes += ' aria-invalid="true"'
    return f"""<p class="field">
<label for="{name}">{LABELS[name]}</label>{hint}{message}
<input id="{name}" name="{name}" value="{escape(value)}" type="text" inputmode="{mode}"
 autocomplete="{autocomplete}" maxlength="{longest}" required{attributes}></p>"""


def card_list(*, opened: bool = False) -> str:
    rows = [[f"<code>{card.shown}</code>", escape(card.says)] for card in cards.CARDS]
    listing = table("Test cards", ["Number", "What it does"], rows)
    return (
        f"<details{' open' if opened else ''}><summary>Test cards</summary>"
        "<p>Any name, address, future date and security code will do.</p>"
        f"{listing}</details>"
    )
