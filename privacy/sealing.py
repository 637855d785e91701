"""Sealing the rows of a table that was plain: for migrations, which know no models."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql

from privacy import keys, writers
from privacy.opening import place

BATCH = 200  # rows in a transaction: a shop that goes on selling waits for none long

Row = Mapping[str, Any]


def seal_table(
    editor: BaseDatabaseSchemaEditor,
    *,
    table: str,
    columns: Sequence[str],
    others: Sequence[str],
    subject: Callable[[Row], str],
    name: Callable[[Row], str],
    subject_column: str = "",
) -> int:
    """Seal every row that has no key yet, batch by batch; return how many.

    `subject` and `name` read a row's person and lasting name from `columns` and
    `others`; `subject_column` is filled in with the person. Killed, it goes on from
    there when it is run again. What it leaves in the table's old pages goes with
    VACUUM FULL (docs/decisions/0015).
    """
    connection = editor.connection
    written = [*columns, subject_column] if subject_column else columns
    read = sql.SQL(
        "SELECT {} FROM {} WHERE key_id = '' AND ({}) LIMIT {} FOR UPDATE"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, ["id", *columns, *others])),
        sql.Identifier(table),
        sql.SQL(" OR ").join(
            sql.SQL("{} <> ''").format(sql.Identifier(column)) for column in columns
        ),
        BATCH,
    )
    write = sql.SQL("UPDATE {} SET key_id = %s, {} WHERE id = %s").format(
        sql.Identifier(table),
        sql.SQL(", ").join(
            sql.SQL("{} = %s").format(sql.Identifier(column)) for column in written
        ),
    )
    sealed = 0
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
        )
        if cursor.fetchone()[0]:
            keys.make_schema(settings.KEYS_DATABASE_URL)
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(read)
            names = [one.name for one in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            writers.hold({subject(row) for row in rows})
            known = keys.of_all({subject(row) for row in rows} - {""})
            for row in rows:
                person = subject(row)
                key = known[person] if person else keys.fresh()
                texts = [
                    key.seal(row[column], place(table, column, name(row)))
                    if row[column]
                    else ""
                    for column in columns
                ]
                texts += [person] if subject_column else []
                cursor.execute(write, [key.id, *texts, row["id"]])
        if not rows:
            return sealed
        sealed += len(rows)
