"""Web Sales: money back, and what customers send back. Every button is one action."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from jessops.lib.tasks import wake
from privacy.admin.people import PersonAdmin
from shop.actions import refunds, returns
from shop.admin.base import LookOnlyAdmin, LookOnlyInline, in_pounds, is_key, staff
from shop.models import (
    Condition,
    Order,
    Product,
    Refund,
    RefundLine,
    Return,
    ReturnLine,
)
from shop.refund_limits import limit_of
from shop.tasks import send_refund

MAY_ASK, MAY_AGREE = "shop.ask_refund", "shop.approve_refund"
MAY_RECEIVE = "shop.change_return"


class AskForm(forms.Form):
    """A refund that is no return's: its order, how much, and why."""

    number = forms.CharField(label="order number", max_length=16)
    amount = forms.DecimalField(
        label="amount in pounds",
        min_value=Decimal("0.01"),
        decimal_places=2,
        max_digits=10,
    )
    reason = forms.ChoiceField(
        choices=[one for one in Refund.Reason.choices if one[0] != Refund.Reason.BANK]
    )
    attempt = forms.RegexField(r"^[A-Za-z0-9_-]{20,64}\Z", widget=forms.HiddenInput)

    def clean_number(self) -> Order:
        number = str(self.cleaned_data["number"]).strip().upper()
        order = Order.objects.filter(number=number).first()
        if order is None:
            raise forms.ValidationError("There is no such order.")
        return order


class RefundLineInline(LookOnlyInline):
    model = RefundLine
    fields = readonly_fields = ("line", "quantity", "amount")

    @admin.display(description="amount")
    def amount(self, line: RefundLine) -> str:
        return in_pounds(line.pence)


