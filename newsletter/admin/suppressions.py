"""Suppressed addresses for staff, and the golden table of who gets which mail (H5)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from jessops.lib.hashing import email_hash
from newsletter import golden, suppression
from newsletter.addresses import BadRecipient, one_address
from newsletter.models import Subscription, Suppression
from privacy.admin import steps
from privacy.admin.people import PersonAdmin

MAY_CHANGE = "newsletter.change_suppression"


class StopForm(forms.Form):
    """An address that is to get no more letters; only its keyed hash is kept."""

    email = forms.CharField(label="e-mail address", max_length=254)

    def clean_email(self) -> str:
        try:
            return one_address(self.cleaned_data["email"].strip())
        except BadRecipient as error:
            raise ValidationError("Not one plain e-mail address.") from error


class LiftForm(forms.Form):
    """Why letters may go there again."""

    why = forms.CharField(
        label="why",
        max_length=200,
        help_text="Kept in the log. Name nobody, and write no address.",
    )


class _ReadOnly(PersonAdmin):
    """Looked at, and found by a whole address, of which the table has the hash."""

    actions = None
    search_fields = ("=subject",)
    search_help_text = "A whole e-mail address"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(_ReadOnly):
    """Readers who signed up by the form; a list shows no person."""

    why = "newsletter"

    list_display = ("asked_at", "confirmed_at", "policy_version")
    ordering = ("-asked_at",)
    fields = ("name", "email", "asked_at", "confirmed_at", "policy_version")


@admin.register(Suppression)
class SuppressionAdmin(_ReadOnly):
    why = "message"

    list_display = ("since", "reason", "note")
    list_filter = ("reason",)
    ordering = ("-since", "-id")
    fields = ("since", "reason", "note", "policy_version")
    change_list_template = "admin/newsletter/suppressions.html"
    change_form_template = "admin/newsletter/suppression.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        own = [
            path("wall/", site(self.wall), name="newsletter_wall"),
            path("<int:pk>/lift/", site(self.lift), name="newsletter_suppression_lift"),
        ]
        return [*own, *super().get_urls()]

    def wall(self, request: HttpRequest) -> HttpResponse:
        """The golden table: which class of mail goes to whom."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Which mail goes to whom",
            "opts": self.opts,
            "states": golden.STATES,
            "rows": golden.rows(),
            "besides": golden.besides(),
        }
        return TemplateResponse(request, "admin/newsletter/wall.html", context)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def act(values: Mapping[str, Any]) -> str:
            suppression.suppress(
                subject=email_hash(values["email"]),
                reason=Suppression.Reason.STAFF,
                by=steps.member(request),
            )
            return "No more letters go there. It is on record."

        return steps.two_steps(
            self,
            request,
            permission=MAY_CHANGE,
            title="Stop all letters to an address",
            warning="The address is turned into a keyed hash, and then forgotten.",
            form=StopForm,
            act=act,
            refusals=suppression.NoReason,
        )

    def lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let letters go there again, with a reason."""
        row = get_object_or_404(Suppression, pk=pk)

        def act(values: Mapping[str, Any]) -> str:
            suppression.lift(
                subject=row.subject, by=steps.member(request), why=values["why"]
            )
            return "Letters may go there again, as far as the person wants them."

        return steps.two_steps(
            self,
            request,
            permission=MAY_CHANGE,
            title="Lift the suppression",
            warning=f"{row.get_reason_display()}. What the person chose still counts.",
            form=LiftForm,
            act=act,
            refusals=suppression.NoReason,
        )
