"""Personal columns are read only where their own purpose needs them (C4, P9, P100).

Whoever wants a person's data for anything beyond what it was given for asks
privacy.guard. The rule is read from the source, so it holds also where no test runs:
outside the modules listed here, each with its purpose, no code and no template names
a personal column of an order, a member or a club's contact.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy import guard, registry

ROOT = Path(__file__).resolve().parents[2]
APPS = ("shop", "members", "clubs", "newsletter", "privacy", "jessops")

# Columns that say who a person is or where to reach them, by any app's declaration.
TELLING = frozenset(
    "email full_name telephone line1 line2 town county postcode billing_line1"
    " billing_line2 billing_town billing_county billing_postcode".split()
)
# Module or package, its purpose of privacy.guard, and what it does with the data.
MAY_READ = {
    "shop.actions.orders": ("order", "freezes what the form said"),
    "shop.actions.contact": ("order", "keeps how the buyer wishes to be reached"),
    "shop.actions.reviewing": ("order", "asks the buyer on the way that was wished"),
    "shop.admin.review": ("order", "shows staff the way that was wished, no other"),
    "shop.actions.payments": ("order", "keeps the answer about marketing"),
    "shop.actions.addresses": ("address-check", "compares the address with the list"),
    "shop.addresses": ("address-check", "compares the address with the list"),
    "shop.clients": ("payment", "tells the bank and the address list"),
    "shop.actions.parcels": ("delivery", "tells the carrier where the parcel goes"),
    "shop.labels": ("delivery", "prints where the parcel goes on it"),
    "shop.paper": ("order", "names the buyer on the invoice, as tax law asks"),
    "shop.emails": ("order", "writes to the buyer about the order"),
    "shop.member_checkout": ("order", "copies the chosen address into the order"),
    "shop.models": ("order", "an index over what is due to go"),
    "shop.forms": ("order", "checks what was typed"),
    "shop.views.checkout": ("order", "the order form"),
    "shop.views.orders": ("order", "the order's own pages"),
    "shop.views.choices": ("order", "how the buyer wishes to be reached"),
    "shop.people": ("question", "says whom the shop knows, to privacy.people"),
    "shop.synthetic": ("account", "invents members for measurements"),
    "members.models": ("account", "the account itself"),
    "newsletter.actions.campaigns": ("account", "sends a test to its own writer"),
    "members.actions.choices": ("account", "keeps how a member wishes to be answered"),
    "members.views.choices": ("account", "how a member wishes to be answered"),
    "members.address_list": ("account", "fills in an address that was picked"),
    "members.context": ("account", "the name in the header, to its bearer"),
    "members.views.addresses": ("account", "the address book"),
    "members.views.home": ("account", "the first page of the account"),
    "members.who": ("account", "tells whether the address is proved"),
    "members.actions.enquiries": ("enquiry", "keeps what somebody asks"),
    "members.emails.enquiries": ("enquiry", "answers who asked"),
    "members.forms.enquiries": ("enquiry", "checks what was typed"),
    "members.views.enquiries": ("enquiry", "the form of enquiries"),
    "members.actions.requests": ("rights", "does what is asked of the data"),
    "members.emails.requests": ("rights", "tells the person of each step"),
    "members.admin.requests": ("rights", "takes in what a letter puts right"),
    "members.actions.correcting": ("rights", "puts right what the person says"),
    "members.emails.correcting": ("rights", "tells the old address and the new one"),
    "members.views.correcting": ("rights", "shows what is to be put right"),
    "members.actions.leaving": ("rights", "closes or erases what the person says"),
    "members.emails.leaving": ("rights", "tells the person of the end of an account"),
    "members.forms.leaving": ("rights", "compares what was typed to confirm"),
    "members.views.leaving": ("rights", "closing, coming back and erasing"),
    "members.views.data": ("rights", "shows a member what is held of them"),
    "members.forms.choices": ("account", "checks what was typed"),
    "members.forms.sign_in": ("account", "checks what was typed"),
    "members.adapter": ("account", "joins and signs in by the address"),
    "members.signing": ("account", "counts tries by the address"),
    "members.passwords": ("account", "refuses a password made of the address"),
    "members.emails.accounts": ("account", "codes, and the welcome"),
    "privacy.actions.copies": ("rights", "writes where a copy is to be had"),
    "privacy.actions.erasures": ("rights", "tells the person, then forgets them"),
    "shop.actions.corrections": ("order", "puts right where a parcel goes"),
    "shop.actions.take_over": ("order", "gives a new account the buyer's name"),
    "shop.views.leaving": ("rights", "writes to the order's own address"),
    "shop.views.order_data": ("rights", "writes to the order's own address"),
    "shop.views.take_over": ("order", "offers an account to the order's address"),
    "members.people": ("question", "says whom we know, to privacy.people"),
    "jessops.management.commands.demo": ("account", "makes the demonstration's staff"),
    "clubs": ("clubs", "lists clubs as their contacts agreed"),
    "newsletter.contest_emails": ("contest", "writes to who entered"),
    "newsletter.people.contests": ("contest", "says who entered, to privacy.people"),
    "newsletter.people.subscriptions": ("question", "tells readers to privacy.people"),
    "newsletter.winners": ("contest", "names winners by surname and county"),
    "privacy.people": ("question", "puts people together for the guard"),
    "privacy.guard": ("question", "reach(): an address leaves only by its leave"),
    "privacy.transfer": ("transfer", "asks the guard who may be asked, and moved"),
    "privacy.letters": ("transfer", "asks people about a sale, if the guard lets it"),
    "privacy.actions.transitions": ("transfer", "asks people, and writes the set"),
    "privacy.actions.disclosures": ("law", "obeys a court, by two people"),
    "privacy.management": ("account", "looks up the member of staff who asks"),
}
TEMPLATES = {
    "members": ("account", "the member's own pages"),
    "account": ("account", "joining and signing in"),
    "shop": ("order", "the order's pages and form"),
    "emails/shop": ("order", "the order's mail"),
    "newsletter/sign_up": ("sign-up", "shows again what was typed"),
    "newsletter/surveys": ("contest", "an entrant's own entry"),
    "clubs": ("clubs", "clubs as their contacts agreed"),
    "emails/clubs": ("clubs", "mail to a club's contact"),
    "admin": ("law", "staff's screens"),
}
# Names of companies and of settings are nobody's.
OURS = frozenset({"company", "settings", "COMPANY", "env"})
_QUERIES = frozenset(
    "filter exclude get values values_list only defer order_by annotate aggregate"
    " update get_or_create update_or_create F Q OuterRef Lower Max Min getattr"
    " attrgetter itemgetter".split()
)
_IN_TEMPLATE = re.compile(r"\b([a-z_]+)\.(" + "|".join(sorted(TELLING)) + r")\b")
_TAG = re.compile(r"{[{%](.*?)[%}]}", re.DOTALL)


def reads(tree: ast.AST) -> Iterator[str]:
    """Yield every telling column that a module names in order to read it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in TELLING:
            if _root(node) not in OURS:
                yield node.attr
        elif isinstance(node, ast.Call) and _called(node) in _QUERIES:
            for keyword in node.keywords:
                yield from _column(keyword.arg or "")
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield from _column(str(argument.value))


