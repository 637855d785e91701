"""Web Sales: offer the buyer more of an order that has not left, or take that back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from jessops.lib.money import pounds
from shop.actions import amending
from shop.admin.base import staff
from shop.models import Order
from shop.trolley import MOST_OF_ONE

MAY_ACT = "shop.change_order"
ROWS = 4


class MoreForm(forms.Form):
    """A few part numbers, and how many more of each."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for row in range(ROWS):
            self.fields[f"sku-{row}"] = forms.CharField(
                label="Part no.", max_length=32, required=row == 0
            )
            self.fields[f"many-{row}"] = forms.IntegerField(
                label="How many more",
                min_value=1,
                max_value=MOST_OF_ONE,
                required=row == 0,
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for row in range(1, ROWS):
            sku, many = data.get(f"sku-{row}"), data.get(f"many-{row}")
            if sku and not many and f"many-{row}" not in self.errors:
                self.add_error(f"many-{row}", "Say how many.")
            if many and not sku:
                self.add_error(f"sku-{row}", "Say of what.")
        return data

    def wanted(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in range(ROWS):
            if sku := str(self.cleaned_data[f"sku-{row}"]).strip().upper():
                found[sku] = found.get(sku, 0) + self.cleaned_data[f"many-{row}"]
        return found

    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"sku-{row}"], self[f"many-{row}"]) for row in range(ROWS)]


class AmendScreens(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page beside an order's, and how what was offered stands."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = path("<int:pk>/amend/", wrap(self.amend), name="shop_order_amend")
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
            asked = amending.open_of(order)
            more = {"asked": asked, "may_amend": amending.may_offer(order)}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def amend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offer what the buyer asked for; or withdraw it."""
        if not request.user.has_perm(MAY_ACT):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=pk)
        back = HttpResponseRedirect(reverse("admin:shop_order_change", args=[pk]))
        if request.POST.get("act") == "withdraw":
            asked = amending.open_of(order)
            if asked is None:
                raise Http404
            amending.withdraw(amendment=asked, by=staff(request))
            self.log_change(request, order, "Withdrew what was offered.")
            messages.success(request, "Withdrawn. The order goes on as it was.")
            return back
        form = MoreForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = amending.offer(
                    order=order, wanted=form.wanted(), by=staff(request)
                )
            except amending.AmendError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, order, f"Offered {pounds(made.added_pence)}.")
                text = f"The buyer is asked to pay {pounds(made.total_pence)} in all."
                messages.success(request, text)
                return back
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Add to order {order.number}",
            "form": form,
            "order": order.number,
            "pk": pk,
            "may": amending.may_offer(order),
            "lines": order.lines.values_list("sku", "name", "quantity"),
        }
        return render(request, "admin/shop/order_amend.html", context)
