"""The demonstration staff's authenticator app, for a newcomer who has none (RFC 6238).

Stands in for the telephone in a member of staff's pocket. Its secret is the local
shop's alone, made with the clone; without one there is nothing to show.
"""

import base64
import hashlib
import hmac
import time
from html import escape

from jessops.sandbox.web import Request, Response, Route, json_response

STEP = 30  # seconds
DIGITS = 6


def code(secret: str, moment: float) -> str:
    """Return the six digits that an app shows at a moment (RFC 4226, 5.3)."""
    counter = (int(moment) // STEP).to_bytes(8, "big")
    key = base64.b32decode(secret, casefold=True)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


class StaffCodes:
    """The code that the demonstration's staff sign in with just now."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def routes(self) -> list[Route]:
        if not self.secret:
            return []
        return [Route("GET", "/staff-codes.json", self.as_json)]

    def now(self) -> tuple[str, int]:
        """Return the code, and for how many seconds it is the one shown."""
        moment = time.time()
        return code(self.secret, moment), STEP - int(moment) % STEP

    def as_json(self, request: Request) -> Response:
        shown, left = self.now()
        response = json_response({"code": shown, "seconds_left": left})
        response.headers.append(("Cache-Control", "no-store"))
        return response

    def panel(self, shop: str) -> str:
        """Return what the first page says of it, as HTML; nothing without a secret."""
        if not self.secret:
            return ""
        shown, left = self.now()
        return (
            '<section class="code" aria-labelledby="code">'
            '<h2 id="code">Staff code</h2>'
            f"<p><strong>{shown[:3]} {shown[3:]}</strong></p>"
            f"<p>For {left} more seconds; then load this page again. Each code works"
            " once. It is the second step of every demonstration staff account, such as"
            " owner@jessops.example, whose password <code>make run</code> prints."
            f' <a href="{escape(shop)}/admin/">To the staff pages</a></p></section>'
        )
