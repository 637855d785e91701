"""Start the parts in order, keep them going, stop them in reverse."""

import os
import signal
import sys
import time
from collections.abc import Iterable
from types import FrameType

from jessops.sandbox.embedded import StartFailed
from jessops.sandbox.stack import services
from jessops.sandbox.stack.child import Child, Command, kill_group
from jessops.sandbox.stack.environment import (
    BROKER,
    DATABASE,
    KEYS,
    Layout,
    Surroundings,
    remember,
    remembered,
    secrets_of,
    write,
)
from jessops.sandbox.stack.ports import chosen_port, free_port, require_free, taken
from jessops.sandbox.stack.services import FIRST_PAUSE, LONGEST_PAUSE, STEADY, Service

READY_LIMIT = 30.0  # seconds
PREPARE_LIMIT = 600.0  # seconds; the first demo load on a slow machine
LEFTOVER_LIMIT = 25.0  # seconds for what a killed supervisor left to wind itself up
TICK = 0.2  # seconds
# Stopped together, one row after the other.
STOP_ORDER = (("web", "beat"), ("worker",), ("sandbox",), ("valkey",), ("postgres",))


class Stopped(Exception):
    """Somebody asked the shop to stop while it was starting."""


class Stack:
    """The local shop."""

    def __init__(self, layout: Layout, surroundings: Surroundings) -> None:
        self.layout = layout
        self.around = surroundings
        self.port = chosen_port(surroundings.environ, "PORT", 8000)
        self.sandbox_port = chosen_port(surroundings.environ, "SANDBOX_PORT", 8001)
        self.services: dict[str, Service] = {}
        self.environ: dict[str, str] = {}
        self.stopping = False
        self.asked = 0
        self.helper: Child | None = None

    # --- signals -------------------------------------------------------------------
    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    def pause(self) -> None:
        time.sleep(TICK)
        if self.asked and not self.stopping:
            raise Stopped

    # --- starting ------------------------------------------------------------------
    def start(self) -> None:
        """Bring everything up; raises StartFailed or BadPort with words for people."""
        self.end_leftovers()
        wanted = {"PORT": self.port}
        if self.around.needs_sandbox:
            wanted["SANDBOX_PORT"] = self.sandbox_port
        require_free(wanted)
        say("Starting the shop: up to a minute the first time, seconds later on.")
        kept = secrets_of(self.layout)
        # The stand-ins and Valkey come up while PostgreSQL makes its data.
        valkey = sandbox = postgres = None
        if self.around.needs_valkey:
            valkey, valkey_server = services.valkey(
                self.layout, kept["VALKEY_PASSWORD"]
            )
            self.add(valkey)
        smtp_port = free_port() if self.around.needs_sandbox else 0
        imap_port = free_port() if self.around.needs_sandbox else 0
        shared = self.around.complete(
            self.layout,
            kept,
            port=self.port,
            sandbox_port=self.sandbox_port,
            smtp_port=smtp_port,
            imap_port=imap_port,
        )
        base = self.around.environ | shared
        if self.around.needs_sandbox:
            sandbox = services.sandbox(
                self.layout, base, kept, self.sandbox_port, imap_port
            )
            sandbox.port = smtp_port
            self.add(sandbox)
        if self.around.needs_postgres:
            postgres, server = services.postgres(self.layout, kept["DATABASE_PASSWORD"])
            server.prepare()
            self.add(postgres)
        self.wait_for(list(self.services.values()))
        if postgres:
            for name, database in services.DATABASES.items():
                if not self.around.given(name):
                    server.create_database(postgres.port, database)
                    shared[name] = server.url(postgres.port, database)
        if valkey:
            shared[BROKER] = valkey_server.url(valkey.port)
        for name in (DATABASE, KEYS, BROKER):
            if name in self.around.environ:
                shared[name] = self.around.environ[name]
        self.environ = self.around.environ | shared
        write(self.layout.data / "env", shared)
        self.prepare()
        shop = services.shop(self.layout, self.environ)
        for service in shop:
            self.add(service)
        self.wait_for(shop)

    def add(self, service: Service) -> None:
        self.services[service.name] = service
        service.spawn()
        self.note()

    def note(self) -> None:
        running = {
            name: service.child.pid
            for name, service in self.services.items()
            if service.child and not service.child.ended()
        }
        remember(self.layout, running)

    def wait_for(self, waiting: Iterable[Service]) -> None:
        """Wait until each is ready; a free port that was taken meanwhile is changed."""
        deadline = time.monotonic() + READY_LIMIT
        left, retries = list(waiting), 5
        while left:
            for service in list(left):
                child = service.child
                assert child is not None
                if child.ended():
                    moved = service.vital and service.flexible and taken(service.port)
                    if not moved or not retries:
                        raise StartFailed(
                            f"{service.name} ended at once (exit {child.returncode}):\n"
                            f"{child.last_words()}"
                        )
                    retries -= 1
                    service.port = 0
                    service.spawn()
                    self.note()
                elif service.is_ready() and not child.ended():
                    left.remove(service)
                elif time.monotonic() > deadline:
                    raise StartFailed(
                        f"{service.name} was not ready within {READY_LIMIT:.0f} s:\n"
                        f"{child.last_words()}"
                    )
            if left:
                self.pause()

    def prepare(self) -> None:
        """Migrate, collect the static files and load the demo shop, in one process."""
        self.helper = Child(
            Command(
                name="prepare",
                argv=(sys.executable, "-m", "jessops.prepare"),
                log=self.layout.log("prepare"),
                cwd=self.layout.root,
                environ=self.environ,
            )
        )
        deadline = time.monotonic() + PREPARE_LIMIT
        while not self.helper.ended():
            if time.monotonic() > deadline:
                raise StartFailed(f"The database was not ready in {PREPARE_LIMIT} s.")
            self.pause()
        if self.helper.returncode:
            raise StartFailed(
                "Migrations, static files or the demo shop failed:\n"
                f"{self.helper.last_words(25)}"
            )

    def end_leftovers(self) -> None:
        """Wait for what a killed supervisor left; the kernel has told it to end."""
        deadline = time.monotonic() + LEFTOVER_LIMIT
        while left := remembered(self.layout):
            if time.monotonic() > deadline:
                for pid in left:
                    kill_group(pid)
                return
            for pid in left:
                # For a supervisor that ended where the kernel does not tell.
                os.kill(pid, signal.SIGTERM)
            self.pause()

    # --- keeping it going ------------------------------------------------------------
    def watch(self) -> int:
        """Return 0 when asked to stop, 1 when a vital part is gone."""
        while True:
            try:
                self.pause()
            except Stopped:
                return 0
            now = time.monotonic()
            for service in self.services.values():
                child = service.child
                if child is None:
                    if now >= service.again_at:
                        service.spawn()
                        self.note()
                elif child.ended():
                    if service.vital:
                        say(
                            f"{service.name} ended (exit {child.returncode}), so the"
                            f" shop stops:\n{child.last_words()}"
                        )
                        return 1
                    self.put_off(service, child, now)

    def put_off(self, service: Service, child: Child, now: float) -> None:
        child.sweep()
        if now - child.started > STEADY:
            service.pause = FIRST_PAUSE
        say(
            f"{service.name} ended (exit {child.returncode});"
            f" starting it again in {service.pause:.0f} s; see"
            f" .data/log/{service.name}.log"
        )
        service.child = None
        service.again_at = now + service.pause
        service.pause = min(service.pause * 2, LONGEST_PAUSE)

    # --- stopping -------------------------------------------------------------------
    def stop(self) -> None:
        """Stop all in order; asked once more, stop them at once."""
        self.stopping = True
        if self.services:
            say("Stopping.")
        asked_before = self.asked
        if self.helper and not self.helper.ended():
            self.helper.kill()
        for row in STOP_ORDER:
            children = [
                service.child
                for name in row
                if (service := self.services.get(name)) and service.child
            ]
            for child in children:
                child.ask_to_stop()
            deadline = time.monotonic() + max(
                (child.command.stop_limit for child in children), default=0
            )
            while any(not child.ended() for child in children):
                if time.monotonic() > deadline or self.asked > asked_before + 1:
                    for child in children:
                        child.kill()
                time.sleep(0.05)
            for child in children:
                child.sweep()
        self.note()


def say(text: str) -> None:
    print(text, flush=True)
