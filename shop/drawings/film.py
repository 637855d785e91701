"""Film and paper: `label` is the speed or the size, `sub` the kind."""

from shop.drawings.pen import (
    box,
    disc,
    form,
    ground,
    line,
    num,
    ribs,
    turned,
    words,
)

# The DX code's squares: fixed, as no speed is claimed by them.
_DX = ((113, 206), (123, 195), (133, 195), (143, 206), (153, 195), (163, 195))
_DX_LOW = ((123, 207), (153, 207))


def film_35(label: str, sub: str, finish: str) -> str:
    """A 35 mm cartridge with its tongue out."""
    kind, _, length = sub.partition(" / ")
    return "".join(
        (
            ground(216, 252, 120),
            form(
                "M196 104H326Q334 104 334 112V160Q334 168 322 168H262"
                "Q250 168 248 182L246 234H196Z",
                "c",
                k=1.5,
            ),
            ribs(200, 113, 130, 6, "p", "6 7"),
            ribs(200, 226, 46, 6, "p", "6 7"),
            box(132, 48, 26, 20, "b", r=3, k=1.4),
            box(126, 238, 38, 16, "b", r=3, k=1.4),
            line("M145 48V60", "h", 3),
            box(94, 64, 102, 14, "s", r=4, k=1.4),
            box(94, 230, 102, 14, "s", r=4, k=1.4),
            line("M98 69H190M98 235H190", "w", 1.4),
            box(98, 78, 94, 152, "b", k=1.5),
            box(98, 78, 94, 56, "a", k=1.2),
            box(186, 78, 10, 152, "m", k=1),
            words(142, 120, label, 34, "k2", weight=750, room=78),
            words(142, 160, kind, 15, "w", weight=700, spacing=3, room=78),
            words(142, 178, length, 11, "w", weight=500, room=78),
            box(110, 192, 64, 26, "p", r=1),
            *(box(x, y, 7, 8, "k2") for x, y in _DX + _DX_LOW),
            line("M103 82V226", "h", 1.6),
        )
    )


def film_120(label: str, sub: str, finish: str) -> str:
    """A box and a roll of 120."""
    kind, _, length = sub.partition(" / ")
    return "".join(
        (
            ground(208, 254, 122),
            form("M96 92L206 92L206 252L96 252Z", "p", k=1.6),
            form("M206 92L232 78V238L206 252Z", "t", k=1.5),
            form("M96 92L122 78H232L206 92Z", "s", k=1.5),
            box(96, 92, 110, 62, "a", k=1.3),
            words(151, 138, label, 42, "k2", weight=750, room=96),
            words(151, 182, kind, 15, "k2", weight=750, spacing=1.5, room=96),
            words(151, 200, "120 roll film", 10.5, "k2", weight=500),
            line("M108 214H194", "k2", 1),
            words(151, 232, length, 10, "k2", weight=500, room=96),
            box(262, 108, 62, 146, "p", r=2, k=1.5),
            box(256, 100, 74, 10, "b", r=2, k=1.4),
            box(256, 246, 74, 10, "b", r=2, k=1.4),
            box(262, 140, 62, 34, "a", k=1.1),
            words(293, 163, label, 18, "k2", weight=750, room=54),
            line("M268 112V244", "s", 3),
            line("M262 186H324M262 192H324", "t", 1),
            form("M262 206H324V222L262 216Z", "c", k=1),
        )
    )


def _instant_print(x: float, y: float, turn: str) -> str:
    return turned(
        (
            box(x, y, 120, 150, "p", r=3, k=1.5),
            box(x + 10, y + 11, 100, 96, "t", r=1, k=1),
            form(f"M{x + 10} {y + 92}l28-34 22 22 24-36 26 36v27h-100Z", "m"),
            disc(x + 82, y + 32, 9, "w"),
        ),
        turn,
    )


def film_instant(label: str, sub: str, finish: str) -> str:
    """A pack of instant film before two prints."""
    return "".join(
        (
            ground(209, 252, 109),
            _instant_print(196, 66, "rotate(8 256 146)"),
            _instant_print(150, 62, "rotate(-5 210 142)"),
            box(96, 148, 150, 106, "b", r=5, k=1.8),
            line("M102 156H240", "h", 1),
            box(112, 166, 118, 50, "a", r=1, k=1.2),
            words(171, 199, label, 24, "k2", weight=750, room=104),
            words(171, 238, sub, 10.5, "w", spacing=1, room=130),
        )
    )


def _landscape(x: float, y: float, width: float, height: float, turn: str) -> str:
    """A print of posts before a low sun; `x`, `y` and the size are the paper's."""
    inner, tall = width - 18, height - 18
    left, top = x + 9, y + 9
    sea = top + 0.62 * tall
    posts = (
        line(
            f"M{num(left + inner * (0.08 + 0.13 * i))} {num(sea)}v{num(0.24 * tall)}",
            "b",
            2.4,
        )
        for i in range(5)
    )
    return turned(
        (
            box(x, y, width, height, "p", r=2, k=1.5),
            box(left, top, inner, tall, "t", k=0.8),
            box(left, sea, inner, 0.38 * tall, "m"),
            line(f"M{num(left)} {num(sea)}h{num(0.7 * inner)}", "b", 4),
            *posts,
            disc(left + 0.82 * inner, top + 0.34 * tall, 0.12 * tall, "w"),
        ),
        turn,
    )


def prints(label: str, sub: str, finish: str) -> str:
    """Three prints on a table."""
    mountains = (
        "M143 227V195.08L187.24 158.6L215.68 183.68L250.44 144.92L301 188.24V227Z"
    )
    return "".join(
        (
            ground(202, 250, 128),
            _landscape(176, 58, 142, 108, "rotate(9 247 112)"),
            _landscape(82, 70, 128, 168, "rotate(-7 146 154)"),
            turned(
                (
                    box(134, 104, 176, 132, "p", r=2, k=1.5),
                    box(143, 113, 158, 114, "t", k=0.8),
                    form(mountains, "m"),
                    form("M143 227V211.04Q206.2 188.24 301 211.04V227Z", "b"),
                    disc(174.6, 140.36, 10.26, "a"),
                ),
                "rotate(2 222 170)",
            ),
        )
    )


def book(label: str, sub: str, finish: str) -> str:
    """A book lying open."""
    return "".join(
        (
            ground(202, 250, 128),
            form("M82 84L200 100L318 84V236L200 250L82 236Z", "b", k=1.6),
            form("M90 78Q150 66 200 92V240Q150 218 90 228Z", "p", k=1.5),
            form("M310 78Q250 66 200 92V240Q250 218 310 228Z", "p", k=1.5),
            form("M104 100Q150 90 188 108V206Q148 190 104 198Z", "t", k=1),
            form("M104 176l30-36 22 22 32-22v66Q148 190 104 198Z", "m"),
            form("M296 100Q254 90 214 108V152Q254 138 296 142Z", "t", k=1),
            line(
                "M214 170Q254 154 296 158M214 184Q254 168 296 172"
                "M214 198Q240 186 262 184",
                "t",
                2.5,
            ),
        )
    )
