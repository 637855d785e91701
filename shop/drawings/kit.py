"""What carries, holds, lights and feeds a camera."""

from shop.drawings.pen import (
    arc,
    box,
    disc,
    form,
    ground,
    line,
    ribs,
    round_words,
    turned,
    words,
)

_STITCH = "2 2"


def _clamp(x: float, y: float, angle: int) -> str:
    return turned(
        (
            box(-8, -7, 16, 14, "m", r=2, k=1.1),
            line("M-3 -6V6M1 -6V6M5 -6V6", "h", 0.8),
        ),
        f"translate({x} {y}) rotate({angle})",
    )


def tripod(label: str, sub: str, finish: str) -> str:
    return "".join(
        (
            ground(202, 270, 116),
            form("M188 128L106 266H116L200 138Z", "b", k=1.4),
            form("M212 128L294 266H284L200 138Z", "b", k=1.4),
            form("M193 128H207L204 270H196Z", "c", k=1.4),
            _clamp(164.1, 180.9, 122),
            _clamp(235.9, 180.9, 58),
            box(193, 171.12, 14, 15, "m", r=2, k=1.1),
            _clamp(137.6, 223.4, 122),
            _clamp(262.4, 223.4, 58),
            box(193, 216.56, 14, 15, "m", r=2, k=1.1),
            box(102, 264, 14, 6, "k", r=2),
            box(284, 264, 14, 6, "k", r=2),
            box(195, 268, 10, 5, "k", r=2),
            box(194, 62, 12, 52, "s", r=1, k=1.2),
            form("M174 108H226L220 134H180Z", "b", k=1.5),
            disc(180, 122, 7, "m", k=1.1),
            disc(220, 122, 7, "m", k=1.1),
            disc(200, 122, 3.2, "a", k=1),
            disc(200, 58, 17, "b", k=1.5),
            line(arc(200, 58, 12, 190, 260), "h", 1.3),
            box(188, 64, 24, 10, "m", r=2, k=1.2),
            box(172, 34, 56, 9, "b", r=2, k=1.4),
            box(178, 28, 44, 7, "t", r=1, k=1),
            box(216, 50, 26, 10, "t", r=4, k=1.1),
            ribs(220, 55, 18, 8, "k", "1.2 2.2"),
        )
    )


def backpack(label: str, sub: str, finish: str) -> str:
    handle = "M176 44Q176 26 200 26T224 44"
    seam = "M118 128Q200 104 282 128"
    return "".join(
        (
            ground(202, 264, 94),
            line(handle, "b", 7),
            line(handle, "h", 1),
            form("M104 150Q98 150 98 160V232Q98 244 110 244H116V150Z", "b", k=1.4),
            form("M296 150Q302 150 302 160V232Q302 244 290 244H284V150Z", "b", k=1.4),
            form(
                "M122 92Q124 42 168 42H232Q276 42 278 92L288 238Q289 262 264 262"
                "H136Q111 262 112 238Z",
                "b",
                k=1.8,
            ),
            line("M130 94Q132 52 168 50H226", "h", 1.2),
            line(seam, "k", 5),
            line(seam, "h", 1.6, dash=_STITCH),
            form(
                "M136 154Q136 146 144 146H256Q264 146 264 154L268 232"
                "Q268 246 254 246H146Q132 246 132 232Z",
                "c",
                k=1.5,
            ),
            line("M136 168H264", "k", 3.5),
            line("M136 168H264", "h", 1.2, dash=_STITCH),
            box(158, 70, 84, 28, "m", r=3, k=1.2),
            words(200, 89, label, 13, "w", room=74)
            or line("M166 78H216M166 86H200", "h", 1.4),
            box(160, 104, 10, 74, "m", r=1, k=1),
            box(230, 104, 10, 74, "m", r=1, k=1),
            box(157, 150, 16, 12, "t", r=2, k=1),
            box(227, 150, 16, 12, "t", r=2, k=1),
            box(254, 164, 8, 16, "a", r=2, k=1),
            line("M258 180v6", "k", 1.5),
        )
    )


def _buckle(x: float) -> str:
    return (
        box(x, 170, 22, 62, "c", r=2, k=1.2)
        + box(x - 2, 196, 26, 16, "t", r=3, k=1.1)
        + box(x + 4, 200, 14, 8, "s", r=1, k=0.8)
    )


def shoulder_bag(label: str, sub: str, finish: str) -> str:
    strap_ = "M92 140C92 40 308 40 308 140"
    return "".join(
        (
            ground(201, 262, 125),
            line(strap_, "b", 9),
            line(strap_, "h", 1),
            box(172, 57, 56, 14, "m", r=5, k=1.2),
            form("M80 136H320L326 244Q326 262 308 262H92Q74 262 74 244Z", "b", k=1.8),
            form(
                "M84 204H194V252H88Q82 252 82 244ZM206 204H316L318 244"
                "Q318 252 312 252H206Z",
                "c",
                k=1.3,
            ),
            form(
                "M76 124Q78 112 92 112H308Q322 112 324 124L328 190"
                "Q328 200 318 200H82Q72 200 72 190Z",
                "m",
                k=1.7,
            ),
            line("M84 122Q86 117 94 117H304", "h", 1.2),
            line("M80 192H320", "k", 1, dash="4 3"),
            _buckle(128),
            _buckle(250),
            box(178, 140, 44, 20, "a", r=2, k=1.2),
            words(200, 154, label, 11, "k2", weight=700, room=38)
            or line("M186 147H214M186 153H206", "k2", 1.6),
        )
    )


