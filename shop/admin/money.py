"""Web Sales: ask the bank again for what it refused, and cancel what will not come."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jessops.lib.tasks import wake
from shop.actions import cancelling, captures, renewing
from shop.admin.base import in_pounds, staff
from shop.models import (
    Capture,
    Consignment,
    ConsignmentLine,
    Order,
    PaymentStatus,
    Status,
)
from shop.tasks import take_capture

MAY_ACT = "shop.change_order"
SAID = {
    "again": "The bank is asked again.",
    "early": "The money is taken now, with the buyer's word.",
    "rest": "Cancelled and not charged; a letter is on its way.",
}


class MoneyButtons(admin.ModelAdmin):  # type: ignore[type-arg]
    """Two kinds of button on an order's page. Each says what it found when shown."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = path("<int:pk>/money/", wrap(self.money), name="shop_order_money")
        return [own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more: dict[str, Any] = {}
        known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        order = Order.objects.filter(pk=object_id).first() if known else None
        if order and request.user.has_perm(MAY_ACT):
            more = {
                "refused": refused(order),
                "rests": rests(order),
                "early": early(order),
            }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def money(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what one button says; what is no more as it was shown is refused."""
        if request.method != "POST":
            raise Http404
        if not request.user.has_perm(MAY_ACT):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=pk)
        name, *rest = request.POST.get("act", "").split(":")
        try:
            numbers = [int(one) for one in rest if one.isascii() and len(one) < 10]
        except ValueError:
            raise Http404 from None
        try:
            self._press(order, name, numbers, staff(request))
        except (captures.CaptureError, cancelling.CancelError) as error:
            messages.error(request, f"Not done: {error}")
        else:
            self.log_change(request, order, SAID[name])
            messages.success(request, SAID[name])
        return HttpResponseRedirect(reverse("admin:shop_order_change", args=[pk]))

    def _press(self, order: Order, name: str, numbers: list[int], by: str) -> None:
        if name == "again" and len(numbers) == 1:
            found = get_object_or_404(Capture, pk=numbers[0], payment__order=order)
            captures.again(capture=found, by=by)
            wake(take_capture, found.pk)
        elif name == "early" and not numbers and early(order):
            made = captures.ask_early(order=order, by=by)
            wake(take_capture, made.pk)
        elif name == "rest" and len(numbers) == 2:
            line = get_object_or_404(order.lines, pk=numbers[0])
            pieces = {line.pk: numbers[1]}
            cancelling.cancel_rest(order=order, pieces=pieces, by=by)
        else:
            raise Http404


def refused(order: Order) -> list[tuple[int, str]]:
    """Return what the bank refused to pay of an order: its key and how much."""
    found = Capture.objects.filter(payment__order=order, state=Capture.State.FAILED)
    return [(one.pk, in_pounds(one.amount_pence)) for one in found]


def early(order: Order) -> str:
    """Return what may be taken before the parcel leaves; "" while there is time.

    Only when the bank is about to let the money go, and only if the buyer agrees: the
    page of their order says that nothing is taken before.
    """
    paid = order.payments.filter(status=PaymentStatus.AUTHORISED).first()
    if order.status != Status.AUTHORISED or paid is None or not paid.capture_before:
        return ""
    left = captures.owed(order) - captures.asked(paid)
    soon = timezone.now() < paid.capture_before < timezone.now() + renewing.BEFORE
    return in_pounds(left) if soon and left > 0 else ""


def rests(order: Order) -> list[tuple[int, int, str]]:
    """Return the lines of which something is in no parcel: key, how many, SKU.

    All that is left of a line goes at once, so a second press finds nothing. The last
    line of an order is not offered: that would be all of it.
    """
    if order.status != Status.AUTHORISED:
        return []
    live = ConsignmentLine.objects.filter(line__order=order).exclude(
        consignment__state__in=Consignment.GONE
    )
    held = dict(live.values_list("line").annotate(Sum("quantity")).order_by())
    lines = list(order.lines.all())
    coming = sum(line.quantity - line.cancelled for line in lines)
    left = {
        line: line.quantity - line.cancelled - held.get(line.pk, 0) for line in lines
    }
    return [
        (line.pk, many, line.sku) for line, many in left.items() if 0 < many < coming
    ]
