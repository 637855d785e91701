"""The bank's pages for people: the hosted payment page, 3-D Secure, the ledger.

The payment page is a plain form, so a program pays as a browser does: POST to the
session's `url` (`/bank/pay/<session id>`), form-encoded, the fields

    number    card number, spaces allowed       cvc       security code
    exp       expiry as MM/YY (or MM/YYYY)      name      name on the card
    line1     first line of billing address     postcode  its postcode

Answers: 303 to the success_url when paid; 303 to `/bank/3d-secure/<attempt>` when the
card asks for 3-D Secure, where POST `outcome=pass` or `outcome=fail` gives 303 to the
success_url or back to the payment page; 402 with the page again when the card is
declined; 422 with the page again when a field is wrong; 410 when the session expired.
Neither number nor security code is ever written down.
"""

import re
from datetime import UTC, datetime
from html import escape

from ..pages import page, plain, table
from ..store import Document
from ..web import Request, Response, Route, json_response, redirect
from . import cards
from .errors import ApiError
from .ledger import Ledger, Outcome, SessionClosed, money

LABELS = {
    "number": "Card number",
    "exp": "Expiry date",
    "cvc": "Security code",
    "name": "Name on card",
    "line1": "Billing address, first line",
    "postcode": "Billing postcode",
}
HINTS = {
    "exp": "Month and year, such as 04/29",
    "cvc": "3 digits on the back; 4 on the front of American Express",
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
BANNER = '<p class="banner">Stand-in bank: no money moves. Test cards only.</p>'


class Pages:
    def __init__(self, ledger: Ledger, merchant: str) -> None:
        self.ledger = ledger
        self.merchant = merchant

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/bank/", self.book),
            Route(
                "GET",
                "/bank/ledger.json",
                lambda _: json_response(ledger_rows(self.ledger)),
            ),
            Route("GET", "/bank/pay/{id}", self.show),
            Route("POST", "/bank/pay/{id}", self.pay),
            Route("GET", "/bank/3d-secure/{id}", self.ask),
            Route("POST", "/bank/3d-secure/{id}", self.answer),
        ]

    # The payment page

    def show(self, request: Request) -> Response:
        session = self.session(request.args["id"])
        if session is None:
            return not_found()
        if session["status"] != "open":
            return self.closed(session)
        shipping = self.ledger.details(session["id"])["payment_intent_data"].get(
            "shipping", {}
        )
        address = shipping.get("address", {})
        values = {
            "name": shipping.get("name") or "",
            "line1": address.get("line1") or "",
            "postcode": address.get("postal_code") or "",
        }
        return self.form(session, values, {}, self.last_error(session))

    def pay(self, request: Request) -> Response:
        session = self.session(request.args["id"])
        if session is None:
            return not_found()
        if session["status"] != "open":
            # A second click on Pay: the browser shows the answer to this one.
            return self.after_close(session)
        values = {name: request.form.get(name, "").strip() for name in LABELS}
        payer, errors = read_card(
            values, datetime.fromtimestamp(self.ledger.clock.now(), UTC)
        )
        if errors:
            return self.form(session, values, errors, "", status=422)
        payer["email"] = session["customer_email"]
        number = re.sub(r"[ -]", "", values["number"])
        try:
            outcome = self.ledger.pay(session["id"], number, payer)
        except SessionClosed as closed:
            return self.after_close(closed.session)
        if outcome.error:
            return self.form(session, values, {}, outcome.error, status=402)
        return go_on(outcome)

    def session(self, identity: str) -> Document | None:
        return self.ledger.store.get("checkout.session", identity)

    def last_error(self, session: Document) -> str:
        """What the last try ended in, so that a reload still says it."""
        if not session["payment_intent"]:
            return ""
        intent = self.ledger.need("payment_intent", session["payment_intent"])
        error = intent["last_payment_error"]
        return str(error["message"]) if error else ""

    def after_close(self, session: Document) -> Response:
        if session["status"] == "complete":
            return redirect(self.ledger.success_url(session))
        return self.closed(session)

    def closed(self, session: Document) -> Response:
        paid = session["status"] == "complete"
        url = self.ledger.success_url(session) if paid else session["cancel_url"]
        title = "Already paid" if paid else "This payment page has expired"
        text = (
            "This payment was made. There is nothing more to pay here."
            if paid
            else "Its time ran out before a card was accepted. Nothing was taken."
        )
        link = (
            f'<p><a class="button" href="{escape(url)}">Back to'
            f" {escape(self.merchant)}</a></p>"
            if url
            else ""
        )
        return page(
            f"{title} - {self.merchant}",
            f'{BANNER}<main class="narrow"><h1>{title}</h1><p>{text}</p>{link}</main>',
            name="pay",
            status=200 if paid else 410,
        )

    def form(
        self,
        session: Document,
        values: dict[str, str],
        errors: dict[str, str],
        declined: str,
        *,
        status: int = 200,
    ) -> Response:
        amount = escape(money(session["amount_total"], session["currency"]))
        reference = session["client_reference_id"]
        items = self.ledger.details(session["id"])["line_items"]
        lines = "".join(
            f"<li><span>{escape(item['description'])}"
            + (f" × {item['quantity']}" if item["quantity"] > 1 else "")
            + f"</span> <span>{escape(money(item['amount_total'], item['currency']))}"
            "</span></li>"
            for item in items
        )
        back = ""
        if session["cancel_url"]:
            back = (
                f'<p><a href="{escape(session["cancel_url"])}">Back to'
                f" {escape(self.merchant)} without paying</a></p>"
            )
        fields = {
            name: field(name, values.get(name, ""), errors.get(name, ""))
            for name in LABELS
        }
        problem = bool(errors or declined)
        return page(
            f"{'Error: ' if problem else ''}Pay {money(session['amount_total'], session['currency'])}"
            f" - {self.merchant}",
            f"""{BANNER}
<main class="two">
<section class="bill" aria-labelledby="bill">
<h1 id="bill"><span>Pay {escape(self.merchant)}</span> <strong>{amount}</strong></h1>
{f"<p>Reference <b>{escape(reference)}</b></p>" if reference else ""}
<ul class="lines">{lines}</ul>
{back}
</section>
<section class="card" aria-labelledby="card">
<h2 id="card">Pay by card</h2>
{summary(errors, declined)}
<form method="post" novalidate>
{fields["number"]}
<div class="pair">{fields["exp"]}{fields["cvc"]}</div>
{fields["name"]}{fields["line1"]}{fields["postcode"]}
<button class="button" type="submit">Pay {amount}</button>
</form>
{test_cards()}
</section>
</main>""",
            name="pay",
            status=status,
            form_action=form_action(session),
        )

    # 3-D Secure

    def ask(self, request: Request) -> Response:
        try:
            session, waits = self.ledger.challenge(request.args["id"])
        except ApiError:
            return not_found()
        if not waits:
            return self.stale(session)
        amount = escape(money(session["amount_total"], session["currency"]))
        return page(
            "3-D Secure - stand-in bank",
            f"""{BANNER}
<main class="narrow">
<h1>Is it you?</h1>
<p>Your card's bank asks you to confirm {amount} to {escape(self.merchant)}.</p>
<p>With a real card this page is your bank's. Here you choose what it finds.</p>
<form method="post" class="choices">
<button class="button" name="outcome" value="pass">Yes, it is me: complete</button>
<button class="button quiet" name="outcome" value="fail">No: fail</button>
</form>
</main>""",
            name="pay",
            form_action=form_action(session),
        )

    def answer(self, request: Request) -> Response:
        outcome = request.form.get("outcome", "")
        if outcome not in ("pass", "fail"):
            return plain(
                "That was no answer", "<p>Send outcome pass or fail.</p>", status=422
            )
        try:
            result = self.ledger.answer_challenge(
                request.args["id"], passed=outcome == "pass"
            )
        except SessionClosed as closed:
            return self.stale(closed.session)
        except ApiError:
            return not_found()
        if result.error:
            session, _ = self.ledger.challenge(request.args["id"])
            return redirect(f"/bank/pay/{session['id']}")
        return go_on(result)

    def stale(self, session: Document) -> Response:
        """The challenge was answered or overtaken: on to where the session stands."""
        if session["status"] == "open":
            return redirect(f"/bank/pay/{session['id']}")
        return self.after_close(session)

    # For people who look over the bank's shoulder

    def book(self, request: Request) -> Response:
        rows = [
            [
                escape(row["payment_intent"]),
                datetime.fromtimestamp(row["created"], UTC).strftime("%d %b %H:%M:%S"),
                escape(row["status"].replace("_", " ")),
                *(
                    escape(money(row[name], row["currency"]))
                    for name in ("amount", "captured", "refunded")
                ),
            ]
            for row in reversed(self.ledger.rows())
        ]
        heads = ["Payment", "Created (UTC)", "Status", "Amount", "Captured", "Refunded"]
        return plain(
            "Bank",
            table("Payments, newest first", heads, rows)
            + '<p>For programs: <a href="/bank/ledger.json">ledger.json</a>,'
            ' <a href="/bank/requests.json">requests.json</a></p>'
            + test_cards(opened=True),
        )


