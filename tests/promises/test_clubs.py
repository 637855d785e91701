"""The Clubfinder's promises: true distances, and nothing remembered (P22; H4)."""

import random
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import atan, atan2, cos, radians, sin, sqrt, tan
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from clubs import geo, postcodes
from clubs.actions import demo
from clubs.actions import postcodes as table
from clubs.geo import Position
from clubs.search import Miles
from tests.promises.test_harness_canaries import (
    Monitor,
    locked,
    postgres_log,
    read_columns,
)
from tests.servers import start_shop

PAIRS = 10_000
WORST = 0.005

pytestmark = pytest.mark.django_db


# --- distances


def geodesic(a: Position, b: Position) -> float:
    """Return the distance on WGS84's ellipsoid in miles (Vincenty's inverse formula).

    Independent of the code under test: another figure of the Earth, another formula.
    """
    axis, flat = 6_378_137.0, 1 / 298.257_223_563
    short = axis * (1 - flat)
    u1 = atan((1 - flat) * tan(radians(a.latitude)))
    u2 = atan((1 - flat) * tan(radians(b.latitude)))
    turn = angle = radians(b.longitude - a.longitude)
    for _ in range(200):
        s = sqrt(
            (cos(u2) * sin(angle)) ** 2
            + (cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(angle)) ** 2
        )
        if s == 0:
            return 0.0
        c = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(angle)
        sigma = atan2(s, c)
        sin_alpha = cos(u1) * cos(u2) * sin(angle) / s
        cos2 = 1 - sin_alpha**2
        mid = c - 2 * sin(u1) * sin(u2) / cos2 if cos2 else 0.0
        k = flat / 16 * cos2 * (4 + flat * (4 - 3 * cos2))
        before = angle
        angle = turn + (1 - k) * flat * sin_alpha * (
            sigma + k * s * (mid + k * c * (2 * mid**2 - 1))
        )
        if abs(angle - before) < 1e-12:
            break
    u = cos2 * (axis**2 - short**2) / short**2
    big = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)))
    small = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))
    off = (
        small
        * s
        * (
            mid
            + small
            / 4
            * (
                c * (2 * mid**2 - 1)
                - small / 6 * mid * (4 * s**2 - 3) * (4 * mid**2 - 3)
            )
        )
    )
    return short * big * (sigma - off) / 1609.344


