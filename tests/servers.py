"""A whole real shop for tests: gunicorn, a Celery worker, the stand-ins, a Valkey."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from jessops.sandbox.stack import services
from jessops.sandbox.stack.child import Child, Command
from jessops.sandbox.stack.environment import Layout
from jessops.sandbox.stack.ports import free_port, http_status
from tests.plugin import start_valkey
from tests.sandbox.launcher import Sandbox, start_sandbox

ROOT = Path(__file__).resolve().parent.parent
INBOUND_SECRET = "shared with the mail stand-in"
START_LIMIT = 60.0  # seconds; four processes on two busy cores


@dataclass
class ShopServer:
    """The running shop: what a browser and a test need to know of it."""

    url: str  # http://localhost:PORT
    sandbox: Sandbox
    environ: Mapping[str, str]
    web: Child
    worker: Child
    logs: Path  # a folder: web.log, worker.log

    @property
    def origins(self) -> tuple[str, ...]:
        """Where a browser may go: the shop by both its names, and the bank."""
        return (
            self.url,
            self.url.replace("localhost", "127.0.0.1"),
            self.sandbox.base,
        )

    def reload(self) -> None:
        """Replace the web workers, whose process-wide caches end with them."""
        self.web.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        _wait(self.web, lambda: http_status(self.port, "/healthz") == 200)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not ready():
        if child.ended() or time.monotonic() > deadline:
            raise RuntimeError(f"{child.command.name}:\n{child.last_words(40)}")
        time.sleep(0.05)


@contextlib.contextmanager
def start_shop(place: Path, *, database: str) -> Iterator[ShopServer]:
    """Start it over `database` of the test PostgreSQL, its state under `place`."""
    logs = place / "log"
    logs.mkdir()
    port = free_port()
    url = f"http://localhost:{port}"
    with contextlib.ExitStack() as started:
        sandbox = start_sandbox(
            place,
            webhook_url=f"http://127.0.0.1:{port}/webhooks/stripe/",
            inbound_url=f"http://127.0.0.1:{port}/webhooks/email/",
            inbound_secret=INBOUND_SECRET,
        )
        started.callback(sandbox.stop)
        redis_url, valkey = start_valkey(place / "valkey")
        started.callback(valkey.stop)
        environ = os.environ | {
            "PORT": str(port),
            "SITE_URL": url,
            "PROBE_ORIGIN": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DATABASE_URL": urlunsplit(
                urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}")
            ),
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
            "STRIPE_API_KEY": sandbox.api_key,
            "STRIPE_WEBHOOK_SECRET": sandbox.webhook_secret,
            "STRIPE_API_BASE": f"{sandbox.base}/bank",
            "STRIPE_CHECKOUT_ORIGIN": sandbox.base,
            "ADDRESSES_API_BASE": f"{sandbox.base}/addresses",
            "CARRIER_API_BASE": f"{sandbox.base}/carrier",
            "PARCELFORCE_API_BASE": f"{sandbox.base}/carrier/expresslink",
            "PARCELFORCE_CONTRACT": "P000000",
            "ROYAL_MAIL_API_BASE": f"{sandbox.base}/carrier/royalmail",
            "PRINTS_API_BASE": f"{sandbox.base}/prints",
            "INBOUND_MAIL_SECRET": INBOUND_SECRET,
            "STATIC_ROOT": str(place / "static"),
            "STATICFILES_BACKEND": (
                "whitenoise.storage.CompressedManifestStaticFilesStorage"
            ),
            # The worker's start is slow as it is; one process does for tests.
            "BEAT_SCHEDULE": str(place / "beat"),
        }
        collect = Child(
            Command(
                name="collectstatic",
                argv=(sys.executable, "manage.py", "collectstatic", "--noinput"),
                log=logs / "collectstatic.log",
                cwd=ROOT,
                environ=environ,
            )
        )
        started.callback(collect.stop)
        if collect.process.wait(START_LIMIT):
            raise RuntimeError(collect.last_words(40))
        children = {}
        for name in ("web", "worker"):
            command = services.procfile_command(
                name, Layout(ROOT), environ, logs / f"{name}.log"
            )
            children[name] = Child(command)
            # A worker takes seconds to leave politely (test_stack has it do so).
            started.callback(children[name].kill)
        server = ShopServer(
            url, sandbox, environ, children["web"], children["worker"], logs
        )
        _wait(server.web, lambda: http_status(port, "/healthz") == 200)
        _wait(server.worker, lambda: http_status(port, "/readyz") == 200)
        yield server
