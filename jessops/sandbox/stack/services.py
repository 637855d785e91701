"""The parts of the shop: how each is started and how one sees that it is ready."""

import shlex
import string
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jessops.sandbox.embedded import Postgres, Valkey
from jessops.sandbox.stack.child import Child, Command
from jessops.sandbox.stack.environment import DATABASE, KEYS, Layout
from jessops.sandbox.stack.ports import converse, free_port, http_status

# The keys in the same server as what they seal: only here, where nothing is real.
DATABASES = {DATABASE: "jessops", KEYS: "jessops_keys"}
WORKER_LIMIT = 20.0  # seconds a running task has to end in
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a process is started again
STEADY = 60.0  # seconds after which a process counts as well again


@dataclass
class Service:
    """A part of the shop over its starts."""

    name: str
    build: Callable[[int], Command]
    ready: Callable[[int], bool]
    # A port of its own that may be any free one; None when it has none to choose.
    flexible: bool = False
    # Without it nothing works and its data is at stake: its end ends the shop.
    vital: bool = False
    port: int = 0
    child: Child | None = None
    pause: float = FIRST_PAUSE
    again_at: float = 0.0

    def spawn(self) -> None:
        if self.flexible and not self.port:
            self.port = free_port()
        self.child = Child(self.build(self.port))

    def is_ready(self) -> bool:
        return self.ready(self.port)


def postgres(layout: Layout, password: str) -> tuple[Service, Postgres]:
    server = Postgres(
        layout.data / "postgres", log=layout.log("postgres"), password=password
    )
    service = Service("postgres", server.command, server.ready, True, True)
    return service, server


def valkey(layout: Layout, password: str) -> tuple[Service, Valkey]:
    server = Valkey(layout.data / "valkey", log=layout.log("valkey"), password=password)
    return Service("valkey", server.command, server.ready, True, True), server


def sandbox(
    layout: Layout,
    environ: Mapping[str, str],
    kept: Mapping[str, str],
    port: int,
    imap_port: int,
) -> Service:
    """The stand-ins; the service's own port is the mail server's.

    They know the local keys that were made for them, whatever key the shop uses.
    """

    def build(smtp_port: int) -> Command:
        return Command(
            name="sandbox",
            argv=(
                *(sys.executable, "-m", "jessops.sandbox"),
                *("--port", str(port), "--smtp-port", str(smtp_port)),
                *("--imap-port", str(imap_port)),
                *("--data", str(layout.data / "sandbox")),
                *("--shop", environ["SITE_URL"]),
                "--webhook-url",
                f"http://127.0.0.1:{environ['PORT']}/webhooks/stripe/",
                "--inbound-url",
                f"http://127.0.0.1:{environ['PORT']}/webhooks/email/",
            ),
            log=layout.log("sandbox"),
            cwd=layout.root,
            environ={
                **environ,
                # Not as arguments: everyone may read a command line (R28).
                "SANDBOX_API_KEY": kept["STRIPE_API_KEY"],
                "SANDBOX_WEBHOOK_SECRET": kept["STRIPE_WEBHOOK_SECRET"],
                "SANDBOX_INBOUND_SECRET": environ.get("INBOUND_MAIL_SECRET", ""),
            },
        )

    def ready(smtp_port: int) -> bool:
        return http_status(port, "/healthz") == 200 and converse(smtp_port, b"", b"220")

    return Service("sandbox", build, ready, flexible=True)


def procfile(root: Path) -> dict[str, str]:
    """Return the shop's own processes, as they also run on separate machines."""
    lines = (
        line.partition(":") for line in (root / "Procfile").read_text().split("\n")
    )
    return {name: command.strip() for name, colon, command in lines if colon}


def procfile_command(
    name: str,
    layout: Layout,
    environ: Mapping[str, str],
    log: Path,
    stop_limit: float = 10.0,
) -> Command:
    """Return one of the shop's own processes, as the Procfile says it."""
    words = shlex.split(procfile(layout.root)[name])
    words = [string.Template(word).substitute(environ) for word in words]
    if words[0] == "python":
        words[0] = sys.executable
    return Command(
        name=name,
        argv=tuple(words),
        log=log,
        cwd=layout.root,
        environ=environ,
        stop_limit=stop_limit,
    )


def shop(layout: Layout, environ: Mapping[str, str]) -> list[Service]:
    """Return web, worker and beat; the worker is ready when its heart has beaten."""
    port, site = int(environ["PORT"]), urlsplit(environ["SITE_URL"])

    def status(path: str) -> int:
        return http_status(port, path, host=site.netloc, https=site.scheme == "https")

    def service(name: str, ready: Callable[[], bool], stop_limit: float) -> Service:
        log = layout.log(name)
        command = procfile_command(name, layout, environ, log, stop_limit)
        return Service(name, lambda _: command, lambda _: ready())

    return [
        service("web", lambda: status("/") == 200, 10),
        service("worker", lambda: status("/readyz") == 200, WORKER_LIMIT),
        service("beat", lambda: True, 5),
    ]
