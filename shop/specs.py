"""Specifications: what is true of a product, checked, and shown in one wording.

A product's `specs` are {code: value}, values being numbers, strings or booleans, the
codes those of shop/spec_registry.py. Raw supplier values cannot be compared, so
nothing enters the catalogue unless `clean` passed it.
"""
# The shop's own wording uses the true signs: minus, times, en dash.
# ruff: noqa: RUF001

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from shop.spec_registry import FORMATS, SPECS, Spec, SpecError, Value

__all__ = [
    "FORMATS",
    "SPECS",
    "Spec",
    "SpecError",
    "Value",
    "clean",
    "family",
    "key_facts",
    "strip",
    "table",
]

# What a product is, told by the attribute that only its kind has; first match wins.
_MARKS = (
    ("film_kind", "film"),
    ("darkroom_kind", "darkroom"),
    ("film_format", "film-camera"),
    ("megapixels", "camera"),
    ("coverage", "lens"),
    ("support_kind", "support"),
    ("carry_kind", "bag"),
    ("card_type", "card"),
    ("filter_kind", "filter"),
    ("flash_kind", "flash"),
    ("binding", "book"),
    ("cell", "battery"),
)

# Candidates in order; the strip shows the first six that a product has.
_STRIPS: dict[str, tuple[str, ...]] = {
    "camera": (
        *("megapixels", "equiv", "f_stop", "ibis", "fps", "iso", "weight", "coldest"),
        *("shots", "finder_dots", "fps_electronic", "screen_size"),
    ),
    "film-camera": (
        *("film_format", "frame", "focal", "f_stop", "shutter", "weight", "exposures"),
        *("meter", "finder_size"),
    ),
    "lens": (
        *("focal", "f_stop", "close_focus", "magnification", "filter_thread"),
        *("weight", "blades"),
    ),
    "film": ("film_speed", "film_format", "exposures", "process", "pack", "frame"),
    "darkroom": ("volume_ml", "dilution", "makes", "sheets", "paper_size"),
    "support": ("height_max", "height_min", "folded", "load", "weight", "leg_sections"),
    "bag": ("litres", "laptop", "weight", "strap_width", "rain_cover"),
    "card": ("capacity", "read", "write", "video_class"),
    "battery": ("mah", "volts", "watt_hours"),
    "filter": ("filter_size", "filter_stops", "filter_range"),
    "flash": ("guide_number", "flash_power", "recycle", "weight", "flash_zoom"),
    "book": ("pages", "binding"),
}
_STRIP_LENGTH = 6

_KEYS: dict[str, tuple[str, ...]] = {
    "camera": ("megapixels", "sensor", "mount", "equiv", "weight"),
    "film-camera": ("film_format", "frame", "mount", "focal", "weight"),
    "lens": ("coverage", "mount", "weight", "filter_thread"),
    "film": ("film_kind", "film_format", "film_speed"),
    "darkroom": ("darkroom_kind", "paper_size", "sheets", "volume_ml", "makes"),
    "support": ("support_kind", "height_max", "weight", "load"),
    "bag": ("carry_kind", "litres", "strap_width", "carries"),
    "card": ("card_type", "capacity", "read"),
    "battery": ("mah", "volts", "fits"),
    "filter": ("filter_kind", "filter_size", "filter_stops", "filter_range"),
    "flash": ("flash_kind", "guide_number", "flash_power", "ttl"),
    "book": ("subject", "author", "binding", "pages"),
}

_SHORT_MOUNTS = {
    "Fujifilm X": "X mount",
    "Fujifilm G": "G mount",
    "Nikon Z": "Z mount",
    "Nikon F": "F mount",
    "Canon RF": "RF mount",
    "Canon EF": "EF mount",
    "Sony E": "E mount",
    "Leica M": "M mount",
    "Pentax K": "K mount",
}

# Several attributes that read as one fact: {name: (label, codes it covers)}.
_JOINED: dict[str, tuple[str, tuple[str, ...]]] = {
    "size": ("Size", ("sensor", "sensor_area")),
    "resolution": ("Resolution", ("megapixels", "pixels")),
    "finder": ("Viewfinder", ("viewfinder", "finder_dots", "finder_size")),
    "display": ("Screen", ("screen_size", "screen")),
    "focal": ("Focal length", ("focal_min", "focal_max")),
    "equiv": ("Equivalent focal length", ("equiv_min", "equiv_max")),
    "f_stop": ("Largest aperture", ("aperture", "aperture_tele")),
    "glass_count": ("Elements", ("elements", "lens_groups")),
    "box": ("Size", ("width", "height", "depth")),
    "barrel": ("Size", ("diameter", "length")),
}
_JOINED_BY_CODE = {code: name for name, (_, codes) in _JOINED.items() for code in codes}

