"""What the frame of every page needs from privacy."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from privacy import notices as policy_notices


def notices(request: HttpRequest) -> dict[str, Any]:
    """The context processor: asked only by pages that show the frame."""
    place = policy_notices.place_of(request.path)
    return {"notices": SimpleLazyObject(lambda: policy_notices.bars(place))}
