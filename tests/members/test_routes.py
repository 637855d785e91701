"""Every address as nobody, as another member and as each staff role (R36).

The addresses are the resolver's own: a new one is walked without being listed here,
and one whose kind nobody declared fails the build.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from members.actions import addresses, enquiries
from members.models import Address, Enquiry, Member
from shop.models import Order
from tests.builders import draft_token, product
from tests.crawl import routes
from tests.members.cast import member, signed_in
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

# What no stranger may read. Nobody of that name was asked.
NAME = "Zephyrine Quillback"
LINE = "7 Lammergeier Steps"
TELEPHONE = "01632 960987"
EMAIL = "zephyrine@quillback.example"
WORDS = "the bellows creak like a gannet"
CANARIES = (NAME, LINE, TELEPHONE, EMAIL, WORDS)

# Behind these a person must be signed in; what else is under /members/ opens by a key.
PRIVATE = ("members/", "accounts/2fa/", "accounts/sessions/", "accounts/password/")
BEFORE_SIGN_IN = frozenset(
    {
        "members/closed/",
        "members/come-back/",
        "members/data/email/object/<str:token>/",
        "members/erasure/<str:token>/",
        "accounts/2fa/authenticate/",
        "accounts/2fa/webauthn/login/",
        "accounts/password/reset/",
        "accounts/password/reset/done/",
        "accounts/password/reset/confirm/",
        "accounts/password/reset/complete/",
    }
)
# A number or id in the address names somebody's thing, and is no key to it.
NUMBERED = re.compile(r"<(?:int|uuid):pk>")
GUESSED = "A" * 32
SAMPLES = {
    "<slug:category>": "cameras",
    "<slug:part>": "mirrorless",
    "<slug:slug>": "no-such-thing",
    "<slug:number>": "J26-0000-0000",
    "<str:name>": "P33",
    "<int:number>": "1",
    "<int:a>": "1",
    "<int:b>": "1",
    "<token:reference>": GUESSED,
    "<token:token>": GUESSED,
    "<slug:token>": GUESSED,
    "<str:token>": GUESSED,
    "<str:proof>": GUESSED,
    "(?P<token>[A-Za-z0-9:_-]{20,200})": GUESSED,
    "(?P<slug>[-a-zA-Z0-9_]+)": "no-such-thing",
    "(?P<token>[0-9a-f]{32}:[A-Za-z0-9_-]{43})": f"{'a' * 32}:{'A' * 43}",
    "(?P<token>[A-Za-z0-9_-]{43})": "A" * 43,
}


@dataclass(frozen=True)
class Owner:
    """A member with a thing of each kind."""

    member: Member
    order: Order
    address: Address
    enquiry: Enquiry
    passkey: Authenticator

    def thing(self, route: str) -> object:
        """Return the id of theirs that an address would name."""
        return self.passkey.pk if "webauthn" in route else self.address.pk


@pytest.fixture
def owner() -> Owner:
    who = member(EMAIL, full_name=NAME, telephone=TELEPHONE)
    token = draft_token(
        Client(),
        {product().sku: 1},
        full_name=NAME,
        email=EMAIL,
        telephone=TELEPHONE,
        line1=LINE,
    )
    details = addresses.Details(
        full_name=NAME,
        line1=LINE,
        line2="",
        town="Marlow",
        county="",
        postcode="SL7 1EY",
    )
    address = addresses.add(member=who, details=details)
    asked = enquiries.Asked(words=WORDS, email=EMAIL, full_name=NAME)
    enquiry = enquiries.ask(asked=asked, kind="question")
    passkey = Authenticator.objects.create(
        user=who, type=Authenticator.Type.WEBAUTHN, data={"name": NAME}
    )
    return Owner(who, Order.objects.get(token=token), address, enquiry, passkey)


def public() -> list[str]:
    """Every route but staff's, and the probe that says that no worker runs here."""
    every = (route for route in routes() if not route.startswith("admin/"))
    return [route for route in every if route != "readyz"]


def path(route: str, pk: object = "") -> str:
    """Return an address of a route; KeyError where nobody said what stands in it."""
    filled = NUMBERED.sub(str(pk), route)
    for pattern, sample in SAMPLES.items():
        filled = filled.replace(pattern, sample)
    if re.search(r"[<(]", filled):
        raise KeyError(f"say in SAMPLES what stands in {route}")
    return "/" + filled.strip("^$")


def is_private(route: str) -> bool:
    return route.startswith(PRIVATE) and route not in BEFORE_SIGN_IN


def answers(client: Client, address: str) -> Iterator[Any]:
    yield client.get(address)
    yield client.post(address)


def tells(answer: Any) -> list[str]:
    """Return what an answer says of the owner."""
    if answer.streaming:
        return []
    said = answer.content.decode("utf-8", "replace") + str(dict(answer.headers))
    return [canary for canary in CANARIES if canary in said]


