"""The ledgers for staff to read; nobody changes them."""

from django.contrib import admin

from privacy.admin.base import LedgerAdmin
from privacy.models import Choice, Receipt, Wording


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
