"""A sale of the business: announced and withdrawn here, and watched. Never edited."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from privacy import transitions as record
from privacy.actions import transitions
from privacy.admin import steps
from privacy.admin.base import LedgerAdmin
from privacy.models import Transition, TransitionEvent

MAY_ANNOUNCE = "privacy.add_transition"
MAY_END = "privacy.add_transitionevent"


class AnnouncementForm(forms.Form):
    buyer = forms.CharField(label="new owner", max_length=100)
    notice = forms.CharField(
        widget=forms.Textarea, help_text="What happens, in plain words, in full."
    )
    planned_on = forms.DateField(
        label="planned for",
        widget=steps.Day,
        help_text="Thirty days ahead at least.",
    )
    use_differs = forms.BooleanField(
        label="the new owner will use the data in another manner", required=False
    )
    question = forms.CharField(
        widget=forms.Textarea,
        required=False,
        help_text="If so: what each person is asked. No answer means no.",
    )


@admin.register(Transition)
class TransitionAdmin(LedgerAdmin):
    list_display = ("reference", "buyer", "planned_on", "announced_at", "stands")
    ordering = ("-id",)
    change_form_template = "admin/privacy/transition/change_form.html"

    @admin.display(description="stands")
    def stands(self, transition: Transition) -> str:
        end = record.end_of(transition.reference)
        if end:
            return TransitionEvent.Code(end.code).label
        served = record.served(transition)
        return f"announced, {served.unbroken} of {record.DAYS} days"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_ANNOUNCE)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/withdraw/",
                view(self.withdraw),
                name="privacy_transition_withdraw",
            ),
            path(
                "<int:pk>/complete/",
                view(self.complete),
                name="privacy_transition_complete",
            ),
            *super().get_urls(),
        ]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def act(values: Mapping[str, Any]) -> str:
            made = transitions.announce(**values, by=steps.by(request))
            return f"{made.reference} is announced. The notice stands on every page."

        return steps.two_steps(
            self,
            request,
            permission=MAY_ANNOUNCE,
            title="Announce a sale",
            warning="This stands on every page within a minute, and cannot be changed:"
            " only withdrawn.",
            form=AnnouncementForm,
            act=act,
            refusals=transitions.Refused,
        )

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        reference = get_object_or_404(Transition, pk=pk).reference

        def act(values: Mapping[str, Any]) -> str:
            transitions.withdraw(reference=reference, by=steps.by(request))
            return f"{reference} is withdrawn. The notice comes down."

        return steps.two_steps(
            self,
            request,
            permission=MAY_END,
            title="Withdraw the announcement",
            warning=f"{reference} is called off for good. Another announcement begins"
            " its thirty days anew.",
            form=steps.NoFields,
            act=act,
            refusals=transitions.Refused,
        )

    def complete(self, request: HttpRequest, pk: int) -> HttpResponse:
        reference = get_object_or_404(Transition, pk=pk).reference

        def act(values: Mapping[str, Any]) -> str:
            transitions.complete(reference=reference, by=steps.by(request))
            return f"{reference} is completed."

        return steps.two_steps(
            self,
            request,
            permission=MAY_END,
            title="Complete the sale",
            warning=f"This puts on record that the owner has changed ({reference}), and"
            " ends the notice. Nothing can be exported after it.",
            form=steps.NoFields,
            act=act,
            refusals=transitions.Refused,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None:
            return super().change_view(request, object_id, form_url, extra_context)
        extra = {
            "end": record.end_of(found.reference),
            "served": record.served(found),
            "needed": record.DAYS,
            "events": TransitionEvent.objects.filter(
                reference=found.reference
            ).order_by("id"),
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )
