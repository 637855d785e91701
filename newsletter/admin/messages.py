"""The outbox for staff: what waits, what failed, and another try."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from newsletter import outbox
from newsletter.models import Message, MessageQuerySet
from privacy.admin.people import PersonAdmin


@admin.register(Message)
class MessageAdmin(PersonAdmin):
    """Read-only; the text is not shown, since nobody needs it to mend a failure."""

    why = "message"

    list_display = (
        "created_at",
        "message_class",
        "about",
        "state",
        "attempts",
        "last_error",
        "due_at",
        "settled_at",
    )
    list_filter = ("state", "message_class", "last_error")
    search_fields = ("about", "key", "=id")
    ordering = ("-created_at",)
    exclude = ("text", "html", "headers")
    actions = ("try_again",)

    @admin.action(description="Try to send again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        moved = sum(outbox.retry(message) for message in queryset)
        left = queryset.count() - moved
        self.message_user(request, f"{moved} waiting again.", messages.SUCCESS)
        if left:
            self.message_user(
                request, f"{left} left alone: not failed.", messages.WARNING
            )

    def waits(self, row: Message) -> bool:
        return row.state == Message.State.FAILED

    def has_retry_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm("newsletter.change_message")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
