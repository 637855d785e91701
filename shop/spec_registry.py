"""The attributes products have: one code, one wording and one unit for each.

The order here is the order of every table and comparison. Use it by shop/specs.py.
"""
# The shop's own wording uses the true signs: minus, times, en dash.
# ruff: noqa: RUF001, RUF002

from dataclasses import dataclass
from typing import Literal, TypeAlias

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
    Spec("fits", "Fits", "Compatibility"),
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
