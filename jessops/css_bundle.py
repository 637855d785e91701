"""The stylesheets as served: the parts in static/css/, joined in a declared order.

A page loads one sheet, of at most 9 kB compressed: `css/site.css` where people look
round, `css/desk.css` from the trolley on (checkout, orders), `css/member.css` in the
member's area, `css/policy.css` in the pages about privacy, `css/clubs.css` in the
Clubfinder.
There is no build step to forget: the finder below offers both beside the parts, so
that collectstatic, the development server and the tests all see them.
"""

import builtins
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, overload

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

# Every sheet; the pages about privacy show no goods.
_BEFORE = ("tokens", "base", "header", "notices", "buttons", "viewfinder")
_AFTER = ("forms", "promise", "tables", "paging", "footer")
_FIRST = (*_BEFORE, "cards", *_AFTER)
_LAST = ("helpers", "modes", "print")

BUNDLES = {
    "css/site.css": (*_FIRST, "home", "list", "product", "help", *_LAST),
    "css/desk.css": (*_FIRST, "trolley", "checkout", "order", *_LAST),
    "css/member.css": (
        *_FIRST,
        "checkout",
        "order",
        "account",
        "choices",
        "sign-in",
        "enquiries",
        "data",
        *_LAST,
    ),
    "css/policy.css": (*_BEFORE, *_AFTER, "privacy", *_LAST),
    "css/clubs.css": (*_FIRST, "clubfinder", *_LAST),
}

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};>,]) ?")
_AFTER_COLON = re.compile(r": (?=[^{}]*[;}])")


def parts(name: str) -> list[Path]:
    """The files that make up a stylesheet, in order."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    return [folder / f"{part}.css" for part in BUNDLES[name]]


def squeeze(css: str) -> str:
    """The same rules without comments and without the space nobody reads."""
    css = _SPACE.sub(" ", _COMMENT.sub("", css)).strip()
    css = _AROUND.sub(r"\1", css)
    return _AFTER_COLON.sub(":", css).replace(";}", "}")


def bundle(name: str) -> str:
    """A stylesheet as served."""
    return "\n".join(squeeze(path.read_text("utf-8")) for path in parts(name)) + "\n"


def _folder() -> Path:
    return Path(settings.STATIC_ROOT).parent / "bundle"


def write(name: str) -> Path:
    """Write a stylesheet if a part is newer than it; give its path."""
    target = _folder() / name
    newest = max(path.stat().st_mtime for path in (*parts(name), Path(__file__)))
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may start at once: each writes its own file, then renames.
        draft = target.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(bundle(name), "utf-8")
        draft.replace(target)
    return target


class AppFinder(AppDirectoriesFinder):
    """Files of the apps, without allauth's scripts: no page of ours loads those."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = [one.name for one in apps.get_app_configs()]
        super().__init__([n for n in names if not n.startswith("allauth")])


class BundleFinder(BaseFinder):
    """Offers the joined stylesheets to collectstatic and to the development server."""

    def check(self, **kwargs: Any) -> builtins.list[CheckMessage]:
        return []

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...

    @overload
    def find(self, path: str, find_all: Literal[True]) -> builtins.list[str]: ...

    def find(
        self, path: str, find_all: bool = False
    ) -> str | builtins.list[str] | None:
        found = [str(write(path))] if path in BUNDLES else []
        # Django joins what finders give: for nothing found it wants an empty list.
        return found[0] if found and not find_all else found

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, Storage]]:
        for name in BUNDLES:
            write(name)
            yield name, FileSystemStorage(location=_folder())