def picker(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  the same pairs every time


def somewhere(pick: random.Random) -> Position:
    """A point within some miles of a random outward code's middle."""
    middle = pick.choice(list(postcodes.middles().values()))
    return Position(
        middle.latitude + pick.uniform(-0.05, 0.05),
        middle.longitude + pick.uniform(-0.08, 0.08),
    )


def test_the_yardstick_is_right() -> None:
    """Published: Flinders Peak to Buninyong, 54,972.271 m (Geoscience Australia)."""
    flinders = Position(-37.951033417, 144.424867889)
    buninyong = Position(-37.652821139, 143.926495528)
    assert geodesic(flinders, buninyong) * 1609.344 == pytest.approx(
        54972.271, abs=0.05
    )


def test_ten_thousand_distances_are_within_half_a_percent() -> None:
    pick = picker(7)
    for _ in range(PAIRS):
        a, b = somewhere(pick), somewhere(pick)
        true = geodesic(a, b)
        assert geo.miles(a, b) == pytest.approx(true, rel=WORST)


def test_the_database_measures_as_we_do() -> None:
    pick = picker(8)
    for _ in range(20):
        origin = somewhere(pick)
        others = [somewhere(pick) for _ in range(PAIRS // 20)]
        func: Any = Miles(origin)
        measured = Miles.template % func.extra
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {measured} FROM unnest(%s::float8[], %s::float8[])"  # noqa: S608
                " WITH ORDINALITY AS t(latitude, longitude, n) ORDER BY n",
                [[p.latitude for p in others], [p.longitude for p in others]],
            )
            rows = cursor.fetchall()
        for (miles,), other in zip(rows, others, strict=True):
            assert miles == pytest.approx(geo.miles(origin, other), abs=1e-5)
            assert miles == pytest.approx(geodesic(origin, other), rel=WORST)


def test_a_distance_measured_wrongly_is_noticed() -> None:
    """The control: degrees taken for equal lengths fail the half percent."""
    pick = picker(9)
    wrong = 0
    for _ in range(100):
        a, b = somewhere(pick), somewhere(pick)
        flat = 69.1 * sqrt(
            (a.latitude - b.latitude) ** 2 + (a.longitude - b.longitude) ** 2
        )
        wrong += abs(flat - geodesic(a, b)) > WORST * geodesic(a, b)
    assert wrong > 80


# --- H4: the postcode that was searched for

SEARCHED = "HG3 4XQ"
SPELLINGS = ("hg3 4xq", "hg34xq", "hg3+4xq", "hg3%204xq", "hg3-4xq")


@dataclass
class Left:
    """What a morning of searches left behind, and where."""

    logs: dict[str, str] = field(default_factory=dict)
    valkey: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    referrers: set[str] = field(default_factory=set)


def search_a_lot(url: str, left: Left) -> None:
    """Search in every spelling, well and badly, while the table is locked, too."""

    def note(answer: requests.Response) -> None:
        left.statuses.append(answer.status_code)
        left.referrers.add(answer.headers.get("Referrer-Policy", ""))

    for text in ("HG3 4XQ", "hg34xq", " hg3-4xq ", "HG3.4XQ"):
        note(requests.post(f"{url}/clubs/", {"near": text, "page": "2"}, timeout=10))
        query = urllib.parse.urlencode({"near": text})
        note(requests.get(f"{url}/clubs/?{query}", allow_redirects=False, timeout=10))
    note(requests.post(f"{url}/clubs/", {"near": f"{SEARCHED}\0"}, timeout=10))
    cross = {"Origin": "https://evil.example"}
    note(requests.post(f"{url}/clubs/", {"near": SEARCHED}, headers=cross, timeout=10))
    holder = locked("clubs_club")
    holder.execute('LOCK TABLE "clubs_club" IN ACCESS EXCLUSIVE MODE')
    note(requests.post(f"{url}/clubs/", {"near": SEARCHED}, timeout=20))
    holder.close()


@pytest.fixture(scope="module")
def left(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Left]:
    place = tmp_path_factory.mktemp("clubs")
    patch = pytest.MonkeyPatch()
    patch.setenv("LOG_LEVEL", "DEBUG")
    found = Left()
    try:
        with django_db_blocker.unblock():
            demo.load()
            table.replace(iter(["HG34XQ\t54.05\t-1.62\n"]))
            name = connection.settings_dict["NAME"]
            with start_shop(place, database=name) as shop:
                monitor = Monitor(shop.environ["REDIS_URL"])
                monitor.start()
                assert monitor.ready.wait(10)
                search_a_lot(shop.url, found)
                monitor.stop()
                found.valkey = monitor.commands
                found.columns = read_columns()
            found.logs = {p.name: p.read_text() for p in (place / "log").glob("*.log")}
            found.logs["postgres.log"] = postgres_log()
            yield found
    finally:
        patch.undo()
        with django_db_blocker.unblock():
            call_command("flush", verbosity=0, interactive=False)


def mentions(text: str) -> list[str]:
    folded = text.casefold()
    return [spelling for spelling in SPELLINGS if spelling in folded]


def test_the_searches_were_made_as_meant(left: Left) -> None:
    """The control: found, sent on, refused, and one that failed for a lock."""
    assert {200, 302, 400, 403} <= set(left.statuses)
    assert max(left.statuses) >= 500
    assert "lock timeout" in left.logs["postgres.log"]
    assert '"level": "ERROR"' in left.logs["web.log"]
    assert left.valkey
    assert mentions(left.columns["clubs_postcode.postcode"])  # the table of them all
    assert left.referrers == {"same-origin"}
    assert mentions(f"near={SEARCHED}")


def test_no_log_knows_where_anybody_looked(left: Left) -> None:
    for name, text in left.logs.items():
        for line in text.splitlines():
            assert mentions(line) == [], (name, line)


def test_neither_database_nor_cache_knows_where_anybody_looked(left: Left) -> None:
    holding = {column for column, text in left.columns.items() if mentions(text)}
    assert holding == {"clubs_postcode.postcode"}
    for command in left.valkey:
        assert mentions(command) == [], command


def test_a_log_is_written_and_would_be_searched(left: Left, tmp_path: Path) -> None:
    planted = f'{{"message": "clubs near {SEARCHED}"}}'
    assert mentions(planted) == ["hg3 4xq"]
    assert '"route": "/clubs/"' in left.logs["web.log"]
