"""What the shop holds about people: every column of every model of ours, declared.

Each app declares beside its models, in `personal_data.py`, which is loaded when the
application starts; what its forms ask is declared in `collection_points.py`. A column
or a form field that nobody declared fails the build (promises P6, P12, P67), and the
pages and records of what is held are made from these declarations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import models

from privacy import policies
from privacy.collected import asks, collected, collects, entitle
from privacy.retention import AsLongAs, Clock, Kept

__all__ = [
    "ADDRESS_LIST",
    "OUR_RECORD",
    "PAYMENT_HOST",
    "SOURCES",
    "YOU",
    "YOUR_CLUB",
    "DeclarationError",
    "Held",
    "asks",
    "collected",
    "collects",
    "describe",
    "entitle",
    "everything",
    "held",
    "hold",
    "not_personal",
    "says_nothing",
    "section",
    "undeclared",
    "version_of",
]

OUR_APPS = ("privacy", "newsletter", "members", "clubs", "shop")
# Apps of others with tables about our people: declared by members, column by column.
THEIR_APPS = ("admin", "mfa", "account")

# Who told us (P92), and the connector that it came through; "" where none did.
YOU = "you"
ADDRESS_LIST = "the address list (AFD)"
PAYMENT_HOST = "the payment host"
OUR_RECORD = "our own record"
YOUR_CLUB = "your camera club"
SOURCES = {
    YOU: "",
    ADDRESS_LIST: "addresses",
    PAYMENT_HOST: "bank",
    OUR_RECORD: "",
    YOUR_CLUB: "",
}


class DeclarationError(Exception):
    """A declaration names what does not exist, says a thing twice or not at all."""


@dataclass(frozen=True)
class Held:
    """One column that says something about a person, and its fate."""

    model: str  # "shop.Order"
    field: str
    label: str  # what it is, in words a customer would use
    purpose: str  # a purpose of privacy.guard
    also: tuple[str, ...]  # secondary purposes, each with a choice of its own
    sources: tuple[str, ...]  # who told us, of SOURCES
    under: str  # the column that says under which policy version it was collected
    kept: tuple[Kept, ...]  # what lets it go: whichever comes first
    export: bool  # is it in the person's own copy?
    erase: str  # how it is erased: "delete", "blank", "keep: <reason in law>"
    # it says something through the row that it belongs to, such as what was bought
    tied: bool

    @property
    def source(self) -> str:
        return " or ".join(self.sources)

    @property
    def retention(self) -> str:
        """When it goes, in the words of its clocks."""
        return "; ".join(one.words for one in self.kept)


@dataclass(frozen=True)
class NotPersonal:
    """One column that says nothing about a person."""

    model: str
    field: str


@dataclass(frozen=True)
class Section:
    """One table as people know it: "Your order", of people who order."""

    model: str
    title: str
    people: str


_declared: dict[tuple[str, str], Held | NotPersonal] = {}
_sections: dict[str, Section] = {}


def hold(
    model: type[models.Model],
    field: str,
    *,
    purpose: str,
    source: str | Sequence[str],
    under: str,
    retention: Kept | Sequence[Kept],
    export: bool,
    erase: str,
    label: str = "",
    also: Sequence[str] = (),
    tied: bool = False,
) -> None:
    """Declare a personal column; raises DeclarationError on what is not so.

    `under` is the column of the same model that holds the policy version, or a moment,
    which tells the version that was in force then; "order__policy_version" goes by the
    row that this one belongs to. `retention` takes clocks and AsLongAs, never words.
    """
    key = _claim(model, field)
    sources = (source,) if isinstance(source, str) else tuple(source)
    unknown = set(sources) - set(SOURCES)
    if unknown or not sources:
        raise DeclarationError(f"{key[0]}.{field}: no such source: {sorted(unknown)}")
    kept = (retention,) if isinstance(retention, Clock | AsLongAs) else tuple(retention)
    if not kept or not all(isinstance(one, Clock | AsLongAs) for one in kept):
        raise DeclarationError(f"{key[0]}.{field}: nothing says when it goes")
    if not carries_version(model, under):
        raise DeclarationError(f"{key[0]}.{under} does not tell the policy version")
    _declared[key] = Held(
        model=key[0],
        field=field,
        label=label or str(model._meta.get_field(field).verbose_name),  # type: ignore[union-attr]
        purpose=purpose,
        also=tuple(also),
        sources=sources,
        under=under,
        kept=kept,
        export=export,
        erase=erase,
        tied=tied,
    )


def not_personal(model: type[models.Model], *fields: str) -> None:
    """Declare columns that say nothing about a person."""
    for field in fields:
        key = _claim(model, field)
        _declared[key] = NotPersonal(*key)


def describe(model: type[models.Model], *, title: str, people: str) -> None:
    """Name a table for people, and say whom its rows are about."""
    label = model._meta.label
    _sections[label] = Section(label, title, people)


def section(model: str) -> Section:
    return _sections[model]


def held() -> list[Held]:
    """Return every column that is personal by itself, in order of declaration."""
    return [item for item in everything() if not item.tied]


def everything() -> list[Held]:
    """Return what held() does, and what belongs to a person by way of its row."""
    return [item for item in _declared.values() if isinstance(item, Held)]


def says_nothing(model: type[models.Model], field: str) -> bool:
    """Say whether a column is declared not to be personal."""
    return isinstance(_declared.get((model._meta.label, field)), NotPersonal)


def undeclared() -> list[str]:
    """Return "app.Model.column" of every column of our apps that nobody declared."""
    missing = []
    for model in _our_models():
        for column in _columns(model):
            if (model._meta.label, column.name) not in _declared:
                missing.append(f"{model._meta.label}.{column.name}")
    return missing


def carries_version(model: type[models.Model], under: str) -> bool:
    """Say whether that column tells of each row which policy version it came under."""
    *way, last = under.split("__")
    for step in way:
        known = {column.name: column for column in _columns(model)}
        found = known.get(step)
        if not isinstance(found, models.ForeignKey) or found.null:
            return False
        model = found.related_model
    column = {column.name: column for column in _columns(model)}.get(last)
    is_version = isinstance(column, models.IntegerField) and "version" in last
    moment = isinstance(column, models.DateTimeField)
    return column is not None and not column.null and (is_version or moment)


def version_of(row: models.Model) -> int:
    """Return the policy version under which a row was collected (R25)."""
    label = row._meta.label
    under = next(item.under for item in everything() if item.model == label)
    value: object = row
    for step in under.split("__"):
        value = getattr(value, step)
    if isinstance(value, datetime):
        return policies.current_version(at=value)
    assert isinstance(value, int)  # noqa: S101  carries_version has seen to it
    return value


def _claim(model: type[models.Model], field: str) -> tuple[str, str]:
    label = model._meta.label
    columns = {column.name for column in _columns(model)}
    if field not in columns:
        raise DeclarationError(f"{label} has no column {field}")
    if (label, field) in _declared:
        raise DeclarationError(f"{label}.{field} is declared twice")
    return label, field


def _our_models() -> Iterator[type[models.Model]]:
    known = (*OUR_APPS, *THEIR_APPS)
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in known and not model._meta.proxy:
            yield model


def _columns(model: type[models.Model]) -> list[models.Field]:  # type: ignore[type-arg]
    return [field for field in model._meta.local_fields if field.concrete]
