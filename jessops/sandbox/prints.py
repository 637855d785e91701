"""The print partner stand-in: the door that a customer comes through to sign up.

The customer types the data here, on the partner's own page and under its own terms; the
shop passes nothing on. POST /prints/sign-up takes `full_name` and `email`.
"""

import re
from html import escape

from jessops.sandbox.addresses import requests_table
from jessops.sandbox.egress import Egress
from jessops.sandbox.pages import plain, table
from jessops.sandbox.store import Clock, Store
from jessops.sandbox.web import Request, Response, Route

FIELDS = {
    "full_name": ("Full name", "name", "text"),
    "email": ("E-mail address", "email", "email"),
}


class Prints:
    def __init__(self, store: Store, clock: Clock, egress: Egress) -> None:
        self.store = store
        self.clock = clock
        self.egress = egress

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/prints/", self.door, "prints"),
            Route("POST", "/prints/sign-up", self.sign_up, "prints"),
        ]

    def door(self, request: Request) -> Response:
        return self.page({}, {})

    def sign_up(self, request: Request) -> Response:
        values = {name: request.form.get(name, "").strip() for name in FIELDS}
        errors = {}
        if not values["full_name"]:
            errors["full_name"] = "Enter your full name"
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", values["email"]):
            errors["email"] = "Enter an e-mail address, such as name@example.com"
        if errors:
            return self.page(values, errors)
        with self.store.write():
            number = len(self.store.all("print_account")) + 1
            account = {"id": f"PN{number:06d}", "created": self.clock.now()}
            self.store.add("print_account", account | values)
        return plain(
            "Print@Net: you are signed up",
            f"<p>Your account is <b>{account['id']}</b>. Orders and payments for prints"
            " are between you and Print@Net.</p>",
            status=201,
        )

    def page(self, values: dict[str, str], errors: dict[str, str]) -> Response:
        fields = "".join(self.field(name, values, errors) for name in FIELDS)
        accounts = [
            [escape(account["id"]), escape(account["full_name"])]
            for account in reversed(self.store.all("print_account"))
        ]
        return plain(
            "Print@Net",
            "<p>The stand-in of the print partner: another company, with its own terms"
            " and its own payment.</p>"
            f'<form method="post" action="/prints/sign-up" novalidate>{fields}'
            '<button class="button">Sign up</button></form>'
            + table("Accounts, newest first", ["Account", "Name"], accounts)
            + requests_table(self.egress, "prints"),
            status=422 if errors else 200,
        )

    def field(self, name: str, values: dict[str, str], errors: dict[str, str]) -> str:
        label, autocomplete, kind = FIELDS[name]
        error, described = "", ""
        if name in errors:
            error = (
                f'<span class="error" id="{name}-error">Error: {errors[name]}</span>'
            )
            described = f' aria-invalid="true" aria-describedby="{name}-error"'
        return (
            f'<p class="field"><label for="{name}">{label}</label>{error}'
            f'<input id="{name}" name="{name}" type="{kind}"'
            f' value="{escape(values.get(name, ""))}"'
            f' autocomplete="{autocomplete}" required{described}></p>'
        )
