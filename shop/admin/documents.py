"""Invoices and credit notes, to look up and print again."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from jessops.lib.clock import long_date
from members.address_list import FIELDS as ADDRESS_FIELDS
from privacy import masks
from privacy.admin.people import PersonAdmin
from shop import paper
from shop.actions import retention
from shop.admin.base import LookOnlyAdmin, in_pounds
from shop.models import Document
from shop.views.documents import as_pdf


@admin.register(Document)
class DocumentAdmin(LookOnlyAdmin, PersonAdmin):
    """The list names nobody; the paper does, and is opened like a person's page."""

    why = "order"
    shows = (
        "shop.Order.full_name",
        *(f"shop.Order.billing_{name}" for name in ADDRESS_FIELDS),
    )
    list_display = ("number", "kind", "order", "total", "made_at")
    list_select_related = ("order",)
    list_filter = ("kind",)
    search_fields = ("=number", "=order__number")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("number", "kind", "order", "total", "made_at", "kept_until", "print_it")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.pdf)
        own = [path("<int:pk>/pdf/", view, name="shop_document_pdf")]
        return own + super().get_urls()

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same paper at every print."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        masks.need(request, self.shows)
        row = get_object_or_404(Document.objects.select_related("order"), pk=pk)
        self.note_look(request, row)
        answer = as_pdf(paper.pdf(row), row.number)
        answer["Cache-Control"] = "no-store"
        return answer

    @admin.display(description="total", ordering="total_pence")
    def total(self, row: Document) -> str:
        return in_pounds(row.total_pence)

    @admin.display(description="kept until")
    def kept_until(self, row: Document) -> str:
        day = retention.kept_until(row.order)
        return f"{long_date(day)} {day.year}"

    @admin.display(description="print")
    def print_it(self, row: Document) -> str:
        address = reverse("admin:shop_document_pdf", args=[row.pk])
        return format_html('<a href="{}">{} (PDF)</a>', address, row.number)
