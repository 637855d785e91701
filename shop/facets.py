"""What narrows a list down: counts for each choice, chips to undo one, pages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString

from shop.listing import CONDITIONS, FACETS, ORDER, PER_PAGE, Query, money, slug
from shop.models import Condition

TICK = (
    '<label class="ck"><input type="checkbox" name="{}" value="{}"{}>'
    '<span>{}</span><span>{}<span class="vh"> products</span></span></label>'
)
CHECKED = {True: " checked", False: ""}


class Group(NamedTuple):
    """So many products of one list that are alike in all that filters look at."""

    brand: str
    brand_slug: str
    mount: str
    sensor: str
    condition: str
    grade: str
    available: bool
    price_fits: bool
    total: int

    def values(self) -> dict[str, tuple[str, ...]]:
        """Return what each facet's filter is compared with."""
        used = self.condition == Condition.USED
        return {
            "brands": (self.brand_slug,),
            "sensors": (slug(self.sensor),),
            "mounts": (slug(self.mount),),
            "conditions": (self.condition, self.grade) if used else (self.condition,),
        }


@dataclass(frozen=True)
class Choice:
    """One tick box of a facet; `count` is what the other filters leave of it."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One tick-box filter: the query's field `name`, in addresses called `param`."""

    name: str
    param: str
    title: str
    choices: list[Choice]

    @property
    def chosen(self) -> int:
        return sum(choice.chosen for choice in self.choices)

    @property
    def ticks(self) -> SafeString:
        """Its choices as tick boxes: up to a hundred a page, hence not a template's."""
        return SafeString(
            "".join(
                TICK.format(
                    self.param,
                    escape(one.value),
                    CHECKED[one.chosen],
                    escape(one.label),
                    one.count,
                )
                for one in self.choices
            )
        )


@dataclass(frozen=True)
class Facets:
    """A list's counts, and the query once what is not in the list is left out of it."""

    query: Query
    total: int
    everything: int
    facets: list[Facet]
    in_stock: int
    # The chosen brands, mounts and sensors as the database has them.
    names: dict[str, tuple[str, ...]]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


def facets(query: Query, groups: Sequence[Group]) -> Facets:
    """Count each choice with all other filters applied, not those of its own facet.

    The groups are all of the list without any filter, so that a brand or mount that
    the list does not have can be left out of the query, with a sentence.
    """
    valued = [(group, group.values()) for group in groups]
    labels = {
        "brands": {g.brand_slug: g.brand for g in groups},
        "sensors": {slug(g.sensor): g.sensor for g in groups if g.sensor},
        "mounts": {slug(g.mount): g.mount for g in groups if g.mount},
    }
    query = _known(query, labels)
    present = {value for _, values in valued for value in values["conditions"]}
    labels["conditions"] = {k: v for k, v in CONDITIONS.items() if k in present}

    counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    total = in_stock = 0
    chosen = {name: set(query.values(name)) for name in FACETS}
    for group, values in valued:
        misses = {
            name: bool(chosen[name]) and chosen[name].isdisjoint(values[name])
            for name in FACETS
        }
        misses["stock"] = query.in_stock and not group.available
        missed = sum(misses.values()) + (not group.price_fits)
        if missed == 0:
            total += group.total
        if group.available and missed == misses["stock"]:
            in_stock += group.total
        for name in FACETS:
            if missed == misses[name]:
                for value in values[name]:
                    counts[name][value] = counts[name].get(value, 0) + group.total

    pages = max(1, -(-total // PER_PAGE))
    if query.page > pages:
        last = "There is only one page." if pages == 1 else f"Page {pages} is the last."
        query = replace(query, page=pages, complaints=(*query.complaints, last))
    return Facets(
        query=query,
        total=total,
        everything=sum(group.total for group in groups),
        facets=[
            Facet(
                name, param, title, _choices(labels[name], counts[name], chosen[name])
            )
            for name, (param, title) in FACETS.items()
            if len(labels[name]) > 1 or chosen[name]
        ],
        in_stock=in_stock,
        names={
            name: tuple(
                labels[name][value] if name != "brands" else value
                for value in query.values(name)
            )
            for name in ("brands", "sensors", "mounts")
        },
    )


def _known(query: Query, labels: dict[str, dict[str, str]]) -> Query:
    """Leave out of the query what this list has nothing of, and say so."""
    complaints = query.complaints
    for name, known in labels.items():
        values = tuple(value for value in query.values(name) if value in known)
        if len(values) < len(query.values(name)):
            what = FACETS[name][0]
            complaints += (f"We have nothing of that {what} here, so we left it out.",)
            query = query.having(name, values)
    return replace(query, complaints=complaints)


def _choices(
    labels: dict[str, str], counts: dict[str, int], chosen: set[str]
) -> list[Choice]:
    found = [
        Choice(value, label, counts.get(value, 0), value in chosen)
        for value, label in labels.items()
        if value in counts or value in chosen
    ]
    order = {slug(name): place for place, name in enumerate(ORDER)}
    found.sort(key=lambda one: (order.get(one.value, -1), one.label.lower()))
    return found


@dataclass(frozen=True)
class Chip:
    label: str
    url: str


def chips(found: Facets, path: str) -> list[Chip]:
    """Return the filters in use, each with the address of the list without it."""
    query = replace(found.query, page=1)
    result = []
    low, high = query.price_min, query.price_max
    if low is not None or high is not None:
        if low is None:
            label = f"Up to {money(high or 0)}"
        elif high is None:
            label = f"From {money(low)}"
        else:
            label = f"{money(low)} to {money(high)}"
        free = replace(query, price_min=None, price_max=None)
        result.append(Chip(label, free.url(path)))
    for facet in found.facets:
        values = query.values(facet.name)
        for choice in facet.choices:
            if choice.chosen:
                rest = tuple(value for value in values if value != choice.value)
                label = choice.label
                if facet.name == "mounts" and "mount" not in label.lower():
                    label += " mount"
                result.append(Chip(label, query.having(facet.name, rest).url(path)))
    if query.in_stock:
        result.append(Chip("In stock", replace(query, in_stock=False).url(path)))
    return result


def page_links(found: Facets, path: str) -> list[tuple[int, str]]:
    """Return the first, last and the pages around this one, with their addresses."""
    here, last = found.query.page, found.pages
    shown = sorted({1, last, *(n for n in range(here - 2, here + 3) if 1 <= n <= last)})
    return [(n, replace(found.query, page=n).url(path)) for n in shown]
