"""The ledgers for staff to read; nobody changes them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from privacy.models import Choice, Receipt, Wording


class LedgerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Readable, and nothing else."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Receipt)
class ReceiptAdmin(LedgerAdmin):
    list_display = ("at", "recipient", "about", "reason", "outcome")
    list_filter = ("connector", "outcome")
    search_fields = ("about",)
    ordering = ("-at", "-id")


@admin.register(Choice)
class ChoiceAdmin(LedgerAdmin):
    list_display = ("at", "purpose", "answer", "where", "policy_version", "about")
    list_filter = ("purpose", "answer", "policy_version")
    search_fields = ("about",)
    ordering = ("-at", "-id")


@admin.register(Wording)
class WordingAdmin(LedgerAdmin):
    list_display = ("first_shown_at", "sha256", "text")
    ordering = ("-first_shown_at",)
