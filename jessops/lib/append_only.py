"""Ledgers that the database itself keeps whole (house rule 19)."""

from django.db.migrations import RunSQL


def append_only(table: str) -> RunSQL:
    """Return a migration step: UPDATE, DELETE and TRUNCATE on `table` raise."""
    return RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only'
                USING ERRCODE = 'restrict_violation';
        END $$ LANGUAGE plpgsql;
        CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
        CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only();
        """,
        reverse_sql=f"""
        DROP TRIGGER {table}_all ON {table};
        DROP TRIGGER {table}_rows ON {table};
        DROP FUNCTION {table}_is_append_only();
        """,
    )
