"""Departments, brands and products."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from shop import search
from shop.actions import catalogue
from shop.admin.base import ChangedFieldsAdmin, LookOnlyInline, in_pounds, staff
from shop.models import Brand, Category, PriceChange, Product


@admin.register(Category)
class CategoryAdmin(ChangedFieldsAdmin):
    list_display = ("__str__", "slug", "position")
    search_fields = ("name", "slug", "parent__name")
    autocomplete_fields = ("parent",)

    def get_queryset(self, request: HttpRequest) -> Any:
        # A part's name begins with its department's, in lists and in autocompletes.
        return super().get_queryset(request).select_related("parent")


@admin.register(Brand)
class BrandAdmin(ChangedFieldsAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


class PriceChangeInline(LookOnlyInline):
    model = PriceChange
    fields = ("from_on", "shown")
    readonly_fields = fields
    ordering = ("-from_on",)

    @admin.display(description="price")
    def shown(self, change: PriceChange) -> str:
        return in_pounds(change.price)


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """A product; a lower price may be shown with what it was, if that is true."""

    show_was = forms.BooleanField(
        required=False,
        label="show the old price",
        help_text="Only if the old price stood for 28 days. Its dates are shown too.",
    )
    opening_stock = forms.IntegerField(required=False, min_value=0, max_value=9999)

    class Meta:
        model = Product
        # The was-price and the search index are worked out, never typed.
        fields = (
            *("sku", "slug", "name", "brand", "category", "keys", "summary"),
            *("description", "specs", "in_the_box", "mount", "condition", "grade"),
            *("shutter_count", "found", "warranty_months", "used_of", "price", "vat"),
            *("published", "discontinued", "due_on", "staff_pick", "popularity"),
            *("weight_g", "width_mm", "height_mm", "depth_mm", "lithium"),
            *("electrical", "drawing", "drawing_label", "drawing_sub", "finish"),
        )

    def clean(self) -> dict[str, Any]:
        """Try a new price now, so that its refusal stands beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        price = cleaned.get("price")
        if self.instance.pk and price and "price" in self.changed_data:
            try:
                catalogue.check_price(
                    product=self.instance,
                    price=price,
                    show_was=bool(cleaned.get("show_was")),
                )
            except catalogue.WasPriceUntrue as error:
                self.add_error("show_was", str(error))
        return cleaned


class DepartmentFilter(admin.SimpleListFilter):
    title = "department"
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Category.objects.filter(parent=None).values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.filter(
            Q(category__slug=self.value(), category__parent=None)
            | Q(category__parent__slug=self.value())
        )


@admin.register(Product)
class ProductAdmin(ChangedFieldsAdmin):
    form = ProductForm
    list_display = (
        *("name", "sku", "brand", "category", "pounds", "available"),
        *("condition", "published", "discontinued"),
    )
    list_select_related = ("brand", "category__parent", "stock")
    list_filter = ("condition", "published", "discontinued", DepartmentFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=sku", "name")
    autocomplete_fields = ("brand", "category", "used_of")
    readonly_fields = ("was",)
    inlines = (PriceChangeInline,)
    ordering = ("-pk",)

    @admin.display(description="price", ordering="price")
    def pounds(self, product: Product) -> str:
        return in_pounds(product.price)

    @admin.display(description="available")
    def available(self, product: Product) -> int:
        stock = getattr(product, "stock", None)
        return stock.available if stock else 0

    @admin.display(description="was")
    def was(self, product: Product) -> str:
        if not product.was_price:
            return "none"
        span = f"{product.was_from} to {product.was_until}"
        return f"{in_pounds(product.was_price)}, {span}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("search")

    def save_model(
        self, request: HttpRequest, obj: Product, form: Any, change: bool
    ) -> None:
        if not change:
            catalogue.add_product(
                product=obj,
                stock=form.cleaned_data.get("opening_stock") or 0,
                by=staff(request),
            )
            return
        changed = [
            name
            for name in form.changed_data
            if name not in ("price", "show_was", "opening_stock")
        ]
        with transaction.atomic():
            if changed:
                obj.save(update_fields=changed)
                if catalogue.INDEXED_FIELDS.intersection(changed):
                    search.index([obj])
            if "price" in form.changed_data:
                catalogue.set_price(
                    product=obj,
                    price=obj.price,
                    show_was=form.cleaned_data["show_was"],
                )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The stock ledger names it for good: unpublish it instead.
        return False
