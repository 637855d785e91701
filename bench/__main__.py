"""Measure the shop's pages beside Django's own floor, in one run, interleaved.

The machine may be busy: trust the processor time and the ratios, not requests/s.
"""

import argparse
import statistics
import time
from dataclasses import dataclass, field

from bench import client, letters, pages
from bench.cost import Statements, cpu_seconds
from bench.pages import Measured
from bench.servers import Servers, started

FEWEST, MOST = 30, 3000  # requests of a round
WARM = 40
COUNTED = 30


@dataclass
class Row:
    """One page over the rounds."""

    measured: Measured
    pids: tuple[int, ...]
    requests: int = FEWEST
    ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    statements: float = 0.0
    bytes: float = 0.0

    @property
    def cost(self) -> float:
        """Milliseconds of processor a request, the median round's."""
        return statistics.median(self.ms)


def measure(servers: Servers, *, rounds: int, seconds: float) -> list[Row]:
    """Return the two limits' rows and then ours."""
    rows = [Row(one, servers.limits_pids) for one in pages.limits(servers.limits)]
    rows += [Row(one, servers.shop_pids) for one in pages.ours(servers.shop)]
    statements = Statements(servers.database)
    for row in rows:
        client.send(row.measured.page, max(WARM, len(row.measured.page.paths)))
        _round(row)
        fair = seconds * 1000 / row.ms.pop()
        row.requests = int(min(MOST, max(FEWEST, fair)))
        row.per_second.clear()
        statements.reset()
        row.bytes = client.send(row.measured.page, COUNTED) / COUNTED
        row.statements = statements.count() / COUNTED
    statements.close()
    for number in range(rounds):
        # Forth and back, so that a slow drift of the machine falls on all alike.
        for row in rows if number % 2 == 0 else reversed(rows):
            _round(row)
    return rows


def _round(row: Row) -> None:
    # What the shop keeps between requests for a minute is there, as on a busy day.
    client.send(row.measured.page, 2 * min(WARM, len(row.measured.page.paths)))
    before, began = cpu_seconds(*row.pids), time.perf_counter()
    client.send(row.measured.page, row.requests)
    took = time.perf_counter() - began
    spent = cpu_seconds(*row.pids) - before
    row.ms.append(spent * 1000 / row.requests)
    row.per_second.append(row.requests / took)


def table(rows: list[Row]) -> str:
    """Return the measurement for people."""
    bare, items = rows[0].cost, rows[1].cost
    lines = [
        f"{'page':24}{'req/s':>7}{'CPU ms':>8}{'spread':>13}{'SQL':>6}{'bytes':>8}"
        f"{'x bare':>8}{'x list':>8}{'allowed':>9}"
    ]
    for row in rows:
        allowed, ratio = row.measured.allowed, row.cost / items
        verdict = ""
        if allowed is not None:
            verdict = "within" if ratio <= allowed else "OVER"
        lines.append(
            f"{row.measured.page.name:24}{statistics.median(row.per_second):7.0f}"
            f"{row.cost:8.2f}{min(row.ms):7.2f}-{max(row.ms):<5.2f}"
            f"{row.statements:6.1f}{row.bytes:8,.0f}{row.cost / bare:8.1f}{ratio:8.2f}"
            f"{'' if allowed is None else format(allowed, 'g'):>9}  {verdict}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU a round")
    parser.add_argument(
        "--letters", type=int, metavar="PEOPLE", help="send a newsletter instead"
    )
    options = parser.parse_args()
    if options.letters:
        print(f"Writing to {options.letters:,} people ...", flush=True)
        print(letters.measure(options.letters))
        return
    print(f"Starting a shop of {options.products:,} products and the two limits ...")
    with started(options.products) as servers:
        rows = measure(servers, rounds=options.rounds, seconds=options.seconds)
    print(table(rows))
    over = [
        row.measured.page.name
        for row in rows
        if row.measured.allowed and row.cost > row.measured.allowed * rows[1].cost
    ]
    print(
        "\nCPU: all processes behind the port and PostgreSQL, median of"
        f" {options.rounds} rounds. SQL: as PostgreSQL counts, with the health check"
        "\nof the connection (1). Bytes: the page alone, compressed where it was."
        " Allowed: times the list of 24 plain items (speed.md)."
        "\nNot measured: pages seen before (no page cache yet), the whole purchase."
        f"\nOver what speed.md allows: {', '.join(over) or 'none'}."
    )


if __name__ == "__main__":
    main()
