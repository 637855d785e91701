"""Orders to look at. They change by their own actions only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from privacy.admin.people import PersonAdmin
from shop.admin.amending import AmendScreens
from shop.admin.base import LookOnlyAdmin, LookOnlyInline, in_pounds
from shop.admin.money import MoneyButtons
from shop.admin.review import ReviewScreens
from shop.models import Order, OrderEvent, OrderLine, Payment, Status


class LineInline(LookOnlyInline):
    model = OrderLine
    fields = ("sku", "name", "quantity", "unit", "line", "vat")
    readonly_fields = fields

    @admin.display(description="each")
    def unit(self, line: OrderLine) -> str:
        return in_pounds(line.unit_pence)

    @admin.display(description="line")
    def line(self, line: OrderLine) -> str:
        return in_pounds(line.line_pence)


class PaymentInline(LookOnlyInline):
    model = Payment
    fields = ("reference", "status", "amount", "mismatch", "created_at", "expires_at")
    readonly_fields = fields

    @admin.display(description="amount")
    def amount(self, payment: Payment) -> str:
        return in_pounds(payment.amount_pence)


@admin.register(Order)
class OrderAdmin(AmendScreens, MoneyButtons, ReviewScreens, LookOnlyAdmin, PersonAdmin):
    why = "order"
    list_display = ("number", "status", "placed_at", "total", "delivery_on", "review")
    list_filter = ("status", "review", "delivery")
    search_fields = ("=number",)
    date_hierarchy = "placed_at"
    inlines = (LineInline, PaymentInline)
    shows = ("shop.Note.words",)
    # The token and the hashes open doors; nobody needs to see them.
    exclude = ("token", "attempt", "fingerprint", "email_hash")
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        # A list of orders shows no person, so it fetches none.
        found: QuerySet[Order] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "shop_order_changelist":
            return found.only(
                *("number", "status", "placed_at", "total_pence", "delivery_on"),
                "review",
            )
        return found

    def waits(self, row: Order) -> bool:
        return bool(row.review) and row.status == Status.AUTHORISED

    @admin.display(description="total", ordering="total_pence")
    def total(self, order: Order) -> str:
        return in_pounds(order.total_pence)


@admin.register(OrderEvent)
class OrderEventAdmin(LookOnlyAdmin):
    list_display = ("at", "order_number", "code", "detail", "by")
    search_fields = ("=order_number",)
    list_filter = ("code",)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
