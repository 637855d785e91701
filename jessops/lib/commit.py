"""Which code is running: the commit, from the environment or the checkout itself."""

from functools import cache
from pathlib import Path

from django.conf import settings

LENGTH = 12
UNKNOWN = "unknown"


@cache
def current() -> str:
    """Return the commit's first twelve characters, or "unknown"; read once."""
    said = str(settings.COMMIT).strip()
    return said[:LENGTH] if said else _checked_out(Path(settings.BASE_DIR) / ".git")


def _checked_out(git: Path) -> str:
    """Read what is checked out, without the program git, which a server has not."""
    try:
        head = (git / "HEAD").read_text().strip()
        name = head.removeprefix("ref: ")
        if name == head:
            return head[:LENGTH]
        if (git / name).is_file():
            return (git / name).read_text().strip()[:LENGTH]
        for line in (git / "packed-refs").read_text().splitlines():
            if line.endswith(f" {name}"):
                return line[:LENGTH]
    except OSError:
        pass  # no checkout: the code was copied here
    return UNKNOWN
