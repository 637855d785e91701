"""After somebody was erased: is anything of them left anywhere? Counts, never values.

The search knows no table. It reads what the database, Valkey and the folders named in
CANARY_FOLDERS really hold, so that a table, a cache or a file that nobody declared is
found out (promise P96).
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from jessops.lib.hashing import normalised_email
from privacy import registry
from privacy.keys import KeyGone

# One statement a table, and a large table takes its time: nobody waits for it.
STATEMENT_LIMIT = "120s"
SHORTEST = 6  # letters: what is shorter stands everywhere
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_PLACE = re.compile(r"(.*?)(line1|postcode)$")


Words = tuple[str, ...]


@dataclass
class Values:
    """What a person's rows said before they went: to look for, never to keep."""

    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    telephones: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    postcodes: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> dict[str, list[Words]]:
        """What counts as found, by kind: all words of one of its tuples in one row.

        A name, a house and a telephone may each be somebody else's too: what tells a
        person is two of them together, or the e-mail address. What only one of them
        is found of is "shared": staff see it, and nobody is alarmed.
        """
        pairs = [
            (name, other)
            for name in self.names
            for other in (*self.telephones, *self.lines, *self.postcodes)
        ]
        return {
            "address": [(one,) for one in sorted(self.addresses)],
            "person": sorted(pairs),
            "shared": [
                *((one,) for one in sorted(self.telephones)),
                *sorted((a, b) for a in self.lines for b in self.postcodes),
            ],
        }

    @property
    def strong(self) -> list[Words]:
        return [*self.kinds["address"], *self.kinds["person"]]

    def __bool__(self) -> bool:
        return bool(self.addresses or self.names)


def read(rows: Iterable[Model], email: str) -> Values:
    """Return what some rows say of their person, by the names of declared columns."""
    found = Values()
    if email:
        found.addresses |= {email, normalised_email(email)}
    fields: dict[str, list[str]] = {}
    for item in registry.held():
        fields.setdefault(item.model, []).append(item.field)
    for row in rows:
        for name in fields.get(row._meta.label, []):
            # Restored from a backup, its key may be gone: nobody can read it any more.
            with contextlib.suppress(KeyGone):
                _sort(found, name, getattr(row, name, None))
    return found


def _sort(found: Values, name: str, value: object) -> None:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) < SHORTEST:
        return
    if name in ("email", "to", "new_email", "value") and _ADDRESS.fullmatch(text):
        found.addresses.add(text)
    elif name in ("full_name", "name") and " " in text:
        found.names.add(text)
    elif "telephone" in name:
        found.telephones.add(text)
    elif place := _PLACE.match(name):
        (found.lines if place[2] == "line1" else found.postcodes).add(text)


def look_in_database(values: Values) -> dict[str, dict[str, int]]:
    """Return how many rows of which table show what kind of thing; none is left out."""
    kinds = {kind: wanted for kind, wanted in values.kinds.items() if wanted}
    found: dict[str, dict[str, int]] = {}
    if not kinds:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [STATEMENT_LIMIT]
        )
        for table in connection.introspection.table_names(cursor):
            counts = dict(zip(kinds, _counts(cursor, table, kinds), strict=True))
            if any(counts.values()):
                found[table] = {kind: count for kind, count in counts.items() if count}
    return found


def _counts(cursor: Any, table: str, kinds: Mapping[str, list[Words]]) -> list[int]:
    """Count the rows of each kind by one walk through a table."""
    conditions = [
        " OR ".join(
            "(" + " AND ".join(["r.row ILIKE %s"] * len(words)) + ")" for words in many
        )
        for many in kinds.values()
    ]
    counts = ", ".join(f"count(*) FILTER (WHERE {one})" for one in conditions)
    name = connection.ops.quote_name(table)
    # The table's name is PostgreSQL's own word for it; the words are parameters.
    cursor.execute(
        f"SELECT {counts} FROM (SELECT t::text AS row FROM {name} AS t) AS r",  # noqa: S608
        [f"%{_like(word)}%" for many in kinds.values() for one in many for word in one],
    )
    return [int(count) for count in cursor.fetchone()]


def look_outside(values: Values) -> dict[str, int]:
    """Return how often something is found in Valkey and in the folders to look at."""
    found = {"valkey": sum(1 for text in _valkey() if hit(text, values))}
    for folder in settings.CANARY_FOLDERS:
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        found[folder] = sum(
            1 for path in files if hit(path.read_text(errors="replace"), values)
        )
    return {place: count for place, count in found.items() if count}


def hit(text: str, values: Values) -> bool:
    """Say whether a text tells of the person."""
    folded = text.casefold()
    return any(
        all(word.casefold() in folded for word in words) for words in values.strong
    )


def _valkey() -> Iterator[str]:
    """Yield every key of every database with what stands in it."""
    readers: Mapping[str, Any] = {
        "string": lambda client, key: client.get(key),
        "list": lambda client, key: client.lrange(key, 0, -1),
        "set": lambda client, key: client.smembers(key),
        "hash": lambda client, key: client.hgetall(key),
        "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
        "stream": lambda client, key: client.xrange(key),
    }
    cache = str(settings.CACHES["default"]["LOCATION"])
    places = {str(settings.CELERY_BROKER_URL), cache}
    for place in sorted(places):
        with redis.Redis.from_url(place, socket_timeout=5) as client:
            for key in client.scan_iter(count=500):
                kind = client.type(key).decode()
                value = readers[kind](client, key) if kind in readers else ""
                # Bytes' own spelling hides nothing that is plain ASCII.
                yield f"{key!r} {value!r}"


def _like(word: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", word)
