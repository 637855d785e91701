"""The ledgers for staff to read; nobody changes them."""

from django.contrib import admin

from privacy.admin.base import LedgerAdmin
from privacy.models import Receipt, Wording


@admin.register(Receipt)
class ReceiptAdmin(LedgerAdmin):
    list_display = ("at", "recipient", "about", "reason", "outcome")
    list_filter = ("connector", "outcome")
    search_fields = ("about",)
    ordering = ("-at", "-id")


@admin.register(Wording)
class WordingAdmin(LedgerAdmin):
    list_display = ("first_shown_at", "sha256", "text")
    ordering = ("-first_shown_at",)
