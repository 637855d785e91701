"""What all staff screens share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jessops.lib.money import pounds


def staff(request: HttpRequest) -> str:
    """Return how ledgers name whoever is signed in: an id, never a name."""
    return f"staff:{request.user.pk}"


def is_key(text: str) -> bool:
    """Say whether an address's end may be a primary key of ours."""
    return text.isascii() and text.isdigit() and len(text) < 19


def in_pounds(pence: int | None) -> str:
    return "" if pence is None else pounds(pence)


class ChangedFieldsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Writes the fields somebody changed, not what the page showed of the others."""

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        if not change:
            obj.save(force_insert=True)
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)


class LookOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows rows that only the shop itself may write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LookOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
