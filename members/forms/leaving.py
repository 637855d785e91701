"""What somebody types who wants to be erased."""

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.hashing import normalised_email
from members.forms.enquiries import Line

TYPE_IT = "Type ERASE, or your email address"


class EraseForm(forms.Form):
    """Typed, so that nobody is erased by a slip of the hand."""

    sure = Line(
        TYPE_IT,
        missing=TYPE_IT,
        most=254,
        hint="So that nothing is erased by a slip",
        width="m",
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.email = email

    def clean_sure(self) -> str:
        typed = str(self.cleaned_data["sure"])
        good = typed.upper() == "ERASE"
        if not good and normalised_email(typed) != normalised_email(self.email):
            raise ValidationError(TYPE_IT)
        return "ERASE"
