"""Offer codes: made, ended, and seen how often they were used."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from shop.actions import vouchers
from shop.admin.base import ChangedFieldsAdmin, staff
from shop.models import Voucher
from shop.models.vouchers import LEAST_LEFT

# What orders were placed by; to change it, end the code and make another.
FIXED = ("code", "kind", "amount", "least_pence", "starts_at")


class VoucherForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Voucher
        fields = (*FIXED, "limit", "ends_at", "note")
        help_texts = {
            "code": "Capitals and figures. Empty: one is made that nobody guesses.",
            "limit": "1 for a code that is spent once; empty for no limit.",
            "least_pence": "Of a fixed sum, at least the sum and £1.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["starts_at"].initial = timezone.now
        for name in ("starts_at", "ends_at"):
            if name in self.fields:
                parts = self.fields[name].widget.widgets
                for part, word in zip(parts, ("day", "time"), strict=True):
                    part.attrs["aria-label"] = f"{self.fields[name].label}: {word}"

    def clean_code(self) -> str:
        return vouchers.plain(self.cleaned_data["code"]) or vouchers.new_code()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind, amount = data.get("kind"), data.get("amount")
        if kind == Voucher.Kind.PERCENT and not 1 <= (amount or 0) <= 90:
            self.add_error("amount", "A code takes off 1 to 90 per cent.")
        elif kind == Voucher.Kind.DELIVERY and amount:
            self.add_error("amount", "Free delivery has no amount: write 0.")
        elif kind == Voucher.Kind.FIXED:
            if not amount:
                self.add_error("amount", "How many pence does it take off?")
            elif (data.get("least_pence") or 0) < amount + LEAST_LEFT:
                self.add_error("least_pence", "At least the sum and £1.")
        limit = data.get("limit")
        if limit is not None and limit < max(1, self.instance.used):
            self.add_error("limit", "Not below 1, nor below how often it was used.")
        return data


@admin.register(Voucher)
class VoucherAdmin(ChangedFieldsAdmin):
    form = VoucherForm
    list_display = ("code", "kind", "amount", "used", "limit", "starts_at", "ends_at")
    list_filter = ("kind",)
    search_fields = ("=code",)
    list_per_page = 50
    show_full_result_count = False

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        return (*FIXED, "used", "made_at") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = (*FIXED, "limit", "ends_at", "note")
        return (*shown, "used", "made_at") if obj else shown

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        if not change:
            obj.made_by = staff(request)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Orders name it for good: end it instead.
        return False
