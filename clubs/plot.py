"""Where clubs lie from somebody, drawn here, so that no map company sees who looks.

North is at the top, rings are miles, numbers are those of the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from clubs.geo import point_of_compass

EDGE = 150  # the outermost ring, of a canvas from -170 to 170
RINGS = 3
STEPS = (0.5, 1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 300)
LABEL = 15  # from a dot's middle to its number's
COUNTS = "no one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True)
class Spot:
    """One club: its number in the list, miles and degrees from north."""

    number: int
    name: str
    miles: float
    bearing: float

    def at(self, edge: float) -> tuple[float, float]:
        far = self.miles / edge * EDGE
        angle = radians(self.bearing)
        return far * sin(angle), -far * cos(angle)


def ring_step(farthest: float) -> float:
    """Return how many miles lie between rings, so that three reach that far."""
    return next((step for step in STEPS if RINGS * step >= farthest), STEPS[-1])


def words(spots: Sequence[Spot]) -> str:
    """Say what the plot shows."""
    count = COUNTS[len(spots)] if len(spots) < len(COUNTS) else str(len(spots))
    near, far = min(spots, key=_miles), max(spots, key=_miles)
    if len(spots) == 1:
        return f"Plot of one club: {near.name}, {_where(near)}."
    return (
        f"Plot of {count} clubs by direction and distance."
        f" Nearest: {near.name}, {_where(near)}. Furthest: {far.name}, {_where(far)}."
    )


def _miles(spot: Spot) -> float:
    return spot.miles


def _where(spot: Spot) -> str:
    return f"{spot.miles:.1f} miles {point_of_compass(spot.bearing)}"


def plot(spots: Sequence[Spot], *, reach: float) -> SafeString:
    """Return the plot as SVG without any style of its own.

    `reach` is the search's limit in miles; rings go as far as that or the last club.
    """
    step = ring_step(max([reach, *(spot.miles for spot in spots)]))
    edge = RINGS * step
    parts = [
        f'<svg class="rings" viewBox="-170 -170 340 340" role="img" aria-label="'
        f'{escape(words(spots))}"><g class="rings__r">',
        *(f'<circle r="{EDGE * n // RINGS}"/>' for n in range(1, RINGS + 1)),
        '<path d="M0-158V158M-158 0H158"/></g>',
        '<path class="rings__you" d="M-9-3V-9H-3M3-9H9V-3M9 3V9H3M-3 9H-9V3"/>',
        '<circle class="rings__me" r="2.5"/><text x="4" y="-154">N</text>',
    ]
    for n in range(1, RINGS + 1):
        unit = " mi" if n == 1 else ""
        right = EDGE * n // RINGS + (3 if n < RINGS else 2)
        words_at = f'<text class="rings__s" x="{right}" y="14">'
        parts.append(f"{words_at}{step * n:g}{unit}</text>")
    places = [spot.at(edge) for spot in spots]
    for x, y in places:
        parts.append(f'<circle class="rings__c" cx="{x:.0f}" cy="{y:.0f}" r="6"/>')
    taken = [*places, (0.0, 0.0)]
    for spot, (x, y) in zip(spots, places, strict=True):
        lx, ly = _free(x, y, spot.bearing, taken)
        taken.append((lx, ly))
        parts.append(
            f'<text class="rings__n" x="{lx:.0f}" y="{ly + 4:.0f}">{spot.number}</text>'
        )
    parts.append("</svg>")
    # Numbers made above, constants, and words that are escaped.
    return mark_safe("".join(parts))  # noqa: S308


def _free(
    x: float, y: float, bearing: float, taken: list[tuple[float, float]]
) -> tuple[float, float]:
    """Return the place round a dot that is farthest from dots and other numbers.

    Outwards if that is as good: there nothing lies behind the number.
    """
    best, most = (x, y), -1.0
    for turn in (0, 45, -45, 90, -90, 135, -135, 180):
        angle = radians(bearing + turn)
        spot = x + LABEL * sin(angle), y - LABEL * cos(angle)
        if max(abs(spot[0]), abs(spot[1])) > 162:
            continue
        others = [t for t in taken if t != (x, y)]
        room = min(
            (max(abs(spot[0] - a), abs(spot[1] - b)) for a, b in others), default=99.0
        )
        if min(room, 14) > most + 0.5:
            best, most = spot, min(room, 14)
    return best
