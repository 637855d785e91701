"""Stock: counts to look at, and movements with a reason to change them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from shop.actions import catalogue
from shop.admin.base import ChangedFieldsAdmin, LookOnlyAdmin, staff
from shop.models import Hold, Stock, StockMovement

# Sales and their undoing are the orders' business.
BY_HAND = [
    choice
    for choice in StockMovement.Reason.choices
    if choice[0] not in ("sold", "added", "released")
]


@admin.register(Stock)
class StockAdmin(ChangedFieldsAdmin):
    list_display = ("sku", "name", "on_hand", "held", "free", "location")
    list_select_related = ("product",)
    search_fields = ("=product__sku", "product__name")
    fields = ("product", "on_hand", "held", "location")
    readonly_fields = ("product", "on_hand", "held")
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description="part no.", ordering="product__sku")
    def sku(self, stock: Stock) -> str:
        return stock.product.sku

    @admin.display(description="product", ordering="product__name")
    def name(self, stock: Stock) -> str:
        return stock.product.name

    @admin.display(description="available")
    def free(self, stock: Stock) -> int:
        return stock.available

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MovementForm(forms.ModelForm):  # type: ignore[type-arg]
    reason = forms.ChoiceField(choices=BY_HAND)

    class Meta:
        model = StockMovement
        fields = ("product", "quantity", "reason")
        help_texts = {"quantity": "Pieces; with a minus for what leaves the shelf."}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        product, quantity = cleaned.get("product"), cleaned.get("quantity")
        if quantity == 0:
            raise ValidationError("A movement moves something.")
        if product and quantity:
            stock = Stock.objects.filter(product=product).first()
            if (stock.available if stock else 0) + quantity < 0:
                raise ValidationError("There are not so many that nobody holds.")
        return cleaned


@admin.register(StockMovement)
class StockMovementAdmin(LookOnlyAdmin):
    form = MovementForm
    list_display = ("at", "sku", "quantity", "reason", "order_number", "by")
    list_select_related = ("product",)
    list_filter = ("reason",)
    search_fields = ("=product__sku", "=order_number")
    autocomplete_fields = ("product",)
    date_hierarchy = "at"
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description="part no.")
    def sku(self, movement: StockMovement) -> str:
        return movement.product.sku

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("shop.add_stockmovement"))

    def save_model(
        self, request: HttpRequest, obj: StockMovement, form: Any, change: bool
    ) -> None:
        """Book it by the action, which locks, checks again and writes the ledger."""
        catalogue.move_stock(
            product=obj.product,
            quantity=obj.quantity,
            reason=StockMovement.Reason(obj.reason),
            by=staff(request),
        )
        # Admin's own log wants to know which row it was.
        obj.pk = StockMovement.objects.filter(product=obj.product).latest("pk").pk


@admin.register(Hold)
class HoldAdmin(LookOnlyAdmin):
    list_display = ("sku", "quantity", "order", "expires_at")
    list_select_related = ("product", "order")
    ordering = ("expires_at",)
    show_full_result_count = False

    @admin.display(description="part no.")
    def sku(self, hold: Hold) -> str:
        return hold.product.sku
