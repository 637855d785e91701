"""Where the mail provider (Mailgun) posts mail to us, and what came of our letters.

Its signature covers a time and a token, not the body: it is good for a day, since a
provider tries again for eight hours, and what is told twice is known by its number.
"""

import re
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.mailgun import (
    MailgunBaseWebhookView,
    MailgunTrackingWebhookView,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from newsletter import inbound, provider

SECONDS = 24 * 60 * 60
# A form says each byte of a message in up to three.
LARGEST_FORM = 3 * inbound.LARGEST + 64 * 1024
LARGEST_EVENT = 256 * 1024
MOST_FIELDS = 200
FIELD = re.compile(
    rb'content-disposition: *form-data;[^\r\n]* name="([^"\r\n]*)"', re.I
)


class Unsigned(Exception):
    """Not from our provider, or not in its shape."""


@csrf_exempt
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """One message as a form with `body-mime`; 200 says that it need not come again."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > LARGEST_FORM:
        return HttpResponse(status=413)
    try:
        form = _form(request)
        request.POST = _texts(form)  # type: ignore[assignment]
        _check(MailgunBaseWebhookView, request)
        _check_time(form.get("timestamp", b"").decode("latin-1"))
    except Unsigned:
        return HttpResponse(status=400)
    raw = form.get("body-mime", b"")
    if not raw:
        # The route forwards parsed messages: 406 tells the provider not to try again.
        return HttpResponse(status=406)
    return HttpResponse(inbound.take(raw), content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """What came of a letter, as JSON; 200 also for what does not matter to us."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > LARGEST_EVENT:
        return HttpResponse(status=413)
    if request.content_type != "application/json":
        return HttpResponse(status=415)
    try:
        found = _check(MailgunTrackingWebhookView, request).parse_events(request)
        for event in found:
            _check_time(str(event.esp_event["signature"]["timestamp"]))
    # Also JSON of another shape, or as deep as a well.
    except (Unsigned, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return HttpResponse(status=400)
    said = [provider.heed(event) for event in found]
    return HttpResponse("\n".join(said), content_type="text/plain; charset=utf-8")


def _check(
    view: type[MailgunBaseWebhookView], request: HttpRequest
) -> MailgunBaseWebhookView:
    """Return the provider's reader of a request that it signed; raises Unsigned."""
    if not settings.MAILGUN_SIGNING_KEY:
        raise Unsigned
    reader = view(webhook_signing_key=settings.MAILGUN_SIGNING_KEY)
    try:
        reader.run_validators(request)
    except (
        *(AnymailWebhookValidationFailure, ValueError, TypeError),
        *(AttributeError, RecursionError),
    ) as error:
        raise Unsigned from error
    return reader


def _check_time(stamp: str) -> None:
    try:
        age = abs(time.time() - float(stamp))
    except ValueError as error:
        raise Unsigned from error
    if not age < SECONDS:
        raise Unsigned


def _form(request: HttpRequest) -> dict[str, bytes]:
    """The fields of a form, byte by byte: Django's reader takes none of this size."""
    body = request.read(LARGEST_FORM)
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            text = body.decode("ascii")
            pairs = parse_qsl(text, encoding="latin-1", max_num_fields=MOST_FIELDS)
        except ValueError as error:
            raise Unsigned from error
        return {name: value.encode("latin-1") for name, value in pairs}
    if request.content_type != "multipart/form-data":
        raise Unsigned
    boundary = str((request.content_params or {}).get("boundary", ""))
    if not boundary.isascii() or not 0 < len(boundary) <= 70:
        raise Unsigned
    return _parts(body, boundary.encode())


def _parts(body: bytes, boundary: bytes) -> dict[str, bytes]:
    """The fields of multipart/form-data (RFC 7578), without its files."""
    found = {}
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_FIELDS)
    for piece in pieces[1:]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = FIELD.search(head)
        if blank and name:
            found[name[1].decode("latin-1")] = content
    return found


def _texts(form: Mapping[str, bytes]) -> dict[str, str]:
    """What anymail looks at, as Django would show it; the message itself is not."""
    wanted = ("timestamp", "token", "signature")
    return {name: form[name].decode("latin-1") for name in wanted if name in form}
