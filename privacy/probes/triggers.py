"""The database itself refuses to rewrite a ledger."""

from datetime import timedelta

from django.apps import apps
from django.db import connection

from privacy.models import LedgerEntry
from privacy.probes.registry import Outcome, Probe

# The bits of pg_trigger.tgtype (PostgreSQL, catalog/pg_trigger.h).
_BEFORE, _DELETE, _UPDATE, _TRUNCATE = 2, 8, 16, 32
_NEEDED = {"DELETE": _DELETE, "UPDATE": _UPDATE, "TRUNCATE": _TRUNCATE}
# Enabled ones that fire before the row changes and raise; 'D' is a disabled one.
_TRIGGERS = """
SELECT t.tgrelid::regclass::text, t.tgtype::int
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
  AND p.prosrc LIKE '%%RAISE EXCEPTION%%' AND t.tgrelid = ANY (
    SELECT c.oid FROM pg_class c WHERE c.relname = ANY (%s)
      AND c.relnamespace = current_schema()::regnamespace)
"""
# What jessops.lib.append_only made once names its table, whatever became of it.
_MADE = """
SELECT replace(proname, '_is_append_only', '') FROM pg_proc
WHERE proname LIKE '%%\\_is\\_append\\_only'
  AND pronamespace = current_schema()::regnamespace
"""


def ledgers() -> set[str]:
    """Return the tables of all append-only models of every app."""
    return {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, LedgerEntry)
    }


def run() -> Outcome:
    """Read the triggers of every ledger out of the database's own catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [])
        tables = sorted(ledgers() | {name for (name,) in cursor.fetchall()})
        refused = dict.fromkeys(tables, 0)
        cursor.execute(_TRIGGERS, [tables])
        for table, kind in cursor.fetchall():
            if kind & _BEFORE:
                refused[table.strip('"')] |= kind
    found = [
        f"{table}: nothing refuses {name}."
        for table, kinds in refused.items()
        for name, bit in _NEEDED.items()
        if not kinds & bit
    ]
    said = f"{len(tables)} ledgers refuse UPDATE, DELETE and TRUNCATE."
    return Outcome(not found, [f"table {table}" for table in tables], found or [said])


PROBE = Probe(
    name="ledgers",
    promises=("P51", "P52", "P57", "P68", "P99", "P100", "P102"),
    every=timedelta(minutes=10),
    words="Asks the database whether it still refuses to change or delete what"
    " people chose, what left the shop, and every other ledger.",
    run=run,
)
