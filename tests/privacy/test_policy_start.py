"""Web server, worker and beat refuse to do what the policy does not say (C19).

Each is started for real with one cookie more than was published. That they start
without it is seen by every test that uses the running shop.
"""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from jessops.sandbox.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
BISCUIT = """
import sys
from privacy import cookies
cookies.REGISTRY["biscuit"] = cookies.Cookie("biscuit", "p", "c", "w", max_age=86400)
sys.argv = {argv!r}
from {module} import {name} as start
start()
"""
PROGRAMS = {
    "web": (
        ("gunicorn", "--config", "python:jessops.gunicorn", "jessops.wsgi:application"),
        ("gunicorn.app.wsgiapp", "run"),
    ),
    "worker": (
        ("celery", "--app", "jessops", "worker", "--concurrency", "1"),
        ("celery.__main__", "main"),
    ),
    "beat": (
        ("celery", "--app", "jessops", "beat", "--pidfile=", "--schedule", "{place}"),
        ("celery.__main__", "main"),
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_cookie_that_the_policy_does_not_name_stops_the_start(
    program: str, tmp_path: Path
) -> None:
    argv, (module, name) = PROGRAMS[program]
    words = [word.format(place=tmp_path / "beat") for word in argv]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    done = subprocess.run(
        [sys.executable, "-c", BISCUIT.format(argv=words, module=module, name=name)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": urlunsplit(database),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode not in (0, None), said
    assert "cookie biscuit is new" in said
    assert "publish_policy" in said
    assert "Traceback" not in said
