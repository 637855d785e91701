"""The teams' queues: what waits, what was said, and an answer as the person wishes.

Every button calls an action, which notes what happened. A team sees its own queue;
Customer Liaison sees what was handed over to it (P4).
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jessops.lib.clock import in_london
from members.actions import answers, enquiries
from members.models import Channel, Enquiry, EnquiryEvent, Team
from privacy import masks
from privacy.admin import people
from privacy.admin.base import LedgerAdmin

LONGEST = 20_000
# What the thread's page shows of the person (privacy.admin.people).
SHOWN = {
    *("members.Enquiry.full_name", "members.Enquiry.about", "members.Enquiry.email"),
    "members.EnquiryMessage.body",
}
EMAIL, TELEPHONE = "members.Enquiry.email", "members.Enquiry.telephone"


def teams_of(user: Any) -> list[str]:
    """Return the teams somebody works in: their groups bear the teams' names."""
    if user.is_superuser:
        return list(Team.values)
    names = set(user.groups.values_list("name", flat=True))
    return [team.value for team in Team if team.label in names]


class QueueFilter(admin.SimpleListFilter):
    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("late", "Past its day"),
            ("escalated", "Handed over to Customer Liaison"),
            ("answered", "Answered"),
            ("closed", "Closed"),
            ("all", "All"),
        ]

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            if choice["query_string"] == changelist.get_query_string(
                remove=[self.parameter_name]
            ):
                choice["display"] = "Waiting for our answer"
            yield choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enquiry]) -> Any:
        chosen = self.value()
        if chosen == "all":
            return queryset
        if chosen in ("answered", "closed"):
            return queryset.filter(state=chosen)
        waiting = queryset.filter(state=Enquiry.State.OPEN)
        if chosen == "late":
            return waiting.filter(answer_due_at__lte=timezone.now())
        if chosen == "escalated":
            return waiting.filter(escalated_at__isnull=False)
        return waiting


@admin.register(Enquiry)
class EnquiryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("reference", "kind", "team", "state", "due", "channel", "handed")
    list_filter = (QueueFilter, "team", "kind")
    search_fields = ("=reference",)
    ordering = ("answer_due_at", "pk")
    actions = None
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description="answer due", ordering="answer_due_at")
    def due(self, enquiry: Enquiry) -> str:
        day = f"{in_london(enquiry.answer_due_at):%a %-d %b %Y}"
        late = enquiry.is_open and enquiry.answer_due_at < timezone.now()
        return f"{day}, LATE" if late else day

    @admin.display(description="handed over")
    def handed(self, enquiry: Enquiry) -> str:
        return enquiry.escalated_why

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enquiry]:
        found: QuerySet[Enquiry] = super().get_queryset(request)
        return found.filter(team__in=teams_of(request.user))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.act))
        own = path("<int:pk>/act/", view, name="members_enquiry_act")
        return [own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The thread. Only the way that the person wished for is shown (P50)."""
        number = int(object_id) if object_id.isdigit() else 0
        enquiry = get_object_or_404(self.get_queryset(request), pk=number)
        if not self.has_view_permission(request, enquiry):
            raise PermissionDenied
        channels = answers.channels(enquiry=enquiry, staff=_staff(request))
        may_ring = not masks.hidden(request, {TELEPHONE})
        people.note(
            request,
            enquiry,
            subjects=[enquiry.email_hash],
            why="enquiry",
            waits=enquiry.is_open,
            fields=lambda: (
                (SHOWN | ({TELEPHONE} if Channel.TELEPHONE in channels else set()))
                & masks.seen(request)
            ),
        )
        context = {
            **self.admin_site.each_context(request),
            "title": f"Enquiry {enquiry.reference}",
            "opts": self.model._meta,
            "enquiry": masks.MaskedRow(request, enquiry),
            "masked": bool(masks.hidden(request, {EMAIL, TELEPHONE})),
            "said": list(enquiry.messages.all()),
            "events": EnquiryEvent.objects.filter(reference=enquiry.reference),
            "due": self.due(enquiry),
            "may_change": self.has_change_permission(request, enquiry),
            "by_email": Channel.EMAIL in channels,
            "by_telephone": may_ring and Channel.TELEPHONE in channels,
            "may_ask_other": (
                may_ring and len(channels) == 1 and enquiry.has_telephone
            ),
            "reasons": answers.REASONS.items(),
            "teams": Team.choices,
        }
        return TemplateResponse(request, "admin/members/enquiry.html", context)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what a button of the thread says."""
        enquiry = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, enquiry):
            raise PermissionDenied
        try:
            said = self._done(request, enquiry)
        except enquiries.Closed:
            self.message_user(request, "It is closed already.", messages.ERROR)
        except answers.WrongChannel:
            text = "They wish to be answered in another way: give a reason first."
            self.message_user(request, text, messages.ERROR)
        except ValueError:
            self.message_user(request, "Something was left blank.", messages.ERROR)
        else:
            self.message_user(request, said)
        where = "change" if self.get_queryset(request).filter(pk=pk).exists() else ""
        name = f"admin:members_enquiry_{where or 'changelist'}"
        return HttpResponseRedirect(reverse(name, args=[pk] if where else []))

    def _done(self, request: HttpRequest, enquiry: Enquiry) -> str:
        staff, act = _staff(request), request.POST.get("act", "")
        words = request.POST.get("words", "").strip()[:LONGEST]
        if act == "other":
            reason = request.POST.get("reason", "")
            answers.use_other_channel(enquiry=enquiry, staff=staff, reason=reason)
            return "The other way is open to you for half an hour; it is on record."
        if act == "pass":
            team = request.POST.get("team", "")
            answers.pass_on(enquiry=enquiry, team=team, staff=staff)
            return f"Passed on to {Team(team).label}."
        if act == "close":
            enquiries.close(enquiry=enquiry, by=f"staff:{staff}")
            return "Closed."
        if not words:
            raise ValueError("words")
        if act == "telephone":
            answers.answer_by_telephone(enquiry=enquiry, staff=staff, words=words)
            return "Noted as answered by telephone."
        answers.answer(enquiry=enquiry, staff=staff, words=words)
        return "The answer is on its way."


@admin.register(EnquiryEvent)
class EnquiryEventAdmin(LedgerAdmin):
    """What happened, to look at only."""

    list_display = ("at", "reference", "code", "detail", "by")
    list_filter = ("code",)
    search_fields = ("=reference",)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False


def _staff(request: HttpRequest) -> int:
    """Return the number of whoever is signed in; the admin lets nobody else in."""
    pk = request.user.pk
    if pk is None:
        raise PermissionDenied
    return int(pk)
