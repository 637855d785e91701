"""The customer's and the bank's side of a payment, for tests of the shop."""

import hashlib
import hmac
import json
import time
from typing import Any

import requests
from django.test import Client

from shop.models import Order
from tests.sandbox.launcher import Sandbox

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
BAD_POSTCODE = "4000 0000 0000 0036"


class TestBank:
    __test__ = False

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def pay(self, url: str, number: str = GOOD) -> requests.Response:
        """Fill in the hosted page."""
        fields = {
            "number": number,
            "exp": "12/34",
            "cvc": "123",
            "name": "Priya Raman",
            "line1": "12 Mill Lane",
            "postcode": "SL7 1EY",
        }
        return requests.post(url, data=fields, allow_redirects=False, timeout=10)

    def place(self, client: Client, token: str) -> str:
        """Press the button of the review page; return the payment page's address."""
        response = client.post(f"/orders/{token}/review/")
        assert response.status_code == 303, response.content.decode()[:2000]
        return str(response["Location"])

    def buy(self, client: Client, token: str) -> Order:
        """Place, pay, and come back; return the order as it then is."""
        answer = self.pay(self.place(client, token))
        self.come_back(client, answer)
        return Order.objects.get(token=token)

    def come_back(self, client: Client, answer: requests.Response) -> Any:
        path = answer.headers["Location"].removeprefix("http://localhost:8000")
        return client.get(path)

    def event(
        self, kind: str, found: dict[str, Any], event_id: str = "evt_1"
    ) -> dict[str, Any]:
        return {
            "id": event_id,
            "object": "event",
            "type": kind,
            "data": {"object": found},
        }

    def signed(self, body: bytes, *, at: float = 0, secret: str = "") -> str:
        """The Stripe-Signature header for a body."""
        moment = int(time.time() + at)
        key = (secret or self.sandbox.webhook_secret).encode()
        payload = f"{moment}.".encode() + body
        digest = hmac.new(key, payload, hashlib.sha256).hexdigest()
        return f"t={moment},v1={digest}"

    def tell(self, client: Client, event: dict[str, Any]) -> int:
        """Send a genuine webhook; return the shop's answer."""
        body = json.dumps(event).encode()
        return self.post(client, body, self.signed(body))

    def post(self, client: Client, body: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {"Stripe-Signature": signature}
        return client.post(
            "/webhooks/stripe/",
            data=body,
            content_type="application/json",
            headers=headers,
        ).status_code

    def ledger(self) -> list[dict[str, Any]]:
        found = self.sandbox.get_json("/bank/ledger.json")
        assert isinstance(found, list)
        return found
