"""What somebody types who asks us something. Nothing is asked that is unused (P12)."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.scrub import scrub
from members.models import Channel, Enquiry
from members.models.enquiries import LONGEST
from newsletter.addresses import BadRecipient, one_address

EMAIL = "Enter an email address with an @, like name@example.co.uk"
NUMBER = "Enter your order number, like J26-1234-5678, or leave it blank"
WORDS = "Write what you want to ask or tell us"
_TELEPHONE = re.compile(r"\+?[0-9 ()./-]{7,30}\Z")
_ATTEMPT = r"^[A-Za-z0-9_-]{20,64}\Z"


class Line(forms.CharField):
    """One line of text: spaces put in order, nothing invisible, no card number.

    `missing` is what to say when it is empty (without it, it may be), `why` is what we
    want it for, `auto` the autocomplete token, `width` (xs, m, l) hints at the answer.
    """

    def __init__(
        self,
        label: str,
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
        if any(unicodedata.category(c)[0] == "C" for c in text):
            raise ValidationError("Use letters, figures and punctuation only")
        return scrub(text)


class Words(forms.CharField):
    """Free text: lines stay as they are; what could be a card number is taken out."""

    def __init__(
        self, label: str, *, missing: str, hint: str = "", most: int = LONGEST
    ) -> None:
        super().__init__(label=label, max_length=most, help_text=hint)
        self.error_messages["required"] = missing
        self.error_messages["max_length"] = f"Use at most {most:,} characters"

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").replace("\r\n", "\n")
        kept = (c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
        return scrub("".join(kept))


class EnquiryForm(forms.Form):
    """The form for anybody; a member's e-mail address is the account's."""

    kind = forms.ChoiceField(
        label="What is it about?",
        choices=[
            (Enquiry.Kind.QUESTION, "A question"),
            (Enquiry.Kind.COMPLAINT, "A complaint"),
            (Enquiry.Kind.POLICY, "The privacy policy"),
            (Enquiry.Kind.DATA, "My details"),
        ],
        error_messages={
            "required": "Choose what it is about",
            "invalid_choice": "Choose what it is about",
        },
    )
    message = Words(
        "Your message",
        missing=WORDS,
        hint="Never send a card number: we take out what looks like one.",
    )
    order = Line(
        "Order number",
        most=20,
        hint="If it is about an order, like J26-1234-5678",
        width="m",
    )
    full_name = Line("Your name", auto="name")
    email = Line(
        "Email address",
        missing=EMAIL,
        most=254,
        why="To acknowledge it at once and to answer you. Used for nothing else.",
        auto="email",
        kind="email",
    )
    telephone = Line(
        "Telephone number",
        most=30,
        why="Only if you want us to ring you about this.",
        auto="tel",
        kind="tel",
        width="m",
    )
    contact_by = forms.ChoiceField(
        choices=[(Channel.EMAIL, "email"), (Channel.TELEPHONE, "telephone")],
        required=False,
    )
    attempt = forms.RegexField(_ATTEMPT, required=False)

    def __init__(self, *args: Any, signed_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"]

    def clean_order(self) -> str:
        plain = re.sub(r"[\s-]", "", self.cleaned_data["order"]).upper()
        if not plain:
            return ""
        if not re.fullmatch(r"J?[0-9]{10}", plain, re.ASCII):
            raise ValidationError(NUMBER)
        digits = plain[-10:]
        return f"J{digits[:2]}-{digits[2:6]}-{digits[6:]}"

    def clean_email(self) -> str:
        try:
            return str(one_address(self.cleaned_data["email"]))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error

    def clean_telephone(self) -> str:
        telephone = str(self.cleaned_data["telephone"])
        if telephone and not _TELEPHONE.match(telephone):
            raise ValidationError("Enter a telephone number, like 01628 123456")
        return telephone

    def clean_contact_by(self) -> str:
        return self.cleaned_data["contact_by"] or Channel.EMAIL

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        rings = data.get("contact_by") == Channel.TELEPHONE
        if rings and not data.get("telephone") and "telephone" not in self.errors:
            self.add_error("telephone", "Enter the number you want us to ring")
        return data


class WordForm(forms.Form):
    """One more thing to say in an enquiry."""

    message = Words("Add to it", missing="Write what you want to add")
    attempt = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)
