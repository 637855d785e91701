"""What to say where something was left out, in words of the field itself.

A summary of two lines "This field is required" names neither (WCAG 3.3.1).
"""

from typing import Any

from members.forms.enquiries import EMAIL

MISSING = {
    "email": EMAIL,
    "login": EMAIL,
    "password": "Enter your password",
    "password1": "Choose a password",
    "oldpassword": "Enter the password that you have now",
    "code": "Enter the code",
}


class SaysWhatIsMissing:
    """Before the class of a form: its fields by the names of MISSING say so."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in MISSING:
                field.error_messages["required"] = MISSING[name]
            if MISSING.get(name) == EMAIL:
                field.error_messages["invalid"] = EMAIL
