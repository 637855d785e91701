"""Compact, instant and twin-lens cameras, front elevation."""

from shop.drawings.cameras import glass, lens
from shop.drawings.pen import box, disc, form, ground, line, ribs, skin


def compact(label: str, sub: str, finish: str) -> str:
    bright = finish in ("silver", "white")
    knob = "t" if bright else "m"
    return "".join(
        (
            ground(200, 240, 108),
            box(120, 96, 36, 12, knob, r=3, k=1.1),
            ribs(123, 102, 30, 8, "m" if bright else "h", "1.2 2"),
            box(170, 100, 26, 8, "t", r=2, k=1),
            box(252, 92, 34, 14, knob, r=2, k=1.1),
            ribs(255, 99, 28, 10, "m" if bright else "h", "1.2 2"),
            box(88, 106, 224, 132, "s" if bright else "b", r=16, k=1.8),
            line("M96 118Q98 109 108 108.5H292", "w" if bright else "h", 1),
            line("M88 132H312", "t" if bright else "k", 1),
            "" if bright else skin(92, 134, 216, 230),
            form(
                "M98 146Q98 138 106 138H116Q124 138 124 148V222Q124 230 116 230"
                "H106Q98 230 98 222Z",
                "c",
                k=1.2,
            ),
            box(262, 114, 36, 13, "p", r=3, k=1),
            ribs(265, 120.5, 30, 9, "t", "1 2"),
            disc(148, 121, 4.5, "c", k=0.8, edge="h"),
            disc(148, 121, 1.8, "a"),
            disc(214, 176, 62, knob, k=1.2),
            disc(214, 176, 58, "b", k=0.7, edge="h"),
            lens(214, 176, 52, label, grip=False),
        )
    )


def instant(label: str, sub: str, finish: str) -> str:
    body, base = ("b", "c") if finish == "black" else ("s", "t")
    return "".join(
        (
            ground(202, 250, 110),
            form("M150 30H262V96H150Z", "p", k=1.4),
            box(159, 38, 94, 58, "t", r=1, k=0.8),
            form("M159 84l26-24 18 15 22-26 28 34v13H159Z", "m"),
            form(
                "M104 96Q106 84 120 84H284Q298 84 300 96L312 230Q313 248 296 248"
                "H108Q91 248 92 230Z",
                body,
                k=1.8,
            ),
            line("M112 98Q114 90 122 90H282", "h" if body == "b" else "w", 1.2),
            box(136, 86, 136, 8, "c", r=3, k=1),
            form(
                "M92 222L312 222L312 232Q313 248 296 248H108Q91 248 92 232Z",
                base,
                k=1.2,
            ),
            box(246, 112, 46, 24, "p", r=4, k=1.2),
            ribs(250, 124, 38, 18, "t", "1.2 2.2"),
            box(116, 114, 34, 22, "c", r=4, k=1.2),
            box(121, 118, 24, 14, "g", r=2, k=0.8, edge="h"),
            lens(206, 178, 50, label),
            disc(126, 178, 13, "t", k=1.2),
            disc(126, 178, 9, "a", k=1),
            disc(284, 160, 4, "c", k=1),
        )
    )


def twin_lens(label: str, sub: str, finish: str) -> str:
    """A twin-lens reflex: `label` on the lens that takes, `sub` on the one above."""
    wheel = disc(118, 150, 12, k=4).replace("/>", ' stroke-dasharray="1.4 2"/>')
    return "".join(
        (
            ground(205, 258, 85),
            form("M150 60L158 30H244L252 60Z", "b", k=1.6),
            line("M164 34H238", "h", 1),
            box(150, 58, 102, 8, "t", r=1, k=1.2),
            disc(118, 150, 15, "t", k=1.3),
            wheel,
            box(284, 96, 12, 8, "t", r=2, k=1),
            box(278, 128, 16, 30, "t", r=3, k=1.2),
            box(126, 66, 152, 190, "b", r=8, k=1.8),
            skin(130, 70, 16, 250),
            skin(258, 70, 16, 250),
            box(148, 70, 108, 182, "s", r=6, k=1.4),
            line("M152 74H252", "w", 1),
            disc(202, 114, 38, "t", k=1.1),
            disc(202, 114, 34, "b", k=1.5),
            glass(202, 114, 34, sub or label),
            disc(202, 200, 44, "t", k=1.1),
            lens(202, 200, 40, label),
            disc(162, 158, 8, "t", k=1),
            disc(242, 158, 8, "t", k=1),
            disc(242, 158, 2.2, "a"),
        )
    )
