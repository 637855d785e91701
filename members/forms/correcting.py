"""What a member types to put their details right. Nothing is asked that is unused."""

import re

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.hashing import normalised_email
from members.forms.enquiries import EMAIL, Line
from newsletter.addresses import BadRecipient, one_address

_TELEPHONE = re.compile(r"\+?[0-9 ()./-]{7,30}\Z")


class DetailsForm(forms.Form):
    """Name and telephone number of an account."""

    full_name = Line("Name", auto="name", hint="As it should appear on parcels")
    telephone = Line(
        "Telephone number",
        most=30,
        why="Only if you want to be rung. Orders that have not left follow.",
        auto="tel",
        kind="tel",
        width="m",
    )

    def clean_telephone(self) -> str:
        telephone = str(self.cleaned_data["telephone"])
        if telephone and not _TELEPHONE.match(telephone):
            raise ValidationError("Enter a telephone number, like 01628 123456")
        return telephone

    def clean(self) -> None:
        """Refuse half a form: what did not come was not emptied by anybody."""
        for name in self.fields:
            if name not in self.data and name not in self.errors:
                self.add_error(name, "This did not arrive. Please press again")


class EmailForm(forms.Form):
    """The address that somebody wants to be known by, or was known by."""

    email = Line(
        "New email address",
        missing=EMAIL,
        most=254,
        why="We send a code there. It counts when you type the code, not before.",
        auto="email",
        kind="email",
    )

    def __init__(self, *args: object, now: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.now = now

    def clean_email(self) -> str:
        try:
            email = str(one_address(self.cleaned_data["email"]))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error
        if self.now and normalised_email(email) == normalised_email(self.now):
            raise ValidationError("That is your address already")
        return email


class ObjectForm(EmailForm):
    """The old address, typed by its owner: we keep nothing of it but a hash."""

    email = Line(
        "Your email address",
        missing=EMAIL,
        most=254,
        hint="The one that our message about the change came to",
        auto="email",
        kind="email",
    )


class CodeForm(forms.Form):
    """The six figures that were sent to a new address."""

    code = Line(
        "Code",
        missing="Enter the six figures from our message",
        most=10,
        hint="Six figures, from the message to your new address",
        auto="one-time-code",
        width="xs",
    )

    def clean_code(self) -> str:
        code = re.sub(r"\D", "", str(self.cleaned_data["code"]), flags=re.ASCII)
        if len(code) != 6:
            raise ValidationError("Enter the six figures from our message")
        return code
