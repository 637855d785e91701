"""Versions of the policy: read, and published from their drafts, by staff (P99)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from privacy.actions import policies as actions
from privacy.admin.base import LedgerAdmin
from privacy.models import ClauseChange, PolicyVersion
from privacy.policies import document
from privacy.policies.compare import compare


def _soonest() -> date:
    return timezone.now().date() + timedelta(days=actions.NOTICE_DAYS + 1)


class PublishForm(forms.Form):
    in_force_from = forms.DateField(label="In force from", initial=_soonest)
    tells_subscribers = forms.BooleanField(
        label="Also mail those who asked for our mail", required=False
    )
    sure = forms.BooleanField(label="I know that nothing can undo this")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(LedgerAdmin):
    change_list_template = "admin/privacy/policyversion/change_list.html"
    list_display = (
        "number",
        "summary",
        "in_force_from",
        "published_at",
        "published_by",
    )
    ordering = ("-number",)

    def get_urls(self) -> list[Any]:
        publish = self.admin_site.admin_view(self.publish)
        return [
            path("publish/", publish, name="privacy_policyversion_publish"),
            *super().get_urls(),
        ]

    def publish(self, request: HttpRequest) -> HttpResponse:
        """Show what the next draft changes and what stands against it; publish it."""
        listed = HttpResponseRedirect(reverse("admin:privacy_policyversion_changelist"))
        if not request.user.has_perm("privacy.add_policyversion"):
            messages.error(request, "You may not publish a policy.")
            return listed
        newest = PolicyVersion.objects.order_by("-number").first()
        number = newest.number + 1 if newest else actions.FIRST
        form = PublishForm(request.POST or None)
        faults: tuple[str, ...] = ()
        draft = None
        try:
            _, draft = actions.read(number)
            if request.method == "POST" and form.is_valid():
                actions.publish(
                    number=number,
                    in_force_from=form.cleaned_data["in_force_from"],
                    tells_subscribers=form.cleaned_data["tells_subscribers"],
                    by=f"Member {request.user.pk}",
                )
                messages.success(request, f"Version {number} is published.")
                return listed
        except actions.PublishError as error:
            faults = error.faults
        context = {
            **self.admin_site.each_context(request),
            "title": f"Publish version {number}",
            "number": number,
            "form": form,
            "faults": faults,
            "draft": draft,
            "difference": compare(document.load(newest.number), draft)
            if newest and draft
            else None,
        }
        return TemplateResponse(
            request, "admin/privacy/policyversion/publish.html", context
        )


@admin.register(ClauseChange)
class ClauseChangeAdmin(LedgerAdmin):
    list_display = ("version", "clause", "kind", "purpose", "question")