def test_nobody_gets_a_page_of_a_person_without_signing_in(owner: Owner) -> None:
    walked = 0
    for route in public():
        address = path(route, owner.thing(route))
        for answer in answers(Client(), address):
            assert not tells(answer), (route, answer.request["REQUEST_METHOD"])
            assert answer.status_code < 500, route
            if is_private(route):
                walked += 1
                assert answer.status_code in (302, 404, 405), (route, answer)
                if answer.status_code == 302:
                    assert "/accounts/" in answer["Location"], (route, answer)
    assert walked > 30


def test_another_member_sees_nothing_of_the_owner(owner: Owner) -> None:
    other = member()
    for route in public():
        address = path(route, owner.thing(route))
        for posted in (False, True):
            client = signed_in(other)
            answer = client.post(address) if posted else client.get(address)
            assert not tells(answer), (route, posted)
            assert answer.status_code < 500, (route, posted)


def test_somebody_elses_number_answers_like_one_that_does_not_exist(
    owner: Owner,
) -> None:
    other = member()
    found = [route for route in public() if NUMBERED.search(route)]
    assert len(found) >= 5
    missing = {"uuid": "00000000-0000-4000-8000-000000000000", "int": 999_999_999}
    for route in found:
        kind = "uuid" if "<uuid:" in route else "int"
        for method in ("get", "post"):
            theirs, none = (
                getattr(signed_in(other), method)(path(route, pk))
                for pk in (owner.thing(route), missing[kind])
            )
            assert theirs.status_code == none.status_code, route
            assert theirs.status_code != 200, route
            assert _shape(theirs) == _shape(none), route
    assert Address.objects.filter(pk=owner.address.pk).exists()
    assert Authenticator.objects.filter(pk=owner.passkey.pk).exists()


def test_a_guessed_key_opens_nothing_and_looks_like_any_other(owner: Owner) -> None:
    keyed = [route for route in public() if "token>" in route]
    assert len(keyed) > 8
    for route in keyed:
        first = Client().get(path(route))
        second = Client().get(path(route).replace(GUESSED, "B" * 32))
        assert first.status_code == second.status_code, route
        assert not tells(first), route


def test_the_owner_does_see_their_own(owner: Owner) -> None:
    """The control: the canaries are where their owner looks for them."""
    client = signed_in(owner.member)
    owner.passkey.delete()  # a name without a key in it: only its number was needed
    seen = set()
    for route in public():
        if is_private(route) or route == "enquiries/":
            seen.update(tells(client.get(path(route, owner.thing(route)))))
    assert {NAME, LINE, EMAIL} <= seen


@pytest.mark.parametrize("role", ["", "every group"])
def test_staff_see_people_only_where_their_role_lets_them(
    owner: Owner, role: str
) -> None:
    """A role sees what its permissions name; a staff account without any, nothing."""
    # A test that emptied the tables took the roles that a migration made.
    for app, name in (("members", "0007_teams"), ("clubs", "0003_administrator")):
        made = vars(import_module(f"{app}.migrations.{name}"))
        make = made.get("make_roles") or made["make_role"]
        make(apps, None)
    groups = list(Group.objects.all()) if role else [None]
    assert groups
    for group in groups:
        who = Member.objects.create_user(
            f"staff-{group.pk if group else 0}@jessops.example",
            "a fine long lens",
            is_staff=True,
        )
        if group:
            who.groups.add(group)
        client = Client()
        sign_in(client, who)
        for model in (owner.order, owner.enquiry, owner.address, owner.member):
            meta = model._meta
            for address in (
                f"/admin/{meta.app_label}/{meta.model_name}/",
                f"/admin/{meta.app_label}/{meta.model_name}/{model.pk}/change/",
                f"/admin/{meta.app_label}/{meta.model_name}/{model.pk}/history/",
                f"/admin/{meta.app_label}/{meta.model_name}/{model.pk}/delete/",
                f"/admin/autocomplete/?app_label={meta.app_label}"
                f"&model_name={meta.model_name}&field_name=x&term=z",
            ):
                answer = client.get(address)
                assert answer.status_code < 500, (group, address)
                may = who.has_perm(f"{meta.app_label}.view_{meta.model_name}")
                may |= who.has_perm(f"{meta.app_label}.change_{meta.model_name}")
                if not may:
                    assert answer.status_code != 200, (group, address)
                    assert not tells(answer), (group, address)


def test_every_route_says_what_stands_in_its_address() -> None:
    for route in public():
        path(route, 1)
    with pytest.raises(KeyError):
        path("members/<something:new>/")


def _shape(answer: Any) -> tuple[int, str, str]:
    """Return an answer without what differs from one page view to the next."""
    body = re.sub(
        r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", answer.content.decode()
    )
    return answer.status_code, answer.headers.get("Location", "")[:40], body
