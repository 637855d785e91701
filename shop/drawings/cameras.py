"""Cameras, front elevation. `label` is engraved round the lens."""

from shop.drawings import pen
from shop.drawings.pen import box, disc, form, ground, line, oval, ribs, skin

_DIAL = "1.5 2"


def glass(x: float, y: float, r: float, label: str) -> str:
    """The front of a lens whose barrel has the radius `r`."""
    wedge = (
        f"{pen.arc(x, y, 0.5 * r, 200, 262)}L{pen.on_ring(x, y, 0.4 * r, 262)}"
        f"A{pen.num(0.4 * r)} {pen.num(0.4 * r)} 0 0 0"
        f" {pen.on_ring(x, y, 0.4 * r, 200)}Z"
    )
    return "".join(
        (
            disc(x, y, 0.86 * r, "c", k=1.2),
            disc(x, y, 0.8 * r, "b", k=0.8, edge="h"),
            pen.round_words(x, y, 0.685 * r, label, 0.098 * r),
            disc(x, y, 0.62 * r, "c", k=1.2),
            disc(x, y, 0.55 * r, "g", k=0.7, edge="h"),
            disc(x, y, 0.4 * r, "c"),
            disc(x, y, 0.36 * r, "g", k=1, edge="m"),
            disc(x, y, 0.17 * r, "c", k=1, edge="m"),
            form(wedge, "h", opacity=".55"),
            '<path d="'
            + pen.arc(x, y, 0.3 * r, 30, 95)
            + '" fill="none" stroke="var(--i-a)" stroke-width="2"'
            ' stroke-linecap="round" opacity=".8"/>',
            oval(x - 0.12 * r, y - 0.13 * r, 0.055 * r, 0.04 * r, "w"),
        )
    )


def lens(x: float, y: float, r: float, label: str, *, grip: bool = True) -> str:
    ring = disc(x, y, r - 4, k=6, edge="c") if grip else ""
    ring = ring.replace("/>", ' stroke-dasharray="2.2 2.6"/>')
    return disc(x, y, r, "b", k=1.5) + ring + glass(x, y, r, label)


def throat(x: float, y: float) -> str:
    """A bare lens mount with its bayonet, screws and index dot."""
    claws = ((20, 54), (150, 184), (265, 299))
    return "".join(
        (
            disc(x, y, 82, "t", k=1.3),
            disc(x, y, 78, "s", k=0.8),
            disc(x, y, 64, "c", k=1.2),
            box(x - 45, y - 33, 90, 66, "g", r=3, k=1, edge="h"),
            line(f"M{x - 38} {y - 27}l30 0l-14 54h-16Z", "h", 0.6),
            *(line(pen.arc(x, y, 70, *claw), "k", 7) for claw in claws),
            *(
                disc(x + dx * 50.91, y + dy * 50.91, 2.6, "t", k=0.8)
                for dx, dy in ((1, 1), (-1, 1), (-1, -1), (1, -1))
            ),
            disc(x + 56, y - 56, 4, "a", k=1),
        )
    )


def mount(label: str, sub: str, finish: str) -> str:
    return throat(200, 168)


_SLR_TOP = (
    "Q68 110 86 108L150 104C160 103 163 96 167 84C171 70 178 63 190 62L238 62"
    "C250 63 256 70 260 84C264 96 268 103 278 104L322 106Q338 107 338 122"
)


def _slr(front: str, finish: str) -> str:
    bright = finish in ("silver", "white")
    return "".join(
        (
            ground(197.5, 247, 147.5),
            box(56, 128, 8, 14, "t", r=2, k=1),
            box(336, 126, 8, 14, "t", r=2, k=1),
            box(286, 90, 38, 18, "s" if bright else "b", r=2, k=1.2),
            ribs(289, 99, 32, 14, "t" if bright else "m", "1.6 2.2"),
            box(194, 54, 40, 8, "s", r=1, k=1),
            box(200, 51, 28, 4, "t", r=1, k=0.8),
            form(
                f"M68 128{_SLR_TOP}L338 226Q338 242 322 242L84 242Q68 242 68 226Z",
                "b",
                k=1.8,
            ),
            form(f"M68 137V128{_SLR_TOP}V137Z", "s", k=1.4) if bright else "",
            line("M130 137H338", "k", 1.2),
            "" if bright else line("M130 139H337", "h", 0.7),
            skin(136, 140, 200, 238),
            form(
                "M176 104C180 92 182 76 192 74L236 74C246 76 248 92 252 104",
                "t" if bright else "c",
                k=1.1,
            ),
            line("M194 72H234", "w" if bright else "h", 0.8),
            line("M88 108.6L150 104.6M280 105L322 107", "w" if bright else "h", 0.9),
            form(
                "M56 150Q56 122 78 118L106 115Q124 115 126 134L132 236"
                "Q132 247 120 247L72 247Q56 247 56 232Z",
                "c",
                k=1.6,
            ),
            skin(64, 148, 60, 240),
            line("M62 148Q63 126 80 123", "h", 1),
            oval(92, 112, 19, 6, "m", k=1.2),
            oval(92, 109.5, 13, 4.2, "s", k=1),
            box(74, 126, 34, 8, "m", r=3, k=1),
            ribs(77, 130, 28, 4, "h", "1.2 2.2"),
            disc(149, 122, 5, "c", k=0.8, edge="h"),
            disc(149, 122, 2, "a"),
            front,
            disc(318, 196, 10, "m", k=1.2),
            disc(318, 196, 6.5, "b", k=0.7, edge="h"),
        )
    )


def slr(label: str, sub: str, finish: str) -> str:
    """A reflex or mirrorless camera with a hump and a lens."""
    front = disc(214, 172, 86, "t", k=1.2) + lens(214, 172, 80, label)
    return _slr(front + disc(276, 112, 3.2, "a", k=1), finish)


