"""Evidence: entered by staff, never changed, never deleted (P60, P90)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from privacy import attestations
from privacy.actions.attestations import attest
from privacy.admin.base import LedgerAdmin
from privacy.attestations import CONNECTOR, PROMISE
from privacy.gateway import connectors
from privacy.models import Attestation
from privacy.promises import PROMISES

SOON = timedelta(days=60)


def _today() -> date:
    return timezone.now().date()


def subjects() -> list[tuple[str, str]]:
    """Return what evidence can be about: each outside party, and some promises.

    P60 has none of its own: it stands on the contracts.
    """
    found = [
        (f"{CONNECTOR}{party.name}", f"Contract: {party.recipient}")
        for party in connectors()
    ]
    return found + [
        (f"{PROMISE}{promise.id}", f"{promise.id}: {promise.title}")
        for promise in PROMISES
        if (promise.attested or promise.half_attested) and promise.id != "P60"
    ]


class EvidenceForm(forms.ModelForm):  # type: ignore[type-arg]
    subject = forms.ChoiceField(choices=subjects)

    class Meta:
        model = Attestation
        fields = (
            *("subject", "statement", "owner", "reference"),
            *("attested_on", "expires_on"),
        )
        help_texts = {
            "reference": "Where the document is found; the document stays there.",
            "owner": "A role, such as Head of Web Sales: no name.",
            "expires_on": "The day after it, a party's connector is refused. To take"
            " evidence back, enter it again with a day that has passed.",
        }

    def clean_attested_on(self) -> date:
        day: date = self.cleaned_data["attested_on"]
        if day > _today():
            raise forms.ValidationError("This day has not come yet.")
        return day


class Counting(admin.SimpleListFilter):
    """Which rows count, and which of them run out."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("soon", f"Runs out within {SOON.days} days"),
            ("holds", "Holds"),
            ("expired", "Ran out"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = _today()
        conditions = {
            "soon": Q(expires_on__gte=today, expires_on__lte=today + SOON),
            "holds": Q(expires_on__gte=today),
            "expired": Q(expires_on__lt=today),
        }
        if self.value() in conditions:
            queryset = queryset.filter(conditions[str(self.value())], replaced=False)
        return queryset


@admin.register(Attestation)
class AttestationAdmin(LedgerAdmin):
    form = EvidenceForm
    list_display = (
        *("subject", "standing", "expires_on", "owner", "reference"),
        *("attested_on", "entered_by"),
    )
    list_filter = (Counting,)
    ordering = ("expires_on", "subject", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newer = Attestation.objects.filter(
            Q(entered_at__gt=OuterRef("entered_at"))
            | Q(entered_at=OuterRef("entered_at"), pk__gt=OuterRef("pk")),
            subject=OuterRef("subject"),
        )
        rows: QuerySet[Any] = super().get_queryset(request)
        marked: QuerySet[Any] = rows.annotate(replaced=Exists(newer))
        return marked

    @admin.display(description="standing")
    def standing(self, evidence: Any) -> str:
        if evidence.replaced:
            return "replaced"
        if not attestations.holds(evidence):
            return "ran out"
        left = (evidence.expires_on - _today()).days
        return f"holds, {left} day{'' if left == 1 else 's'} left"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.add_attestation")

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        entered = attest(**form.cleaned_data, by=f"Member {request.user.pk}")
        obj.pk = entered.pk
