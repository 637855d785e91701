"""Payments and what the bank told us, to look at."""

from django.contrib import admin

from privacy.admin.people import PersonAdmin
from shop.admin.base import LookOnlyAdmin, in_pounds
from shop.models import BankEvent, Payment


@admin.register(Payment)
class PaymentAdmin(LookOnlyAdmin, PersonAdmin):
    why = "payment"
    list_display = ("reference", "order", "status", "amount", "mismatch", "created_at")
    list_select_related = ("order",)
    list_filter = ("status", "mismatch")
    search_fields = ("=reference", "=order__number", "=intent", "=session")
    # The address of an open payment page lets whoever has it pay, and see the order.
    exclude = ("url",)
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    def waits(self, row: Payment) -> bool:
        return bool(row.mismatch)

    @admin.display(description="amount", ordering="amount_pence")
    def amount(self, payment: Payment) -> str:
        return in_pounds(payment.amount_pence)


@admin.register(BankEvent)
class BankEventAdmin(LookOnlyAdmin):
    list_display = ("received_at", "event_id", "type", "outcome", "attempts", "done_at")
    list_filter = ("outcome", "type")
    search_fields = ("=event_id", "=session", "=intent")
    date_hierarchy = "received_at"
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
