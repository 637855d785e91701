"""Every form field of ours is declared, with what needs it (H9; P6, P12, P67)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms

from privacy import collected, form_lint, registry
from privacy.collected import CollectionError

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([^\"]+)\"")
TAG = re.compile(r"{{.*?}}|{%.*?%}")


def test_every_field_of_every_form_is_declared_and_true() -> None:
    assert form_lint.faults() == []


def test_the_walk_meets_the_forms_that_there_are() -> None:
    names = {form_lint.name_of(form) for form in form_lint.our_forms()}
    assert {"shop.CheckoutForm", "shop.FindOrderForm"} <= names


def declared_names() -> set[str]:
    return {name for form in collected.forms() for name in collected.fields_of(form)}


def asked_in_templates() -> dict[str, str]:
    """The name of every control in a template, and a template that has it."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "templates").rglob("*.html")):
        if "admin" in file.relative_to(ROOT).parts:
            continue  # staff: Django's own forms over declared columns
        for name in NAME.findall(file.read_text()):
            plain = TAG.sub("<>", name)
            if plain != "<>":  # a field of a Form class, which the lint walks
                found.setdefault(plain, file.relative_to(ROOT).as_posix())
    return found


def read_in_views() -> dict[str, str]:
    """Every name that a view reads from what was posted, and a module that reads it."""
    found: dict[str, str] = {}
    for app in registry.OUR_APPS:
        for file in sorted((ROOT / app / "views").rglob("*.py")):
            where = file.relative_to(ROOT).as_posix()
            for name in posted_names(file.read_text()):
                found.setdefault(name, where)
    return found


def posted_names(source: str) -> Iterator[str]:
    """Yield the names in POST["x"], POST.get("x") and "x" in POST, by any alias."""
    tree = ast.parse(source)
    aliases = {"request.POST"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and "request.POST" in ast.unparse(node.value):
            aliases |= {ast.unparse(target) for target in node.targets}
    if aliases == {"request.POST"} and "request.POST" not in source:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = ast.unparse(node.func.value)
            if of in aliases and node.func.attr in ("get", "getlist") and node.args:
                yield from _text(node.args[0])
        elif isinstance(node, ast.Subscript):
            read = isinstance(node.ctx, ast.Load)
            if read and ast.unparse(node.value) in aliases:
                yield from _text(node.slice)
        elif isinstance(node, ast.Compare):
            into = isinstance(node.ops[0], ast.In | ast.NotIn)
            if into and ast.unparse(node.comparators[0]) in aliases:
                yield from _text(node.left)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def undeclared(asked: dict[str, str]) -> list[str]:
    """Names that no declaration has; "quantity-<>" stands for "quantity-<SKU>"."""
    known = {re.sub(r"<\w*>", "<>", name) for name in declared_names()}
    return [f"{where}: {name}" for name, where in asked.items() if name not in known]


def test_every_control_of_every_template_is_declared() -> None:
    asked = asked_in_templates()
    assert {"no_marketing", "sku", "q", "quantity-<>"} <= set(asked)
    assert undeclared(asked) == []


def test_every_name_that_a_view_reads_is_declared() -> None:
    read = read_in_views()
    assert {"seen", "again", "sku", "remove"} <= set(read)
    assert undeclared(read) == []


def test_a_name_read_without_a_form_is_found() -> None:
    """The control: raw POST names, in each way of reading them."""
    planted = """
def ask(request):
    data = request.POST.copy()
    if "born_on" in request.POST and "shoe" not in data:
        return request.POST.get("fax"), data["iban"], request.POST.getlist("friend")
"""
    found = dict.fromkeys(posted_names(planted), "planted.py")
    assert set(found) == {"born_on", "shoe", "fax", "iban", "friend"}
    assert len(undeclared(found)) == 5


@pytest.fixture
def planted() -> Iterator[type[forms.Form]]:
    """A form of the shop that asks more than anybody declared."""

    class Planted(forms.Form):
        email = forms.CharField()
        offers = forms.BooleanField(required=False)

    Planted.__module__ = "shop.forms"
    Planted.__qualname__ = "Planted"
    yield Planted
    collected.forget("shop.Planted")
    # The walk goes over every class that lives: out of our apps with this one.
    Planted.__module__ = __name__


def collect(field: str, **changes: Any) -> None:
    given: dict[str, Any] = {
        "stored_in": "shop.Order.full_name",
        "purpose": "order",
        "clause": "what-we-collect",
    }
    collected.collects(form="shop.Planted", field=field, **given | changes)


def test_an_undeclared_form_field_is_found(planted: type[forms.Form]) -> None:
    found = form_lint.faults([planted])
    assert found == [
        "shop.Planted.email is asked, and nobody declared it",
        "shop.Planted.offers is asked, and nobody declared it",
    ]


def test_the_walk_finds_a_new_form_by_itself(planted: type[forms.Form]) -> None:
    assert planted in form_lint.our_forms()
    found = form_lint.faults()
    assert "shop.Planted.email is asked, and nobody declared it" in found


def test_a_declared_field_that_no_form_asks_is_found(planted: type[forms.Form]) -> None:
    for name in ("email", "offers", "fax"):
        collect(name)
    found = form_lint.faults([planted])
    assert found == ["shop.Planted.fax is declared, and the form does not ask it"]


def test_a_form_that_is_gone_is_found() -> None:
    collected.asks(form="shop.Gone", field="colour", use="paints it")
    try:
        assert form_lint.faults() == [
            "shop.Gone is declared, and there is no such form"
        ]
    finally:
        collected.forget("shop.Gone")


def test_a_second_use_without_a_choice_in_that_form_is_found(
    planted: type[forms.Form],
) -> None:
    """P67: the order form's box is no choice in another form."""
    collect("email", stored_in="shop.Order.email", also=("marketing",))
    collected.asks(form="shop.Planted", field="offers", use="decorates")
    fault = "is also used for marketing, and the form offers no choice"
    assert form_lint.faults([planted]) == [f"shop.Planted.email {fault}"]
    collected.forget("shop.Planted")
    collect("email", stored_in="shop.Order.email", also=("marketing",))
    collect(
        "offers",
        stored_in="privacy.Choice.answer",
        purpose="choices",
        choice="marketing-email",
    )
    assert form_lint.faults([planted]) == []


@pytest.mark.parametrize("change", [{"required": True}, {"initial": True}])
def test_a_choice_that_is_none_is_found(
    planted: type[forms.Form], change: dict[str, bool]
) -> None:
    """A box that must be ticked, or is ticked already, offers nothing."""
    collect("email", stored_in="shop.Order.email", also=("marketing",))
    collect("offers", stored_in="privacy.Choice.answer", choice="marketing-email")
    assert form_lint.faults([planted]) == []
    for name, value in change.items():
        setattr(planted.base_fields["offers"], name, value)
    (fault,) = form_lint.faults([planted])
    assert "offers no choice" in fault


def test_a_use_that_the_column_does_not_have_is_found(
    planted: type[forms.Form],
) -> None:
    collect("email", stored_in="shop.Order.email")
    collected.asks(form="shop.Planted", field="offers", use="decorates")
    (fault,) = form_lint.faults([planted])
    assert "are declared with different uses" in fault


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stored_in": "shop.Product.name"}, "holds nothing of a person"),
        ({"stored_in": "shop.Order.shoe_size"}, "holds nothing of a person"),
        ({"purpose": "curiosity"}, "there is no purpose curiosity"),
        ({"clause": "small-print"}, "the policy has no clause small-print"),
        ({"purpose": "newsletter"}, "offers no choice"),
    ],
)
def test_a_declaration_that_is_not_so_is_found(
    planted: type[forms.Form], changes: dict[str, str], words: str
) -> None:
    collected.asks(form="shop.Planted", field="offers", use="decorates")
    collect("email", **changes)
    (fault,) = form_lint.faults([planted])
    assert words in fault


