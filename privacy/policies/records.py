"""How many records live under each version of the policy (P100)."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError, connection, models
from redis.exceptions import RedisError

from privacy import policies, registry

log = logging.getLogger(__name__)

KEY, SECONDS = "policy-records", 600
AGAIN_AFTER = 60  # seconds, when the database could not count them in time


@dataclass(frozen=True)
class _Table:
    name: str
    column: str
    is_moment: bool  # the column says when, and the time line under which version


def under_versions() -> dict[int, int] | None:
    """Return the number of rows about people by version; counted every ten minutes.

    Rows that belong to another row, such as the lines of an order, count with it. None
    when they cannot be counted now: no page fails for that.
    """
    try:
        found: dict[int, int] | None = cache.get(KEY)
        if found is None:
            try:
                found = _count()
            except DatabaseError as error:
                log.warning(
                    "records not counted", extra={"reason": type(error).__name__}
                )
                found = {}
            cache.set(KEY, found, SECONDS if found else AGAIN_AFTER)
    except RedisError as error:
        # Without the cache each look would count all rows: then none does.
        log.info("records not counted", extra={"reason": type(error).__name__})
        return None
    return found or None


def _count() -> dict[int, int]:
    parts: list[str] = []
    values: list[int | datetime] = []
    for table in _tables():
        version = quoted = connection.ops.quote_name(table.column)
        if table.is_moment:
            version = "CASE"
            for one in reversed(policies.timeline()):
                version += f" WHEN {quoted} >= %s THEN %s"
                values += [one.in_force_from, one.number]
            version += " ELSE 1 END"
        name = connection.ops.quote_name(table.name)
        of_one = f"SELECT {version} AS version, count(*) AS n FROM {name}"  # noqa: S608
        parts.append(f"{of_one} GROUP BY 1")
    every = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT version, sum(n) FROM ({every}) AS one GROUP BY 1",  # noqa: S608
            values,
        )
        counted = {int(version): int(number) for version, number in cursor.fetchall()}
    return {one.number: 0 for one in policies.timeline()} | counted


def _tables() -> list[_Table]:
    """Return the tables about people whose rows tell a version of their own."""
    found: dict[_Table, None] = {}
    for item in registry.held():
        meta = apps.get_model(item.model)._meta
        if "__" in item.under:
            continue
        column = meta.get_field(item.under)
        is_moment = isinstance(column, models.DateTimeField)
        found[_Table(meta.db_table, item.under, is_moment)] = None
    return list(found)