def _column(name: str) -> Iterator[str]:
    """Yield the telling parts of "order__email__iexact" and the like."""
    yield from (part for part in name.lstrip("-").split("__") if part in TELLING)


def _called(node: ast.Call) -> str:
    function = node.func
    return (
        function.attr
        if isinstance(function, ast.Attribute)
        else (function.id if isinstance(function, ast.Name) else "")
    )


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def modules() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if {"migrations", "sandbox"} & set(parts):
                continue
            # Declarations name columns in order to declare them, and addresses views.
            if {"personal_data", "collection_points", "urls"} & set(parts):
                continue
            yield ".".join(parts).removesuffix(".__init__"), path


def may_read(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in MAY_READ)


def strays() -> list[str]:
    """Return "module reads column" of every read outside the list."""
    found = [
        f"{name} reads {column}"
        for name, path in modules()
        if not may_read(name)
        for column in sorted(set(reads(ast.parse(path.read_text()))))
    ]
    for path in sorted((ROOT / "templates").rglob("*")):
        place = path.relative_to(ROOT / "templates").as_posix()
        if path.is_file() and not place.startswith(tuple(f"{t}/" for t in TEMPLATES)):
            found += [f"{place} shows {what}" for what in sorted(shown(path))]
    return found


def shown(path: Path) -> set[str]:
    return {
        f"{owner}.{column}"
        for tag in _TAG.findall(path.read_text())
        for owner, column in _IN_TEMPLATE.findall(tag)
        if owner not in OURS
    }


def test_personal_columns_are_read_only_where_their_purpose_needs_them() -> None:
    assert strays() == []


def test_every_permission_names_a_purpose_and_is_still_needed() -> None:
    for purpose, words in (*MAY_READ.values(), *TEMPLATES.values()):
        assert purpose in guard.PURPOSES, purpose
        assert words
        rule = guard.PURPOSES[purpose]
        # What asks, or came later, is no permission: guard.reach decides each time.
        assert not rule.asks, purpose
        assert rule.since == 1, purpose
    known = {name: set(reads(ast.parse(path.read_text()))) for name, path in modules()}
    for allowed in MAY_READ:
        used = [
            columns
            for name, columns in known.items()
            if name == allowed or name.startswith(f"{allowed}.")
        ]
        assert any(used), f"{allowed} reads nothing any more"


def test_the_telling_columns_are_the_declared_ones() -> None:
    declared = {item.field for item in registry.held()}
    assert declared >= TELLING


@pytest.mark.parametrize(
    "code",
    [
        "to = order.email",
        "rows = Order.objects.values_list('email')",
        "rows = Order.objects.values_list('order__email', flat=True)",
        "Order.objects.filter(email__iexact=text)",
        "Order.objects.only('full_name')",
        "x = F('telephone')",
        "x = getattr(order, 'line1')",
        "say(f'Dear {member.full_name}')",
        "send([order.email for order in orders])",
        "Order.objects.order_by('-town')",
        "key = attrgetter('postcode')",
    ],
)
def test_each_way_of_reading_is_found(code: str) -> None:
    """The control."""
    assert list(reads(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["x = settings.COMPANY.email", "x = company.telephone", "x = order.number"]
)
def test_what_is_nobodys_is_no_read(code: str) -> None:
    assert not list(reads(ast.parse(code)))
