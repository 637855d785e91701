"""Who was erased, and what the search found afterwards: to read, nothing else (P96)."""

from django.contrib import admin
from django.utils.safestring import SafeString

from privacy.admin.base import LedgerAdmin
from privacy.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(LedgerAdmin):
    """Counts by table and codes; there is no name to show, and none is kept."""

    list_display = ("reference", "door", "state", "asked_at", "due_at", "search")
    list_filter = ("state", "door")
    search_fields = ("reference",)
    ordering = ("-asked_at", "-pk")
    fields = (
        *("reference", "door", "state", "policy_version", "asked_at", "due_at"),
        *("settled_at", "done", "search"),
    )
    readonly_fields = ("done", "search")

    @admin.display(description="What was done")
    def done(self, one: Erasure) -> str:
        tables = one.rows.get("tables", {})
        said = [
            f"{label}: "
            + ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            for label, counts in tables.items()
        ]
        return "; ".join(said) or "-"

    @admin.display(description="What the search found")
    def search(self, one: Erasure) -> str | SafeString:
        if not one.found:
            return "-"
        found = one.found
        left = [
            f"{table}: {count} {kind}"
            for table, kinds in found.get("left", {}).items()
            for kind, count in kinds.items()
        ]
        left += [f"{place}: {n}" for place, n in found.get("outside", {}).items()]
        words = "; ".join(left) or "nothing"
        verdict = "ALARM: more than the law keeps" if found.get("alarm") else "good"
        partly = ", only the address could be looked for" if found.get("partly") else ""
        return f"{verdict} ({words}{partly})"