def card(label: str, sub: str, finish: str) -> str:
    """A memory card: `label` its capacity, `sub` its kind and, after " / ", speed."""
    kind, _, rest = sub.partition(" / ")
    speed, _, rate = rest.partition(" / ")
    return "".join(
        (
            ground(202, 252, 84),
            form(
                "M124 64Q124 56 132 56H246L280 88V242Q280 250 272 250H132"
                "Q124 250 124 242Z",
                "b",
                k=1.8,
            ),
            line("M130 66V240", "h", 1.2),
            *(box(x, 64, 10, 24, "t", r=1, k=0.9) for x in range(140, 237, 16)),
            box(138, 108, 128, 128, "p", r=4, k=1.3),
            box(138, 108, 128, 40, "a", r=4, k=1.2),
            words(202, 137, label, 25, "k2", weight=750, room=116),
            words(202, 176, kind, 14, "k2", weight=650, room=116),
            words(150, 216, speed, 22, "k2", weight=750, anchor="start", room=58),
            words(254, 216, rate, 13, "k2", anchor="end", room=58),
            line("M150 188H254", "k2", 1),
            box(120, 120, 8, 20, "s", r=1, k=1),
        )
    )


def flash(label: str, sub: str, finish: str) -> str:
    return "".join(
        (
            ground(202, 258, 62),
            form(
                "M148 40H252Q260 40 260 48V104Q260 112 252 112H148"
                "Q140 112 140 104V48Q140 40 148 40Z",
                "b",
                k=1.8,
            ),
            box(150, 50, 100, 48, "p", r=3, k=1.2),
            ribs(153, 74, 94, 42, "t", "1.4 3"),
            line("M150 34H250", "t", 6),
            form("M162 112H238L232 136H168Z", "c", k=1.4),
            ribs(170, 124, 60, 16, "m", "2 2.4"),
            box(154, 136, 92, 98, "b", r=8, k=1.7),
            line("M160 146V224", "h", 1.1),
            box(166, 148, 68, 34, "g", r=2, k=1, edge="h"),
            disc(200, 165, 12, "c", k=1, edge="m"),
            disc(200, 206, 15, "m", k=1.2),
            disc(200, 206, 9, "b", k=0.8, edge="h"),
            disc(166, 208, 4, "a", k=0.9),
            words(200, 229, label, 8, "w", room=60),
            box(172, 234, 56, 12, "m", r=2, k=1.2),
            box(164, 246, 72, 9, "s", r=1, k=1.2),
        )
    )


def filter_(label: str, sub: str, finish: str) -> str:
    """A filter: `label` its thread and `sub` its kind, engraved in the rim."""
    rim = disc(200, 156, 93, k=7, edge="m").replace("/>", ' stroke-dasharray="2 2.6"/>')
    engraved = " ".join(part for part in (label, sub) if part)
    return "".join(
        (
            ground(200, 256, 90),
            disc(200, 156, 98, "b", k=1.8),
            rim,
            disc(200, 156, 86, "c", k=1.3),
            disc(200, 156, 78, "gl", k=1, edge="h"),
            form(
                "M146 200L232 88Q246 96 254 108L176 230Q156 220 146 200Z",
                "w",
                opacity=".35",
            ),
            round_words(200, 156, 82, engraved, 9, spacing=1, below=True),
            disc(200, 66, 4, "a", k=1),
        )
    )


def battery(label: str, sub: str, finish: str) -> str:
    """A battery: `label` its charge in mAh, `sub` its voltage and energy."""
    figure, _, unit = label.partition(" ")
    return "".join(
        (
            ground(201, 254, 71),
            box(132, 76, 136, 176, "b", r=8, k=1.8),
            line("M139 86V242", "h", 1.2),
            box(148, 64, 104, 14, "m", r=3, k=1.3),
            *(box(x, 66, 12, 8, "a", r=1, k=0.9) for x in (160, 182, 204, 226)),
            box(146, 104, 108, 128, "p", r=3, k=1.2),
            words(200, 140, figure, 30, "k2", weight=750, room=96),
            words(200, 158, unit, 13, "k2", room=96),
            line("M158 170H242", "k2", 1),
            words(200, 190, sub, 12, "k2", weight=500, room=96),
            box(160, 202, 70, 18, r=3, k=1.4, edge="k2"),
            box(230, 207, 5, 8, "k2"),
            box(163, 205, 48, 12, "a"),
        )
    )


def strap(label: str, sub: str, finish: str) -> str:
    loop = "M120 236C40 120 130 40 200 60S360 130 280 236"
    return "".join(
        (
            ground(201, 252, 111),
            line(loop, "b", 16),
            line(loop, "m", 11, dash="1.5 2.5"),
            box(106, 222, 28, 24, "c", r=4, k=1.3),
            box(266, 222, 28, 24, "c", r=4, k=1.3),
            disc(120, 250, 8, k=3, edge="t"),
            disc(280, 250, 8, k=3, edge="t"),
            box(180, 52, 46, 18, "a", r=3, k=1.2),
            words(203, 65, label, 10, "k2", weight=700, room=40),
        )
    )
