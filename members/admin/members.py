"""Staff accounts in the admin; members' own pages come with the member's area."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest

from members import sessions
from members.models import Member
from privacy.admin.people import PersonAdmin

# allauth's own screens list addresses, and show what proves who somebody is.
admin.site.unregister([EmailAddress, Authenticator])


RIGHTS = frozenset({"is_active", "is_staff", "is_superuser", "groups"})


class AddColleagueForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new account of staff: members make their own, and no other is made here.

    So that a password of staff is judged as one (members.passwords).
    """

    class Meta:
        model = Member
        fields = ("email",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.is_staff = True


@admin.register(Member)
class MemberAdmin(PersonAdmin, UserAdmin):  # type: ignore[type-arg]
    why = "account"
    ordering = ("pk",)
    # A list shows no person: who opens one leaves a line (privacy.admin.people).
    list_display = ("pk", "is_staff", "is_active", "joined_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("=email_hash",)
    search_help_text = "A whole e-mail address"
    readonly_fields = ("joined_at", "last_login", "policy_version")
    add_form = AddColleagueForm
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("joined_at", "last_login", "policy_version")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """Show who works here; a customer's account is no role's business (P88)."""
        found: QuerySet[Member] = super().get_queryset(request)
        if request.user.is_superuser:
            return found
        return found.filter(is_staff=True, is_superuser=False)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Member | None = None
    ) -> tuple[str, ...]:
        """Let no member's account become one of staff, whose password is longer.

        Only who may do everything makes another who may.
        """
        fields = tuple(super().get_readonly_fields(request, obj))
        if not request.user.is_superuser:
            fields = (*fields, "is_superuser")
        return (*fields, "is_staff") if obj else fields

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """End the sign-ins of an account whose rights changed (R33)."""
        super().save_related(request, form, formsets, change)
        if change and RIGHTS & set(form.changed_data):
            if form.instance == request.user:
                request.session.cycle_key()
            sessions.end(form.instance, but=request.session.session_key)
