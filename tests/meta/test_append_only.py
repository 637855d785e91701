"""No ledger can be rewritten: tried on every one, by raw SQL and through the ORM.

The ledgers are found by walking the models, so that a new one is tried from its first
day. A row is put into each, and then somebody does what must not be done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from privacy.models import LedgerEntry, LedgerError

pytestmark = pytest.mark.django_db

# What a model says of itself when it is a ledger without being a LedgerEntry.
SAYS_SO = re.compile(r"append-only", re.IGNORECASE)


def ledgers() -> list[type[models.Model]]:
    """Every append-only model of every app: by its class, its words or its trigger."""
    guarded = guarded_tables()
    return sorted(
        (
            model
            for model in apps.get_models()
            if issubclass(model, LedgerEntry)
            or SAYS_SO.search(model.__doc__ or "")
            or model._meta.db_table in guarded
        ),
        key=lambda model: model._meta.label,
    )


def guarded_tables() -> set[str]:
    """The tables with a trigger of jessops.lib.append_only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname LIKE '%%_is_append_only' AND NOT t.tgisinternal"
        )
        return {name for (name,) in cursor.fetchall()}


# --- a row in each --------------------------------------------------------------------
# Where a column's own type does not say what it takes.
SPECIAL: dict[str, Any] = {
    "subject": "0" * 64,
    "sha256": "0" * 64,
    "basis": "court-order",
    "answer": "no",
    "kind": "editorial",
    "sealed_until": None,
    "sealed_why": "",
}


def fill(field: models.Field[Any, Any]) -> Any:
    """Return something that a column takes."""
    if field.name in SPECIAL:
        value = SPECIAL[field.name]
        return value[: field.max_length] if isinstance(value, str) else value
    if field.has_default():
        return field.get_default()
    if field.choices:
        return next(iter(field.choices))[0]
    if field.null:
        return None
    if isinstance(field, models.ForeignKey):
        return 1  # a replica's session does not look whether it is there
    kinds: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (ArrayField, ["x"]),
        (models.BooleanField, False),
        (models.JSONField, {}),
        (models.DateTimeField, timezone.now()),
        (models.DateField, timezone.now().date() + timedelta(days=400)),
        (models.FloatField, 1.0),
        (models.IntegerField, 999),
        (models.CharField, "x"),
        (models.TextField, "x"),
    ]
    return next(value for kind, value in kinds if isinstance(field, kind))


def put(model: type[models.Model]) -> models.Model:
    """Put one row into a table, past its other rules: this is about one of them."""
    row = model()
    for field in model._meta.local_concrete_fields:
        if not isinstance(field, models.AutoField):
            setattr(row, field.attname, fill(field))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        models.Model.save_base(row, force_insert=True)
        cursor.execute("SET LOCAL session_replication_role = origin")
    return row


