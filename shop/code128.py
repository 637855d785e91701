"""Code 128 (ISO/IEC 15417): the bars of a barcode. Pure."""

from itertools import accumulate

# Widths of bar, space, bar, space, bar, space for the values 0 to 105; then the stop.
_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312"
    " 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212"
    " 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121"
    " 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331"
    " 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123"
    " 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124"
    " 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114"
    " 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112"
    " 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311"
    " 113141 114131 311141 411131 211412 211214 211232"
).split()
_STOP = "2331112"
_START_B, _START_C, _TO_C, _TO_B = 104, 105, 99, 100
QUIET = 10  # modules of white that each side must have


def values(text: str) -> list[int]:
    """Return the symbol values of a text: start, data and check, without the stop.

    Four digits or more in a row are written two to a symbol. Raises ValueError for
    what is no printable ASCII.
    """
    if not text or any(not " " <= letter <= "~" for letter in text):
        raise ValueError("Code 128 B and C hold printable ASCII alone")
    found: list[int] = []
    in_pairs, place = False, 0
    while place < len(text):
        digits = _digits_from(text, place)
        if (digits >= 4 and digits % 2 == 0) or (in_pairs and digits >= 2):
            if not in_pairs:
                found.append(_TO_C if found else _START_C)
            in_pairs = True
            found.append(int(text[place : place + 2]))
            place += 2
        else:
            if in_pairs or not found:
                found.append(_TO_B if found else _START_B)
            in_pairs = False
            found.append(ord(text[place]) - 32)
            place += 1
    check = found[0] + sum(at * value for at, value in enumerate(found[1:], 1))
    return [*found, check % 103]


def _digits_from(text: str, place: int) -> int:
    count = 0
    while place + count < len(text) and text[place + count] in "0123456789":
        count += 1
    return count


def bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """Return the black bars as (first module, width) and the whole width in modules.

    The quiet zones of ten modules on either side are counted in.
    """
    widths = [
        int(width)
        for symbol in [*(_WIDTHS[value] for value in values(text)), _STOP]
        for width in symbol
    ]
    edges = list(accumulate(widths, initial=QUIET))
    black = [(edges[at], widths[at]) for at in range(0, len(widths), 2)]
    return black, edges[-1] + QUIET


def svg(text: str, *, height: int = 40) -> str:
    """Return the barcode as an SVG image, one unit a module."""
    black, width = bars(text)
    path = "".join(f"M{at} 0h{wide}v{height}h-{wide}z" for at, wide in black)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
        f'<path d="{path}"/></svg>'
    )
