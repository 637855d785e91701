"""Settings: production starts complete or not at all, and says which name is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

from jessops.sandbox.stack.services import procfile
from tests import production

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = sorted(set(production.variables()) - {"DJANGO_SETTINGS_MODULE"})
DERIVED = {"ALLOWED_HOSTS"}  # SITE_URL's own host serves
NONSENSE = (
    ("SECRET_KEY", "   "),
    ("SITE_URL", "shop.canary-value"),
    ("SITE_URL", "ftp://canary-value"),
    ("DATABASE_URL", "mysql://canary:canary-value@db/shop"),
    ("DATABASE_URL", "postgres://canary:canary-value@db:port/shop"),
    ("DATABASE_URL", "postgres://canary:canary-value@db"),
    ("REDIS_URL", "canary-value"),
    ("EMAIL_URL", "https://canary-value"),
    ("STRIPE_API_BASE", "canary-value"),
    ("DEBUG", "canary-value"),
    ("REDIS_CACHE_DB", "canary-value"),
)
# Loads the settings under each environment; one process, so that forty stay quick.
LOAD_EACH = """
import importlib, json, os, sys, traceback
ends = []
for environ in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(environ)
    sys.modules.pop("jessops.settings", None)
    try:
        importlib.import_module("jessops.settings")
        ends.append("")
    except Exception:
        ends.append(traceback.format_exc())
print(json.dumps(ends))
"""


def start(
    environ: dict[str, str], *argv: str, said: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env=environ,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def load_each(environs: list[dict[str, str]]) -> list[str]:
    """Return what each start wrote as it ended; "" for one that went well."""
    bare = {"PATH": os.environ["PATH"]}
    done = start(bare, "-c", LOAD_EACH, said=json.dumps(environs))
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout)
    assert isinstance(ends, list)
    return ends


def last_line(said: str) -> str:
    return said.strip().splitlines()[-1]


def test_a_complete_production_starts() -> None:
    assert load_each([production.environment()]) == [""]


def test_production_without_a_variable_names_it_and_no_value() -> None:
    full = production.environment()
    names = [name for name in REQUIRED if name not in DERIVED]
    lacking = [{n: v for n, v in full.items() if n != name} for name in names]
    secret = [v for n, v in full.items() if n in REQUIRED and len(v) > 8]
    for name, end in zip(names, load_each(lacking), strict=True):
        assert end, f"it starts without {name}"
        assert name in last_line(end)
        assert not [value for value in secret if value in end], name


def test_nonsense_is_refused_by_name_and_not_repeated() -> None:
    full = production.environment()
    ends = load_each([full | {name: value} for name, value in NONSENSE])
    for (name, value), end in zip(NONSENSE, ends, strict=True):
        assert end, f"it starts with {name}={value}"
        assert name in last_line(end)
        assert "canary-value" not in end, name


def test_a_variable_may_come_from_a_file(tmp_path: Path) -> None:
    environ = production.environment()
    secret = tmp_path / "key"
    secret.write_text(environ.pop("SECRET_KEY") + "\n")
    there = environ | {"SECRET_KEY_FILE": str(secret)}
    missing = environ | {"SECRET_KEY_FILE": str(tmp_path / "none")}
    good, bad = load_each([there, missing])
    assert good == ""
    assert "SECRET_KEY_FILE" in last_line(bad)


def deploy_check(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return start(environ, "manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_the_deployment_check_passes_for_a_complete_production() -> None:
    done = deploy_check(production.environment())
    assert done.returncode == 0, done.stderr


def test_the_deployment_check_refuses_what_is_for_development() -> None:
    local = {
        "SITE_URL": "http://shop.example",
        "STRIPE_API_KEY": "sk_test_local_x",
        "STRIPE_API_BASE": "http://127.0.0.1:8001/bank",
        "ALLOWED_HOSTS": "*",
        "COOKIES_STRICT": "true",
    }
    done = deploy_check(production.environment() | local)
    assert done.returncode != 0
    for number in range(1, 6):
        assert f"jessops.E00{number}" in done.stderr


def test_manage_py_finds_the_local_shop_only_when_nothing_is_configured(
    tmp_path: Path,
) -> None:
    file = tmp_path / "env"
    file.write_text("SECRET_KEY=local\nSITE_URL=http://localhost:1=2\nnonsense\n")
    code = (
        "import os, pathlib; from jessops.lib.env import read_local_environment as r;"
        f" r(pathlib.Path({str(file)!r}));"
        " print(os.environ.get('SECRET_KEY'), os.environ.get('SITE_URL'))"
    )
    bare = {"PATH": os.environ["PATH"]}
    told = start(bare, "-c", code).stdout.strip()
    assert told == "local http://localhost:1=2"
    configured = bare | {"DATABASE_URL": "postgres://db/shop"}
    assert start(configured, "-c", code).stdout.strip() == "None None"


def test_every_way_to_deploy_starts_the_procfiles_processes() -> None:
    commands = procfile(ROOT)
    assert list(commands) == ["web", "worker", "beat"]
    compose = (ROOT / "deploy" / "compose.yml").read_text()
    for name, command in commands.items():
        unit = (ROOT / "deploy" / "systemd" / f"jessops-{name}.service").read_text()
        started = command.replace("$BEAT_SCHEDULE", "${BEAT_SCHEDULE}")
        assert f"ExecStart=/srv/jessops/.venv/bin/{started}\n" in unit
        assert command.partition("$BEAT_SCHEDULE")[0] in compose


def test_every_pin_is_exact() -> None:
    for file in ROOT.glob("requirements*.txt"):
        for line in file.read_text().splitlines():
            wanted = line.partition("#")[0].strip()
            if wanted and not wanted.startswith("-r "):
                assert "==" in wanted, f"{file.name}: {wanted}"