def snapshot(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")  # noqa: S608
        return list(cursor.fetchall())


# --- what somebody might do -----------------------------------------------------------
def attempts(row: models.Model) -> Iterator[tuple[str, Any]]:
    """Yield every way to rewrite a ledger, by name."""
    model = type(row)
    manager = model._default_manager
    table = model._meta.db_table
    key = model._meta.pk.column
    columns = [
        field for field in model._meta.local_concrete_fields if not field.primary_key
    ]
    for field in columns:
        sql = f'UPDATE {table} SET "{field.column}" = "{field.column}"'  # noqa: S608
        yield f"UPDATE of {field.column}", lambda sql=sql: run(sql)
    yield "UPDATE of the key", lambda: run(f'UPDATE {table} SET "{key}" = "{key}"')  # noqa: S608
    yield "DELETE", lambda: run(f"DELETE FROM {table}")  # noqa: S608
    yield "TRUNCATE", lambda: run(f"TRUNCATE {table}")
    yield "TRUNCATE ... CASCADE", lambda: run(f"TRUNCATE {table} CASCADE")
    upsert = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT"  # noqa: S608
    yield (
        "INSERT ... DO UPDATE",
        lambda: run(f'{upsert} ("{key}") DO UPDATE SET "{key}" = EXCLUDED."{key}"'),
    )
    merge = f'MERGE INTO {table} a USING {table} b ON a."{key}" = b."{key}"'
    yield "MERGE", lambda: run(f"{merge} WHEN MATCHED THEN DELETE")
    yield "row.save()", lambda: manager.get(pk=row.pk).save()
    yield "row.delete()", lambda: manager.get(pk=row.pk).delete()
    yield (
        "save_base()",
        lambda: models.Model.save_base(manager.get(pk=row.pk), force_update=True),
    )
    yield "rows.delete()", lambda: manager.all().delete()
    yield "rows._raw_delete()", lambda: manager.all()._raw_delete("default")
    first = columns[0].attname
    yield "rows.update()", lambda: manager.update(**{first: getattr(row, first)})
    yield (
        "bulk_update()",
        lambda: manager.bulk_update([manager.get(pk=row.pk)], [columns[0].name]),
    )


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def let_through(model: type[models.Model]) -> list[str]:
    """Return by what the ledger could be rewritten: nothing, if it is one."""
    row = put(model)
    before = snapshot(model._meta.db_table)
    found = []
    for name, attempt in attempts(row):
        try:
            with transaction.atomic():
                attempt()
                found.append(name)
                raise Undone
        except (DatabaseError, LedgerError, Undone):
            pass
    assert snapshot(model._meta.db_table) == before
    return found


class Undone(Exception):
    """It went through; take it back and go on."""


# A receipt is written before the call, and once takes how the call ended.
ALLOWED = {
    "privacy.Receipt": {
        "UPDATE of outcome",
        # the same row again is no change; what changes more than the outcome is refused
        *(
            f"UPDATE of {name}"
            for name in (
                "connector recipient purpose field_names reason about at policy_version"
            ).split()
        ),
        "UPDATE of the key",
        "INSERT ... DO UPDATE",
        "save_base()",
        "rows.update()",
        "bulk_update()",
    },
}


def test_the_walk_finds_the_ledgers() -> None:
    labels = {model._meta.label for model in ledgers()}
    assert labels >= {
        "privacy.Choice",
        "privacy.Receipt",
        "privacy.Wording",
        "privacy.LegalDisclosure",
        "privacy.DisclosureApproval",
        "privacy.DisclosureEvent",
        "privacy.Transition",
        "privacy.TransitionEvent",
        "privacy.TransitionSighting",
        "privacy.PolicyVersion",
        "privacy.RetentionRun",
        "privacy.Attestation",
        "privacy.Certificate",
        "privacy.ClauseChange",
        "shop.StockMovement",
        "shop.OrderEvent",
    }


def test_no_ledger_can_be_rewritten_by_anybody() -> None:
    found = {
        model._meta.label: set(let_through(model))
        - ALLOWED.get(model._meta.label, set())
        for model in ledgers()
    }
    assert {label: ways for label, ways in found.items() if ways} == {}


def test_a_receipt_takes_its_outcome_once_and_nothing_else_ever() -> None:
    model = apps.get_model("privacy", "Receipt")
    row = put(model)
    for column in ("recipient", "reason", "about", "connector", "purpose"):
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.filter(pk=row.pk).update(**{column: "changed"})
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.filter(pk=row.pk).update(
                **{column: "changed", "outcome": "200"}
            )
    assert model._default_manager.filter(pk=row.pk).update(outcome="200") == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(outcome="404")


def test_even_the_triggers_stand_for_whoever_owns_no_table() -> None:
    """A session that is no superuser's cannot step round them as a replica."""
    run("CREATE ROLE clerk_of_the_test")
    run("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk_of_the_test")
    put(apps.get_model("privacy", "Choice"))
    for sql in (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE privacy_choice DISABLE TRIGGER ALL",
        "DROP TRIGGER privacy_choice_rows ON privacy_choice",
        "UPDATE privacy_choice SET answer = 'yes'",
        "DELETE FROM privacy_choice",
        "TRUNCATE privacy_choice",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            run(f"SET LOCAL ROLE clerk_of_the_test; {sql}")


# --- the control ----------------------------------------------------------------------
@pytest.fixture
def planted() -> Iterator[type[models.Model]]:
    """A ledger whose migration forgot the trigger."""

    class Planted(LedgerEntry):
        words = models.CharField(max_length=20)

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return f"planted {self.pk}"

    with connection.schema_editor() as editor:
        editor.create_model(Planted)
    yield Planted
    del apps.all_models["privacy"]["planted"]
    apps.clear_cache()


def test_a_ledger_without_its_trigger_is_found(planted: type[models.Model]) -> None:
    assert planted in ledgers()
    ways = let_through(planted)
    # Python refuses by itself, and only by the front door
    assert "row.save()" not in ways
    assert "row.delete()" not in ways
    assert {"UPDATE of words", "DELETE", "TRUNCATE", "MERGE", "rows.update()"} <= set(
        ways
    )


@pytest.mark.parametrize("kind", ["rows", "all"])
def test_a_trigger_taken_away_is_found(kind: str) -> None:
    model = apps.get_model("privacy", "RetentionRun")
    assert let_through(model) == []
    run(f"DROP TRIGGER privacy_retentionrun_{kind} ON privacy_retentionrun")
    assert ("DELETE" if kind == "rows" else "TRUNCATE") in let_through(model)


def test_the_rows_put_in_are_real(planted: type[models.Model]) -> None:
    for model in ledgers():
        row = put(model)
        assert model._default_manager.filter(pk=row.pk).exists()
        assert isinstance(row.pk, int | str)
        assert not isinstance(row.pk, date | datetime)
