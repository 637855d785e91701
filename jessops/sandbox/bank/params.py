"""Stripe's form parameters: from `a[b][0][c]=v` to checked, nested values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from jessops.sandbox.bank.errors import ParameterError

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Form pairs as nested dictionaries; lists stay dictionaries of "0", "1", ..."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        match = KEY.fullmatch(name)
        if match is None:
            raise ParameterError(f"Invalid parameter name: {name}", param=name)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        place = root
        for step in steps[:-1]:
            inner = place.setdefault(step or str(len(place)), {})
            if not isinstance(inner, dict):
                raise ParameterError(f"Invalid object: {name}", param=name)
            place = inner
        place[steps[-1] or str(len(place))] = value
    return root


class Kind(Protocol):
    def read(self, value: Any, param: str) -> Any: ...


def _text(value: Any, param: str) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"Invalid string: {value}", param=param)
    return value


def _unset(param: str) -> ParameterError:
    return ParameterError(
        f"You passed an empty string for '{param}'. We assume empty values are an"
        f" attempt to unset a parameter; however '{param}' cannot be unset. You should"
        f" remove '{param}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=param,
    )


@dataclass(frozen=True)
class Text:
    longest: int = 5000
    blank: bool = False  # an empty value unsets

    def read(self, value: Any, param: str) -> str | None:
        text = _text(value, param)
        if not text:
            if self.blank:
                return None
            raise _unset(param)
        if len(text) > self.longest:
            raise ParameterError(
                f"Invalid string: {text[:20]}...; must be at most {self.longest}"
                " characters",
                param=param,
            )
        return text


@dataclass(frozen=True)
class Url:
    def read(self, value: Any, param: str) -> str:
        text = _text(value, param)
        if not text:
            raise _unset(param)
        if not re.match(r"https?://[^\s/]+", text):
            raise ParameterError("Not a valid URL", code="url_invalid", param=param)
        return text


@dataclass(frozen=True)
class Whole:
    least: int = 0

    def read(self, value: Any, param: str) -> int:
        text = _text(value, param)
        if not re.fullmatch(r"-?\d{1,15}", text):
            raise ParameterError(
                f"Invalid integer: {text}",
                code="parameter_invalid_integer",
                param=param,
            )
        if int(text) < self.least:
            raise ParameterError(
                "This value must be greater than or equal to"
                f" {self.least} (it currently is '{text}').",
                code="parameter_invalid_integer",
                param=param,
            )
        return int(text)


@dataclass(frozen=True)
class Flag:
    def read(self, value: Any, param: str) -> bool:
        text = _text(value, param).lower()
        if text not in ("true", "false"):
            raise ParameterError(f"Invalid boolean: {value}", param=param)
        return text == "true"


class Choice:
    def __init__(self, *options: str) -> None:
        self.options = options

    def read(self, value: Any, param: str) -> str:
        text = _text(value, param)
        if text not in self.options:
            listed = ", ".join(self.options[:-1])
            listed = f"{listed}, or {self.options[-1]}" if listed else self.options[-1]
            raise ParameterError(
                f"Invalid {param}: must be one of {listed}", param=param
            )
        return text


@dataclass(frozen=True)
class Many:
    kind: Kind
    most: int = 100

    def read(self, value: Any, param: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise ParameterError("Invalid array", param=param)
        if len(value) > self.most:
            raise ParameterError(
                f"`{param}` has more than {self.most} entries", param=param
            )
        inner = sorted(value.items(), key=lambda item: int(item[0]))
        return [self.kind.read(entry, f"{param}[{key}]") for key, entry in inner]


@dataclass(frozen=True)
class Metadata:
    def read(self, value: Any, param: str) -> dict[str, str]:
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise ParameterError("Invalid object", param=param)
        if len(value) > 50:
            raise ParameterError("Metadata can have at most 50 keys", param=param)
        for key, text in value.items():
            _text(text, f"{param}[{key}]")
            if len(key) > 40 or len(text) > 500:
                raise ParameterError(
                    "Metadata keys can have up to 40 characters and values up to 500"
                    f" characters: {key[:40]}",
                    param=param,
                )
        return dict(value)


class Fields:
    """An object of known parameters; anything else is `parameter_unknown`."""

    def __init__(self, *required: str, **kinds: Kind) -> None:
        self.required = required
        self.kinds = kinds

    def read(self, value: Any, param: str = "") -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ParameterError("Invalid object", param=param)

        def full(name: str) -> str:
            return f"{param}[{name}]" if param else name

        if unknown := [full(name) for name in value if name not in self.kinds]:
            plural = "s" if len(unknown) > 1 else ""
            raise ParameterError(
                f"Received unknown parameter{plural}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )
        for name in self.required:
            if name not in value:
                raise ParameterError(
                    f"Missing required param: {full(name)}.",
                    code="parameter_missing",
                    param=full(name),
                )
        return {
            name: self.kinds[name].read(inner, full(name))
            for name, inner in value.items()
        }


ADDRESS = Fields(
    city=Text(blank=True),
    country=Text(2, blank=True),
    line1=Text(blank=True),
    line2=Text(blank=True),
    postal_code=Text(blank=True),
    state=Text(blank=True),
)
SHIPPING = Fields(
    "address",
    "name",
    address=ADDRESS,
    name=Text(),
    phone=Text(blank=True),
    carrier=Text(blank=True),
    tracking_number=Text(blank=True),
)
LINE_ITEM = Fields(
    "price_data",
    "quantity",
    price_data=Fields(
        "currency",
        "product_data",
        "unit_amount",
        currency=Text(3),
        unit_amount=Whole(0),
        product_data=Fields(
            "name",
            name=Text(),
            description=Text(),
            images=Many(Url(), 8),
            metadata=Metadata(),
            tax_code=Text(),
        ),
        tax_behavior=Choice("exclusive", "inclusive", "unspecified"),
    ),
    quantity=Whole(1),
    metadata=Metadata(),
)
EXPAND = Many(Text())
CUSTOM_TEXT = Fields("message", message=Text(1200))
LOCALES = ("auto", "en", "en-GB")

CREATE_SESSION = Fields(
    "mode",
    "line_items",
    "success_url",
    mode=Choice("payment", "setup", "subscription"),
    ui_mode=Choice("hosted_page", "hosted", "embedded_page", "elements"),
    success_url=Url(),
    cancel_url=Url(),
    client_reference_id=Text(200),
    currency=Text(3),
    customer_email=Text(800),
    customer_creation=Choice("always", "if_required"),
    expires_at=Whole(0),
    line_items=Many(LINE_ITEM),
    locale=Choice(*LOCALES),
    metadata=Metadata(),
    payment_intent_data=Fields(
        capture_method=Choice("automatic", "automatic_async", "manual"),
        description=Text(1000),
        metadata=Metadata(),
        receipt_email=Text(800),
        shipping=SHIPPING,
        statement_descriptor=Text(22),
        statement_descriptor_suffix=Text(22),
        transfer_group=Text(),
    ),
    payment_method_types=Many(Choice("card")),
    payment_method_options=Fields(
        card=Fields(
            request_three_d_secure=Choice("any", "automatic", "challenge"),
            capture_method=Choice("manual"),
            request_multicapture=Choice("if_available", "never"),
        )
    ),
    billing_address_collection=Choice("auto", "required"),
    submit_type=Choice("auto", "book", "donate", "pay", "subscribe"),
    phone_number_collection=Fields("enabled", enabled=Flag()),
    allow_promotion_codes=Flag(),
    adaptive_pricing=Fields(enabled=Flag()),
    automatic_tax=Fields("enabled", enabled=Flag()),
    custom_text=Fields(
        after_submit=CUSTOM_TEXT,
        shipping_address=CUSTOM_TEXT,
        submit=CUSTOM_TEXT,
        terms_of_service_acceptance=CUSTOM_TEXT,
    ),
    expand=EXPAND,
)
RANGE = Fields(gt=Whole(), gte=Whole(), lt=Whole(), lte=Whole())


@dataclass(frozen=True)
class Moment:
    """A time or a range of times."""

    def read(self, value: Any, param: str) -> Any:
        if isinstance(value, dict):
            return RANGE.read(value, param)
        return Whole().read(value, param)


def listing(**more: Kind) -> Fields:
    return Fields(
        limit=Whole(1),
        starting_after=Text(),
        ending_before=Text(),
        created=Moment(),
        expand=EXPAND,
        **more,
    )


ONLY_EXPAND = Fields(expand=EXPAND)
UPDATE = Fields(metadata=Metadata(), expand=EXPAND)
UPDATE_INTENT = Fields(
    description=Text(1000, blank=True), metadata=Metadata(), expand=EXPAND
)
CAPTURE = Fields(
    amount_to_capture=Whole(0),
    final_capture=Flag(),
    metadata=Metadata(),
    statement_descriptor=Text(22),
    statement_descriptor_suffix=Text(22),
    expand=EXPAND,
)
CANCEL = Fields(
    cancellation_reason=Choice(
        "duplicate", "fraudulent", "requested_by_customer", "abandoned"
    ),
    expand=EXPAND,
)
CREATE_REFUND = Fields(
    amount=Whole(1),
    charge=Text(),
    payment_intent=Text(),
    reason=Choice("duplicate", "fraudulent", "requested_by_customer"),
    metadata=Metadata(),
    expand=EXPAND,
)
