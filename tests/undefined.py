"""What a template shows for a variable that it was not given: in tests, an error."""

import inspect
from pathlib import Path

from django.template import Node, Origin

OURS = Path(__file__).resolve().parent.parent


class UndefinedTemplateVariable(Exception):
    """A template of ours uses a name that its view does not give."""


class UndefinedVariable(str):
    """Raises when Django renders it; the templates of other packages may."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"  # which has Django name the variable

    def __mod__(self, variable: object) -> str:
        origin = _template_rendering()
        if origin and Path(origin).is_relative_to(OURS / "templates"):
            raise UndefinedTemplateVariable(f"{variable} in {origin}")
        return ""


def _template_rendering() -> str:
    """Return the file of the innermost template being rendered."""
    frame = inspect.currentframe()
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, Node):
            origin = getattr(node, "origin", None)
            if isinstance(origin, Origin):
                return origin.name
        frame = frame.f_back
    return ""
