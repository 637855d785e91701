"""The shop's side and the customer's side of a payment, by plain HTTP."""

from functools import partial
from typing import Any

import requests
import stripe

from tests.sandbox.launcher import Sandbox

VISA = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
SECURE = "4000 0000 0000 3220"
PAYER = {
    "exp": "12/34",
    "cvc": "123",
    "name": "Ada Ashdown",
    "line1": "7 Mill Lane",
    "postcode": "LE3 1AA",
}

# No request of a test hangs.
get = partial(requests.get, timeout=10)
post = partial(requests.post, timeout=10)
head = partial(requests.head, timeout=10)


class Bank:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        # Of type Any: half of what the bank answers is optional in Stripe's types.
        self.client: Any = self.connect(sandbox.api_key)

    def connect(self, key: str, retries: int = 0) -> Any:
        return stripe.StripeClient(
            key,
            base_addresses={"api": f"{self.sandbox.base}/bank"},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=10),
        )

    def session(
        self, amount: int = 12999, options: dict[str, str] | None = None, **params: Any
    ) -> Any:
        return self.client.v1.checkout.sessions.create(
            params=order(amount) | params,
            options=options or {},
        )

    def pay(self, session: Any, number: str = VISA, **fields: str) -> requests.Response:
        assert session.url
        return requests.post(
            session.url,
            data=PAYER | {"number": number} | fields,
            allow_redirects=False,
            timeout=10,
        )

    def paid_session(self, amount: int = 12999) -> Any:
        """A session authorised with a good card, as it is afterwards."""
        session = self.session(amount)
        assert self.pay(session).status_code == 303
        return self.client.v1.checkout.sessions.retrieve(session.id)

    def secure(self, answer: requests.Response, outcome: str) -> requests.Response:
        return requests.post(
            self.sandbox.base + answer.headers["Location"],
            data={"outcome": outcome},
            allow_redirects=False,
            timeout=10,
        )

    def raw(self, method: str, path: str, **extra: Any) -> requests.Response:
        """A call of the API past the client; `path` from /v1 on."""
        headers = {"Authorization": f"Bearer {self.sandbox.api_key}"}
        return requests.request(
            method,
            f"{self.sandbox.base}/bank{path}",
            headers=headers | extra.pop("headers", {}),
            timeout=10,
            **extra,
        )


def order(amount: int = 12999) -> dict[str, Any]:
    return {
        "mode": "payment",
        "client_reference_id": "J26-4812-0751",
        "success_url": "http://localhost:8000/paid/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:8000/orders/token/",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "gbp",
                    "unit_amount": amount,
                    "product_data": {"name": "Order J26-4812-0751"},
                },
            }
        ],
        "payment_intent_data": {
            "capture_method": "manual",
            "metadata": {"order": "J26-4812-0751"},
            "shipping": {
                "name": "Ada Ashdown",
                "address": {
                    "line1": "7 Mill Lane",
                    "city": "Leicester",
                    "postal_code": "LE3 1AA",
                    "country": "GB",
                },
            },
        },
    }
