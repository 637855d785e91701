"""Screens about people: whoever opens one leaves a line that the person reads (C16).

Each app's screen says `why`; whom a row is about is found by what rows have in common.
The line is written before the screen is made: no line, no screen.
"""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from jessops.lib.hashing import email_hash
from privacy import handover, looks

HASH = re.compile("[0-9a-f]{64}")
# Where a row has the keyed hash of its person, or the address itself.
HASHES = ("subject", "email_hash")
ADDRESSES = ("email", "to")
OWNERS = ("order", "member", "user", "enquiry")


class PersonAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A screen that shows somebody's details."""

    why = ""  # a code of privacy.looks.WHY

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_or_change_permission(request, row):
            self.note_look(request, row)
        return row

    def note_look(self, request: HttpRequest, row: Any) -> None:
        """Write the look down; one request that fetches a row twice looks once."""
        noted = request.__dict__.setdefault("_looks", set())
        about = about_of(row)
        for subject in self.subjects_of(row):
            if (subject, about) not in noted:
                noted.add((subject, about))
                looks.record(
                    staff=int(request.user.pk or 0),
                    role=looks.role_of(request.user),
                    subject=subject,
                    about=about,
                    why=self.why,
                )

    def subjects_of(self, row: Any) -> list[str]:
        """Return the keyed hashes of the people whose details a row's screen shows."""
        found = subject_of(row)
        return [found] if found else []


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
