"""How many records live under each version of the policy (P100)."""

from django.apps import apps
from django.core.cache import cache
from django.db import connection, models

from privacy import registry

KEY, SECONDS = "policy-records", 600


def under_versions() -> dict[int, int]:
    """Return the number of rows about people by version; counted every ten minutes.

    Rows that belong to another row, such as the lines of an order, count with it.
    """
    found: dict[int, int] | None = cache.get(KEY)
    if found is None:
        found = _count()
        cache.set(KEY, found, SECONDS)
    return found


def _count() -> dict[int, int]:
    parts = []
    for table, column in _tables():
        quote = connection.ops.quote_name
        parts.append(
            f"SELECT {quote(column)} AS version, count(*) AS number"  # noqa: S608
            f" FROM {quote(table)} GROUP BY 1"
        )
    union = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT version, sum(number) FROM ({union}) AS one GROUP BY 1"  # noqa: S608
        )
        return {int(version): int(number) for version, number in cursor.fetchall()}


def _tables() -> list[tuple[str, str]]:
    """Return the tables about people that carry a version of their own."""
    found: dict[tuple[str, str], None] = {}
    for item in registry.held():
        meta = apps.get_model(item.model)._meta
        if "__" in item.under:
            continue
        column = meta.get_field(item.under)
        if isinstance(column, models.IntegerField) and column.column:
            found[meta.db_table, column.column] = None
    return list(found)
