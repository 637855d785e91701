"""The promises, for programs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from privacy import policies
from privacy.states import states


@require_safe
def promises_json(request: HttpRequest) -> JsonResponse:
    """All 107 promises for programs (contract.md)."""
    return JsonResponse(
        {
            "policy_version": policies.current_version(),
            "promises": [state.published() for state in states().values()],
        },
        json_dumps_params={"indent": 1},
    )