def ledger_rows(ledger: Ledger) -> list[Document]:
    return ledger.rows()


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


def go_on(outcome: Outcome) -> Response:
    if outcome.challenge:
        return redirect(f"/bank/3d-secure/{outcome.challenge}")
    return redirect(outcome.success_url)


def not_found() -> Response:
    return page(
        "No such payment",
        f'{BANNER}<main class="narrow"><h1>No such payment</h1>'
        "<p>The address is wrong, or the stand-in bank has forgotten it.</p></main>",
        name="pay",
        status=404,
    )


def form_action(session: Document) -> str:
    """A browser checks the redirect after the form too, so the shop is named."""
    match = re.match(r"https?://[^/?#]+", session["success_url"])
    return f"'self' {match[0]}" if match else "'self'"


def summary(errors: dict[str, str], declined: str) -> str:
    if declined:
        return (
            f'<div class="wrong" role="alert"><h3>Not paid</h3><p>{escape(declined)}</p>'
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
    return f"""<p class="field"><label for="{name}">{LABELS[name]}</label>{hint}{message}
<input id="{name}" name="{name}" value="{escape(value)}" type="text" inputmode="{mode}"
 autocomplete="{autocomplete}" maxlength="{longest}" required{attributes}></p>"""


def test_cards(*, opened: bool = False) -> str:
    rows = [[f"<code>{card.shown}</code>", escape(card.says)] for card in cards.CARDS]
    listing = table("Test cards", ["Number", "What it does"], rows)
    return (
        f"<details{' open' if opened else ''}><summary>Test cards</summary>"
        "<p>Any name, address, future date and security code will do.</p>"
        f"{listing}</details>"
    )
