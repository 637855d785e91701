"""Keys replaced at full size: ten thousand rows, twenty at work, three kills (R24)."""

import pytest

from tests.concurrency.test_rotation import (
    Traffic,
    _an_empty_store,
    rotate_and_kill,
    write,
)

__all__ = ["_an_empty_store"]
pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 10_000


def test_ten_thousand_rows_under_twenty_readers_and_writers() -> None:
    rows = [write(number) for number in range(ROWS)]
    traffic = Traffic(rows, readers=14, writers=6)
    rotate_and_kill(rows, traffic, delays=(0.5, 2, 4))
    print(f"{traffic.reads} read, {traffic.writes} written meanwhile")
