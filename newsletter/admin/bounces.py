"""Letters that came back and complaints, for staff: which mailbox, and why no more."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from newsletter.models import Bounce
from privacy.admin.people import PersonAdmin


@admin.register(Bounce)
class BounceAdmin(PersonAdmin):
    """Read-only: it is what servers told us. An address is looked for whole."""

    why = "message"

    list_display = ("at", "kind", "status", "source", "about", "letter")
    list_filter = ("kind", "source")
    search_fields = ("=about", "=subject")
    search_help_text = "A whole e-mail address, or a matter such as campaign:12"
    ordering = ("-at",)
    fields = ("at", "kind", "status", "source", "about", "letter")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
