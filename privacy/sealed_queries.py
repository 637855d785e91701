"""What a query may not do with a sealed column: hand it out, or go by it."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.core.exceptions import FieldError
from django.db import models, transaction
from django.db.models.expressions import BaseExpression, F
from django.db.models.lookups import Exact

from privacy import keys, writers

_Row = TypeVar("_Row", bound=models.Model)


class Sealed:
    """What the database holds of a sealed column; only its row can open it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def key_id(self) -> str:
        return keys.named_in(self.text)

    def _refuse(self, *_: object) -> Any:
        raise FieldError("a sealed column is read through its row, not out of a query")

    __str__ = __eq__ = __lt__ = __gt__ = __len__ = __iter__ = __contains__ = _refuse
    __format__ = __add__ = _refuse
    __hash__ = object.__hash__


class IsBlank(Exact):
    """The one thing that can be asked of ciphertext: whether there is any."""

    def get_prep_lookup(self) -> Any:
        if self.rhs not in ("", {}):
            column = self.lhs.output_field
            raise FieldError(f"{column} is sealed: it can be compared with blank only")
        return ""


class SealedQuerySet(models.QuerySet[_Row]):
    """Refuses to take a sealed column out of a query, or to go by one."""

    def _refuse(self, names: Iterable[Any]) -> None:
        for name in names:
            if isinstance(name, BaseExpression):
                self._refuse(part for part in name.flatten() if isinstance(part, F))
                continue
            text = getattr(name, "name", name)
            if not isinstance(text, str):
                continue
            parts = text.lstrip("-+").split("__")
            try:
                field = self.query.names_to_path(parts, self.model._meta)[1]
            except FieldError:
                continue  # no column of ours; Django says so where it matters
            if getattr(field, "is_sealed", False):
                raise FieldError(
                    f"{field} is sealed: it cannot be asked for by a query"
                )

    def _values(self, *fields: Any, **expressions: Any) -> Any:
        names = fields or [field.name for field in self.model._meta.concrete_fields]
        self._refuse([*names, *expressions.values()])
        return super()._values(*fields, **expressions)  # type: ignore[misc]

    def order_by(self, *field_names: Any) -> Self:
        self._refuse(field_names)
        return super().order_by(*field_names)

    def _annotate(self, args: Any, kwargs: Any, select: bool = True) -> Any:
        self._refuse([*args, *kwargs.values()])
        return super()._annotate(args, kwargs, select=select)  # type: ignore[misc]

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._refuse([*args, *kwargs.values()])
        return super().aggregate(*args, **kwargs)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        people = {row.sealed_for() for row in rows if any(row.texts())} - {""}
        try:
            with transaction.atomic(savepoint=False):
                writers.hold(people)
                known = keys.of_all(people)
                for row in rows:
                    if row.sealed_for() in known and any(row.texts()):
                        row.take_key(known[row.sealed_for()])
                return super().bulk_create(rows, *args, **kwargs)
        finally:
            for row in rows:
                row.let_key_go()

    def bulk_update(self, objs: Any, fields: Any, batch_size: Any = None) -> int:
        for name in fields:
            if getattr(self.model._meta.get_field(name), "is_sealed", False):
                raise FieldError(f"{name} is sealed: save() row by row")
        return super().bulk_update(objs, fields, batch_size)
