"""Staff accounts in the admin; members' own pages come with the member's area."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from members.models import Member
from privacy.admin.people import PersonAdmin

# allauth's own screens list addresses, and show what proves who somebody is.
admin.site.unregister([EmailAddress, Authenticator])


@admin.register(Member)
class MemberAdmin(PersonAdmin, UserAdmin):  # type: ignore[type-arg]
    why = "account"
    ordering = ("pk",)
    # A list shows no person: who opens one leaves a line (privacy.admin.people).
    list_display = ("pk", "is_staff", "is_active", "joined_at")
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
