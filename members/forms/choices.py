"""How somebody wishes to be answered: by e-mail, or on which telephone (P50)."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.fields import Line
from members.models import Member

_TELEPHONE = re.compile(r"\+?[0-9 ()./-]{7,30}\Z")


class ContactWishForm(forms.Form):
    """For a member's replies, or for those about one order."""

    contact_by = forms.ChoiceField(
        choices=Member.ContactBy.choices,
        error_messages={
            "required": "Choose email or telephone",
            "invalid_choice": "Choose email or telephone",
        },
    )
    telephone = Line(
        "Telephone number",
        most=30,
        why="Only if you want us to ring you. We ring about your questions and orders,"
        " never about offers.",
        auto="tel",
        kind="tel",
        width="m",
    )

    def clean_telephone(self) -> str:
        telephone = str(self.cleaned_data["telephone"])
        if telephone and not _TELEPHONE.match(telephone):
            raise ValidationError("Enter a telephone number, like 01628 123456")
        return telephone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        wants_ringing = data.get("contact_by") == Member.ContactBy.TELEPHONE
        if wants_ringing and data.get("telephone") == "":
            self.add_error("telephone", "Enter the number you want us to ring")
        return data
