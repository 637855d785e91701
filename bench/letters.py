"""A newsletter to many, by the shop's own worker and clock: its pace and memory.

The mail server is a sink in this process: it takes every letter and counts to whom.
"""

import contextlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.cost import cpu_seconds, tree
from bench.servers import NOWHERE, ROOT, Stores, environment, fill, stores
from jessops.sandbox.stack.child import Child, Command
from jessops.sandbox.stack.ports import HOST, free_port

PATIENCE = 180.0  # seconds without a letter, after which it is said to stand still
TENTHS = 10


class Sink:
    """Takes mail, and remembers to whom how often."""

    def __init__(self) -> None:
        self.to: Counter[str] = Counter()
        self.bytes = 0

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.to.update(envelope.rcpt_tos)
        self.bytes += len(envelope.content or b"")
        return "250 OK"


@dataclass(frozen=True)
class UnderWay:
    """A newsletter that is being sent, by processes of its own."""

    sink: Sink
    kept: Stores
    pids: tuple[int, ...]  # worker and clock
    ready_in: float  # seconds


@contextlib.contextmanager
def under_way(people: int) -> Iterator[UnderWay]:
    """Let the shop's own worker and clock send a newsletter to so many people."""
    sink = Sink()
    port = free_port()
    with contextlib.ExitStack() as end:
        kept = end.enter_context(stores(durable=True))
        server = Controller(sink, hostname=HOST, port=port)
        server.start()
        end.callback(server.stop)
        environ = environment(
            kept.place, site=NOWHERE, database=kept.url("jessops"), redis=kept.redis
        ) | {"EMAIL_URL": f"smtp://{HOST}:{port}"}
        began = time.perf_counter()
        fill(environ, 0)
        subprocess.run(
            [sys.executable, "-m", "bench.readers", str(people)],
            cwd=ROOT,
            env=environ,
            check=True,
        )
        filled = time.perf_counter() - began
        workers = [
            end.enter_context(celery(name, arguments, environ, kept.place))
            for name, arguments in {
                # As in the Procfile.
                "worker": ("worker", "--concurrency", "2"),
                "beat": ("beat", "--schedule", str(kept.place / "beat"), "--pidfile="),
            }.items()
        ]
        yield UnderWay(sink, kept, tuple(child.pid for child in workers), filled)


def measure(people: int) -> str:
    """Send a newsletter to so many people; return what was seen, for people."""
    with under_way(people) as run:
        sink = run.sink
        lines, took = watch(sink, people, run.pids)
        spent = cpu_seconds(*run.pids, *run.kept.pids)
    twice = sum(number - 1 for number in sink.to.values())
    lines.append(
        f"{len(sink.to):,} of {people:,} people got it, {twice} letters came twice;"
        f" {took:,.0f} s, {len(sink.to) / took:.0f} letters a second,"
        f" {spent * 1000 / max(1, len(sink.to)):.1f} ms of processor a letter"
        f" (worker, clock, PostgreSQL, Valkey), {sink.bytes / 1e6:,.0f} MB of mail."
        f" Made ready in {run.ready_in:,.0f} s."
    )
    return "\n".join(lines)


def watch(sink: Sink, people: int, pids: tuple[int, ...]) -> tuple[list[str], float]:
    """Wait for the last letter; a line for each tenth says what the workers hold."""
    lines = [f"{'letters':>9}{'seconds':>9}{'a second':>10}{'peak MB':>9}"]
    began = last = time.perf_counter()
    seen = tenth = 0
    while len(sink.to) < people and time.perf_counter() - last < PATIENCE:
        time.sleep(0.5)
        now, got = time.perf_counter(), len(sink.to)
        if got > seen:
            seen, last = got, now
        if got * TENTHS >= (tenth + 1) * people:
            tenth = got * TENTHS // people
            took = now - began
            lines.append(f"{got:9,}{took:9,.0f}{got / took:10.0f}{peak_mb(*pids):9.0f}")
            print(lines[-1], flush=True)
    return lines, last - began


def peak_mb(*pids: int) -> float:
    """Return the most memory the largest process below these has held, in MB."""
    most = 0
    for pid in tree(*pids):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    most = max(most, int(line.split()[1]))
    return most / 1024


@contextlib.contextmanager
def celery(
    name: str, arguments: tuple[str, ...], environ: dict[str, str], place: Path
) -> Iterator[Child]:
    child = Child(
        Command(
            name=name,
            argv=(
                *(sys.executable, "-m", "celery", "--app", "jessops", "--quiet"),
                *arguments,
                *("--loglevel", "WARNING"),
            ),
            log=place / f"{name}.log",
            cwd=ROOT,
            environ=environ,
        )
    )
    try:
        yield child
    finally:
        child.stop()
