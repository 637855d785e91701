"""Twenty sign in at the same moment, five times over, and what the web weighs (R34)."""

import os
from pathlib import Path
from statistics import median

import pytest

from tests.members.test_passwords import others, sign_in_together
from tests.servers import ShopServer

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
P95 = 18  # of twenty, in order
MOST_BYTES = 1_000_000_000


def test_twenty_at_once_again_and_again(shop_server: ShopServer) -> None:
    rounds = [sign_in_together(shop_server)[P95] for _ in range(ROUNDS)]
    weight = resident(shop_server.web.process.pid)
    print(
        f"p95 of each round {[round(one, 2) for one in rounds]} s, load"
        f" {os.getloadavg()[0]:.1f}, web {weight / 1e6:.0f} MB"
    )
    assert median(rounds) < 2 * others()
    assert weight < MOST_BYTES


def resident(pid: int) -> int:
    """Return how many bytes of memory a process and all its children hold."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(c)) for c in children)
