"""Demands of the law: recorded by one, agreed to by another, never edited (P52)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from privacy import disclosures as record
from privacy import handover
from privacy.actions import disclosures
from privacy.admin import steps
from privacy.admin.base import LedgerAdmin
from privacy.models import DisclosureEvent, LegalDisclosure


def _columns() -> list[tuple[str, str]]:
    return [(name, f"{words} ({name})") for name, words in handover.columns().items()]


class DemandForm(forms.Form):
    basis = forms.ChoiceField(choices=LegalDisclosure.Basis.choices)
    document = forms.CharField(label="reference of the document", max_length=200)
    email = forms.EmailField(
        label="whom it is about",
        help_text="The person's e-mail address; only its keyed hash is kept.",
    )
    about = forms.CharField(
        label="one matter only",
        required=False,
        max_length=60,
        help_text="Such as order:J26-4812-0751; empty for all of theirs.",
    )
    fields_demanded = forms.MultipleChoiceField(
        label="fields demanded",
        choices=_columns,
        widget=forms.CheckboxSelectMultiple,
        help_text="Exactly these are handed over.",
    )
    tell_on = forms.DateField(
        label="tell the person on",
        widget=steps.Day,
        initial=lambda: record.one_month_after(record.today()),
        help_text="Within a month.",
    )
    sealed_until = forms.DateField(
        label="sealed until",
        widget=steps.Day,
        required=False,
        help_text="Only where the document forbids telling: the day the seal ends.",
    )
    sealed_why = forms.CharField(
        label="why it is sealed", required=False, max_length=200
    )


class _Page(ChangeList):
    """A page of demands that learns of all at once how far they have come."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        known = record.standings(row.reference for row in rows)
        for row in rows:
            row.standing = known[row.reference]
        self.result_list = rows


@admin.register(LegalDisclosure)
class DisclosureAdmin(LedgerAdmin):
    list_display = ("reference", "basis", "requested_at", "tell_on", "stands")
    list_filter = ("basis",)
    search_fields = ("=reference",)
    ordering = ("-id",)
    change_form_template = "admin/privacy/legaldisclosure/change_form.html"

    @admin.display(description="stands")
    def stands(self, demand: Any) -> str:
        words: str = demand.standing.words
        return words

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _Page

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(disclosures.MAY_REQUEST)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/approve/",
                view(self.approve),
                name="privacy_legaldisclosure_approve",
            ),
            path(
                "<int:pk>/refuse/",
                view(self.refuse),
                name="privacy_legaldisclosure_refuse",
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
            given = dict(values)
            made = disclosures.request(
                fields=given.pop("fields_demanded"),
                by_member=steps.member(request),
                **given,
            )
            return f"{made.reference} is on record. A second person must agree to it."

        return steps.two_steps(
            self,
            request,
            permission=disclosures.MAY_REQUEST,
            title="Record a demand",
            warning="This cannot be changed or deleted. Nothing is handed over before"
            " somebody else agrees.",
            form=DemandForm,
            act=act,
            refusals=disclosures.Refused,
        )

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        reference = get_object_or_404(LegalDisclosure, pk=pk).reference

        def act(values: Mapping[str, Any]) -> str:
            disclosures.approve(reference=reference, by_member=steps.member(request))
            return f"You have agreed to {reference}."

        return steps.two_steps(
            self,
            request,
            permission=disclosures.MAY_APPROVE,
            title="Agree to the demand",
            warning=f"You say, in good faith, that the law leaves no choice in"
            f" {reference}, and that it asks for no less than what is listed.",
            form=steps.NoFields,
            act=act,
            refusals=disclosures.Refused,
        )

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        reference = get_object_or_404(LegalDisclosure, pk=pk).reference

        def act(values: Mapping[str, Any]) -> str:
            disclosures.refuse(reference=reference, by_member=steps.member(request))
            return f"{reference} is refused. Nothing is handed over."

        return steps.two_steps(
            self,
            request,
            permission=disclosures.MAY_APPROVE,
            title="Refuse the demand",
            warning=f"{reference} is closed for good, and nothing is handed over.",
            form=steps.NoFields,
            act=act,
            refusals=disclosures.Refused,
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
        stands = record.standing(found.reference)
        extra = {
            "stands": stands,
            "undecided": not stands.approved_by and not stands.refused,
            "events": DisclosureEvent.objects.filter(
                reference=found.reference
            ).order_by("id"),
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )
