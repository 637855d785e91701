"""The servers and the environment of a test run, up before Django reads its settings.

pytest-django loads the settings before any conftest is read, so this is a plug-in of
its own (`-p tests.plugin`). The first process starts one PostgreSQL for all; xdist's
workers inherit it, each with databases of its own names. Every process has its own
Valkey, so that a test may empty or kill it.
"""

import atexit
import os
import secrets
import shutil
import socket
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from jessops.sandbox.embedded import Postgres, Valkey, start
from jessops.sandbox.stack.child import Child
from privacy import key_store, keys

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  as fast as a disk gets
ROOM = 300_000_000  # bytes; a smaller one fills up mid-run
PREFIX = "jessops-test-"
LOCAL = ("127.0.0.1", "::1", "localhost")


def home() -> Path:
    """Return a folder for this process's servers, of a killed run's ones rid."""
    base = Path(tempfile.gettempdir())
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK):
        state = os.statvfs(SHARED_MEMORY)
        if state.f_bavail * state.f_frsize >= ROOM:
            base = SHARED_MEMORY
    for old in base.glob(f"{PREFIX}*"):
        pid = old.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(old, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
    place.chmod(0o711)  # PostgreSQL's own user passes it when we are root
    return place


class Servers:
    """What this process started."""

    def __init__(self) -> None:
        self.place = home()
        self.children: list[Child] = []

    def postgres(self) -> str:
        server = Postgres(
            self.place / "postgres",
            log=self.place / "postgres.log",
            password=secrets.token_hex(8),
            durable=False,
        )
        server.prepare()
        child, port = start(server.command, server.ready)
        self.children.append(child)
        return server.url(port, "jessops")

    def valkey(self) -> str:
        url, child = start_valkey(self.place / "valkey")
        self.children.append(child)
        return url

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()
        shutil.rmtree(self.place, ignore_errors=True)


def start_valkey(place: Path) -> tuple[str, Child]:
    """Start a Valkey that keeps nothing; return its address and itself."""
    server = Valkey(
        place,
        log=place.with_suffix(".log"),
        password=secrets.token_hex(8),
        durable=False,
    )
    child, port = start(server.command, server.ready)
    return server.url(port), child


def environment(place: Path) -> dict[str, str]:
    """Return the shop's variables but for its servers; nothing real is reachable."""
    nowhere = "http://127.0.0.1:1"
    static = place / "static"
    static.mkdir(exist_ok=True)
    return {
        "DJANGO_SETTINGS_MODULE": "jessops.settings",
        # Playwright keeps an event loop in the main thread.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        "SECRET_KEY": "tests-" + "k" * 44,
        "DATA_HASH_KEY": "tests-" + "h" * 44,
        "KEY_ENCRYPTION_KEYS": urlsafe_b64encode(
            b"tests-key-encryption-key-32bytes"
        ).decode(),
        "DEBUG": "false",
        "SITE_URL": "http://localhost:8000",
        "PROBE_ORIGIN": nowhere,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "STRIPE_API_KEY": "sk_test_local_tests",
        "STRIPE_WEBHOOK_SECRET": "whsec_tests",
        "STRIPE_API_BASE": f"{nowhere}/bank",
        "STRIPE_CHECKOUT_ORIGIN": nowhere,
        "ADDRESSES_API_BASE": f"{nowhere}/addresses",
        "CARRIER_API_BASE": f"{nowhere}/carrier",
        "PARCELFORCE_API_BASE": f"{nowhere}/carrier/expresslink",
        "ROYAL_MAIL_API_BASE": f"{nowhere}/carrier/royalmail",
        "PRINTS_API_BASE": f"{nowhere}/prints",
        "STATIC_ROOT": str(static),
        # what an earlier run said of this tree is nothing that a test may lean on
        "PROMISES_RUN_FILE": str(place / "promises.json"),
        # Pages are rendered here without collecting the static files first.
        "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "COOKIES_STRICT": "true",
        "LOG_LEVEL": "INFO",
    }


def own_key_store(database_url: str) -> str:
    """Make this process's own key store beside the databases; return its address."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server, _, _ = database_url.rpartition("/")
    key_store.make_database(f"{server}/postgres", f"keys_{worker}")
    url = f"{server}/keys_{worker}"
    keys.make_schema(url)
    return url


@pytest.fixture(autouse=True)
def _no_tombstones(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let no test meet the dead of another: tables empty between tests, this one too.

    Living keys may stay; they seal nothing that is left.
    """
    yield
    if "_django_db_helper" in request.fixturenames:
        keys.ask("DELETE FROM person_key WHERE destroyed_at IS NOT NULL", [])


HOLDER: Servers  # this process's, once it has begun


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Iterator[None]:
    global HOLDER
    servers = HOLDER = Servers()
    atexit.register(servers.stop)
    early_config.add_cleanup(servers.stop)
    for name in [n for n in os.environ if n.endswith("_FILE")]:
        del os.environ[name]  # a developer's own secrets are not for tests
    os.environ.update(environment(servers.place))
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["DATABASE_URL"] = servers.postgres()
    os.environ["KEYS_DATABASE_URL"] = own_key_store(os.environ["DATABASE_URL"])
    os.environ["REDIS_URL"] = servers.valkey()
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Let no test reach another machine: one that tries, fails."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise PermissionError(f"tests may not reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect_here  # type: ignore[method-assign,assignment]
    config.add_cleanup(lambda: setattr(socket.socket, "connect", connect))