def slr_body(label: str, sub: str, finish: str) -> str:
    return _slr(throat(214, 172), finish)


def _retro(front: str, finish: str) -> str:
    dark = finish == "black"
    metal, shade, light = ("b", "c", "h") if dark else ("s", "t", "w")
    seam = "h" if dark else "t"
    return "".join(
        (
            ground(200, 243, 145),
            box(50, 118, 9, 14, "t", r=2, k=1),
            box(341, 118, 9, 14, "t", r=2, k=1),
            box(88, 79, 42, 8, metal, r=2, k=1),
            box(84, 85, 50, 17, metal, r=2, k=1.2),
            ribs(86, 93.5, 46, 12, shade, _DIAL),
            box(270, 84, 42, 18, metal, r=2, k=1.2),
            ribs(272, 93, 38, 13, shade, _DIAL),
            box(276, 78, 30, 7, metal, r=1.5, k=1),
            box(316, 92, 24, 11, metal, r=2, k=1.2),
            ribs(318, 97.5, 20, 6, shade, _DIAL),
            box(62, 97, 15, 8, metal, r=2, k=1),
            oval(69.5, 96, 8, 2.8, "t", k=1),
            oval(69.5, 94, 5.5, 2, "m", k=0.8),
            box(180, 52, 40, 7, "t", r=1, k=1),
            box(186, 49, 28, 4, "s", r=1, k=0.8),
            form(
                "M58 116Q58 102 72 101L140 101L164 64Q167 59 174 59L226 59"
                "Q233 59 236 64L260 101L328 101Q342 102 342 116L342 136L58 136Z",
                metal,
                k=1.8,
            ),
            line("M164 101L178 68H222L236 101", seam, 1.2),
            line("M140 101H164M236 101H260", seam, 1),
            line("M62 115Q63 105 74 104H140M262 104H328", light, 1),
            form("M56 136H344V226Q344 240 330 240H70Q56 240 56 226Z", "b", k=1.8),
            skin(60, 143, 280, 228),
            form("M56 228H344Q343 240 330 240H70Q57 240 56 228Z", metal, k=1.3),
            form(
                "M62 146Q62 140 68 140L92 140Q104 142 104 156L106 214"
                "Q106 226 96 226L70 226Q62 226 62 216Z",
                "c",
                k=1.2,
            ),
            skin(66, 144, 36, 220),
            box(300, 112, 22, 14, "g", r=2, k=1),
            line("M303 123l8-8", "h", 1),
            disc(110, 120, 5.5, "c", k=1),
            disc(110, 120, 2.2, "a"),
            front,
            disc(300, 196, 9, "m" if dark else "t", k=1.2),
            disc(300, 196, 5.5, metal, k=0.8),
        )
    )


def retro(label: str, sub: str, finish: str) -> str:
    """A camera with dials and a prism, silver unless it is said to be black."""
    front = disc(200, 168, 74, "t", k=1.2) + lens(200, 168, 68, label)
    return _retro(front + disc(254, 116, 3.2, "a", k=1), finish)


def retro_black(label: str, sub: str, finish: str) -> str:
    return retro(label, sub, "black")


def retro_body(label: str, sub: str, finish: str) -> str:
    return _retro(throat(200, 168), finish)


def rangefinder(label: str, sub: str, finish: str) -> str:
    """A flat camera with a window, silver unless it is said to be black."""
    dark = finish == "black"
    metal, shade, light = ("b", "c", "h") if dark else ("s", "t", "w")
    return "".join(
        (
            ground(200, 240, 148),
            box(46, 122, 9, 14, "t", r=2, k=1),
            box(345, 122, 9, 14, "t", r=2, k=1),
            box(96, 84, 44, 15, metal, r=2, k=1.2),
            ribs(98, 91.5, 40, 10, shade, _DIAL),
            box(152, 90, 22, 10, metal, r=2, k=1),
            oval(163, 89, 10, 3, "t", k=1),
            oval(163, 87, 6, 2, "m", k=0.8),
            box(60, 92, 26, 9, metal, r=2, k=1.2),
            ribs(62, 96.5, 22, 4, shade, _DIAL),
            box(196, 90, 44, 7, "t", r=1, k=1),
            form(
                "M54 112Q54 98 68 97L332 97Q346 98 346 112L346 140L54 140Z",
                metal,
                k=1.8,
            ),
            line("M58 111Q59 101 70 100H330", light, 1),
            box(292, 105, 38, 25, "c", r=3, k=1.2),
            box(297, 109, 28, 17, "g", r=2, k=0.8, edge="h"),
            line("M300 124l12-13", "h", 1.2),
            box(238, 109, 34, 15, "p", r=2, k=1),
            ribs(241, 116.5, 28, 11, "t", "1 2"),
            box(206, 111, 16, 12, "c", r=2, k=1),
            box(209, 114, 10, 6, "g", r=1),
            form("M52 140H348V224Q348 238 334 238H66Q52 238 52 224Z", "b", k=1.8),
            skin(56, 142, 288, 227),
            form("M52 227H348Q347 238 334 238H66Q53 238 52 227Z", metal, k=1.3),
            disc(200, 176, 62, "t", k=1.2),
            lens(200, 176, 56, label),
            disc(246, 132, 3.2, "a", k=1),
            form("M118 150h12v34q-1 8-6 8t-6-8Z", metal, k=1.1),
            disc(124, 148, 6, "t", k=1),
            disc(274, 196, 8, "t", k=1),
        )
    )


def rangefinder_black(label: str, sub: str, finish: str) -> str:
    return rangefinder(label, sub, "black")
