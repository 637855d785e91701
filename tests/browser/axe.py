"""What is wrong with a page, for everybody: axe in light and dark, wide and narrow.

Only colours differ in the dark, so there only the rules about colours are asked again.
And that nothing scrolls sideways. SCREENSHOTS=folder keeps a picture of each page, to
be looked at beside the design.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from tests.browser.places import Place

WIDTHS = (1280, 390)
NARROWEST = 320
SCHEMES = ("light", "dark")
PICTURES = os.environ.get("SCREENSHOTS", "")
# Nothing is fetched a second time for axe (preload), and no element is handed back.
COLOURS = ["color-contrast", "link-in-text-block"]
FAULTS = """async (rules) => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    const options = {resultTypes: ["violations"], preload: false};
    if (rules?.length) options.runOnly = {type: "rule", values: rules};
    const found = await axe.run(options);
    return found.violations.map(fault =>
        `${fault.id}: ${fault.help}: ` + fault.nodes.slice(0, 4).map(node =>
            node.target.join(" ") + " " + (node.any[0]?.message ?? "")).join(" | "));
}"""
TOO_WIDE = """() => {
    const limit = innerWidth;
    const broken = [...document.querySelectorAll('a[href$="@jessops.example"]')].filter(
        link => link.getClientRects().length > 1);
    if (broken.length) return broken.map(link => `${link.textContent} is broken`);
    if (document.scrollingElement.scrollWidth <= limit) return [];
    return [...document.querySelectorAll("body *")].filter(element =>
        element.getBoundingClientRect().right > limit + 1).slice(0, 5).map(element =>
        `${element.tagName}.${element.className}`).concat(["sideways scroll"]);
}"""


def size(width: int) -> ViewportSize:
    return {"width": width, "height": 900}


def faults(page: Page, name: str) -> Iterator[str]:
    """Yield what is wrong with the page that is open, in words."""
    pictures = Path(PICTURES) if PICTURES else None
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size(size(width))
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            path = pictures / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
    page.evaluate(AXE_SCRIPT)
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size(size(width))
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for fault in page.evaluate(FAULTS, COLOURS if scheme == "dark" else []):
            yield f"{name} at {width}, {scheme}: {fault}"
    for width in (NARROWEST, *WIDTHS):
        page.set_viewport_size(size(width))
        for culprit in page.evaluate(TOO_WIDE):
            yield f"{name} at {width}: {culprit}"


def judge(page: Page, url: str, where: list[Place]) -> None:
    found: list[str] = []
    for place in where:
        place.open(page, url)
        found += faults(page, place.name)
    assert not found, "\n" + "\n".join(found)
