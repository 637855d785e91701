"""What people type about a club: input shapes only. Nothing is asked that is unused."""

import unicodedata
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django import forms
from django.core.exceptions import ValidationError

from clubs import places, postcodes
from clubs.models import MONTHS, Weekday, Weeks
from newsletter.addresses import BadRecipient, one_address

EMAIL = "Enter an email address with an @, like name@example.co.uk"
POSTCODE = "Enter a UK postcode, like SL7 1EY, or its first half, like SL7"
MOST_TAGS = 6
DETAILS = ("name", "address", "telephone", "email")
_INPUT = {"class": "input w-l"}
_SHORT = {"class": "input w-m"}
_SELECT = {"class": "select w-m"}


class Line(forms.CharField):
    """One line of text: spaces put in order, nothing invisible."""

    def __init__(self, label: str, *, most: int = 100, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs=_INPUT))
        super().__init__(label=label, max_length=most, **options)

    def to_python(self, value: Any) -> str:
        text = " ".join(str(value or "").split())
        if any(unicodedata.category(c)[0] == "C" for c in text):
            raise ValidationError("Use letters, figures and punctuation only")
        return text


class Email(Line):
    def __init__(self, label: str = "Email address", **options: Any) -> None:
        options.setdefault(
            "widget", forms.EmailInput(attrs={**_INPUT, "autocomplete": "email"})
        )
        super().__init__(label, most=254, **options)
        self.error_messages["required"] = EMAIL

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        try:
            return str(one_address(text))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error


class AskForm(forms.Form):
    """Asking for a link: to list a club, or to change its entry."""

    email = Email()


class EntryForm(forms.Form):
    """A club's entry, and what its contact wants to have shown of themselves."""

    club = Line("Name of the club")
    place = Line("Town or village", most=60)
    region = Line("County", most=60)
    meets_at = Line(
        "Postcode of the meeting place",
        most=10,
        help_text="Or its first half. Distances are measured from there.",
        widget=forms.TextInput(attrs=_SHORT),
    )
    venue = Line("Meeting place", most=150, help_text="Hall and street")
    weekday = forms.TypedChoiceField(
        label="Meets on",
        choices=Weekday.choices,
        coerce=int,
        widget=forms.Select(attrs=_SELECT),
    )
    weeks = forms.ChoiceField(
        label="Which weeks", choices=Weeks.choices, widget=forms.Select(attrs=_SELECT)
    )
    alternate_from = forms.DateField(
        label="If every other week: one of the dates",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={**_SHORT, "type": "date"}),
    )
    starts_at = forms.TimeField(
        label="Begins at",
        widget=forms.TimeInput(format="%H:%M", attrs={**_SHORT, "type": "time"}),
    )
    season_from = forms.TypedChoiceField(
        label="First month of the season",
        choices=[("", "All the year"), *MONTHS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs=_SELECT),
    )
    season_to = forms.TypedChoiceField(
        label="Last month of the season",
        choices=[("", "All the year"), *MONTHS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs=_SELECT),
    )
    visitors_welcome = forms.BooleanField(required=False)
    beginners_welcome = forms.BooleanField(required=False)
    step_free = forms.BooleanField(label="Step-free", required=False)
    accessibility = Line("Getting in", most=300, required=False)
    costs = Line(
        "Costs", required=False, help_text="Like: £60 a year, first visit free"
    )
    tags = Line(
        "What the club does",
        most=200,
        required=False,
        help_text=f"Up to {MOST_TAGS}, with commas between: Film and darkroom, Outings",
    )
    website = forms.URLField(
        label="Website",
        max_length=200,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs=_INPUT),
    )
    programme = forms.CharField(
        label="Programme",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"class": "input area", "rows": 6}),
    )
    name = Line("Your name", required=False)
    address = Line("Your address", most=200, required=False)
    telephone = Line("Your telephone number", most=30, required=False)
    email = Email("Your email address")
    show_name = forms.BooleanField(label="Show my name", required=False)
    show_address = forms.BooleanField(label="Show my address", required=False)
    show_telephone = forms.BooleanField(
        label="Show my telephone number", required=False
    )
    show_email = forms.BooleanField(label="Show my email address", required=False)

    def clean_region(self) -> str:
        county = str(self.cleaned_data["region"])
        # One spelling for each, so that a search by county finds them all.
        return places.counties().get(places.fold(county), county)

    def clean_meets_at(self) -> str:
        text = str(self.cleaned_data["meets_at"])
        out, inward = postcodes.split(text)
        code = out or postcodes.outward(text)
        if not code or not postcodes.middle(code):
            raise ValidationError(POSTCODE)
        return f"{out} {inward}" if out else code

    def clean_website(self) -> str:
        """Leave out what follows a question mark: it could tell who follows a link."""
        parts = urlsplit(self.cleaned_data["website"])
        if parts.scheme not in ("", "http", "https"):
            raise ValidationError("Enter a web address, like https://club.example/")
        return str(urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")))

    def clean_tags(self) -> list[str]:
        found = [" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(",")]
        found = [tag for tag in found if tag]
        if len(found) > MOST_TAGS or any(len(tag) > 30 for tag in found):
            raise ValidationError(
                f"Use at most {MOST_TAGS}, of at most 30 characters each"
            )
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("weeks") == Weeks.ALTERNATE and not data.get("alternate_from"):
            self.add_error("alternate_from", "Enter one of the dates")
        if data.get("weeks") != Weeks.ALTERNATE:
            data["alternate_from"] = None
        if bool(data.get("season_from")) != bool(data.get("season_to")):
            self.add_error("season_to", "Choose both months, or neither")
        for kind in DETAILS:
            if data.get(f"show_{kind}") and not data.get(kind):
                self.add_error(kind, "Enter what is to be shown, or do not show it")
        return data

    @property
    def facts(self) -> dict[str, Any]:
        """The club's fields, by the names that its model has."""
        data = {k: v for k, v in self.cleaned_data.items() if k not in _ABOUT_PEOPLE}
        data["name"], data["county"] = data.pop("club"), data.pop("region")
        code = data.pop("meets_at")
        out, inward = postcodes.split(code)
        data["outcode"] = out or code
        data["postcode"] = code if inward else ""
        return data

    @property
    def details(self) -> dict[str, tuple[str, bool]]:
        """What there is of the contact, by kind, and whether it may be shown."""
        data = self.cleaned_data
        return {k: (data[k], data[f"show_{k}"]) for k in DETAILS if data[k]}


_ABOUT_PEOPLE = {*DETAILS, *(f"show_{kind}" for kind in DETAILS)}
