"""What the stand-ins remember: one SQLite file, one connection a thread.

`documents` holds every object of every party as JSON; `due` is when the sweeper
must look at it again. Losing the last second to a power cut is no harm here, so
nothing waits for the disk.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    parent TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '',
    due REAL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS documents_kind ON documents (kind, seq);
CREATE INDEX IF NOT EXISTS documents_parent ON documents (parent, kind, seq);
CREATE INDEX IF NOT EXISTS documents_due ON documents (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, params TEXT NOT NULL,
    status INTEGER NOT NULL, body BLOB NOT NULL, request_id TEXT NOT NULL,
    created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, due REAL,
    attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, last TEXT NOT NULL
    DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS egress (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, party TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY, folder TEXT NOT NULL, summary TEXT NOT NULL,
    raw BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.local = threading.local()
        self.writing = threading.RLock()
        self.afterwards: list[Callable[[], None]] = []
        with self.write() as db:
            db.executescript(SCHEMA)

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's own connection, in autocommit."""
        if (db := getattr(self.local, "db", None)) is None:
            db = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=OFF")
            self.local.db = db
        assert isinstance(db, sqlite3.Connection)
        return db

    def close(self) -> None:
        """Close this thread's connection, if it had one."""
        if (db := getattr(self.local, "db", None)) is not None:
            db.close()
            del self.local.db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction at a time in the process; nested use joins the outer."""
        with self.writing:
            db = self.db
            if db.in_transaction:
                yield db
                return
            self.afterwards = []
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()
            for call in self.afterwards:
                call()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A transaction of its own, also inside another: an error undoes this part."""
        with self.write() as db:
            db.execute("SAVEPOINT part")
            try:
                yield
            except BaseException:
                db.execute("ROLLBACK TO part")
                raise
            finally:
                db.execute("RELEASE part")

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call when the transaction at hand is there for other threads to see."""
        self.afterwards.append(call)

    def add(
        self,
        kind: str,
        doc: Document,
        *,
        parent: str = "",
        label: str = "",
        due: float | None = None,
    ) -> None:
        with self.write() as db:
            db.execute(
                "INSERT INTO documents (id, kind, parent, label, due, doc)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (doc["id"], kind, parent, label, due, json.dumps(doc)),
            )

    def save(self, doc: Document, *, due: float | None = None) -> None:
        with self.write() as db:
            db.execute(
                "UPDATE documents SET doc = ?, due = ? WHERE id = ?",
                (json.dumps(doc), due, doc["id"]),
            )

    def get(self, kind: str, identity: str) -> Document | None:
        row = self.db.execute(
            "SELECT doc FROM documents WHERE id = ? AND kind = ?", (identity, kind)
        ).fetchone()
        return None if row is None else read_document(row[0])

    def all(self, kind: str, *, parent: str = "") -> list[Document]:
        """Oldest first; with `parent`, its own alone."""
        sql = "SELECT doc FROM documents WHERE kind = ? ORDER BY seq"
        values = [kind]
        if parent:
            sql = "SELECT doc FROM documents WHERE kind = ? AND parent = ? ORDER BY seq"
            values = [kind, parent]
        rows = self.db.execute(sql, values)
        return [read_document(doc) for (doc,) in rows]

    def newest_first(
        self, kind: str, *, parent: str = "", labels: Collection[str] = ()
    ) -> Iterator[Document]:
        """Read only as far as it is taken; `labels` keeps those alone."""
        sql = "SELECT label, doc FROM documents WHERE kind = ? ORDER BY seq DESC"
        values = [kind]
        if parent:
            sql = (
                "SELECT label, doc FROM documents WHERE kind = ? AND parent = ?"
                " ORDER BY seq DESC"
            )
            values = [kind, parent]
        for label, doc in self.db.execute(sql, values):
            if not labels or label in labels:
                yield read_document(doc)

    def parent(self, identity: str) -> str:
        rows = self.rows("SELECT parent FROM documents WHERE id = ?", (identity,))
        return str(rows[0][0]) if rows else "none"

    def due(self, now: float) -> list[tuple[str, Document]]:
        """What has come due by `now`, as (kind, document), earliest first."""
        rows = self.db.execute(
            "SELECT kind, doc FROM documents WHERE due <= ? ORDER BY due", (now,)
        )
        return [(kind, read_document(doc)) for kind, doc in rows]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self.db.execute(sql, values).fetchall()

    def setting(self, name: str, default: str) -> str:
        row = self.db.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return default if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))


def read_document(text: str) -> Document:
    doc = json.loads(text)
    assert isinstance(doc, dict)
    return doc


class Clock:
    """The stand-ins' time, UTC seconds, which a test may put forward."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ahead = float(store.setting("clock_ahead", "0"))

    def now(self) -> int:
        return int(time.time() + self.ahead)

    def advance(self, seconds: float) -> None:
        self.ahead += seconds
        self.store.set("clock_ahead", str(self.ahead))
