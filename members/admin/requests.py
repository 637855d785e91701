"""Requests about data: taken in by e-mail, telephone and post; queued by their day.

Every button calls an action, which writes the step down and tells the person.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jessops.lib.clock import in_london, long_date
from members.actions import requests as actions
from members.clock import Standing
from members.forms.requests import IntakeForm
from members.models import DataRequest, DataRequestStep
from privacy import masks
from privacy.admin import people
from privacy.admin.base import LedgerAdmin

# What a request's page shows of the person (privacy.admin.people).
SHOWN = {f"members.DataRequest.{name}" for name in ("full_name", "email", "words")}
MOST = 500  # that wait at once, and of the settled ones the newest


@admin.register(DataRequest)
class DataRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.act))
        own = path("<int:pk>/act/", view, name="members_datarequest_act")
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What waits, by its day; no person is shown in a list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        settled = "settled" in request.GET
        if settled:
            past = DataRequest.objects.filter(closed_at__isnull=False)
            found = list(past.order_by("-closed_at")[:MOST])
        else:
            found = list(DataRequest.objects.waiting()[:MOST])
        context = {
            **self.admin_site.each_context(request),
            "title": "Requests about data",
            "opts": self.model._meta,
            "rows": _queue(found),
            "settled": settled,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/members/requests.html", context)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The intake form: what came by e-mail, telephone or post (P97, P98)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = IntakeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = actions.take_in(**form.cleaned_data, by=_by(request))
            return self._back(made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "A request about data",
            "opts": self.model._meta,
            "form": form,
        }
        return TemplateResponse(request, "admin/members/intake.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One request: its clock, its steps, and what can be done next."""
        number = int(object_id) if object_id.isdigit() else 0
        one = get_object_or_404(DataRequest, pk=number)
        if not self.has_view_permission(request, one):
            raise PermissionDenied
        people.note(
            request,
            one,
            subjects=[one.email_hash],
            why="request",
            waits=one.closed_at is None,
            fields=lambda: SHOWN & masks.seen(request),
        )
        standing = actions.standings([one])[one.reference]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Request {one.reference}",
            "opts": self.model._meta,
            "asked": masks.MaskedRow(request, one),
            "stands": standing,
            "clock": _said(standing, one),
            "proved": actions.is_proved(one),
            "steps": DataRequestStep.objects.filter(reference=one.reference),
            "proofs": [(c, w) for c, w in actions.PROOFS.items() if c != "link"],
            "longer": actions.LONGER.items(),
            "grounds": actions.GROUNDS.items(),
            "may_change": self.has_change_permission(request, one),
        }
        return TemplateResponse(request, "admin/members/request.html", context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what a button of a request says."""
        one = get_object_or_404(DataRequest, pk=pk)
        if not self.has_change_permission(request, one):
            raise PermissionDenied
        try:
            self.message_user(request, self._done(request, one))
        except actions.RequestError as error:
            self.message_user(request, str(error), messages.ERROR)
        except ValueError:
            self.message_user(request, "Choose one of the list.", messages.ERROR)
        return self._back(pk)

    def _done(self, request: HttpRequest, one: DataRequest) -> str:
        act, by = request.POST.get("act", ""), _by(request)
        why = request.POST.get("why", "")
        if act == "search":
            tables, rows = actions.search(request=one, by=by)
            return f"Found {rows} rows in {tables} tables; it is on record."
        if act == "carry-out":
            done = actions.carry_out(
                request=one,
                by=by,
                full_name=request.POST.get("full_name", "").strip()[:100],
                telephone=request.POST.get("telephone", "").strip()[:30],
            )
            return "Done." if done else "It waits three days, and then it is done."
        if act == "ask-identity":
            actions.ask_identity(request=one, by=by)
        elif act == "prove":
            actions.prove(request=one, how=why, by=by)
        elif act == "pause":
            actions.pause(request=one, by=by)
        elif act == "resume":
            actions.resume(request=one, by=by)
        elif act == "extend":
            actions.extend(request=one, why=why, by=by)
        elif act == "refuse":
            actions.refuse(request=one, why=why, by=by)
        elif act == "withdraw":
            actions.withdraw(request=one, by=by)
        else:
            raise ValueError(act)
        return "The step is on record, and the person is told."

    def _back(self, pk: int) -> HttpResponse:
        where = reverse("admin:members_datarequest_change", args=[pk])
        return HttpResponseRedirect(where)


@admin.register(DataRequestStep)
class DataRequestStepAdmin(LedgerAdmin):
    """What was done for requests, to look at only."""

    list_display = ("at", "reference", "code", "detail", "by")
    list_filter = ("code",)
    search_fields = ("=reference",)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False


def _queue(found: list[DataRequest]) -> list[tuple[DataRequest, str, bool]]:
    """Return requests with how their clocks stand, the next due first."""
    today = in_london(timezone.now()).date()
    stands = actions.standings(found)
    some = [(one, stands[one.reference]) for one in found]
    if found and found[0].closed_at is None:
        far = today.replace(year=today.year + 10)
        some.sort(key=lambda pair: pair[1].due_on or far)
    return [
        (one, _said(now, one), one.closed_at is None and now.is_late(today))
        for one, now in some
    ]


def _said(now: Standing, one: DataRequest) -> str:
    """Say how a clock stands, in words for staff."""
    if one.closed_at:
        return f"{one.outcome} on {long_date(in_london(one.closed_at).date())}"
    if now.due_on is None:
        waits = {
            "identity": "for proof of identity",
            "clarification": "to be told more",
        }
        return f"stands still: we wait {waits[now.waits_for]}"
    left = (now.due_on - in_london(timezone.now()).date()).days
    when = f"{left} days left" if left >= 0 else f"LATE by {-left} days"
    return f"{long_date(now.due_on)} {now.due_on.year}, {when}"


def _by(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"
