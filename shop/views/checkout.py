"""Checkout: one form, then a page that shows what will be bought, then the bank."""

import secrets
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from jessops.lib.postcodes import format_postcode
from members import address_list
from members.address_list import FIELDS as ADDRESS_FIELDS
from members.address_list import Picking
from privacy.states import seals
from shop import collection, delivery, member_checkout
from shop.actions import addresses, orders, payments, vouchers
from shop.clients.bank import BankError
from shop.contents import Contents, read
from shop.drawings import sheet
from shop.forms import CheckoutForm
from shop.member_checkout import Own
from shop.models import Order, Payment, Status
from shop.personal_data import TELEPHONE_LIFE
from shop.trolley import Trolley
from shop.views.trolley import (
    from_request,
    line_pictures,
    remember,
    rows,
    shapes,
    use_code,
)
from shop.wording import OPT_OUT


# The guest's trolley and the order's address are all that these pages act on, and
# jessops.middleware refuses cross-site writes: no token, no cookie (P31).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponseBase:
    return _checkout(request, None)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same form for an order that is not paid yet, with its values in place."""
    order = get_object_or_404(Order, token=token)
    if not order.can_be_paid:
        return SeeOther(order.get_absolute_url())
    return _checkout(request, order)


def _checkout(request: HttpRequest, order: Order | None) -> HttpResponseBase:
    trolley = from_request(request)
    contents = read(trolley, now=timezone.now(), order=order)
    if not contents.lines or contents.too_dear:
        return SeeOther("/trolley/")
    own = member_checkout.of(request)
    if request.method != "POST" or "begin" in request.POST:
        initial = _initial(order, own)
        initial.setdefault("voucher", request.POST.get("voucher", "")[:30])
        use_code(contents, initial["voucher"], order)
        form = CheckoutForm(initial=initial)
        return _page(request, contents, form, order, own)
    data = request.POST.copy()
    own.fill(data)
    picking = address_list.pick(data)
    form = CheckoutForm(data)
    if picking.asked:
        # Only an address was asked for: show it, check nothing, write nothing.
        unchecked = CheckoutForm(initial={name: data.get(name) for name in data})
        return _page(request, contents, unchecked, order, own, picking)
    quote = _quote(form, contents)
    _use_code(request, form, contents, order)
    own.blame(form)
    # What was seen is what is bought: a page that no longer shows the trolley as it is
    # comes back with the new one (another tab, stock that went).
    stale = data["seen"] != contents.seen if "seen" in data else contents.changes
    if stale and not contents.changes:
        contents.changes.append("It was changed in another tab. It is now as shown.")
    if not form.is_valid() or quote is None or stale:
        return _page(request, contents, form, order, own, picking, trolley)
    return _draft(request, form, contents, quote, order, own)


def _draft(
    request: HttpRequest,
    form: CheckoutForm,
    contents: Contents,
    quote: delivery.Quote,
    order: Order | None,
    own: Own,
) -> HttpResponseBase:
    data = form.cleaned_data
    if data["billing_same"]:
        for name in ADDRESS_FIELDS:
            data[f"billing_{name}"] = data[name]
    details = orders.Details(**{name: data[name] for name in orders.DETAIL_FIELDS})
    try:
        order = _write(details, contents, quote, data["attempt"] or None, order)
    except orders.NotOpen as error:
        return SeeOther(f"/orders/{error.order.token}/review/")
    except BankError:
        form.add_error(None, "The bank does not answer, so the order stays as it was")
        return _page(request, contents, form, order, own)
    own.keep(data)
    check = addresses.check(
        line1=order.line1, postcode=order.postcode, about=order.about
    )
    orders.note_address(order=order, check=check)
    return SeeOther(f"/orders/{order.token}/review/")


def _write(
    details: orders.Details,
    contents: Contents,
    quote: delivery.Quote,
    attempt: str | None,
    order: Order | None,
) -> Order:
    """Draft the order. What the form's earlier order stands in the way of is settled:

    the same again is that order (NotOpen says which); other answers close its open
    payment page and change it; once it is paid they are a new order.
    """
    if order and order.status == Status.PENDING:
        payments.abandon(order=order)
    try:
        return orders.draft(
            details=details,
            contents=contents,
            quote=quote,
            attempt=attempt,
            order=order,
        )
    except orders.NotOpen as error:
        found = error.order
        same = found.fingerprint == orders.fingerprint(
            details=details, contents=contents, quote=quote
        )
        if order or same:
            raise
        if found.status == Status.PENDING:
            payments.abandon(order=found)
            return _write(details, contents, quote, None, found)
        return _write(details, contents, quote, None, None)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponseBase:
    """What will be bought, exactly; the button places the order and goes to pay."""
    order = get_object_or_404(Order, token=token)
    if not order.can_be_paid:
        return SeeOther(order.get_absolute_url())
    if request.method != "POST":
        return _review_page(request, order)
    try:
        payment = _place(request, order)
        payment = payments.open_session(payment=payment)
    except orders.NotOpen:
        return SeeOther(order.get_absolute_url())
    except orders.SoldOut as error:
        return _review_page(request, order, status=409, short=error.short)
    except vouchers.Refused as error:
        return _review_page(request, order, status=409, refused=str(error))
    except orders.OutOfDate:
        return _review_page(request, order, status=409)
    except orders.Changed:
        order.refresh_from_db()
        return _review_page(request, order, status=409, changed=True)
    except OperationalError:
        # Its stock was locked for longer than a buyer should wait (lock_timeout).
        return _review_page(request, order, status=409, busy=True)
    except orders.AlreadyOrdered as error:
        return _review_page(
            request, order, status=409, already=f"{in_london(error.at):%H:%M}"
        )
    except BankError:
        return _review_page(request, order, status=503, no_bank=True)
    if not payment.url:
        return SeeOther(order.get_absolute_url())
    return SeeOther(payment.url)


def _place(request: HttpRequest, order: Order) -> Payment:
    sure = _still_holds(from_request(request), order)
    again = "again" in request.POST
    seen = request.POST.get("seen", "")
    try:
        return orders.place(order=order, sure=sure, again=again, seen=seen)
    except orders.PaymentUnsettled:
        payments.abandon(order=order)
        return orders.place(order=order, sure=sure, again=again, seen=seen)


def _still_holds(trolley: Trolley, order: Order) -> bool:
    """Once bought in another tab, the goods are no longer in the trolley."""
    return all(
        trolley.lines.get(line.sku, 0) >= line.quantity for line in order.lines.all()
    )


def _offers(contents: Contents, postcode: str) -> list[delivery.Quote]:
    """Return every way to get it: sent to a postcode, or fetched from a shop."""
    now = timezone.now()
    sent = delivery.quotes(
        now=now,
        goods_pence=contents.goods_pence,
        postcode=postcode,
        loose_lithium=contents.loose_lithium,
    )
    return [*sent, *collection.quotes(now)]


def _quote(form: CheckoutForm, contents: Contents) -> delivery.Quote | None:
    """The chosen way of delivery, at the price and day for that postcode."""
    form.full_clean()
    if "delivery" in form.errors:
        return None
    postcode = form.cleaned_data.get("postcode", "")
    offers = _offers(contents, postcode)
    chosen = {offer.code: offer for offer in offers}.get(form.cleaned_data["delivery"])
    if chosen is None:
        where = delivery.area(postcode).name
        form.add_error(
            "delivery",
            f"To the {where} we offer: {offers[0].option.name.lower()},"
            f" {offers[0].day}. Choose it, or another address"
            if where != delivery.MAINLAND.name
            else "Choose one of these ways of delivery",
        )
    return chosen


def _use_code(
    request: HttpRequest, form: CheckoutForm, contents: Contents, order: Order | None
) -> None:
    """Take off what the typed code says, or say at its field why not."""
    typed = form.cleaned_data.get("voucher", "")
    if not typed:
        return
    ratelimit.check(request, "voucher", limit=30, seconds=600)
    attempt = form.cleaned_data.get("attempt")
    if order is None and attempt:
        order = Order.objects.filter(attempt=attempt).first()
    if why := use_code(contents, typed, order):
        form.add_error("voucher", why)


def _initial(order: Order | None, own: Own) -> dict[str, Any]:
    if order is None:
        return {
            **own.initial(),
            "billing_same": True,
            "delivery": delivery.STANDARD.code,
            "contact_by": "email",
            "attempt": secrets.token_urlsafe(24),
        }
    values: dict[str, Any] = {
        name: getattr(order, name) for name in orders.DETAIL_FIELDS
    }
    same = all(values[f"billing_{n}"] == values[n] for n in ADDRESS_FIELDS)
    return {
        **values,
        "billing_same": same,
        "delivery": order.delivery,
        "voucher": order.voucher.code if order.voucher else "",
    }


def _page(
    request: HttpRequest,
    contents: Contents,
    form: CheckoutForm,
    order: Order | None,
    own: Own,
    picking: Picking | None = None,
    trolley: Trolley | None = None,
) -> HttpResponse:
    picking = picking or Picking()
    postcode = ""
    if form.is_bound:
        postcode = form.cleaned_data.get("postcode", "")
    elif form.initial.get("postcode"):
        postcode = format_postcode(str(form.initial["postcode"]))
    offers = _offers(contents, postcode)
    chosen_code = form["delivery"].value()
    chosen = next((o for o in offers if o.code == chosen_code), offers[0])
    errors = len(form.errors) if form.is_bound else 0
    response = render(
        request,
        "shop/checkout.html",
        {
            "form": form,
            "order": order,
            "contents": contents,
            "rows": rows(contents),
            "sheet": sheet(shapes(line.product for line in contents.lines)),
            "sums": contents.sums(chosen.pence),
            "quote": chosen,
            "quotes": offers,
            "own": own,
            "found": list(enumerate(picking.found)),
            "trouble": picking.trouble,
            "opt_out": OPT_OUT,
            "seals": seals("P58", "P68", "P93"),
            "telephone_days": TELEPHONE_LIFE.days,
            "error_count": errors + bool(picking.trouble),
            "failed": bool(errors or picking.trouble),
            "step": 1,
        },
    )
    # Without anybody's values in it the page may come back with the back button.
    fresh = request.method != "POST" and order is None and own.member is None
    response["Cache-Control"] = "private, no-cache" if fresh else "private, no-store"
    if trolley is not None and contents.changes:
        remember(response, contents.trolley)
    return response


def _review_page(
    request: HttpRequest, order: Order, status: int = 200, **trouble: Any
) -> HttpResponse:
    lines = list(order.lines.all())
    now = timezone.now()
    live = order.payments.filter(status__in=Payment.LIVE, expires_at__gt=now).first()
    return render(
        request,
        "shop/review.html",
        {
            "order": order,
            **line_pictures(lines),
            "day": long_date(order.delivery_on),
            "quote": delivery.area(order.postcode),
            "live": live,
            "live_until": f"{in_london(live.expires_at):%H:%M}" if live else "",
            "step1_url": f"/orders/{order.token}/change/",
            "stale": order.good_until < now and not live,
            "counter": collection.of(order),
            "step": 2,
            **trouble,
        },
        status=status,
    )
