"""Every version of the policy, for ever: to read, to compare, to keep."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jessops.lib import ratelimit
from jessops.lib.clock import in_london
from privacy import policies
from privacy.models import ClauseChange, PolicyVersion
from privacy.policies import document, pdf, records
from privacy.policies.compare import compare as compared
from privacy.policies.document import Document

PDFS, IN_SECONDS = 20, 60  # of one network


@dataclass(frozen=True)
class VersionRow:
    """One version as the table of all versions shows it."""

    number: int
    since: date
    summary: str
    in_force: bool
    coming: bool
    records: str  # "12,480"


@dataclass(frozen=True)
class ChangeRow:
    """One changed clause as the page of all versions tells of it."""

    change: ClauseChange
    title: str
    version: int  # where the clause can be read: the one before, if it went


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """All versions with what changed, and how many records live under each."""
    changes: dict[int, list[ChangeRow]] = {}
    for change in ClauseChange.objects.all():
        changes.setdefault(change.version, []).append(_change_row(change))
    listed = [(row, changes.get(row.number, [])) for row in rows()]
    return render(
        request,
        "privacy/versions.html",
        {"rows": [row for row, _ in listed], "listed": listed},
    )


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version as it was published, for ever at its address."""
    text = _load(number)
    row = policies.row(number)
    current = policies.current_version()
    return render(
        request,
        "privacy/version.html",
        {
            "document": text,
            "row": row,
            "since": in_london(row.in_force_from).date(),
            "is_current": number == current,
            "is_coming": number > current,
            "before": number - 1,
        },
    )


@require_safe
def compare(request: HttpRequest, a: int, b: int) -> HttpResponse:
    """What differs between two versions; the later one counts as the new one."""
    old, new = sorted((a, b))
    return render(
        request,
        "privacy/compare.html",
        {
            "old": _load(old),
            "new": _load(new),
            "difference": compared(_load(old), _load(new)),
            "kinds": {
                change.clause: change.get_kind_display()
                for change in ClauseChange.objects.filter(version=new)
            }
            if new == old + 1
            else {},
            "current": policies.current_version(),
        },
    )


@require_safe
def policy_pdf(request: HttpRequest, number: int) -> HttpResponse:
    """One version as a tagged PDF."""
    _load(number)
    ratelimit.check(request, "policy-pdf", limit=PDFS, seconds=IN_SECONDS)
    name = f"jessops-privacy-policy-{number}.pdf"
    return HttpResponse(
        pdf.of(number),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def rows() -> list[VersionRow]:
    """Return every published version, newest first, with what lives under it."""
    current = policies.current_version()
    counted = records.under_versions()
    return [
        VersionRow(
            number=row.number,
            since=in_london(row.in_force_from).date(),
            summary=row.summary,
            in_force=row.number == current,
            coming=row.number > current,
            records="not counted just now"
            if counted is None
            else f"{counted.get(row.number, 0):,}",
        )
        for row in reversed(policies.rows())
    ]


def _load(number: int) -> Document:
    try:
        return document.load(number)
    except PolicyVersion.DoesNotExist:
        raise Http404("no such version") from None


def _change_row(change: ClauseChange) -> ChangeRow:
    for number in (change.version, change.version - 1):
        if clause := _load(number).clause(change.clause):
            return ChangeRow(change, clause.title, number)
    return ChangeRow(change, change.clause, change.version)
