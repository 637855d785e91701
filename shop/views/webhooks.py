"""What the bank tells us by itself. Trusted for one thing: that it is worth asking."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jessops.lib.tasks import wake
from shop.actions import payments
from shop.clients.bank import signature_is_good
from shop.tasks import process_bank_event

LONGEST = 256 * 1024


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Check the signature, write the event down once, answer; a task does the rest."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > LONGEST:
        return HttpResponse(status=413)
    try:
        body = request.body.decode("utf-8")
        header = request.headers.get("Stripe-Signature", "")
        if not signature_is_good(body, header, timezone.now()):
            return HttpResponse(status=400)
        event = json.loads(body)
        found = event["data"]["object"]
        facts = {
            "event_id": str(event["id"]),
            "type": str(event["type"]),
            "object_id": str(found.get("id") or ""),
            "session": _id_of(found, "checkout.session", "session"),
            "intent": _id_of(found, "payment_intent", "payment_intent"),
        }
        if any("\0" in fact for fact in facts.values()):
            raise ValueError("NUL, which no column can hold")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return HttpResponse(status=400)
    row = payments.take_event(**facts)
    if not row.done_at:
        wake(process_bank_event, row.pk)
    return HttpResponse(status=200)


def _id_of(found: dict[str, Any], kind: str, link: str) -> str:
    """The id of the object if it is of that kind, else of the one it belongs to."""
    if found.get("object") == kind:
        return str(found.get("id") or "")
    linked = found.get(link)
    return linked if isinstance(linked, str) else ""
