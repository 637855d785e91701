"""What a group of processes has spent: processor time from /proc, and statements."""

import os
import time
from pathlib import Path

import psycopg

TICKS = os.sysconf("SC_CLK_TCK")


def tree(*roots: int) -> set[int]:
    """Return these processes and all that descend from them."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = set(roots)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def cpu_seconds(*roots: int) -> float:
    """Return the processor time spent below these processes so far.

    Of living ones to the nanosecond, by their clock; of ended ones by what the
    kernel added to whoever waited for them.
    """
    total = 0.0
    for pid in tree(*roots):
        fields = _stat(pid)
        if fields:
            total += _clock(pid) + (int(fields[13]) + int(fields[14])) / TICKS
    return total


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name; none when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _clock(pid: int) -> float:
    # clock_getcpuclockid(3), which Python has no name for.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


class Statements:
    """PostgreSQL's own count of statements, the health check of connections with it."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def reset(self) -> None:
        self.connection.execute("SELECT pg_stat_statements_reset()")

    def count(self) -> int:
        row = self.connection.execute(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
            " WHERE query NOT LIKE '%pg_stat_statements%'"
        ).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self.connection.close()
