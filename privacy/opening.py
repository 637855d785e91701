"""Opening sealed rows: all that a thread has at hand by one question for keys."""

import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from privacy import keys
from privacy.keys import KeyGone, SealBroken
from privacy.sealed_queries import Sealed

if TYPE_CHECKING:
    from privacy.sealed import SealedModel, SealedText

AT_HAND = 1000  # rows that one question to the key store opens at most


def place(table: str, column: str, name: str) -> bytes:
    """Return what a text is bound to: its table, column and row."""
    return "\0".join([table, column, name]).encode()


_threads = threading.local()


def at_hand() -> WeakValueDictionary[int, "SealedModel"]:
    """Return this thread's rows that were read and not opened, by identity."""
    if not hasattr(_threads, "rows"):
        _threads.rows = WeakValueDictionary()
    rows: WeakValueDictionary[int, SealedModel] = _threads.rows
    return rows


def open_row(row: "SealedModel", field: "SealedText") -> None:
    """Open a row, and with it the others at hand; raises KeyGone and SealBroken."""
    waiting = at_hand()
    others = [other for other in list(waiting.values())[-AT_HAND:] if other is not row]
    for done in (row, *others):
        waiting.pop(id(done), None)
    _open_rows([row, *others])
    if isinstance(row.__dict__[field.attname], Sealed):
        _open_anew(row, field)


def _open_rows(rows: "list[SealedModel]") -> None:
    shut = [
        (row, name, field, value)
        for row in rows
        for name, field in row.seals().items()
        if isinstance(value := row.__dict__.get(name), Sealed)
    ]
    named = {id(value): _named(value) for _, _, _, value in shut}
    found = keys.get(set(filter(None, named.values())))
    for row, name, field, value in shut:
        key = found.get(named[id(value)])
        if key is None:
            continue
        try:
            text = key.open(value.text, place_of(row, field))
        except SealBroken:
            continue  # said when this very column is read
        row.__dict__[name] = field.value_of(text)


def _open_anew(row: "SealedModel", field: "SealedText") -> None:
    """Open what did not open: a rotation may have moved the row since it was read."""
    name, old = field.attname, row.__dict__[field.attname]
    stored = type(row)._base_manager.filter(pk=row.pk).values_list(name, flat=True)
    found = stored.first()
    value = old if found is None else found
    if isinstance(value, Sealed):
        key = keys.get([keys.named_in(value.text)]).get(value.key_id)
        if key is None:
            raise KeyGone(f"{row} {name}")
        value = field.value_of(key.open(value.text, place_of(row, field)))
    row.__dict__[name] = value


def _named(value: Sealed) -> str:
    try:
        return value.key_id
    except SealBroken:
        return ""


def place_of(row: "SealedModel", field: "SealedText") -> bytes:
    return place(row._meta.db_table, str(field.column), row.sealed_name())
