"""What somebody's role needs not see is not in the page (P88, R47).

The staff site tells with each request which personal columns its reader may see
(jessops.matrix). Whatever is not told is hidden: in lists, pages, filters, searches
and what an address of a list may ask for.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

from privacy import registry

SEEN = "columns_seen"  # on the request: a function that says what its reader may see
# A keyed hash is compared as a whole: nobody is found by it but by a whole address.
KEYED = ("=subject", "=email_hash")


def personal() -> set[str]:
    """Return every personal column, such as "shop.Order.full_name"."""
    return {f"{item.model}.{item.field}" for item in registry.held()}


def seen(request: HttpRequest) -> frozenset[str]:
    """Return the personal columns that whoever asks may see; none if nobody said."""
    found: frozenset[str] = getattr(request, SEEN, frozenset)()
    return found


def hidden(request: HttpRequest, columns: Iterable[str]) -> set[str]:
    """Return which of some columns are personal and not for whoever asks."""
    return (personal() & set(columns)) - seen(request)


def need(request: HttpRequest, columns: Iterable[str]) -> None:
    """Let nobody on who may not see all of a page. Raises PermissionDenied."""
    if hidden(request, columns):
        raise PermissionDenied("not needed for this role")


class MaskedRow:
    """A row for a template of our own: what its reader may not see is empty."""

    def __init__(self, request: HttpRequest, row: Model) -> None:
        label = row._meta.label
        names = {f"{label}.{field.name}" for field in row._meta.concrete_fields}
        self._row = row
        self._hidden = {name.rpartition(".")[2] for name in hidden(request, names)}

    def __getattr__(self, name: str) -> Any:
        return "" if name in self._hidden else getattr(self._row, name)


def columns_of(model: type[Model], lookup: str) -> set[str]:
    """Return the columns that a name of Django's admin reads: "=order__full_name"."""
    found: set[str] = set()
    at: Any = model
    for part in lookup.lstrip("^=@").split(LOOKUP_SEP):
        try:
            field = at._meta.get_field(at._meta.pk.name if part == "pk" else part)
        except FieldDoesNotExist:
            break  # a kind of comparison, or a column that the screen works out
        found.add(f"{at._meta.label}.{field.name}")
        if not field.is_relation:
            break
        at = field.related_model
    return found


class _Fields(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """A page, or a table within one, without the columns that are not needed."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        def kept(fields: Iterable[Any]) -> list[Any]:
            rows = (
                kept(one) if isinstance(one, list | tuple) else one for one in fields
            )
            return [one for one in rows if one and not self.hides(request, one)]

        return [
            (name, {**options, "fields": kept(options["fields"])})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def hides(self, request: HttpRequest, name: Any) -> bool:
        if not isinstance(name, str):
            return False
        return bool(hidden(request, columns_of(self.model, name)))


class _Screens(_Fields, admin.ModelAdmin):  # type: ignore[type-arg]
    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [_masked(one, _Fields) for one in super().get_inlines(request, obj)]

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return [one for one in shown if not self.hides(request, one)]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [
            one
            for one in super().get_list_filter(request)
            if not self.hides(request, one[0] if isinstance(one, tuple) else one)
        ]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [
            one
            for one in super().get_search_fields(request)
            if one in KEYED or not self.hides(request, one)
        ]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let no address of a list ask for people: Django takes ?email__contains=a."""
        if personal() & columns_of(self.model, lookup):
            name, _, how = lookup.partition(LOOKUP_SEP)
            if name not in self.get_list_filter(request) or how not in ("", "exact"):
                return False
        return super().lookup_allowed(lookup, value, request)


def masked(screen: Any) -> type[Any]:
    """Return a screen of staff that hides what its reader's role does not need."""
    found: type[Any] = _masked(screen, _Screens)
    return found


@cache
def _masked(own: Any, how: Any) -> Any:
    # Before the screen's own class, so that nothing which that one adds gets past.
    names = {"__module__": own.__module__, "__qualname__": own.__qualname__}
    return type(own)(own.__name__, (how, own), names)
