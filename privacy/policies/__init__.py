"""The privacy policy: one Markdown file for each version, read once."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def versions() -> tuple[int, ...]:
    """Return the numbers of all published versions, oldest first."""
    return tuple(sorted(int(file.stem) for file in FOLDER.glob("*.md")))


def current_version() -> int:
    """Return the number of the version in force."""
    return versions()[-1]
