"""Errors in Stripe's shape."""

from typing import Any


class ApiError(Exception):
    """Answered as `{"error": {...}}`; raised before anything was written."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "",
        param: str = "",
        kind: str = "invalid_request_error",
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields: dict[str, Any] = {"message": message, "type": kind, **extra}
        if code:
            self.fields["code"] = code
            self.fields["doc_url"] = (
                f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
            )
        if param:
            self.fields["param"] = param

    def body(self) -> dict[str, Any]:
        return {"error": self.fields}


class ParameterError(ApiError):
    """A parameter is wrong: Stripe keeps no idempotent answer for these."""


def no_such(kind: str, identity: str, param: str = "id") -> ApiError:
    return ApiError(
        f"No such {kind}: '{identity}'",
        status=404,
        code="resource_missing",
        param=param,
    )