@admin.register(Refund)
class RefundAdmin(LookOnlyAdmin, PersonAdmin):
    why = "payment"
    list_display = ("order", "amount", "reason", "state", "due_on", "asked_by")
    list_select_related = ("order",)
    list_filter = ("state", "reason")
    search_fields = ("=order__number", "=bank_id")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    inlines = (RefundLineInline,)
    change_form_template = "admin/shop/refund.html"
    change_list_template = "admin/shop/refunds.html"
    fields = (
        *("order", "back", "amount", "reason", "state", "problem", "due_on"),
        *("asked_by", "asked_at", "approved_by", "approved_at", "done_at", "bank_id"),
    )

    def waits(self, row: Refund) -> bool:
        return row.state in (Refund.State.WAITING, Refund.State.FAILED)

    @admin.display(description="amount", ordering="amount_pence")
    def amount(self, refund: Refund) -> str:
        return in_pounds(refund.amount_pence)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("ask/", view(self.ask), name="shop_refund_ask"),
            path("<int:pk>/act/", view(self.act), name="shop_refund_act"),
        ]
        return own + super().get_urls()

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Ask for a refund; above one's limit it waits for a second person."""
        if not request.user.has_perm(MAY_ASK):
            raise PermissionDenied
        form = AskForm(
            request.POST or None, initial={"attempt": forms_attempt(request)}
        )
        limit = limit_of(request.user)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                refund = refunds.ask(
                    order=data["number"],
                    pence=int(data["amount"] * 100),
                    reason=Refund.Reason(data["reason"]),
                    by=staff(request),
                    limit=limit,
                    attempt=data["attempt"],
                )
            except refunds.RefundError as error:
                form.add_error("amount", str(error))
            else:
                return self._shown(request, refund)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Give money back",
            "form": form,
            "limit": in_pounds(limit),
        }
        return render(request, "admin/shop/refund_ask.html", context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Agree, refuse, or ask the bank anew."""
        name = request.POST.get("act", "")
        acts: dict[str, tuple[str, Callable[..., Refund]]] = {
            "approve": (MAY_AGREE, refunds.approve),
            "refuse": (MAY_AGREE, refunds.refuse),
            "again": (MAY_ASK, refunds.again),
        }
        if request.method != "POST" or name not in acts:
            raise Http404
        right, act = acts[name]
        if not request.user.has_perm(right):
            raise PermissionDenied
        refund = get_object_or_404(Refund, pk=pk)
        try:
            refund = act(refund=refund, by=staff(request))
        except refunds.RefundError as error:
            messages.error(request, f"Not done: {error}")
        return self._shown(request, refund)

    def _shown(self, request: HttpRequest, refund: Refund) -> HttpResponse:
        if refund.state == Refund.State.ASKED:
            wake(send_refund, refund.pk)
        messages.info(request, f"{refund.get_state_display()}.")
        return HttpResponseRedirect(
            reverse("admin:shop_refund_change", args=[refund.pk])
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more: dict[str, Any] = {"acts": _refund_acts(request, object_id)}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more = {"may_ask": request.user.has_perm(MAY_ASK)}
        return super().changelist_view(request, {**(extra_context or {}), **more})


def forms_attempt(request: HttpRequest) -> str:
    """Name one rendered form, so that its button counts once (R17)."""
    return request.POST.get("attempt") or refunds.new_attempt()


def _refund_acts(request: HttpRequest, object_id: str) -> list[tuple[str, str]]:
    """Return the buttons that somebody has on a refund: what it does, what it says."""
    refund = Refund.objects.filter(pk=object_id).first() if is_key(object_id) else None
    if refund is None:
        return []
    if refund.state == Refund.State.WAITING and request.user.has_perm(MAY_AGREE):
        if refund.asked_by == staff(request):
            return [("refuse", "Take it back")]
        return [("approve", "Agree to it"), ("refuse", "Do not agree")]
    if refund.state == Refund.State.FAILED and request.user.has_perm(MAY_ASK):
        return [("again", "Ask the bank again")]
    return []


class ReceiveForm(forms.Form):
    """How each line of a return was found."""

    def __init__(self, back: Return, data: Any = None) -> None:
        super().__init__(data)
        self.lines = list(back.lines.select_related("line"))
        used = Product.objects.filter(condition=Condition.USED).order_by("sku")
        for line in self.lines:
            self.fields[f"found-{line.pk}"] = forms.ChoiceField(
                label=f"{line.quantity} x {line.line.name}",
                choices=ReturnLine.Found.choices,
            )
            self.fields[f"into-{line.pk}"] = forms.ModelChoiceField(
                used,
                to_field_name="sku",
                required=False,
                label="sold as (part no. of a used product)",
                widget=forms.TextInput,
            )

    def found(self) -> dict[int, returns.Found]:
        data = self.cleaned_data
        return {
            line.pk: returns.Found(
                ReturnLine.Found(data[f"found-{line.pk}"]),
                data[f"into-{line.pk}"].pk if data[f"into-{line.pk}"] else None,
            )
            for line in self.lines
        }


class PayForm(forms.Form):
    amount = forms.DecimalField(
        label="amount in pounds",
        min_value=Decimal("0.01"),
        decimal_places=2,
        max_digits=10,
    )


class ReturnLineInline(LookOnlyInline):
    model = ReturnLine
    fields = readonly_fields = ("line", "quantity", "found")


@admin.register(Return)
class ReturnAdmin(LookOnlyAdmin, PersonAdmin):
    why = "order"
    list_display = ("number", "order", "reason", "state", "asked_at", "refund_due_on")
    list_select_related = ("order",)
    list_filter = ("state", "reason")
    search_fields = ("=number", "=order__number")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    inlines = (ReturnLineInline,)
    change_form_template = "admin/shop/return.html"
    exclude = ("attempt",)

    def waits(self, row: Return) -> bool:
        return row.state in (Return.State.ASKED, Return.State.RECEIVED)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        act = path("<int:pk>/act/", view(self.act), name="shop_return_act")
        return [act, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more: dict[str, Any] = {}
        rows = Return.objects.select_related("order")
        back = rows.filter(pk=object_id).first() if is_key(object_id) else None
        if back and request.user.has_perm(MAY_RECEIVE):
            due = returns.due_to(back).worth
            if back.state == Return.State.ASKED:
                more["receive_form"] = ReceiveForm(back)
            if back.state == Return.State.RECEIVED:
                more["pay_form"] = PayForm(initial={"amount": Decimal(due) / 100})
                more["due"] = in_pounds(due)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Receive it, pay for it, refuse it, or end it; say how it went."""
        name = request.POST.get("act", "")
        acts = ("receive", "pay", "refuse", "withdraw")
        if request.method != "POST" or name not in acts:
            raise Http404
        right = MAY_ASK if name == "pay" else MAY_RECEIVE
        if not request.user.has_perm(right):
            raise PermissionDenied
        back = get_object_or_404(Return, pk=pk)
        try:
            messages.info(request, _return_act(request, back, name))
        except (returns.ReturnError, refunds.RefundError) as error:
            messages.error(request, f"Not done: {error}")
        return HttpResponseRedirect(reverse("admin:shop_return_change", args=[pk]))


def _return_act(request: HttpRequest, back: Return, name: str) -> str:
    by = staff(request)
    if name == "withdraw":
        returns.withdraw(back=back, by=by)
        return "Closed: it never came. The buyer may announce it again."
    if name == "refuse":
        returns.refuse(back=back, by=by)
        return "Refused: it goes back to the customer."
    form: Any = (
        ReceiveForm(back, request.POST) if name == "receive" else PayForm(request.POST)
    )
    if not form.is_valid():
        raise returns.ReturnError("Fill in every field; a part no. must be a used one.")
    if name == "receive":
        returns.receive(back=back, found=form.found(), by=by)
        return "Received. Its money is due in fourteen days."
    refund = returns.settle(
        back=back,
        pence=int(form.cleaned_data["amount"] * 100),
        by=by,
        limit=limit_of(request.user),
    )
    if refund.state == Refund.State.ASKED:
        wake(send_refund, refund.pk)
    return f"{in_pounds(refund.amount_pence)}: {refund.get_state_display().lower()}."
