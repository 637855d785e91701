"""Form fields that several apps ask with: a line of text, a postcode."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.postcodes import format_postcode
from jessops.lib.scrub import passes_luhn

POSTCODE = "Enter a full UK postcode, like SL7 1EY"
CARD = "This looks like a card number. Card details are typed on the bank's page only"

# Letters that show nothing, though Unicode counts them as letters.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DIGITS = re.compile(r"(?:\d[ -]?){13,19}")


def looks_like_card(text: str) -> bool:
    """Say whether 13 to 19 digits in a row pass the Luhn check (P8, P87)."""
    every = (re.sub(r"\D", "", found) for found in _DIGITS.findall(text))
    return any(passes_luhn(digits) for digits in every)


class Line(forms.CharField):
    """One line of text: spaces put in order, nothing invisible, no card number.

    `missing` is what to say when it is empty (without it, it may be), `why` is what we
    want it for, `auto` the autocomplete token, `width` (xs, m, l) hints at the answer.
    """

    def __init__(
        self,
        label: str = "",
        *,
        missing: str = "",
        most: int = 100,
        hint: str = "",
        why: str = "",
        auto: str = "off",
        kind: str = "text",
        width: str = "l",
    ) -> None:
        super().__init__(
            max_length=most, required=bool(missing), label=label, help_text=hint
        )
        self.why, self.auto, self.kind, self.width = why, auto, kind, width
        self.error_messages["required"] = missing
        self.error_messages["max_length"] = f"Use at most {most} characters"

    def to_python(self, value: Any) -> str:
        text = " ".join(str(value or "").split())
        if any(unicodedata.category(c)[0] == "C" or c in _BLANK for c in text):
            raise ValidationError("Use letters, figures and punctuation only")
        return text

    def validate(self, value: str) -> None:
        super().validate(value)
        if looks_like_card(value):
            raise ValidationError(CARD)


class Postcode(Line):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        postcode = format_postcode(text)
        if not postcode:
            raise ValidationError(POSTCODE)
        return postcode
