"""The drawings: all 31 shapes, safe with any text, and free of clashing ids."""

import gzip
import re
import xml.etree.ElementTree as ET

import pytest

from shop import drawings
from shop.drawings.measure import EXTENTS

# fmt: off
SHAPES = [
    "bag-pack", "bag-shoulder", "battery", "book", "cam-compact", "cam-instant",
    "cam-mount", "cam-retro", "cam-retro-black", "cam-retro-body", "cam-rf",
    "cam-rf-black", "cam-slr", "cam-slr-body", "cam-tlr", "card-sd", "film-120",
    "film-35", "film-instant", "filter", "flash", "lens-macro", "lens-pancake",
    "lens-prime", "lens-silver", "lens-tele", "lens-wide", "lens-zoom", "prints",
    "strap", "tripod",
]
# fmt: on
HOSTILE = """</text><script>alert("1")</script>&'"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg"'


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg", SVG, 1))  # noqa: S314  our own text


def test_the_thirty_one_shapes_of_the_design_are_there() -> None:
    assert frozenset(SHAPES) == drawings.SHAPES
    assert frozenset(EXTENTS) == drawings.SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_well_formed_without_ids_or_outside_references(
    shape: str,
) -> None:
    svg = drawings.svg(shape, "24-70 mm", "PAN / 36 exp.", "silver")
    root = parsed(svg)
    assert root.get("viewBox") == "20 20 360 270"
    assert root.get("aria-hidden") == "true"
    assert len(list(root.iter())) > 7
    assert not re.search(r"\bid=|href=|style=|url\(|#", svg)


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_text_is_drawn_and_never_markup(shape: str) -> None:
    for svg in (
        drawings.svg(shape, HOSTILE, HOSTILE),
        drawings.use(shape, HOSTILE, HOSTILE),
        drawings.measured(shape, HOSTILE, HOSTILE, 10, 20, HOSTILE),
        drawings.cropped(shape, '0 0 1 1"', HOSTILE, HOSTILE, title=HOSTILE),
    ):
        assert "<script" not in svg
        tags = {element.tag.split("}")[1] for element in parsed(svg).iter()}
        assert tags <= {"svg", "g", "path", "rect", "circle", "ellipse", "text", "use"}


def test_the_products_figures_are_engraved() -> None:
    assert ">400<" in drawings.svg("film-35", "400", "PAN")
    assert ">24-70 mm<" in drawings.svg("lens-zoom", "24-70 mm")
    assert ">23 mm 1:1.4<" in drawings.svg("cam-retro", "23 mm 1:1.4")
    assert "mm" not in drawings.svg("lens-zoom")


def test_a_long_engraving_is_made_smaller_instead_of_running_over() -> None:
    def size(label: str) -> float:
        (found,) = re.findall(
            rf'font-size="([\d.]+)"[^>]*>{label}<', drawings.svg("film-35", label)
        )
        return float(found)

    assert size("400") == 34
    assert size("EKTACHROME") < 17


def test_a_page_of_cards_defines_each_shape_once_and_refers_to_it() -> None:
    pairs = [("cam-slr", "black"), ("cam-slr", ""), ("lens-zoom", "")] * 8
    sheet = drawings.sheet(pairs)
    assert sorted(re.findall(r'id="([^"]+)"', sheet)) == ["d-cam-slr", "d-lens-zoom"]
    for shape, finish in pairs:
        (target,) = re.findall(r'href="#([^"]+)"', drawings.use(shape, "", "", finish))
        assert f'id="{target}"' in sheet


def test_a_finish_that_shows_has_a_symbol_of_its_own() -> None:
    sheet = drawings.sheet([("cam-slr", "silver"), "cam-slr"])
    assert 'id="d-cam-slr-silver"' in sheet
    assert 'id="d-cam-slr"' in sheet
    assert 'href="#d-cam-slr-silver"' in drawings.use("cam-slr", finish="Silver")
    assert 'href="#d-tripod"' in drawings.use("tripod", finish="silver")
    assert 'href="#d-cam-slr"' in drawings.use("cam-slr", finish="<mauve>")


def test_only_what_is_engraved_lies_beside_the_reference() -> None:
    svg = drawings.use("film-35", "400", "PAN")
    assert len(svg) < 600
    assert ">400<" in svg
    assert ">PAN<" in svg


def test_the_large_drawing_says_what_it_shows_and_gives_the_sizes() -> None:
    svg = drawings.measured(
        "cam-retro-body", "", "", 129.5, 91.0, "Drawing of a camera."
    )
    root = parsed(svg)
    assert root.get("viewBox") == "0 0 400 340"
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Drawing of a camera."
    assert "129.5 mm" in svg
    assert ">91<" in svg
    plain = drawings.measured("cam-retro-body", "", "", None, None, "A camera.")
    assert "mm" not in plain


def test_all_shapes_together_weigh_little() -> None:
    sheet = drawings.sheet(sorted(drawings.SHAPES))
    assert len(gzip.compress(sheet.encode())) < 12_000


def test_an_unknown_shape_is_an_error() -> None:
    with pytest.raises(KeyError):
        drawings.svg("cam-that-is-not")
