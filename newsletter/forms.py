"""What the newsletter's form asks: input shapes only, and nothing unused (P12, P44)."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.scrub import scrub
from newsletter.addresses import BadRecipient, one_address

EMAIL = "Enter an email address with an @, like name@example.co.uk"


class Line(forms.CharField):
    """One line of text, as templates/shop/_field.html shows it."""

    def __init__(
        self, label: str, *, most: int, auto: str, kind: str, why: str, missing: str
    ) -> None:
        super().__init__(max_length=most, required=bool(missing), label=label)
        self.why, self.auto, self.kind, self.width = why, auto, kind, "l"
        self.error_messages["required"] = missing
        self.error_messages["max_length"] = f"Use at most {most} characters"

    def to_python(self, value: Any) -> str:
        return str(value or "").strip(" ")


class SignUpForm(forms.Form):
    """The newsletter's two fields; the name may stay empty."""

    name = Line(
        "Your name",
        most=100,
        auto="name",
        kind="text",
        why="To begin the newsletter with it.",
        missing="",
    )
    email = Line(
        "Email address",
        most=254,
        auto="email",
        kind="email",
        why="One email a month. Leave with one click, no sign-in.",
        missing=EMAIL,
    )

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split(" "))
        if any(unicodedata.category(c)[0] in "CZ" and c != " " for c in name):
            raise ValidationError("Use letters, figures and punctuation only")
        return scrub(name)

    def clean_email(self) -> str:
        try:
            return one_address(self.cleaned_data["email"])
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error
