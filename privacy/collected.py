"""Where we ask: every field of every form of ours, declared (P6, P12, P67).

A form is named as "shop.CheckoutForm", or by its address where no Form class stands
behind it ("/trolley/add/"). Each app declares in its `collection_points.py`.
"""

from dataclasses import dataclass

NOWHERE = "nowhere:"


@dataclass(frozen=True, kw_only=True)
class Collected:
    """One form field that says something about a person."""

    form: str
    field: str
    stored_in: tuple[str, ...]  # "shop.Order.email"; nothing when it is not kept
    use: str  # what an answer that is kept nowhere is used for
    purpose: str  # a purpose of privacy.guard
    also: tuple[str, ...]  # secondary purposes
    clause: str  # the clause of the policy that tells of it
    choice: str  # the question of privacy.choices that this field answers
    label: str  # in words; those of its column when empty


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One form field that says nothing about a person, and what needs it."""

    form: str
    field: str
    use: str


_titles: dict[str, str] = {}
_fields: dict[tuple[str, str], Collected | Asked] = {}


class CollectionError(Exception):
    """A field is declared twice, or without anything that needs it."""


def collects(
    *,
    form: str,
    field: str,
    stored_in: str | tuple[str, ...],
    purpose: str,
    clause: str,
    choice: str = "",
    also: tuple[str, ...] = (),
    label: str = "",
) -> None:
    """Declare a field that says something about a person.

    `stored_in` names the columns, or says "nowhere: used to look up the order". Each
    purpose in `also` asks for a field of the same form with that purpose's `choice`.
    An answer that is kept nowhere needs a `label` for the page of what we hold.
    """
    names = (stored_in,) if isinstance(stored_in, str) else stored_in
    use = ""
    if names and names[0].startswith(NOWHERE):
        use, names = names[0].removeprefix(NOWHERE).strip(), ()
    if not use and not any(names):
        raise CollectionError(f"{form}.{field}: nothing needs it")
    if use and not label:
        raise CollectionError(f"{form}.{field}: nothing says what it is")
    _add(
        Collected(
            form=form,
            field=field,
            stored_in=names,
            use=use,
            purpose=purpose,
            also=also,
            clause=clause,
            choice=choice,
            label=label,
        )
    )


def asks(*, form: str, field: str, use: str) -> None:
    """Declare a field that says nothing about a person, with the step that needs it."""
    if not use.strip():
        raise CollectionError(f"{form}.{field}: nothing needs it")
    _add(Asked(form=form, field=field, use=use))


def collected() -> list[Collected]:
    """Return every declared field that says something about a person."""
    return [item for item in _fields.values() if isinstance(item, Collected)]


def entitle(form: str, title: str) -> None:
    """Name a form for people; two that make up one page may share a title."""
    _titles[form] = title


def title(form: str) -> str:
    return _titles.get(form, form)


def fields_of(form: str) -> dict[str, Collected | Asked]:
    """Return the declared fields of one form by name."""
    return {name: item for (of, name), item in _fields.items() if of == form}


def forms() -> list[str]:
    """Return the name of every declared form, in order."""
    return list(dict.fromkeys(form for form, _ in _fields))


def forget(form: str) -> None:
    """Take a form's declarations away again: for tests that declare their own."""
    for name in fields_of(form):
        del _fields[form, name]
    _titles.pop(form, None)


def _add(item: Collected | Asked) -> None:
    key = item.form, item.field
    if key in _fields:
        raise CollectionError(f"{item.form}.{item.field} is declared twice")
    _fields[key] = item
