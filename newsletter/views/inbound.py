"""Where our mail server posts what people write to us."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jessops.lib import signing
from newsletter import inbound

SIGNATURE = "X-Mail-Signature"


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """One raw message, signed; 200 says that it is taken and need not come again."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > inbound.LARGEST:
        return HttpResponse(status=413)
    if request.content_type != "message/rfc822":
        return HttpResponse(status=415)
    raw = request.read(inbound.LARGEST)
    header = request.headers.get(SIGNATURE, "")
    secret = settings.INBOUND_MAIL_SECRET
    if not signing.is_good(secret, raw, header, timezone.now()):
        return HttpResponse(status=400)
    return HttpResponse(inbound.take(raw), content_type="text/plain; charset=utf-8")
