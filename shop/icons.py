"""The icon set: 24 by 24, two-unit strokes, drawn for this shop."""

from django.utils.safestring import SafeString, mark_safe

_SHAPES = {
    "search": '<circle cx="10" cy="10" r="6.5"/><path d="m15 15 6 6"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 4-7 8-7s8 2 8 7"/>',
    "trolley": '<path d="M2 4h3l3 11h10l3-8H6"/><circle cx="9.5" cy="19.5" r="1.5"/>'
    '<circle cx="16.5" cy="19.5" r="1.5"/>',
    "truck": '<path d="M2 6h12v10H2zM14 10h4l3 3v3h-7"/><circle cx="7" cy="18" r="2"/>'
    '<circle cx="17" cy="18" r="2"/>',
    "back": '<path d="M4 9h10a5 5 0 0 1 0 10H8M8 5 4 9l4 4"/>',
    "lock": '<path d="M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v.5"/>',
    "warn": '<path d="M12 3 2 21h20zM12 10v5M12 18v.3"/>',
    "alert": '<circle cx="12" cy="12" r="9"/><path d="M12 7v6M12 16.5v.5"/>',
    "bad": '<circle cx="12" cy="12" r="9"/><path d="M12 7v6M12 16.5v.5"/>',
    "right": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "left": '<path d="M20 12H5M11 6l-6 6 6 6"/>',
    "down": '<path d="m5 9 7 7 7-7"/>',
    "check": '<path d="m4 12.5 5.5 5.5L20 7"/>',
    "x": '<path d="m6 6 12 12M18 6 6 18"/>',
    "minus": '<path d="M5 12h14"/>',
    "plus": '<path d="M5 12h14M12 5v14"/>',
    "pin": '<path d="M12 21s7-6.5 7-12a7 7 0 0 0-14 0c0 5.5 7 12 7 12z"/>'
    '<circle cx="12" cy="9" r="2.5"/>',
    "dl": '<path d="M12 4v11M7 11l5 5 5-5M4 20h16"/>',
    "ext": '<path d="M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9"/>',
    "filter": '<path d="M3 6h18M6 12h12M10 18h4"/>',
    "mail": '<path d="M3 6h18v13H3zM3 7l9 7 9-7"/>',
    "home": '<path d="M4 11 12 4l8 7v9H4z"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l4 2"/>',
    "print": '<path d="M6 9V3h12v6M6 17H3v-8h18v8h-3M6 14h12v7H6z"/>',
}

_CORNERS = "M1.5 6V1.5H6M14 1.5h4.5V6M18.5 14v4.5H14M6 18.5H1.5V14"
_SEALS = {
    "kept": "m5.5 10.5 3 3 6-7",
    "broken": "M6.5 6.5l7 7M13.5 6.5l-7 7",
    "not-checked": "M10 5.5V10l3 2",
    "attested": "M6 7h8M6 10.5h8M6 14h4",
}


def _icon(shape: str) -> SafeString:
    # Only the constants above are marked safe here, nothing that anyone typed.
    return mark_safe(  # noqa: S308
        f'<svg class="ic" viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>'
    )


def _seal(sign: str) -> SafeString:
    return mark_safe(  # noqa: S308
        '<svg viewBox="0 0 20 20" aria-hidden="true">'
        f'<path d="{_CORNERS}"/><path d="{sign}"/></svg>'
    )


ICONS = {name: _icon(shape) for name, shape in _SHAPES.items()}
SEALS = {state: _seal(sign) for state, sign in _SEALS.items()}
