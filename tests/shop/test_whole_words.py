"""What stands in a name as one thing stays on one line (design brief, type)."""

import re

import pytest

from shop.templatetags.shop_look import nowrap_units


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("Nikkor Z 24-120 mm f/4 S", ["24-120 mm"]),
        ("Nikkor Z 50 mm f/1.4", ["50 mm"]),
        ("Nikon Z 8 body", ["Z 8"]),
        ("Nikon Z6III body", []),
        ("Kodak Tri-X 400", ["Tri-X"]),
        ("Leica Summicron-M 50 mm f/2", ["Summicron-M", "50 mm"]),
        ("Fujifilm X-T5 with XF 18-55 mm", ["X-T5", "18-55 mm"]),
        ("Sigma 18-50 mm, L-mount", ["18-50 mm", "L-mount"]),
        ("a rangefinder-shaped body", []),
    ],
)
def test_names_break_between_things_and_not_within(name: str, whole: list[str]) -> None:
    html = nowrap_units(name)
    assert re.findall(r'<span class="nowrap">(.*?)</span>', html) == whole
    assert re.sub(r"</?span[^>]*>", "", html) == name
