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

from jessops.sandbox.bank.book import Book, money
from jessops.sandbox.bank.checkout import Checkout, Outcome, SessionClosed
from jessops.sandbox.bank.errors import ApiError
from jessops.sandbox.bank.form import LABELS, card_list, field, read_card, summary
from jessops.sandbox.bank.payments import Payments
from jessops.sandbox.bank.sessions import Sessions
from jessops.sandbox.pages import page, plain, table
from jessops.sandbox.store import Document
from jessops.sandbox.web import Request, Response, Route, json_response, redirect

BANNER = (
    '<header class="banner">Stand-in bank: no money moves. Test cards only.</header>'
)


class Pages:
    def __init__(
        self,
        book: Book,
        sessions: Sessions,
        payments: Payments,
        checkout: Checkout,
        merchant: str,
    ) -> None:
        self.book = book
        self.sessions = sessions
        self.payments = payments
        self.checkout = checkout
        self.merchant = merchant

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/bank/", self.overview),
            Route("GET", "/bank/ledger.json", self.ledger),
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
        shipping = self.sessions.details(session["id"])["payment_intent_data"].get(
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
        now = datetime.fromtimestamp(self.book.clock.now(), UTC)
        payer, errors = read_card(values, now)
        if errors:
            return self.form(session, values, errors, "", status=422)
        payer["email"] = session["customer_email"]
        number = re.sub(r"[ -]", "", values["number"])
        try:
            outcome = self.checkout.pay(session["id"], number, payer)
        except SessionClosed as closed:
            return self.after_close(closed.session)
        if outcome.error:
            return self.form(session, values, {}, outcome.error, status=402)
        return go_on(outcome)

    def session(self, identity: str) -> Document | None:
        return self.book.store.get("checkout.session", identity)

    def last_error(self, session: Document) -> str:
        """What the last try ended in, so that a reload still says it."""
        if not session["payment_intent"]:
            return ""
        intent = self.book.need("payment_intent", session["payment_intent"])
        error = intent["last_payment_error"]
        return str(error["message"]) if error else ""

    def after_close(self, session: Document) -> Response:
        if session["status"] == "complete":
            return redirect(self.checkout.success_url(session))
        return self.closed(session)

    def closed(self, session: Document) -> Response:
        paid = session["status"] == "complete"
        url = self.checkout.success_url(session) if paid else session["cancel_url"]
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
        items = self.sessions.details(session["id"])["line_items"]
        lines = "".join(
            f"<li><span>{escape(item['description'])}"
            + (f" x {item['quantity']}" if item["quantity"] > 1 else "")
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
        return page(
            f"{'Error: ' if errors or declined else ''}Pay {self.merchant}",
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
{card_list()}
</section>
</main>""",
            name="pay",
            status=status,
            form_action=form_action(session),
        )

    # 3-D Secure

    def ask(self, request: Request) -> Response:
        try:
            session, waits = self.checkout.challenge(request.args["id"])
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
            result = self.checkout.answer_challenge(
                request.args["id"], passed=outcome == "pass"
            )
        except SessionClosed as closed:
            return self.stale(closed.session)
        except ApiError:
            return not_found()
        if result.error:
            session, _ = self.checkout.challenge(request.args["id"])
            return redirect(f"/bank/pay/{session['id']}")
        return go_on(result)

    def stale(self, session: Document) -> Response:
        """The challenge was answered or overtaken: on to where the session stands."""
        if session["status"] == "open":
            return redirect(f"/bank/pay/{session['id']}")
        return self.after_close(session)

    def ledger(self, request: Request) -> Response:
        return json_response(self.payments.rows())

    # For people who look over the bank's shoulder

    def overview(self, request: Request) -> Response:
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
            for row in reversed(self.payments.rows())
        ]
        heads = ["Payment", "Created (UTC)", "Status", "Amount", "Captured", "Refunded"]
        return plain(
            "Bank",
            table("Payments, newest first", heads, rows)
            + '<p>For programs: <a href="/bank/ledger.json">ledger.json</a>,'
            ' <a href="/bank/requests.json">requests.json</a></p>'
            + card_list(opened=True),
        )


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
