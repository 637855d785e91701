"""What the shop holds about people: every column of every model of ours, declared.

Each app declares beside its models, in `personal_data.py`, which is loaded when the
application starts. A column that nobody declared fails the build (promise P6), and
the "what we hold" tables of the policy are made from these declarations.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

OUR_APPS = ("privacy", "newsletter", "members", "clubs", "shop")


class DeclarationError(Exception):
    """A declaration names a column that does not exist, or says a thing twice."""


@dataclass(frozen=True)
class Held:
    """One column that says something about a person, and its fate."""

    model: str  # "shop.Order"
    field: str
    label: str  # what it is, in words a customer would use
    purpose: str  # a purpose of privacy.guard
    source: str  # who told us: "you", "the payment host", "our own record"
    retention: str  # when it goes, as a sentence fragment
    export: bool  # is it in the person's own copy?
    erase: str  # how it is erased: "delete", "blank", "keep: <reason in law>"


@dataclass(frozen=True)
class NotPersonal:
    """One column that says nothing about a person."""

    model: str
    field: str


_declared: dict[tuple[str, str], Held | NotPersonal] = {}


def _claim(model: type[models.Model], field: str) -> tuple[str, str]:
    label = model._meta.label
    columns = {column.name for column in _columns(model)}
    if field not in columns:
        raise DeclarationError(f"{label} has no column {field}")
    if (label, field) in _declared:
        raise DeclarationError(f"{label}.{field} is declared twice")
    return label, field


def hold(
    model: type[models.Model],
    field: str,
    *,
    purpose: str,
    source: str,
    retention: str,
    export: bool,
    erase: str,
    label: str = "",
) -> None:
    """Declare a personal column; raises DeclarationError when it is not a column."""
    key = _claim(model, field)
    words = label or str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
    _declared[key] = Held(
        model=key[0],
        field=field,
        label=words,
        purpose=purpose,
        source=source,
        retention=retention,
        export=export,
        erase=erase,
    )


def not_personal(model: type[models.Model], *fields: str) -> None:
    """Declare columns that say nothing about a person."""
    for field in fields:
        key = _claim(model, field)
        _declared[key] = NotPersonal(*key)


def held() -> list[Held]:
    """Return every declared personal column, in order of declaration."""
    return [item for item in _declared.values() if isinstance(item, Held)]


def undeclared() -> list[str]:
    """Return "app.Model.column" of every column of our apps that nobody declared."""
    missing = []
    for model in _our_models():
        for column in _columns(model):
            if (model._meta.label, column.name) not in _declared:
                missing.append(f"{model._meta.label}.{column.name}")
    return missing


def _our_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in OUR_APPS and not model._meta.proxy:
            yield model


def _columns(model: type[models.Model]) -> list[models.Field]:  # type: ignore[type-arg]
    return [field for field in model._meta.local_fields if field.concrete]
