"""What surveys and contests ask: input shapes only. No question must be answered."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.postcodes import format_postcode
from newsletter import districts
from newsletter.addresses import BadRecipient, one_address
from newsletter.models import Question

EMAIL = "Enter an email address with an @, like name@example.co.uk"
POSTCODE = "Enter a UK postcode, like SL7 1EY"
DISTRICT = "Enter the first half of a UK postcode, like SL7"
_WIDTHS = {"s": "input w-s", "m": "input w-m", "l": "input w-l"}


class Line(forms.CharField):
    """One line of text: spaces put in order, nothing invisible."""

    def __init__(
        self,
        label: str,
        *,
        missing: str = "",
        most: int = 100,
        auto: str = "off",
        width: str = "l",
        **options: Any,
    ) -> None:
        attrs = {"class": _WIDTHS[width], "autocomplete": auto}
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(
            label=label, max_length=most, required=bool(missing), **options
        )
        self.error_messages["required"] = missing

    def to_python(self, value: Any) -> str:
        text = " ".join(str(value or "").split())
        if any(unicodedata.category(c)[0] == "C" for c in text):
            raise ValidationError("Use letters, figures and punctuation only")
        return text


class EntryForm(forms.Form):
    """Entering a contest. Neither box is ticked, and neither must be (P79)."""

    name = Line("Your name", missing="Enter your name", auto="name")
    email = Line(
        "Email address",
        missing=EMAIL,
        most=254,
        widget=forms.EmailInput(attrs={"class": "input w-l", "autocomplete": "email"}),
    )
    line1 = Line(
        "Address", missing="Enter the first line of your address", auto="address-line1"
    )
    line2 = Line("Address, second line", auto="address-line2")
    town = Line(
        "Town or city",
        missing="Enter your town or city",
        most=60,
        auto="address-level2",
        width="m",
    )
    county = Line("County", most=60, auto="address-level1", width="m")
    postcode = Line(
        "Postcode", missing=POSTCODE, most=10, auto="postal-code", width="s"
    )
    may_share = forms.BooleanField(required=False)
    unnamed = forms.BooleanField(required=False)

    def clean_email(self) -> str:
        try:
            return str(one_address(self.cleaned_data["email"]))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error

    def clean_postcode(self) -> str:
        postcode = format_postcode(self.cleaned_data["postcode"])
        if not postcode:
            raise ValidationError(POSTCODE)
        return postcode

    @property
    def details(self) -> dict[str, str]:
        """The entry without the two answers of their own."""
        named = ("may_share", "unnamed")
        return {k: v for k, v in self.cleaned_data.items() if k not in named}


class AnswerForm(forms.Form):
    """The questions of one survey, each of which may be skipped (P75)."""

    def __init__(
        self, data: Any = None, *, questions: Iterable[Question], **options: Any
    ) -> None:
        super().__init__(data, **options)
        for question in questions:
            self.fields[question.field] = _field(question)

    @property
    def answers(self) -> dict[int, list[str]]:
        """What was answered, by the number of the question."""
        given = {}
        for name, value in self.cleaned_data.items():
            found = value if isinstance(value, list) else [value]
            given[int(name[1:])] = [one for one in found if one]
        return given


class District(Line):
    """The first half of a postcode; of a whole one, the rest is dropped here."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        found = districts.district(text)
        if text and not found:
            raise ValidationError(DISTRICT)
        return found


def _field(question: Question) -> forms.Field:
    kind = Question.Kind
    if question.kind == kind.DISTRICT:
        return District(question.words, most=10, width="s", help_text="For example SL7")
    pairs = [(one, one) for one in question.answers]
    if question.kind == kind.MANY:
        return forms.MultipleChoiceField(
            label=question.words,
            choices=pairs,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    return forms.ChoiceField(
        label=question.words,
        choices=[*pairs, ("", "I would rather not say")],
        required=False,
        widget=forms.RadioSelect,
    )
