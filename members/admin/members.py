"""Staff accounts in the admin; members' own pages come with the member's area."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from members.models import Member


@admin.register(Member)
class MemberAdmin(UserAdmin):  # type: ignore[type-arg]
    ordering = ("pk",)
    list_display = ("pk", "email", "is_staff", "is_active", "joined_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email",)
    readonly_fields = ("joined_at", "last_login", "policy_version")
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("joined_at", "last_login", "policy_version")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),
    )
