"""Distance and direction on the ground. Pure; degrees are WGS84, distances miles."""

from math import asin, atan2, cos, degrees, hypot, pi, radians, sin, sqrt, tan
from typing import NamedTuple

# The Earth is not quite a ball. This is the one that fits it best where Britain lies
# (mean radius of curvature of WGS84 at 54.5 degrees): within 0.2 % of the ellipsoid
# from Scilly to Shetland, where the usual 6371 km is 0.3 % short.
RADIUS_KM = 6385.1
KM_PER_MILE = 1.609344
DIAMETER_MILES = 2 * RADIUS_KM / KM_PER_MILE
POINTS = (
    *("north", "north-east", "east", "south-east"),
    *("south", "south-west", "west", "north-west"),
)


class Position(NamedTuple):
    latitude: float
    longitude: float


def miles(a: Position, b: Position) -> float:
    """Return the great-circle distance (haversine, which keeps short ones exact)."""
    up = sin(radians(b.latitude - a.latitude) / 2) ** 2
    along = sin(radians(b.longitude - a.longitude) / 2) ** 2
    both = cos(radians(a.latitude)) * cos(radians(b.latitude))
    return DIAMETER_MILES * asin(sqrt(min(1.0, up + both * along)))


def bearing(a: Position, b: Position) -> float:
    """Return the direction from a to b in degrees from north, clockwise."""
    lat1, lat2 = radians(a.latitude), radians(b.latitude)
    along = radians(b.longitude - a.longitude)
    y = sin(along) * cos(lat2)
    x = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(along)
    return degrees(atan2(y, x)) % 360


def point_of_compass(angle: float) -> str:
    """Return "south-west" for 225 degrees."""
    return POINTS[round(angle / 45) % 8]


def box(centre: Position, reach: float) -> tuple[Position, Position]:
    """Return the corners (south-west, north-east) of what lies within `reach` miles."""
    up = degrees(2 * reach / DIAMETER_MILES)
    widest = cos(radians(min(89.0, abs(centre.latitude) + up)))
    along = up / widest
    return (
        Position(centre.latitude - up, centre.longitude - along),
        Position(centre.latitude + up, centre.longitude + along),
    )


# --- the National Grid -------------------------------------------------------------
# Ordnance Survey, "A guide to coordinate systems in Great Britain", annexes B and C.
_AIRY = (6_377_563.396, 6_356_256.909)
_WGS84 = (6_378_137.000, 6_356_752.314_245)
_SCALE = 0.999_601_271_7
_ORIGIN = (radians(49), radians(-2))
_EASTING, _NORTHING = 400_000.0, -100_000.0
# OSGB36 to WGS84: metres, seconds of arc, parts per million; good to five metres.
_SHIFT = (446.448, -125.157, 542.060)
_TURN = tuple(radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
_GROW = -20.4894e-6


def from_grid(easting: float, northing: float) -> Position:
    """Return the place of a National Grid reference in metres, to about five metres."""
    return _shifted(*_unprojected(easting, northing))


def _unprojected(easting: float, northing: float) -> tuple[float, float]:
    a, b = _AIRY
    e2, n = 1 - (b / a) ** 2, (a - b) / (a + b)
    lat = _ORIGIN[0]
    arc = 0.0
    while True:
        lat += (northing - _NORTHING - arc) / (a * _SCALE)
        arc = _meridian(lat, b, n)
        if abs(northing - _NORTHING - arc) < 1e-5:
            break
    nu = a * _SCALE / sqrt(1 - e2 * sin(lat) ** 2)
    rho = a * _SCALE * (1 - e2) / (1 - e2 * sin(lat) ** 2) ** 1.5
    eta, t, sec = nu / rho - 1, tan(lat), 1 / cos(lat)
    d = easting - _EASTING
    up = (
        t / (2 * rho * nu) * d**2
        - t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta - 9 * t**2 * eta) * d**4
        + t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4) * d**6
    )
    along = (
        sec / nu * d
        - sec / (6 * nu**3) * (nu / rho + 2 * t**2) * d**3
        + sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4) * d**5
    )
    return lat - up, _ORIGIN[1] + along


def _meridian(lat: float, b: float, n: float) -> float:
    low, high = lat - _ORIGIN[0], lat + _ORIGIN[0]
    return (
        b
        * _SCALE
        * (
            (1 + n + 1.25 * (n**2 + n**3)) * low
            - (3 * n + 3 * n**2 + 2.625 * n**3) * sin(low) * cos(high)
            + 1.875 * (n**2 + n**3) * sin(2 * low) * cos(2 * high)
            - 35 / 24 * n**3 * sin(3 * low) * cos(3 * high)
        )
    )


def _shifted(lat: float, lon: float) -> Position:
    """Return the same place in WGS84 (Helmert's seven numbers)."""
    a, b = _AIRY
    e2 = 1 - (b / a) ** 2
    nu = a / sqrt(1 - e2 * sin(lat) ** 2)
    x, y = nu * cos(lat) * cos(lon), nu * cos(lat) * sin(lon)
    z = (1 - e2) * nu * sin(lat)
    rx, ry, rz = _TURN
    x2 = _SHIFT[0] + (1 + _GROW) * x - rz * y + ry * z
    y2 = _SHIFT[1] + rz * x + (1 + _GROW) * y - rx * z
    z2 = _SHIFT[2] - ry * x + rx * y + (1 + _GROW) * z
    a, b = _WGS84
    e2, flat = 1 - (b / a) ** 2, hypot(x2, y2)
    lat2 = atan2(z2, flat * (1 - e2))
    for _ in range(4):
        nu = a / sqrt(1 - e2 * sin(lat2) ** 2)
        lat2 = atan2(z2 + e2 * nu * sin(lat2), flat)
    return Position(lat2 * 180 / pi, degrees(atan2(y2, x2)))
