"""The letters as pages: for everybody, narrow and wide, light and dark, alone.

SCREENSHOTS=folder keeps a picture of each, to be looked at beside the design.
"""

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from tests.browser.axe import FAULTS, NARROWEST, PICTURES, SCHEMES, TOO_WIDE, WIDTHS
from tests.browser.axe import size as of
from tests.letters import all_letters

pytestmark = pytest.mark.django_db
# A letter is shown within a mail program's own page: that one has the landmarks, and
# the subject as its heading.
OF_PAGES = ("landmark-one-main:", "region:", "page-has-heading-one:")
# Both widths and both colours: each letter in one of the four looks, in turn; with
# SCREENSHOTS in all of them.
LOOKS = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]


def test_every_letter_is_for_everybody_and_asks_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    letters = all_letters(tmp_path, monkeypatch)
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found: list[str] = []
    seen: set[tuple[str, frozenset[str]]] = set()
    for number, letter in enumerate(letters):
        if (letter.kind, letter.templates) in seen:
            continue
        seen.add((letter.kind, letter.templates))
        page.set_content(letter.html)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        looks = LOOKS if PICTURES else [LOOKS[len(seen) % len(LOOKS)]]
        for width, scheme in looks:
            page.set_viewport_size(of(width))
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            where = f"{letter.name} at {width}, {scheme}"
            found += [
                f"{where}: {fault}"
                for fault in page.evaluate(FAULTS)
                if not fault.startswith(OF_PAGES)
            ]
            if PICTURES:
                name = f"letter-{number:02d}-{letter.name}-{width}-{scheme}.png"
                page.screenshot(path=Path(PICTURES) / name, full_page=True)
        page.set_viewport_size(of(NARROWEST))
        found += [
            f"{letter.name} at {NARROWEST}: {one}" for one in page.evaluate(TOO_WIDE)
        ]
    context.close()
    assert not found, "\n" + "\n".join(found)
    assert asked == []
