"""Queries that are put into words once a process and asked with other values each time.

Django takes a millisecond or two to turn one of these querysets into SQL, which is
longer than PostgreSQL takes to answer it.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Value = int | str
# Stand for the values while the SQL is made; no real value is like them.
_NUMBER, _TEXT = 1_987_654_300, "\uf8ff{}\uf8ff"


class Ready:
    """A queryset of named values, built by a function of some numbers and texts.

    The function may only pass its arguments on as values to be compared with: what
    it decides by them, or slices by them, would be decided once for all.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self.build = build
        self.sql = ""
        self.parameters: list[tuple[Any, int | None]] = []
        self.converters: list[tuple[int, Any, Any]] = []
        self.row: Any = None

    def ask(self, *values: Value) -> list[Any]:
        """Return the rows for these values, as named tuples."""
        if not self.sql:
            self._prepare(values)
        parameters = [
            kept if slot is None else type(kept)(values[slot])
            for kept, slot in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows = cursor.fetchall()
        if self.converters:
            rows = [self._converted(row) for row in rows]
        return list(map(self.row._make, rows))

    def first(self, *values: Value) -> Any:
        """Return the first row, or None."""
        return next(iter(self.ask(*values)), None)

    def _prepare(self, values: Sequence[Value]) -> None:
        stand_ins = [
            _TEXT.format(slot) if isinstance(value, str) else _NUMBER + slot
            for slot, value in enumerate(values)
        ]
        query = self.build(*stand_ins).query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        slots = {value: slot for slot, value in enumerate(stand_ins)}
        self.parameters = [
            (one, slots.get(one) if isinstance(one, int | str) else None)
            for one in parameters
        ]
        if {slot for _, slot in self.parameters} - {None} != set(slots.values()):
            raise ValueError("a value is not compared with anything as it is")
        chosen = [expression for expression, *_ in compiler.select]
        self.converters = [
            (place, converters, expression)
            for place, (converters, expression) in compiler.get_converters(
                chosen
            ).items()
        ]
        self.row = namedtuple("Row", list(query.selected or ()))  # type: ignore[misc]
        self.sql = sql  # last: another thread may look

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        result = list(row)
        for place, converters, expression in self.converters:
            for convert in converters:
                result[place] = convert(result[place], expression, connection)
        return result
