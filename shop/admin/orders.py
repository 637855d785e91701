"""Orders to look at. They change by their own actions only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from privacy.admin.people import PersonAdmin
from shop.admin.amending import AmendScreens
from shop.admin.base import LookOnlyAdmin, LookOnlyInline, in_pounds
from shop.admin.money import MoneyButtons
from shop.admin.review import ReviewScreens
from shop.models import Order, OrderEvent, OrderLine, Payment, Status


class LineInline(LookOnlyInline):
    model = OrderLine
    fields = ("part", "name", "quantity", "cancelled", "unit", "line", "vat")
    readonly_fields = fields

    @admin.display(description="part no.")
    def part(self, line: OrderLine) -> str:
        if line.product_id is None:
            return line.sku
        address = reverse("admin:shop_product_change", args=[line.product_id])
        return format_html('<a href="{}">{}</a>', address, line.sku)

    @admin.display(description="each")
    def unit(self, line: OrderLine) -> str:
        return in_pounds(line.unit_pence)

    @admin.display(description="line")
    def line(self, line: OrderLine) -> str:
        return in_pounds(line.line_pence)


class PaymentInline(LookOnlyInline):
    model = Payment
    fields = ("payment", "status", "amount", "mismatch", "created_at", "expires_at")
    readonly_fields = fields

    @admin.display(description="reference")
    def payment(self, payment: Payment) -> str:
        address = reverse("admin:shop_payment_change", args=[payment.pk])
        return format_html('<a href="{}">{}</a>', address, payment.reference)

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
    # What is not named is not shown: the token and the hashes open doors.
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("number", "status", "review", "placed_at", "sent_at"),
                    *("closed_at", "closed_why"),
                )
            },
        ),
        (
            "Who, and how they wish to be reached",
            {
                "fields": (
                    ("title", "full_name"),
                    "contact_by",
                    "email",
                    "telephone",
                    "carrier_may_ring",
                )
            },
        ),
        (
            "Where it goes",
            {
                "fields": (
                    ("line1", "line2"),
                    ("town", "county", "postcode"),
                    "address_check",
                    ("delivery_name", "delivery_on"),
                )
            },
        ),
        (
            "Who pays",
            {
                "fields": (
                    ("billing_line1", "billing_line2"),
                    ("billing_town", "billing_county", "billing_postcode"),
                )
            },
        ),
        ("Money", {"fields": (("goods", "delivery_cost", "total"), ("vat", "code"))}),
    )
    readonly_fields = ("goods", "delivery_cost", "total", "vat", "code")
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

    @admin.display(description="goods")
    def goods(self, order: Order) -> str:
        return in_pounds(order.goods_pence)

    @admin.display(description="delivery")
    def delivery_cost(self, order: Order) -> str:
        return in_pounds(order.delivery_pence)

    @admin.display(description="VAT in it")
    def vat(self, order: Order) -> str:
        return in_pounds(order.vat_pence)

    @admin.display(description="code")
    def code(self, order: Order) -> str:
        if order.voucher is None:
            return "none"
        return f"{order.voucher.code}, {in_pounds(order.off_pence)} taken off"


@admin.register(OrderEvent)
class OrderEventAdmin(LookOnlyAdmin):
    list_display = ("at", "order_number", "code", "detail", "by")
    search_fields = ("=order_number",)
    list_filter = ("code",)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
