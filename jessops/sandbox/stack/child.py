"""One child process: its own session, its own log, and no life beyond its parent's."""

import contextlib
import ctypes
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_LIMIT = 5_000_000
LOGS_KEPT = 3
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """A system user that a child runs as instead of root."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to start, and how it wants to be stopped."""

    name: str
    argv: tuple[str, ...]
    log: Path
    cwd: Path
    environ: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_limit: float = 10.0  # seconds


def die_with_parent(number: int) -> None:
    """Have the kernel send this process a signal when its parent is gone, however."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


class Child:
    """A started Command.

    Start it from the main thread only: the kernel takes the end of the thread that
    started a process for the end of its parent.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        rotate(command.log)
        with command.log.open("ab") as log:
            self._log_start = log.tell()
            account = command.account
            self.process = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=dict(command.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal must reach the supervisor alone.
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=lambda: die_with_parent(command.stop_signal),
            )
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid

    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def returncode(self) -> int | None:
        return self.process.poll()

    def last_words(self, lines: int = 12) -> str:
        """Return the end of what this child, not an earlier one, wrote to its log."""
        with self.command.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - 20_000))
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Send its stop signal to the leader alone: it winds its own children up."""
        if not self.ended():
            self.process.send_signal(self.command.stop_signal)

    def stop(self) -> None:
        """Stop it; past its limit, and for whatever it left behind, by force."""
        self.ask_to_stop()
        try:
            self.process.wait(self.command.stop_limit)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        kill_group(self.pid)
        self.process.wait()

    def sweep(self) -> None:
        """End members of its group that outlived it (a worker of a killed master)."""
        if self.ended():
            kill_group(self.pid)


def kill_group(leader: int) -> None:
    # The group is gone, or (a switched user, and we are not root) not ours to end.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def rotate(log: Path) -> None:
    """Set a grown log aside, keeping the last LOGS_KEPT."""
    if not log.exists() or log.stat().st_size < LOG_LIMIT:
        return
    names = [log, *(log.with_name(f"{log.name}.{n}") for n in range(1, LOGS_KEPT + 1))]
    for newer, older in reversed(list(itertools.pairwise(names))):
        if newer.exists():
            newer.replace(older)
