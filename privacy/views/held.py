"""Everything that the shop can hold about people, and what goes when (P6, P92, C13)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import collected, guard, registry, retention
from privacy.models import RetentionRun
from privacy.registry import OUR_APPS, THEIR_APPS, Held, Section
from privacy.states import divided, states

ERASED = {"delete": "Deleted", "blank": "Blanked"}


@dataclass(frozen=True)
class Row:
    """Columns of one table that share one fate."""

    labels: list[str]
    purpose: guard.Purpose
    also: list[guard.Purpose]
    source: str
    export: bool
    erase: str


@dataclass(frozen=True)
class Group:
    """One table: for each way of going, the rows that go that way."""

    section: Section
    parts: list[tuple[str, list[Row]]]


@dataclass(frozen=True)
class Point:
    """One form that asks for something about a person."""

    title: str
    rows: list[tuple[str, ...]]  # fields, why, where it goes, clause


@require_safe
def what_we_hold(request: HttpRequest) -> HttpResponse:
    """Every field by table: why, from whom, how long; the clocks and their last run."""
    last = {
        run.clock: run
        for run in RetentionRun.objects.order_by("clock", "-at").distinct("clock")
    }
    all_states = states()
    shown, later = divided(all_states[id_] for id_ in ("P6", "P12", "P67", "P92"))
    return render(
        request,
        "privacy/held.html",
        {
            "groups": groups(),
            "points": points(),
            "clocks": [(one, last.get(one.name)) for one in retention.clocks()],
            "shown": shown,
            "later": later,
        },
    )


def groups() -> list[Group]:
    """Return what is held, table by table, with columns of one fate in one row."""
    found: dict[str, dict[tuple[object, ...], list[Held]]] = {}
    for item in registry.everything():
        fate = item.purpose, item.also, item.source, item.kept, item.export, item.erase
        found.setdefault(item.model, {}).setdefault(fate, []).append(item)
    # What people meet first stands first: the apps from the top down.
    order = (*THEIR_APPS, *OUR_APPS)
    models = sorted(found, key=lambda label: -order.index(label.partition(".")[0]))
    return [_group(model, list(found[model].values())) for model in models]


def _group(model: str, fates: list[list[Held]]) -> Group:
    parts: dict[str, list[Row]] = {}
    for items in fates:
        parts.setdefault(items[0].retention, []).append(_row(items))
    return Group(registry.section(model), list(parts.items()))


def _row(items: list[Held]) -> Row:
    one = items[0]
    return Row(
        labels=[item.label for item in items],
        purpose=guard.PURPOSES[one.purpose],
        also=[guard.PURPOSES[name] for name in one.also],
        source=one.source,
        export=one.export,
        erase=ERASED.get(one.erase) or one.erase.replace("keep: ", "Kept: ", 1),
    )


def points() -> list[Point]:
    """Return where we ask, form by form, with what each answer is for."""
    labels = {f"{h.model}.{h.field}": h.label for h in registry.everything()}
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for item in collected.collected():
        label = item.label or labels[item.stored_in[0]]
        purposes = [guard.PURPOSES[name].words for name in (item.purpose, *item.also)]
        fate = f"Not kept: {item.use}" if item.use else "Kept, as below"
        row = "; ".join(purposes), fate, item.clause
        rows = found.setdefault(collected.title(item.form), {})
        rows.setdefault(row, []).append(label)
    return [
        Point(
            title,
            [("; ".join(dict.fromkeys(names)), *row) for row, names in rows.items()],
        )
        for title, rows in found.items()
    ]
