"""Every legal move of what has a state, as data: the one source (R6).

`migrate` gives the database a trigger for each noun that refuses all other moves, and
docs/states.md is written from the same table. A move is one action, named beside it.
"""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

Moves = dict[tuple[str, str], str]

#: noun -> (table, column)
TABLES = {
    "order": ("shop_order", "status"),
    "payment": ("shop_payment", "status"),
    "consignment": ("shop_consignment", "state"),
    "capture": ("shop_capture", "state"),
    "refund": ("shop_refund", "state"),
    "return": ("shop_return", "state"),
    "amendment": ("shop_amendment", "state"),
}

#: noun -> (from, to) -> the action of shop.actions that makes the move
MOVES: dict[str, Moves] = {
    "order": {
        ("draft", "pending"): "orders.place",
        ("lapsed", "pending"): "orders.place",
        ("pending", "authorised"): "payments.settle",
        ("lapsed", "authorised"): "payments.settle",
        ("pending", "lapsed"): "payments.settle",
        ("pending", "cancelled"): "payments.settle",
        ("lapsed", "cancelled"): "payments.settle",
        ("authorised", "cancelled"): "cancelling.cancel",
    },
    "payment": {
        ("creating", "open"): "payments.open_session",
        ("creating", "expired"): "payments.settle",
        ("creating", "authorised"): "payments.settle",
        ("creating", "captured"): "payments.settle",
        ("creating", "voiding"): "payments.settle",
        ("creating", "void"): "payments.settle",
        ("creating", "refused"): "payments.settle",
        ("open", "expired"): "payments.settle",
        ("open", "authorised"): "payments.settle",
        ("open", "captured"): "payments.settle",
        ("open", "voiding"): "payments.settle",
        ("open", "void"): "payments.settle",
        ("open", "refused"): "payments.settle",
        ("expired", "authorised"): "payments.settle",
        ("expired", "captured"): "payments.settle",
        ("expired", "voiding"): "payments.settle",
        ("expired", "refused"): "payments.settle",
        ("authorised", "captured"): "captures.take",
        ("authorised", "voiding"): "cancelling.cancel",
        ("authorised", "void"): "payments.settle",
        ("voiding", "void"): "payments.settle",
        ("voiding", "refused"): "payments.settle",
    },
    "consignment": {
        ("draft", "packed"): "dispatch.pack",
        ("packed", "draft"): "dispatch.unpack",
        ("packed", "booked"): "dispatch.book",
        ("booked", "packed"): "dispatch.unbook",
        ("packed", "ready"): "dispatch.ready",
        ("booked", "handed-over"): "dispatch.hand_over",
        ("ready", "delivered"): "dispatch.collect",
        ("handed-over", "delivered"): "tracking.take",
        ("handed-over", "lost"): "dispatch.lose",
        ("handed-over", "returned"): "dispatch.came_back",
        ("draft", "cancelled"): "dispatch.cancel",
        ("packed", "cancelled"): "dispatch.cancel",
        ("booked", "cancelled"): "dispatch.cancel",
        ("ready", "cancelled"): "dispatch.cancel",
    },
    "capture": {
        ("asked", "done"): "captures.take",
        ("asked", "failed"): "captures.take",
        ("failed", "asked"): "captures.again",
    },
    "refund": {
        ("waiting", "asked"): "refunds.approve",
        ("waiting", "refused"): "refunds.refuse",
        ("asked", "sent"): "refunds.send",
        ("asked", "done"): "refunds.send",
        ("asked", "failed"): "refunds.send",
        ("sent", "done"): "refunds.settle",
        ("sent", "failed"): "refunds.settle",
        ("done", "failed"): "refunds.settle",
        ("failed", "asked"): "refunds.again",
    },
    "return": {
        ("asked", "received"): "returns.receive",
        ("asked", "withdrawn"): "returns.withdraw",
        ("asked", "settled"): "returns.settle",
        ("received", "settled"): "returns.settle",
        ("received", "refused"): "returns.refuse",
        # The second person did not agree to its refund.
        ("settled", "received"): "refunds.refuse",
        ("settled", "asked"): "refunds.refuse",
    },
    "amendment": {
        ("offered", "applied"): "payments.settle",
        ("offered", "withdrawn"): "amending.withdraw",
        ("offered", "lapsed"): "amending.lapse",
    },
}


def function_of(noun: str) -> str:
    return f"shop_{noun}_moves"


def body(noun: str) -> str:
    """Return the trigger's function, without its frame: what the database keeps."""
    table, column = TABLES[noun]
    legal = ",\n        ".join(f"('{a}', '{b}')" for a, b in sorted(MOVES[noun]))
    return f"""
BEGIN
    IF (OLD.{column}, NEW.{column}) NOT IN (
        {legal}
    ) THEN
        RAISE EXCEPTION '{table} does not go from % to %', OLD.{column}, NEW.{column}
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END """


def sql(noun: str) -> str:
    """Return what gives the database the moves of a noun."""
    table, column = TABLES[noun]
    name = function_of(noun)
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $moves${body(noun)}$moves$
LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {column} ON {table}
    FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})
    EXECUTE FUNCTION {name}();
"""


def page() -> str:
    """Return docs/states.md: the table for people."""
    lines = [
        "# States and their moves",
        "",
        "Made from shop/states.py by `python -m shop.states`; a test compares the two.",
        "Every move is one action of shop/actions; the database refuses all others.",
    ]
    for noun, moves in MOVES.items():
        lines += ["", f"## {noun.capitalize()}", ""]
        lines += ["| from | to | action |", "|---|---|---|"]
        lines += [f"| {a} | {b} | `{act}` |" for (a, b), act in moves.items()]
    return "\n".join(lines) + "\n"


def give(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Bring the database's moves to this table; does nothing where they agree."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'shop%'")
        standing = dict(cursor.fetchall())
        for noun, (table, column) in TABLES.items():
            if standing.get(function_of(noun)) == body(noun):
                continue
            cursor.execute(
                "SELECT 1 FROM information_schema.columns"
                " WHERE table_name = %s AND column_name = %s",
                [table, column],
            )
            if cursor.fetchone():  # an older schema has not got it yet
                cursor.execute(sql(noun))


def connect(sender: AppConfig) -> None:
    """Have every `migrate` of the shop give the database its moves."""
    post_migrate.connect(give, sender=sender, dispatch_uid="shop.states")


if __name__ == "__main__":
    print(page(), end="")
