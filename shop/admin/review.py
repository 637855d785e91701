"""Web Sales: the queue of orders that need a person, and what to do with each."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from jessops.lib.clock import in_london
from privacy import masks
from shop import troubles
from shop.actions import amending, reviewing
from shop.admin.base import staff
from shop.models import ContactBy, Note, Order

MAY_ACT = "shop.change_order"
AT_ONCE = 50
SAID = {
    "done": "Dealt with.",
    "write": "A letter is on its way.",
    "rang": "Noted.",
    "short": "It waits now, and is not sent.",
    "other": "The other way is open to you for half an hour; it is on record.",
}


class ReviewScreens(admin.ModelAdmin):  # type: ignore[type-arg]
    """The queue beside the list of orders, and the box on an order's page."""

    change_form_template = "admin/shop/order.html"
    view_on_site = False  # the order's own page shows what is hidden here
    change_list_template = "admin/shop/orders.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("queue/", wrap(self.queue), name="shop_order_queue"),
            path("<int:pk>/act/", wrap(self.act), name="shop_order_act"),
        ]
        return own + super().get_urls()

    def queue(self, request: HttpRequest) -> HttpResponse:
        """Numbers and reasons, nobody's name: that is on the order's own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        code = request.GET.get("code", "")
        found = reviewing.waiting()
        if code in troubles.TROUBLES:
            found = found.filter(review__regex=rf"(^| ){code}( |$)")
        values = found.values(
            "pk", "number", "review", "status", "placed_at", "delivery_on"
        )
        page = Paginator(values, AT_ONCE).get_page(request.GET.get("p"))
        rows = [
            {**row, "troubles": [troubles.of(one) for one in row["review"].split()]}
            for row in page
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Orders that need a person",
            "rows": rows,
            "page": page,
            "codes": troubles.TROUBLES.items(),
            "chosen": code,
        }
        return render(request, "admin/shop/queue.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more: dict[str, Any] = {"may": request.user.has_perm(MAY_ACT)}
        known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        order = Order.objects.filter(pk=object_id).first() if known else None
        if order and self.has_view_permission(request, order):
            more |= {
                "troubles": [(one, troubles.of(one)) for one in order.review_codes],
                **self._contact(request, order),
                "order": masks.MaskedRow(request, order),
                "can_wait": order.status == "authorised" and not order.sent_at,
                "notes": [
                    (_who(note), note.words, f"{in_london(note.at):%-d %b %Y, %H:%M}")
                    for note in order.notes.all()
                    if not masks.hidden(request, {"shop.Note.words"})
                ],
            }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def _contact(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """Only the way that the buyer wished for, or for which a reason was given."""
        ways = reviewing.ways(order=order, by=staff(request))
        return {
            "ring": reviewing.wants_a_call(order),
            "by_telephone": ContactBy.TELEPHONE in ways,
            "by_email": ContactBy.EMAIL in ways and bool(order.email),
            "may_ask_other": bool(order.telephone and order.email) and len(ways) == 1,
            "reasons": reviewing.REASONS.items(),
        }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The address or the number that nobody wished to be reached by is hidden."""
        found = super().get_fieldsets(request, obj)
        if obj is None:
            return found
        ways = reviewing.ways(order=obj, by=staff(request))
        columns = {ContactBy.EMAIL: "email", ContactBy.TELEPHONE: "telephone"}
        hidden = {name for way, name in columns.items() if way not in ways}
        return [
            (title, {"fields": [one for one in more["fields"] if one not in hidden]})
            for title, more in found
        ]

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what one button says with one order, and say how it went."""
        if request.method != "POST":
            raise Http404
        if not request.user.has_perm(MAY_ACT):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=pk)
        name, _, code = request.POST.get("act", "").partition(":")
        if name not in SAID:
            raise Http404
        try:
            self._do(order, name, code, request)
        except reviewing.NotPossible as error:
            messages.error(request, f"Not done: {error}.")
        else:
            self.log_change(request, order, f"{SAID[name]} {code}".strip())
            messages.success(request, SAID[name])
        return HttpResponseRedirect(reverse("admin:shop_order_change", args=[pk]))

    def _do(self, order: Order, name: str, code: str, request: HttpRequest) -> None:
        by = staff(request)
        asked = amending.open_of(order) if code == amending.WAITS else None
        if name == "done" and asked:
            amending.withdraw(amendment=asked, by=by)
        elif name == "done":
            reviewing.deal_with(order=order, code=code, by=by)
        elif name == "write":
            reviewing.write(order=order, code=code, by=by)
        elif name == "other":
            reason = request.POST.get("reason", "")
            reviewing.use_other_way(order=order, by=by, reason=reason)
        elif name == "short":
            reviewing.flag(order=order, code="short", by=by)
        else:
            words = request.POST.get("words", "")
            reviewing.note_call(order=order, words=words, by=by)


def _who(note: Note) -> str:
    return "the buyer" if note.by == reviewing.BUYER else "us, after a talk"
