"""The mail provider's door into the shop: what Mailgun posts, in Mailgun's own shape.

Mail that comes in is posted as a form with the raw message ("body-mime"), what came of
a letter as JSON. Both carry a signature over a time and a token, as Mailgun's do.
"""

import hashlib
import hmac
import http.client
import json
import secrets
import time
from urllib.parse import urlsplit

from jessops.sandbox.web import Request, Response, Route, json_response

EVENTS = ("delivered", "failed", "complained", "opened", "clicked", "unsubscribed")


class Provider:
    """Posts to the shop's two addresses, which lie below that of the mail server."""

    def __init__(self, inbound_url: str, key: str) -> None:
        self.inbound_url = inbound_url
        self.key = key

    def routes(self) -> list[Route]:
        return [Route("POST", "/mail/event", self.tell)]

    def tell(self, request: Request) -> Response:
        """An event as JSON: `event`, `message_id`, and `severity`, `code`, `words`."""
        try:
            told = request.json()
            event, message_id = str(told["event"]), str(told["message_id"])
        except (ValueError, KeyError, TypeError):
            return json_response({"error": "send event and message_id as JSON"}, 400)
        if event not in EVENTS or not self.inbound_url:
            return json_response({"error": f"event is one of {EVENTS}"}, 400)
        answer = self.event(event, message_id, told)
        return json_response({"answer": answer}, 202 if answer == "200" else 502)

    def mail(self, raw: bytes, recipient: str) -> str:
        """Post one message that came in; the status the shop answered."""
        texts = {**self.signed(), "recipient": recipient, "sender": ""}
        fields = {name: text.encode() for name, text in texts.items()}
        boundary = secrets.token_hex(16)
        lines = []
        for name, content in (fields | {"body-mime": raw}).items():
            lines += [
                f"--{boundary}".encode(),
                f'Content-Disposition: form-data; name="{name}"'.encode(),
                b"",
                content,
            ]
        body = b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])
        return self.post(
            "provider/mail/", body, f"multipart/form-data; boundary={boundary}"
        )

    def event(self, event: str, message_id: str, told: dict[str, object]) -> str:
        """Post what came of a letter; the status the shop answered."""
        data = {
            "id": secrets.token_urlsafe(12),
            "event": event,
            "timestamp": time.time(),
            "recipient": told.get("recipient", ""),
            "message": {"headers": {"message-id": message_id.strip("<>")}},
        }
        if event == "failed":
            data |= {
                "severity": told.get("severity", "permanent"),
                "reason": told.get("reason", "bounce"),
                "delivery-status": {
                    "code": told.get("code", 550),
                    "enhanced-code": told.get("enhanced", ""),
                    "message": told.get("words", "5.1.1 no such mailbox"),
                },
            }
        body = json.dumps({"signature": self.signed(), "event-data": data}).encode()
        return self.post("provider/events/", body, "application/json")

    def signed(self) -> dict[str, str]:
        stamp, token = str(int(time.time())), secrets.token_hex(25)
        digest = hmac.new(self.key.encode(), f"{stamp}{token}".encode(), hashlib.sha256)
        return {"timestamp": stamp, "token": token, "signature": digest.hexdigest()}

    def post(self, below: str, body: bytes, content_type: str) -> str:
        return post(self.inbound_url + below, body, {"Content-Type": content_type})


def post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """The status that was answered, or the name of what went wrong."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=10
    )
    try:
        headers = {"Connection": "close", **headers}
        connection.request("POST", parts.path or "/", body, headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
