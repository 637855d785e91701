"""The trolley's pages: everything there is to know about it is in the cookie."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from jessops.lib import ratelimit
from jessops.lib.clock import short_date
from jessops.lib.http import SeeOther
from shop import delivery
from shop.actions import vouchers
from shop.contents import Contents, read
from shop.drawings import sheet, use
from shop.models import Order, OrderLine
from shop.trolley import COOKIE, MOST_LINES, MOST_OF_ONE, SKU, Trolley, decode, encode

QUANTITY = f"Choose a number from 1 to {MOST_OF_ONE}."


def from_request(request: HttpRequest) -> Trolley:
    return decode(request.COOKIES.get(COOKIE))


def remember(response: HttpResponseBase, trolley: Trolley) -> None:
    """Set the trolley's cookie to its one canonical text, or take it away."""
    if not trolley:
        response.delete_cookie(COOKIE, path="/", samesite="Lax")
        return
    response.set_cookie(
        COOKIE,
        encode(trolley),
        max_age=settings.TROLLEY_COOKIE_AGE,
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, from_request(request))


# Cross-site writes are refused by jessops.middleware, without a token in every page.
@csrf_exempt
@require_POST
def add(request: HttpRequest) -> HttpResponseBase:
    trolley = from_request(request)
    sku = request.POST.get("sku", "").strip().upper()
    quantity = _number(request.POST.get("quantity", "1"))
    if not SKU.match(sku):
        return _page(request, trolley, problem="We do not know that part number.")
    if not quantity:
        return _page(request, trolley, problem=QUANTITY)
    if sku not in trolley.lines and len(trolley.lines) >= MOST_LINES:
        full = f"A trolley takes {MOST_LINES} different things. Yours is full."
        return _page(request, trolley, problem=full)
    response = SeeOther(f"/trolley/?added={sku}")
    remember(response, trolley.with_added(sku, quantity))
    return response


@csrf_exempt
@require_POST
def update(request: HttpRequest) -> HttpResponseBase:
    trolley = from_request(request)
    changed = trolley
    for name, value in request.POST.items():
        if name.startswith("quantity-") and (sku := name[9:]) in trolley.lines:
            quantity = _number(str(value), least=0)
            if quantity is None:
                return _page(request, trolley, problem=QUANTITY)
            changed = changed.with_line(sku, quantity)
    for name, step in (("less", -1), ("more", 1)):
        sku = request.POST.get(name, "")
        if sku in changed.lines:
            changed = changed.with_line(sku, changed.lines[sku] + step)
    changed = changed.with_line(request.POST.get("remove", ""), 0)
    response = SeeOther("/trolley/")
    remember(response, changed)
    return response


@csrf_exempt
@require_POST
def empty(request: HttpRequest) -> HttpResponseBase:
    response = SeeOther("/trolley/")
    remember(response, Trolley())
    return response


@csrf_exempt
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Show the trolley with what a code takes off. Kept is nothing of it (P33)."""
    ratelimit.check(request, "voucher", limit=30, seconds=600)
    typed = request.POST.get("voucher", "")[:30]
    return _page(request, from_request(request), typed=typed or " ")


def _number(text: str, least: int = 1) -> int | None:
    """Return a quantity, or None for what is none: 400, never a 500 (R37)."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        return None
    number = int(text)
    return number if least <= number <= MOST_OF_ONE else None


def _page(
    request: HttpRequest, trolley: Trolley, problem: str = "", typed: str = ""
) -> HttpResponse:
    now = timezone.now()
    contents = read(trolley, now=now)
    refused = use_code(contents, typed) if contents.lines else ""
    response = render(
        request,
        "shop/trolley.html",
        {
            "contents": contents,
            "rows": rows(contents),
            "sheet": sheet(shapes(line.product for line in contents.lines)),
            "problem": problem,
            "typed": typed.strip(),
            "refused": refused,
            "added": _added(request, contents),
            "days": settings.TROLLEY_COOKIE_AGE.days,
            # The header too says what it is now, not what the cookie came with.
            "trolley_count": contents.trolley.count,
            **summary(contents),
        },
        status=400 if problem or refused else 200,
    )
    response["Cache-Control"] = "private, no-store"
    if contents.trolley != Trolley(trolley.lines) or trolley.damaged:
        remember(response, contents.trolley)
    return response


def use_code(contents: Contents, typed: str, order: Order | None = None) -> str:
    """Take off what a code says; return why not, or an empty string."""
    if not typed:
        return ""
    try:
        contents.voucher = vouchers.find(
            typed, goods_pence=contents.goods_pence, order=order
        )
    except vouchers.Refused as error:
        return str(error)
    return ""


def rows(contents: Contents) -> list[dict[str, object]]:
    """What a summary shows of each line."""
    day = short_date(delivery.promise(timezone.now()))
    return [
        {
            "product": line.product,
            "quantity": line.quantity,
            "pence": line.pence,
            "low": line.product.available <= 4,
            "available": line.product.available,
            "day": day,
            "picture": picture(line.product),
        }
        for line in contents.lines
    ]


def shapes(things: Iterable[Any]) -> list[tuple[str, str]]:
    """The drawings that a page of these needs once each: shape and finish."""
    return [(thing.drawing, thing.finish) for thing in things]


def picture(thing: Any) -> SafeString:
    """The drawing of a product, or of an order's line, by reference to the sheet."""
    return use(thing.drawing, thing.drawing_label, thing.drawing_sub, thing.finish)


def line_pictures(lines: list[OrderLine]) -> dict[str, object]:
    """Context for a table of an order's lines: each with its drawing, and the sheet."""
    return {
        "lines": [(line, picture(line)) for line in lines],
        "sheet": sheet(shapes(lines)),
    }


def summary(contents: Contents) -> dict[str, object]:
    """Totals with mainland standard delivery, shown before anything is asked."""
    goods = contents.goods_pence
    quotes = delivery.quotes(
        now=timezone.now(), goods_pence=goods, loose_lithium=contents.loose_lithium
    )
    return {
        "count": contents.trolley.count,
        "quote": quotes[0],
        "day": short_date(quotes[0].on),
        "sums": contents.sums(quotes[0].pence),
        "more_for_free": max(delivery.FREE_FROM_PENCE - goods, 0),
    }


def _added(request: HttpRequest, contents: Contents) -> str:
    sku = request.GET.get("added", "")
    names = {line.product.sku: str(line.product.name) for line in contents.lines}
    return names.get(sku, "")
