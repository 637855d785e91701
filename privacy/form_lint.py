"""What is wrong with what our forms ask (P6, P12, P67): nothing, or the build is red.

Walks every Form class of our apps, so that a field nobody declared is found wherever
it stands; and every declaration, so that none outlives what it speaks of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from django import forms
from django.utils.module_loading import autodiscover_modules

from privacy import collected, guard, policies, registry
from privacy.collected import Asked, Collected
from privacy.policies import document

# Words in a field's name that speak of a person, whatever its declaration says.
PERSONAL = re.compile(
    r"""(?:^|[_\-.\[])(?:
    name|forename|surname|firstname|lastname|fullname|nickname|title|salutation
    |e?mail|emailaddress|phone|telephone|tel|mobile|fax
    |address|line[0-9]?|street|house|flat|town|city|county|postcode|zip|postal|country
    |birth\w*|born\w*|dob|age|gender|sex|nationality|religion|ethnic\w*|health
    |passport|nino|insurance|licen[cs]e|card|iban|account|sortcode|cvc|cvv
    |ip|location|latitude|longitude|lat|lng|lon
    |password|signature|photo|message|comment|comments|note|notes|contact|friend
    )(?:$|[_\-.\]])""",
    re.VERBOSE | re.IGNORECASE,
)
# Autocomplete tokens that ask the browser for nothing of the person's.
PLAIN_TOKENS = frozenset({"", "on", "off", "one-time-code"})


def name_of(form: type[forms.BaseForm]) -> str:
    """Return how declarations name a Form class: "shop.CheckoutForm"."""
    return f"{form.__module__.partition('.')[0]}.{form.__qualname__}"


def our_forms() -> list[type[forms.BaseForm]]:
    """Return every Form class that is written in one of our apps."""
    autodiscover_modules("forms")
    found = dict.fromkeys(_below(forms.BaseForm))
    return [
        form for form in found if form.__module__.partition(".")[0] in registry.OUR_APPS
    ]


def looks_personal(name: str, field: forms.Field | None = None) -> bool:
    """Say whether a field speaks of a person by name, by kind or to the browser."""
    if PERSONAL.search(name) or isinstance(field, forms.EmailField):
        return True
    if field is None:
        return False
    token = field.widget.attrs.get("autocomplete") or getattr(field, "auto", "")
    return token not in PLAIN_TOKENS


def faults(walked: Iterable[type[forms.BaseForm]] | None = None) -> list[str]:
    """Return what is wrong, one sentence each; empty when all is declared and true."""
    classes: dict[str, type[forms.BaseForm]] = {}
    found: list[str] = []
    for form in our_forms() if walked is None else walked:
        name = name_of(form)
        if name in classes:
            found.append(f"{name} is the name of two forms")
        classes[name] = form
        found += _form_faults(name, form)
    for name in collected.forms():
        if walked is None and name not in classes and not name.startswith("/"):
            found.append(f"{name} is declared, and there is no such form")
        if walked is None or name in classes:
            found += _declaration_faults(name, classes.get(name))
    return found


def _asked(form: type[forms.BaseForm]) -> Mapping[str, forms.Field]:
    return getattr(form, "base_fields", {})


def _plain_column(form: type[forms.BaseForm], name: str) -> bool:
    """Say whether a ModelForm's field is a column that says nothing of a person."""
    model = form._meta.model if issubclass(form, forms.BaseModelForm) else None
    return model is not None and registry.says_nothing(model, name)


def _below(form: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for child in form.__subclasses__():
        yield child
        yield from _below(child)


def _form_faults(name: str, form: type[forms.BaseForm]) -> Iterator[str]:
    declared = collected.fields_of(name)
    for field_name, field in _asked(form).items():
        item = declared.get(field_name)
        if item is None and _plain_column(form, field_name):
            continue
        if item is None:
            yield f"{name}.{field_name} is asked, and nobody declared it"
        elif not isinstance(item, Collected) and looks_personal(field_name, field):
            yield f"{name}.{field_name} looks personal, and is declared not to be"
    for field_name in sorted(declared.keys() - _asked(form).keys()):
        yield f"{name}.{field_name} is declared, and the form does not ask it"


def _declaration_faults(name: str, form: type[forms.BaseForm] | None) -> Iterator[str]:
    declared = collected.fields_of(name)
    columns = {f"{item.model}.{item.field}": item for item in registry.everything()}
    clauses = document.load(policies.current_version()).clauses
    ids = {clause.id for clause in clauses}
    for item in declared.values():
        at = f"{name}.{item.field}"
        if not isinstance(item, Collected):
            if form is None and looks_personal(item.field):
                yield f"{at} looks personal, and is declared not to be"
            continue
        if item.clause not in ids:
            yield f"{at}: the policy has no clause {item.clause}"
        for column in item.stored_in:
            if column not in columns:
                yield f"{at} is stored in {column}, which holds nothing of a person"
            elif columns[column].field == item.field and set(item.also) != set(
                columns[column].also
            ):
                yield f"{at} and {column} are declared with different uses"
        for purpose in (item.purpose, *item.also):
            if purpose not in guard.PURPOSES:
                yield f"{at}: there is no purpose {purpose}"
            elif not _has_choice(guard.PURPOSES[purpose].asks, declared, form):
                yield f"{at} is also used for {purpose}, and the form offers no choice"


def _has_choice(
    question: str,
    declared: Mapping[str, Collected | Asked],
    form: type[forms.BaseForm] | None,
) -> bool:
    """Say whether a form has a control for a question, which nobody must answer."""
    if not question:
        return True
    for item in declared.values():
        if isinstance(item, Collected) and item.choice == question:
            field = _asked(form).get(item.field) if form else None
            return form is None or bool(
                field and not field.required and not field.initial
            )
    return False
