"""Screens about people: whoever opens one leaves a line that the person reads (C16).

Each app's screen says `why`; whom a row is about is found by what rows have in common.
The line is written before the screen is made: no line, no screen. Nor is there one
without a number, a queue or a reason that led there (privacy.grounds).
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from jessops.lib.hashing import email_hash
from privacy import grounds, handover, look_alarm, looks, masks

HASH = re.compile("[0-9a-f]{64}")
# Where a row has the keyed hash of its person, or the address itself.
HASHES = ("subject", "email_hash")
ADDRESSES = ("email", "to")
OWNERS = ("order", "member", "user", "enquiry")
# What a row, or its order, is asked for by.
NUMBERS = ("number", "reference", "tracking", "intent", "bank_id")
GIVEN = "look_reason"  # in the session: the code of a reason, and until when it holds


class PersonAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A screen that shows somebody's details."""

    why = ""  # a code of privacy.looks.WHY
    # What its own template shows beside its fields, such as "shop.Order.full_name".
    shows: tuple[str, ...] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by a whole address: tables know addresses by their keyed hash alone."""
        column = next((one for one in HASHES if hasattr(self.model, one)), "")
        if column and "@" in search_term:
            return queryset.filter(**{column: email_hash(search_term)}), False
        return super().get_search_results(request, queryset, search_term)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_or_change_permission(request, row):
            self.note_look(request, row)
        return row

    def note_look(self, request: HttpRequest, row: Any) -> None:
        """Write the look down; one request that fetches a row twice looks once."""
        note(
            request,
            row,
            subjects=self.subjects_of(row),
            why=self.why,
            waits=self.waits(row),
            fields=lambda: self.fields_shown(request, row),
        )

    def subjects_of(self, row: Any) -> list[str]:
        """Return the keyed hashes of the people whose details a row's screen shows."""
        found = subject_of(row)
        return [found] if found else []

    def waits(self, row: Any) -> bool:
        """Say whether a row waits in a queue of ours: that is why it is opened."""
        return False

    def fields_shown(self, request: HttpRequest, row: Any) -> set[str]:
        """Return the personal columns that the page of a row shows."""
        names = set(flatten_fieldsets(self.get_fieldsets(request, row)))
        label = row._meta.label
        own = {f"{label}.{name}" for name in names if isinstance(name, str)}
        return (own | set(self.shows)) & masks.personal() & masks.seen(request)


def note(
    request: HttpRequest,
    row: Any,
    *,
    subjects: list[str],
    why: str,
    waits: bool,
    fields: Callable[[], set[str]],
) -> None:
    """Write down that a page about some people is opened. Raises ReasonNeeded."""
    noted = request.__dict__.setdefault("_looks", set())
    about = about_of(row)
    new = [one for one in subjects if (one, about) not in noted]
    if not new:
        return
    staff = int(request.user.pk or 0)
    ground = _ground(request, row, subjects, waits)
    shown = fields()
    for subject in new:
        noted.add((subject, about))
        looks.record(
            staff=staff,
            role=looks.role_of(request.user),
            subject=subject,
            about=about,
            why=why,
            ground=ground,
            fields=shown,
        )
    if (people := look_alarm.people_of(staff)) > look_alarm.MOST:
        text = f"You opened {people} people's pages within an hour. It was reported."
        messages.warning(request, text)


def _ground(request: HttpRequest, row: Any, subjects: list[str], waits: bool) -> str:
    if _asked_for(request, row, subjects):
        return grounds.NUMBER
    if waits:
        return grounds.QUEUE
    if given := reason_of(request):
        return given
    safe = request.method in ("GET", "HEAD")
    within = grounds.STAYS if safe else grounds.SENT_BACK
    staff = int(request.user.pk or 0)
    if grounds.is_again(staff=staff, subjects=subjects, within=within):
        return grounds.AGAIN
    raise grounds.ReasonNeeded


def _asked_for(request: HttpRequest, row: Any, subjects: list[str]) -> bool:
    """Say whether the list that led here was searched for just this row, in full."""
    kept = parse_qs(request.GET.get("_changelist_filters", ""))
    term = kept.get("q", [""])[0].strip()
    if not term:
        return False
    owner = getattr(row, "order", None)
    numbers = {
        str(getattr(one, name, "")).casefold()
        for one in (row, owner)
        for name in NUMBERS
    } - {"", "none"}
    return term.casefold() in numbers or ("@" in term and email_hash(term) in subjects)


def give_reason(session: Any, code: str) -> None:
    """Keep why somebody of staff opens pages for the next while."""
    if code not in grounds.REASONS:
        raise ValueError(code)
    until = timezone.now() + grounds.STAYS
    session[GIVEN] = [code, until.isoformat()]


def reason_of(request: HttpRequest) -> str:
    """Return the reason that still holds, or ""."""
    code, until = request.session.get(GIVEN) or ["", ""]
    if code not in grounds.REASONS or datetime.fromisoformat(until) < timezone.now():
        return ""
    return str(code)


def subject_of(row: Any) -> str:
    """Return the hash of the person a row is about, or "" where it names nobody."""
    for name in HASHES:
        # a message's subject is no person
        if HASH.fullmatch(str(getattr(row, name, ""))):
            return str(getattr(row, name))
    for name in ADDRESSES:
        if found := getattr(row, name, ""):
            return email_hash(str(found))
    owners = (getattr(row, name, None) for name in OWNERS)
    return next((subject_of(one) for one in owners if isinstance(one, Model)), "")


def about_of(row: Any) -> str:
    """Return the matter of a row, as its app names it."""
    for table in handover.tables():
        if isinstance(row, table.model):
            return table.about(row)
    return f"{row._meta.model_name}:{row.pk}"