def test_a_field_that_speaks_of_a_person_cannot_be_declared_away(
    planted: type[forms.Form],
) -> None:
    for name in ("email", "offers"):
        collected.asks(form="shop.Planted", field=name, use="decorates")
    found = form_lint.faults([planted])
    assert found == ["shop.Planted.email looks personal, and is declared not to be"]
    # by what it asks of the browser, whatever its name
    planted.base_fields["offers"].widget.attrs["autocomplete"] = "bday"
    assert "shop.Planted.offers looks personal" in form_lint.faults([planted])[1]


@pytest.mark.parametrize(
    "name",
    "full_name email e-mail telephone mobile_no line1 home_address postcode born_on"
    " date-of-birth national_insurance passport_no card_number billing_town"
    " message ip friend_name gender title contact".split(),
)
def test_personal_names_are_known(name: str) -> None:
    assert form_lint.looks_personal(name)


@pytest.mark.parametrize(
    "name", "sku quantity seen again attempt sort price_min in_stock delivery q".split()
)
def test_other_names_are_left_alone(name: str) -> None:
    assert not form_lint.looks_personal(name)


def test_every_collected_field_has_a_consumer() -> None:
    """P12: a column with a purpose, or a use in words; none is asked in vain."""
    columns = {f"{item.model}.{item.field}" for item in registry.everything()}
    for item in collected.collected():
        assert bool(item.stored_in) != bool(item.use), item
        assert set(item.stored_in) <= columns, item


@pytest.mark.parametrize("stored_in", ["", "nowhere:", "nowhere: ", ()])
def test_a_field_that_nothing_needs_cannot_be_declared(stored_in: Any) -> None:
    with pytest.raises(CollectionError, match="nothing needs it"):
        collect("email", stored_in=stored_in, label="E-mail")
    with pytest.raises(CollectionError, match="nothing needs it"):
        collected.asks(form="shop.Planted", field="email", use=" ")
    assert not collected.fields_of("shop.Planted")


def test_a_field_is_declared_once(planted: type[forms.Form]) -> None:
    collect("email")
    with pytest.raises(CollectionError, match="declared twice"):
        collect("email")
    with pytest.raises(CollectionError, match="nothing says what it is"):
        collect("offers", stored_in="nowhere: forgotten")
