"""Specifications: nothing unknown gets in, and each attribute reads one way."""
# ruff: noqa: RUF001

import math
from dataclasses import dataclass, field

import pytest

from shop import specs
from shop.specs import SPECS, SpecError

X_T5 = specs.clean(
    {
        "weight": 557,
        "sensor": "APS-C",
        "sensor_area": "23.5 × 15.7",
        "megapixels": 40.2,
        "ibis": 7.0,
        "fps": 15,
        "iso": "125–12800",
        "coldest": -10,
        "finder_dots": 3.69,
        "width": 129.5,
        "height": 91.0,
        "depth": 63.8,
        "sealed": True,
    }
)
ZOOM = specs.clean(
    {
        "coverage": "Full frame",
        "focal_min": 24,
        "focal_max": 105,
        "aperture": 4,
        "aperture_tele": 7.1,
        "elements": 18,
        "lens_groups": 14,
        "close_focus": 0.45,
        "filter_thread": 77,
        "diameter": 83.5,
        "length": 107.3,
        "weight": 1370,
    }
)


@dataclass
class Thing:
    specs: dict[str, specs.Value]
    mount: str = ""
    keys: str = field(default="", init=False)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("colour", "red"),
        ("megapixels", "40.2"),
        ("megapixels", True),
        ("megapixels", 40.25),
        ("megapixels", 0),
        ("megapixels", -1),
        ("megapixels", math.nan),
        ("megapixels", math.inf),
        ("sealed", "yes"),
        ("sealed", 1),
        ("sensor", "aps-c"),
        ("sensor", "Crop"),
        ("battery", ""),
        ("battery", "  "),
        ("battery", 5),
        ("battery", "x" * 121),
        ("weight", None),
    ],
)
def test_bad_spec_is_refused_by_its_code(code: str, value: object) -> None:
    with pytest.raises(SpecError, match=repr(code)) as caught:
        specs.clean({code: value})
    assert caught.value.code == code


def test_cleaned_specs_stand_in_the_registrys_order_with_spaces_put_right() -> None:
    cleaned = specs.clean({"weight": 1, "battery": " NP  W1 ", "megapixels": 2})
    assert list(cleaned.items()) == [
        ("megapixels", 2),
        ("battery", "NP W1"),
        ("weight", 1),
    ]


def test_only_temperature_may_be_below_zero() -> None:
    assert [code for code, spec in SPECS.items() if spec.below_zero] == ["coldest"]
    assert specs.clean({"coldest": -10}) == {"coldest": -10}


def test_registry_has_one_wording_for_each_attribute_of_a_group() -> None:
    labels = [(spec.group, spec.label, spec.code) for spec in SPECS.values()]
    # Two ways to say a filter's density: one number, or from and to.
    twice = {"filter_stops", "filter_range"}
    single = [(group, label) for group, label, code in labels if code not in twice]
    assert len(single) == len(set(single))
    for spec in SPECS.values():
        assert bool(spec.choices) == (spec.kind == "choice"), spec.code
        assert spec.kind == "number" or not spec.decimals, spec.code
        assert spec.kind in {"number", "yesno"} or not spec.better, spec.code


def test_table_groups_rows_and_joins_what_belongs_together() -> None:
    assert specs.table(X_T5) == [
        (
            "Sensor",
            [
                ("Size", "APS-C, 23.5 × 15.7 mm"),
                ("Resolution", "40.2 MP"),
                ("ISO", "125–12800"),
                ("In-body stabilisation", "7.0 stops"),
            ],
        ),
        ("Focus and speed", [("Continuous", "15 fps")]),
        ("Viewfinder and screen", [("Viewfinder", "3.69 million dots")]),
        (
            "Body",
            [
                ("Size", "129.5 × 91 × 63.8 mm"),
                ("Weight", "557 g"),
                ("Weather resistant", "Yes"),
                ("Works down to", "−10 °C"),
            ],
        ),
    ]
    assert [group for group, _ in specs.table(ZOOM)] == ["Lens", "Size and weight"]
    rows = dict(row for _, group in specs.table(ZOOM) for row in group)
    assert rows["Focal length"] == "24–105 mm"
    assert rows["Largest aperture"] == "f/4–7.1"
    assert rows["Elements"] == "18 in 14 groups"
    assert rows["Closest focus"] == "0.45 m"
    assert rows["Filter thread"] == "Ø 77 mm"
    assert rows["Size"] == "Ø 83.5 × 107.3 mm"
    assert rows["Weight"] == "1,370 g"


def test_table_of_nothing_is_empty() -> None:
    assert specs.table({}) == []


def test_a_prime_has_one_focal_length_and_film_speed_no_comma() -> None:
    prime = specs.clean({"focal_min": 50, "focal_max": 50, "aperture": 1.4})
    assert specs.table(prime) == [
        ("Lens", [("Focal length", "50 mm"), ("Largest aperture", "f/1.4")])
    ]
    fast = specs.clean({"film_speed": 3200})
    assert specs.table(fast) == [("Film", [("Speed", "ISO 3200")])]


def test_strip_has_at_most_six_facts_and_none_for_a_family_unknown() -> None:
    assert specs.strip(X_T5, specs.family(X_T5)) == [
        ("40.2", "MP", "APS-C sensor"),
        ("7.0", "stops", "In-body stabilisation"),
        ("15", "fps", "Mechanical shutter"),
        ("125–12800", "", "ISO, standard range"),
        ("557", "g", "With battery and card"),
        ("−10", "°C", "Dust and weather resistant"),
    ]
    assert specs.strip(ZOOM, "lens")[:2] == [
        ("24–105", "mm", "Focal length"),
        ("f/4–7.1", "", "Largest aperture"),
    ]
    assert specs.strip(X_T5, "") == []


@pytest.mark.parametrize(
    ("thing", "line"),
    [
        (Thing(X_T5, "Fujifilm X"), "40.2 MP · APS-C · X mount · 557 g"),
        (Thing(ZOOM, "Canon RF"), "Full frame · RF mount · 1,370 g · Ø 77 mm"),
        (
            Thing(
                {"sensor": "Micro Four Thirds", "megapixels": 20.4, "weight": 414},
                "Micro Four Thirds",
            ),
            "20.4 MP · Micro Four Thirds · 414 g",
        ),
        (
            Thing({"megapixels": 20.1, "equiv_min": 24, "equiv_max": 200}),
            "20.1 MP · 24–200 mm equiv.",
        ),
        (
            Thing(
                {
                    "support_kind": "Travel tripod",
                    "height_max": 150,
                    "load": 8,
                    "weight": 1490,
                }
            ),
            "Travel tripod · 150 cm · 1.49 kg · holds 8 kg",
        ),
        (
            Thing(
                {
                    "film_kind": "Black & white",
                    "film_format": "35 mm",
                    "film_speed": 400,
                }
            ),
            "Black & white · 35 mm · ISO 400",
        ),
        (Thing({}), ""),
    ],
)
def test_key_facts_read_as_the_card_shows_them(thing: Thing, line: str) -> None:
    assert specs.key_facts(thing) == line
