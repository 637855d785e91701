"""Allowing one announcement more than a quarter has: by another than wrote it (P46)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from newsletter.actions import announcements
from newsletter.models import AnnouncementOverride, Campaign
from newsletter.models.announcements import LONGEST_WHY
from privacy.admin import steps
from privacy.admin.base import LedgerAdmin


def _waiting() -> list[tuple[int, str]]:
    """Return the announcements that are still to go, as choices."""
    rows = Campaign.objects.filter(
        message_class=Campaign.Kind.SERVICE, state__in=Campaign.WRITABLE
    )
    return [(row.pk, row.title) for row in rows.newest_first()]


class OverrideForm(forms.Form):
    campaign = forms.TypedChoiceField(
        label="announcement", coerce=int, choices=_waiting
    )
    why = forms.CharField(
        label="why it cannot wait",
        max_length=LONGEST_WHY,
        help_text="Everybody can read this on the page of announcements.",
    )


@admin.register(AnnouncementOverride)
class AnnouncementOverrideAdmin(LedgerAdmin):
    list_display = ("campaign", "why", "by", "at")
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(announcements.MAY_ALLOW)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def act(values: Mapping[str, Any]) -> str:
            campaign = Campaign.objects.get(pk=values["campaign"])
            announcements.allow_more(
                campaign=campaign, why=values["why"], by=steps.member(request)
            )
            return f"“{campaign.title}” may go out as one more."

        return steps.two_steps(
            self,
            request,
            permission=announcements.MAY_ALLOW,
            title="Allow one more announcement",
            warning="This cannot be changed or deleted, and your reason is published.",
            form=OverrideForm,
            act=act,
            refusals=announcements.Refused,
        )