Specs: TypeAlias = Mapping[str, Value]


class HasSpecs(Protocol):
    """As much of a product as `key_facts` reads."""

    @property
    def specs(self) -> Specs: ...
    @property
    def mount(self) -> str: ...


def clean(raw: Mapping[str, object]) -> dict[str, Value]:
    """The specifications in the registry's order; raises SpecError at a bad one."""
    for code in raw:
        if code not in SPECS:
            raise SpecError(code, "is not in the registry")
    return {code: spec.clean(raw[code]) for code, spec in SPECS.items() if code in raw}


def family(specs: Specs) -> str:
    """ "camera", "lens", "film" and so on, told from what is specified; else ""."""
    return next((name for code, name in _MARKS if code in specs), "")


def table(specs: Specs) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (label, value with unit) rows in the registry's order."""
    has_body = family(specs) in {"camera", "film-camera"}
    groups: dict[str, list[tuple[str, str]]] = {}
    joined: set[str] = set()
    for code, spec in SPECS.items():
        if code not in specs:
            continue
        plain = spec.group == "Body" and not has_body  # a tripod has no body
        rows = groups.setdefault("Size and weight" if plain else spec.group, [])
        name = _JOINED_BY_CODE.get(code)
        if name is None:
            rows.append((spec.label, spec.display(specs[code])))
        elif name not in joined:
            joined.add(name)
            rows.append((_JOINED[name][0], _join(name, specs)))
    return list(groups.items())


def strip(specs: Specs, family: str) -> list[tuple[str, str, str]]:
    """At most six (figure, unit, label) for the strip; none for an unknown family."""
    facts = (_fact(code, specs) for code in _STRIPS.get(family, ()))
    return [fact for fact in facts if fact][:_STRIP_LENGTH]


def key_facts(product: HasSpecs) -> str:
    """The line under a card's name: "40.2 MP · APS-C · X mount · 557 g"."""
    specs = product.specs
    facts: list[str] = []
    for code in _KEYS.get(family(specs), ()):
        text = _key_fact(code, specs, product.mount)
        if text and text not in facts:
            facts.append(text)
    return " · ".join(facts)


def _key_fact(code: str, specs: Specs, mount: str) -> str:
    if code == "mount":
        return _SHORT_MOUNTS.get(mount, mount)
    if code in _JOINED:
        text = _join(code, specs)
        return f"{text} equiv." if text and code == "equiv" else text
    if code not in specs:
        return ""
    value = specs[code]
    if code == "weight" and "support_kind" in specs:  # tripods are talked of in kilos
        return f"{float(value) / 1000:.2f} kg"
    text = SPECS[code].display(value)
    return {"load": f"holds {text}", "exposures": f"{text} exp."}.get(code, text)


def _fact(code: str, specs: Specs) -> tuple[str, str, str] | None:
    if code in _JOINED:
        figure = _join(code, specs)
        unit = "mm" if figure.endswith(" mm") else ""
        label = _JOINED[code][0]
        return (figure.removesuffix(" mm"), unit, label) if figure else None
    if code not in specs:
        return None
    spec = SPECS[code]
    label = spec.strip_label
    if code == "megapixels" and "sensor" in specs:
        label = f"{specs['sensor']} sensor"
    elif code == "weight" and "megapixels" in specs:
        label = "With battery and card"
    return spec.figure(specs[code]), spec.unit, label


def _join(name: str, specs: Specs) -> str:
    """One wording for attributes that belong together, or "" when there are none."""
    present = [code for code in _JOINED[name][1] if code in specs]
    if not present:
        return ""
    if name == "glass_count" and len(present) == 2:
        return f"{specs['elements']} in {specs['lens_groups']} groups"
    if name in {"box", "barrel"}:
        return " × ".join(SPECS[c].figure(specs[c]) for c in present) + " mm"
    if name in {"focal", "equiv", "f_stop"}:
        ends = list(dict.fromkeys(SPECS[c].figure(specs[c]) for c in present))
        text = "–".join([ends[0], *(end.removeprefix("f/") for end in ends[1:])])
        return text if name == "f_stop" else f"{text} mm"
    return ", ".join(SPECS[c].display(specs[c]) for c in present)
