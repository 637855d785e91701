"""Lenses, side elevation, standing on the mount: lists of sections from the foot up."""

from collections.abc import Iterable

from shop.drawings.lens_parts import (
    COARSE,
    Section,
    aperture,
    barrel,
    front,
    hood,
    mount,
    ring,
    scale,
    taper,
    yellow,
)
from shop.drawings.pen import disc, ground


def _stand(shadow: float, sections: Iterable[Section], *, foot: float = 262) -> str:
    drawn = [ground(200, foot, shadow)]
    y = foot
    for section in sections:
        y, svg = section(y)
        drawn.append(svg)
    drawn.append(disc(200, 243 if foot == 262 else 247, 3.4, "a", k=1))
    return "".join(drawn)


def prime(label: str, sub: str, finish: str) -> str:
    if finish == "silver":
        return silver(label, sub, finish)
    return _stand(
        83,
        (
            mount(52),
            barrel(66, 22),
            aperture(73, 38),
            barrel(75, 14),
            ring(77, 50),
            yellow(75),
            barrel(75, 26, text=label),
            front(73, 14, 55),
        ),
    )


def silver(label: str, sub: str, finish: str) -> str:
    """A small lens of bare metal."""
    return _stand(
        77,
        (
            mount(50),
            barrel(63, 24, metal="s"),
            aperture(68, 36),
            barrel(70, 16, metal="s"),
            ring(71, 40),
            barrel(70, 24, text=label, metal="s"),
            front(66, 12, 45),
        ),
    )


def zoom(label: str, sub: str, finish: str) -> str:
    return _stand(
        82,
        (
            mount(52),
            barrel(66, 26),
            ring(70, 64, COARSE),
            barrel(68, 16, text=label),
            ring(71, 36),
            taper(69, 75, 18),
            yellow(75),
            front(76, 24, 60),
        ),
    )


def tele(label: str, sub: str, finish: str) -> str:
    """A long lens: its barrel is white, unless it is said to be black."""
    metal = "b" if finish == "black" else "p"
    return _stand(
        79,
        (
            mount(46, 10),
            barrel(56, 30),
            ring(58, 24),
            barrel(57, 58, text=label, metal=metal, spacing=0),
            ring(60, 46, COARSE),
            taper(58, 65, 16, metal),
            yellow(65),
            hood(65, 73, 46, 24),
        ),
        foot=264,
    )


def wide(label: str, sub: str, finish: str) -> str:
    return _stand(
        96,
        (
            mount(54),
            barrel(68, 20, text=label, size=10),
            ring(71, 40, COARSE),
            barrel(70, 12),
            scale(73),
            ring(75, 26),
            taper(73, 83, 16),
            yellow(83),
            hood(82, 90, 34, 24),
        ),
    )


def macro(label: str, sub: str, finish: str) -> str:
    return _stand(
        75,
        (
            mount(50),
            barrel(64, 34),
            scale(66),
            ring(69, 62),
            yellow(67),
            barrel(67, 28, text=label),
            barrel(60, 18),
            front(58, 12, 40),
        ),
    )


def pancake(label: str, sub: str, finish: str) -> str:
    return _stand(
        80,
        (
            mount(55),
            barrel(69, 16, text=label, size=9),
            aperture(73, 34),
            ring(74, 16),
            front(70, 16, 45),
        ),
    )
