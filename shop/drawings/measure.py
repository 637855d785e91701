"""Dimension lines round a drawing, in millimetres, on a canvas of 400 by 340."""

from shop.drawings.pen import num

# Left, top, right and bottom of what the maker measures, on the drawing's canvas.
EXTENTS: dict[str, tuple[int, int, int, int]] = {
    "bag-pack": (98, 23, 302, 262),
    "bag-shoulder": (72, 112, 328, 262),
    "battery": (132, 64, 268, 252),
    "book": (82, 72, 318, 250),
    "cam-compact": (88, 92, 312, 238),
    "cam-instant": (92, 84, 312, 248),
    "cam-mount": (118, 86, 282, 250),
    "cam-retro": (50, 49, 350, 240),
    "cam-retro-black": (50, 49, 350, 240),
    "cam-retro-body": (50, 49, 350, 240),
    "cam-rf": (46, 84, 354, 238),
    "cam-rf-black": (46, 84, 354, 238),
    "cam-slr": (56, 51, 344, 247),
    "cam-slr-body": (56, 51, 344, 247),
    "cam-tlr": (103, 30, 296, 256),
    "card-sd": (120, 56, 280, 250),
    "film-120": (96, 78, 232, 252),
    "film-35": (94, 48, 196, 254),
    "film-instant": (96, 148, 246, 254),
    "filter": (102, 58, 298, 254),
    "flash": (140, 31, 260, 255),
    "lens-macro": (131, 62, 269, 250),
    "lens-pancake": (126, 162, 274, 250),
    "lens-prime": (123, 74, 277, 250),
    "lens-silver": (129, 92, 271, 250),
    "lens-tele": (127, 22, 273, 254),
    "lens-wide": (110, 66, 290, 250),
    "lens-zoom": (124, 54, 276, 250),
    "prints": (82, 58, 318, 244),
    "strap": (82, 52, 318, 258),
    "tripod": (102, 28, 298, 273),
}
_LOW = 283
_FAR = 373


def millimetres(value: float) -> str:
    """129.5 and 91, without an empty decimal."""
    return num(round(value, 1))


def dimensions(shape: str, width_mm: float | None, height_mm: float | None) -> str:
    """The lines, arrows and figures for the sizes that are known."""
    left, top, right, bottom = EXTENTS[shape]
    lines, heads, figures = [], [], []
    if width_mm:
        text = f"{millimetres(width_mm)} mm"
        middle, gap = (left + right) / 2, 6 + 3 * len(text)
        y = _LOW
        lines.append(
            f"M{left} {y - 7}v14M{right} {y - 7}v14M{left + 2} {y}H{num(middle - gap)}"
            f"M{num(middle + gap)} {y}H{right - 2}"
        )
        heads.append(f"M{left} {y}l7-2.5v5zM{right} {y}l-7-2.5v5z")
        figures.append(f'<text x="{num(middle)}" y="{y + 4}">{text}</text>')
    if height_mm:
        x, middle = _FAR, (top + bottom) / 2
        lines.append(
            f"M{x - 7} {top}h14M{x - 7} {bottom}h14M{x} {top + 2}V{num(middle - 22)}"
            f"M{x} {num(middle + 20)}V{bottom - 2}"
        )
        heads.append(f"M{x} {top}l-2.5 7h5zM{x} {bottom}l-2.5-7h5z")
        figures.append(
            f'<text x="{x}" y="{num(middle - 3)}">{millimetres(height_mm)}</text>'
            f'<text x="{x}" y="{num(middle + 11)}">mm</text>'
        )
    return (
        f'<path d="{"".join(lines)}" fill="none" stroke="var(--dim)"'
        ' stroke-width=".8"/>'
        f'<path d="{"".join(heads)}" fill="var(--dim)"/>'
        '<g class="dim" fill="var(--dimt)" font-size="11.5" text-anchor="middle"'
        f' font-weight="500">{"".join(figures)}</g>'
    )
