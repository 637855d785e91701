"""The specification registry: one code, one wording and one unit for each attribute.

A product's `specs` are {code: value}, values being numbers, strings or booleans.
Raw supplier values cannot be compared, so nothing enters the catalogue unless
`clean` passed it; the order here is the order of every table and comparison.
"""
# The shop's own wording uses the true signs: minus, times, en dash.
# ruff: noqa: RUF001, RUF002

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Value: TypeAlias = int | float | str | bool
Kind = Literal["number", "text", "yesno", "choice"]
Better = Literal["higher", "lower", ""]

TEXT_MAX = 120


class SpecError(ValueError):
    """A specification that is unknown or does not have its attribute's form."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(f"spec {code!r}: {problem}")
        self.code = code


@dataclass(frozen=True)
class Spec:
    """One attribute. `better` says which end wins a comparison; "" is no contest."""

    code: str
    label: str
    group: str
    kind: Kind = "text"
    unit: str = ""
    decimals: int = 0
    better: Better = ""
    prefix: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    below_zero: bool = False
    fixed: bool = False  # keep the decimals that are nought: "7.0 stops"

    @property
    def strip_label(self) -> str:
        return self.short or self.label

    def figure(self, value: Value) -> str:
        """The value without its unit: "7.0", "−10", "1,840", "f/1.4", "Yes"."""
        if self.kind == "yesno":
            return "Yes" if value else "No"
        if isinstance(value, str):
            return value
        grouping = "" if self.prefix == "ISO " else ","  # 3200 is a name, not a count
        text = f"{abs(value):{grouping}.{self.decimals}f}"
        if self.decimals and not self.fixed:
            text = text.rstrip("0").rstrip(".")
        return f"{'−' if value < 0 else ''}{self.prefix}{text}"

    def display(self, value: Value) -> str:
        """The value as the tables show it, with its unit: "557 g", "0.75×"."""
        gap = "" if self.unit in {"", "×"} else " "
        return f"{self.figure(value)}{gap}{self.unit}"

    def clean(self, value: object) -> Value:
        """The value if it has this attribute's form; raises SpecError if not."""
        if self.kind == "yesno":
            if not isinstance(value, bool):
                raise SpecError(self.code, f"wants true or false, not {value!r}")
            return value
        if self.kind == "number":
            return self._clean_number(value)
        if not isinstance(value, str) or not value.strip():
            raise SpecError(self.code, f"wants words, not {value!r}")
        text = " ".join(value.split())
        if len(text) > TEXT_MAX:
            raise SpecError(self.code, f"is longer than {TEXT_MAX} characters")
        if self.kind == "choice" and text not in self.choices:
            raise SpecError(self.code, f"{text!r} is not one of {self.choices}")
        return text

    def _clean_number(self, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpecError(self.code, f"wants a number, not {value!r}")
        # NaN and infinity fail here too: neither equals its own rounding.
        if not value == round(value, self.decimals) or abs(value) > 1e9:
            raise SpecError(self.code, f"{value} needs {self.decimals} decimals")
        if value <= 0 and not self.below_zero:
            raise SpecError(self.code, f"{value} is not above zero")
        return value


FORMATS = (
    "Medium format",
    "Full frame",
    "APS-C",
    "Micro Four Thirds",
    "1.4-inch",
    "1-inch",
    "1/2.3-inch",
)

# fmt: off
_SENSOR = (
    Spec("sensor_type", "Type", "Sensor"),
    Spec("sensor", "Size", "Sensor", "choice", choices=FORMATS, short="Sensor"),
    Spec("sensor_area", "Dimensions", "Sensor", unit="mm"),
    Spec("megapixels", "Resolution", "Sensor", "number", "MP", 1, "higher"),
    Spec("pixels", "Largest picture", "Sensor", unit="pixels"),
    Spec("iso", "ISO", "Sensor", short="ISO, standard range"),
    Spec("iso_extended", "ISO, extended", "Sensor"),
    Spec("ibis", "In-body stabilisation", "Sensor", "number", "stops", 1, "higher",
         fixed=True),
)
_FOCUS = (
    Spec("autofocus", "Autofocus", "Focus and speed"),
    Spec("subjects", "Subject detection", "Focus and speed"),
    Spec("shutter", "Shutter, mechanical", "Focus and speed", unit="s"),
    Spec("shutter_electronic", "Shutter, electronic", "Focus and speed", unit="s"),
    Spec("fps", "Continuous", "Focus and speed", "number", "fps", 1, "higher",
         short="Mechanical shutter"),
    Spec("fps_electronic", "Continuous, electronic", "Focus and speed", "number", "fps",
         1, "higher", short="Electronic shutter"),
    Spec("flash_sync", "Flash sync", "Focus and speed", unit="s"),
    Spec("video", "Video", "Focus and speed"),
)
_VIEW = (
    Spec("viewfinder", "Viewfinder", "Viewfinder and screen"),
    Spec("finder_dots", "Viewfinder dots", "Viewfinder and screen", "number",
         "million dots", 2, "higher"),
    Spec("finder_size", "Viewfinder size", "Viewfinder and screen", "number", "×", 2,
         "higher"),
    Spec("screen", "Screen", "Viewfinder and screen"),
    Spec("screen_size", "Screen size", "Viewfinder and screen", "number", "in", 1,
         short="Screen", fixed=True),
)
_FILM = (
    Spec("film_format", "Format", "Film", "choice", choices=(
        "35 mm", "120", "Sheet 4 × 5 in", "Instax Mini", "Instax Square",
        "Instax Wide", "Polaroid i-Type", "Polaroid 600", "Polaroid Go")),
    Spec("film_kind", "Kind", "Film", "choice", choices=(
        "Black & white", "Colour negative", "Colour slide", "Instant colour",
        "Instant black & white")),
    Spec("film_speed", "Speed", "Film", "number", prefix="ISO "),
    Spec("frame", "Picture size", "Film"),
    Spec("exposures", "Exposures a roll", "Film", "number", short="Exposures"),
    Spec("pack", "In the pack", "Film"),
    Spec("process", "Process", "Film", "choice", choices=(
        "Black & white", "C-41", "E-6", "ECN-2 or C-41", "Develops itself")),
    Spec("meter", "Light meter", "Film"),
    Spec("advance", "Film advance", "Film"),
)
_DARKROOM = (
    Spec("darkroom_kind", "Kind", "Darkroom", "choice", choices=(
        "Film developer", "Paper developer", "Stop bath", "Fixer", "Wetting agent",
        "Colour kit", "Paper", "Tank", "Tool")),
    Spec("volume_ml", "Volume", "Darkroom", "number", "ml", short="Concentrate"),
    Spec("dilution", "Dilution", "Darkroom"),
    Spec("makes", "Makes", "Darkroom"),
    Spec("capacity_films", "Capacity", "Darkroom"),
    Spec("paper_size", "Paper size", "Darkroom"),
    Spec("paper_base", "Base", "Darkroom", "choice",
         choices=("Resin-coated", "Fibre-based")),
    Spec("paper_surface", "Surface", "Darkroom", "choice",
         choices=("Gloss", "Pearl", "Satin", "Matt")),
    Spec("sheets", "Sheets", "Darkroom", "number", "sheets"),
)
_LENS = (
    Spec("coverage", "Covers", "Lens", "choice", choices=FORMATS),
    Spec("focal_min", "Focal length, shortest", "Lens", "number", "mm", 1,
         short="Focal length"),
    Spec("focal_max", "Focal length, longest", "Lens", "number", "mm", 1),
    Spec("equiv_min", "Full-frame equivalent, shortest", "Lens", "number", "mm", 1),
    Spec("equiv_max", "Full-frame equivalent, longest", "Lens", "number", "mm", 1),
    Spec("aperture", "Largest aperture", "Lens", "number", "", 2, "lower", "f/"),
    Spec("aperture_tele", "Largest aperture, long end", "Lens", "number", "", 2,
         "lower", "f/"),
    Spec("aperture_min", "Smallest aperture", "Lens", "number", "", 1, "", "f/"),
    Spec("elements", "Elements", "Lens", "number"),
    Spec("lens_groups", "Groups", "Lens", "number"),
    Spec("blades", "Aperture blades", "Lens", "number"),
    Spec("close_focus", "Closest focus", "Lens", "number", "m", 3, "lower"),
    Spec("magnification", "Largest magnification", "Lens", "number", "×", 2, "higher"),
    Spec("focusing", "Focusing", "Lens", "choice", choices=("Autofocus", "Manual")),
    Spec("lens_stabilised", "Stabilised", "Lens", "yesno", better="higher"),
    Spec("filter_thread", "Filter thread", "Lens", "number", "mm", 1, prefix="Ø "),
)
_SUPPORT = (
    Spec("support_kind", "Kind", "Support", "choice", choices=(
        "Travel tripod", "Tripod", "Table tripod", "Monopod", "Ball head",
        "Three-way head", "Gimbal head")),
    Spec("height_max", "Tallest", "Support", "number", "cm", 1, "higher"),
    Spec("height_min", "Lowest", "Support", "number", "cm", 1, "lower"),
    Spec("folded", "Folded", "Support", "number", "cm", 1, "lower"),
    Spec("load", "Holds", "Support", "number", "kg", 1, "higher"),
    Spec("leg_sections", "Leg sections", "Support", "number"),
    Spec("leg_material", "Material", "Support", "choice",
         choices=("Aluminium", "Carbon fibre", "Plastic and steel", "Magnesium")),
    Spec("leg_locks", "Leg locks", "Support", "choice", choices=("Lever", "Twist")),
    Spec("head", "Head", "Support"),
    Spec("plate", "Plate", "Support"),
)
_CARRY = (
    Spec("carry_kind", "Kind", "Carrying", "choice", choices=(
        "Backpack", "Shoulder bag", "Sling", "Messenger bag", "Strap", "Wrist strap",
        "Pouch")),
    Spec("litres", "Volume", "Carrying", "number", "litres", 1, "higher"),
    Spec("carries", "Carries", "Carrying"),
    Spec("laptop", "Laptop", "Carrying", "number", "in", 1, short="Laptop, up to"),
    Spec("material", "Material", "Carrying"),
    Spec("rain_cover", "Rain cover", "Carrying", "yesno"),
    Spec("strap_length", "Length", "Carrying"),
    Spec("strap_width", "Width of strap", "Carrying", "number", "mm"),
)
_CARD = (
    Spec("card_type", "Type", "Memory card", "choice", choices=(
        "SDXC UHS-I", "SDXC UHS-II", "SDHC UHS-I", "microSDXC UHS-I",
        "CFexpress Type A", "CFexpress Type B")),
    Spec("capacity", "Capacity", "Memory card", "number", "GB", 0, "higher"),
    Spec("read", "Reads, up to", "Memory card", "number", "MB/s", 0, "higher"),
    Spec("write", "Writes, up to", "Memory card", "number", "MB/s", 0, "higher"),
    Spec("video_class", "Video speed class", "Memory card", "choice",
         choices=("V10", "V30", "V60", "V90", "VPG200", "VPG400")),
)
_POWER = (
    Spec("cell", "Cell", "Power", "choice", choices=(
        "Lithium-ion, rechargeable", "Lithium, not rechargeable",
        "Nickel-metal hydride, rechargeable", "Alkaline")),
    Spec("mah", "Capacity", "Power", "number", "mAh", 0, "higher"),
    Spec("volts", "Voltage", "Power", "number", "V", 2),
    Spec("watt_hours", "Energy", "Power", "number", "Wh", 1, "higher"),
    Spec("charges", "Charges", "Power"),
    Spec("powered_from", "Powered from", "Power"),
)
_FILTER = (
    Spec("filter_kind", "Kind", "Filter", "choice", choices=(
        "UV", "Protector", "Circular polariser", "Neutral density",
        "Variable neutral density", "Graduated neutral density", "Diffusion",
        "Colour, for black & white", "Holder")),
    Spec("filter_size", "Fits thread", "Filter", "number", "mm", 1, prefix="Ø "),
    Spec("filter_plate", "Plate size", "Filter"),
    Spec("filter_stops", "Density", "Filter", "number", "stops", 1),
    Spec("filter_range", "Density", "Filter"),
    Spec("glass", "Glass and coating", "Filter"),
)
_FLASH = (
    Spec("flash_kind", "Kind", "Flash", "choice", choices=(
        "On-camera flash", "Battery studio flash", "Radio trigger", "LED light",
        "Light shaper")),
    Spec("guide_number", "Guide number", "Flash", "number", "m at ISO 100", 0,
         "higher"),
    Spec("flash_power", "Energy of a flash", "Flash", "number", "Ws", 0, "higher"),
    Spec("flash_zoom", "Zoom", "Flash", unit="mm"),
    Spec("recycle", "Full recycle", "Flash", "number", "s", 1, "lower"),
    Spec("flash_tilt", "Head tilts", "Flash", "yesno"),
    Spec("ttl", "Automatic (TTL) with", "Flash"),
    Spec("radio", "Radio", "Flash"),
)
_BOOK = (
    Spec("subject", "Subject", "Book"),
    Spec("author", "Author", "Book"),
    Spec("publisher", "Publisher", "Book"),
    Spec("binding", "Binding", "Book", "choice", choices=("Paperback", "Hardback")),
    Spec("pages", "Pages", "Book", "number"),
)
_BODY = (
    Spec("fits", "Fits", "Body"),
    Spec("card_slots", "Card slots", "Body"),
    Spec("battery", "Battery", "Body"),
    Spec("shots", "Frames a charge", "Body", "number", "frames", 0, "higher"),
    Spec("built_in_flash", "Built-in flash", "Body", "yesno"),
    Spec("width", "Width", "Body", "number", "mm", 1, "lower"),
    Spec("height", "Height", "Body", "number", "mm", 1, "lower"),
    Spec("depth", "Depth", "Body", "number", "mm", 1, "lower"),
    Spec("diameter", "Diameter", "Body", "number", "mm", 1, "lower", "Ø "),
    Spec("length", "Length", "Body", "number", "mm", 1, "lower"),
    Spec("weight", "Weight", "Body", "number", "g", 0, "lower"),
    Spec("sealed", "Weather resistant", "Body", "yesno", better="higher"),
    Spec("coldest", "Works down to", "Body", "number", "°C", 0, "lower",
         short="Dust and weather resistant", below_zero=True),
    Spec("waterproof", "Waterproof to", "Body", "number", "m", 0, "higher"),
    Spec("ports", "Ports", "Body"),
)

# fmt: on

SPECS: dict[str, Spec] = {
    spec.code: spec
    for spec in (
        *_SENSOR,
        *_FOCUS,
        *_VIEW,
        *_FILM,
        *_DARKROOM,
        *_LENS,
        *_SUPPORT,
        *_CARRY,
        *_CARD,
        *_POWER,
        *_FILTER,
        *_FLASH,
        *_BOOK,
        *_BODY,
    )
}

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
    groups: dict[str, list[tuple[str, str]]] = {}
    joined: set[str] = set()
    for code, spec in SPECS.items():
        if code not in specs:
            continue
        rows = groups.setdefault(spec.group, [])
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
