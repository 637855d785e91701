"""The desk of a campaign under way: whom it reaches, when, how far it is (P18, P42)."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from jessops.lib.tasks import wake
from newsletter import audience, outcomes, sending_tasks
from newsletter.actions import sending
from newsletter.models import Campaign, Sending
from newsletter.models.campaigns import MOST_PER_MINUTE

MAY_SEND = "newsletter.send_campaign"
State = Campaign.State
FOLLOW = "follow"  # in the address of a page that reloads itself
FOLLOW_SECONDS = 5
# Which buttons there are in which state.
ACTS: dict[str, tuple[str, ...]] = {
    State.DRAFT: ("count", "cancel"),
    State.APPROVED: ("count", "schedule", "cancel"),
    State.SCHEDULED: ("pause", "cancel"),
    State.SENDING: ("pause", "cancel"),
    State.PAUSED: ("resume", "cancel"),
    State.SENT: (),
    State.CANCELLED: (),
}
SAID = {
    "count": "The audience is being counted. Look again in a moment.",
    "pause": "Paused. What waits in the outbox waits there.",
    "resume": "It goes on.",
    "cancel": "Cancelled. What has not left never does.",
}


class StartForm(forms.Form):
    """When the first letter leaves, and how many a minute at most."""

    starts_at = forms.SplitDateTimeField(
        label="First letter at",
        required=False,
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Day of the first letter"},
            time_attrs={"type": "time", "aria-label": "Time of the first letter"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        ),
        help_text="Our own time in London. Left empty: at once.",
    )
    per_minute = forms.IntegerField(
        label="Letters a minute, at most", min_value=1, max_value=MOST_PER_MINUTE
    )

    def clean_starts_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["starts_at"]
        if at is not None and at < timezone.now():
            raise forms.ValidationError("That moment is over. Leave it empty for now.")
        return at


def desk(model_admin: "ModelAdmin[Any]", request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom a letter reaches and how far it is; do what a button says."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    with timezone.override(settings.SHOP_TIME_ZONE):  # what staff type is our time
        return _desk(model_admin, request, pk)


def _desk(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, pk: int
) -> HttpResponse:
    row = get_object_or_404(Campaign, pk=pk)
    form = StartForm(initial={"per_minute": row.per_minute})
    if request.method == "POST":
        if not request.user.has_perm(MAY_SEND):
            raise PermissionDenied
        act = request.POST.get("act", "")
        if act not in ("schedule", *SAID):
            raise Http404
        form = StartForm(request.POST) if act == "schedule" else form
        if (act != "schedule" or form.is_valid()) and _done(
            model_admin, request, row, act, form
        ):
            here = reverse("admin:newsletter_campaign_sending", args=[pk])
            return HttpResponseRedirect(here)
        row.refresh_from_db()
    return _page(model_admin, request, row, form)


def _page(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    row: Campaign,
    form: StartForm,
) -> HttpResponse:
    """Show how far it is; while it is under way, again and again for who asks so."""
    found = outcomes.of(row)
    can_follow = row.state in (State.SCHEDULED, State.SENDING)
    follows = can_follow and FOLLOW in request.GET
    page = render(
        request,
        "admin/newsletter/campaign_sending.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": "Sending",
            "subtitle": row.title,
            "campaign": row,
            "form": form,
            "acts": ACTS[row.state] if request.user.has_perm(MAY_SEND) else (),
            "stopped": _stopped(row),
            "can_follow": can_follow,
            "follows": FOLLOW_SECONDS if follows else 0,
            "audience": _audience(row),
            "results": found,
            "left_out": _in_words(found.left_out),
        },
    )
    if follows:
        page["Refresh"] = str(FOLLOW_SECONDS)
    return page


def _done(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    row: Campaign,
    act: str,
    form: StartForm,
) -> bool:
    """Do it, and say so; say what stands against it, and that it was not done."""
    try:
        said = _act(row, act, form)
    except sending.SendingError as error:
        messages.error(request, str(error))
        return False
    model_admin.log_change(request, row, said)
    messages.success(request, said)
    return True


def _act(row: Campaign, act: str, form: StartForm) -> str:
    if act == "count":
        wake(sending_tasks.count_audience, row.pk)
    elif act == "schedule":
        at, pace = form.cleaned_data["starts_at"], form.cleaned_data["per_minute"]
        made = sending.schedule(campaign=row, at=at, per_minute=pace)
        wake(sending_tasks.feed)
        when = timezone.localtime(made.starts_at)
        return f"Scheduled for {when:%-d %B %Y, %H:%M}, {pace} letters a minute."
    elif act == "pause":
        sending.pause(campaign=row)
    elif act == "resume":
        sending.resume(campaign=row)
        wake(sending_tasks.feed)
    else:
        sending.cancel(campaign=row)
    return SAID[act]


def _stopped(row: Campaign) -> str:
    """Return why it was paused instead of begun, if it was."""
    if row.state != State.PAUSED:
        return ""
    found = Sending.objects.filter(campaign=row).values_list("stopped", flat=True)
    return found.first() or ""


def _audience(row: Campaign) -> dict[str, Any] | None:
    """Return who would get it and who not, when it was last counted."""
    counted = Sending.objects.filter(campaign=row, counted_at__isnull=False).first()
    if counted is None:
        return None
    found = dict(counted.audience)
    gets = found.pop("", 0)
    return {"gets": gets, "not": _in_words(found), "at": counted.counted_at}


def _in_words(found: dict[str, int]) -> list[tuple[str, int]]:
    """Return reasons in words, the commonest first."""
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [(audience.WORDS.get(code, code), number) for code, number in ordered]
