"""Who looked: every opened page about a person leaves one line they can read (C16)."""

import inspect
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.utils import DatabaseError
from django.test import Client

from clubs.models import Club
from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message
from privacy import dossier, looks, registry
from privacy.admin.people import PersonAdmin, subject_of
from privacy.models import LedgerEntry, Look
from privacy.models.ledgers import LedgerError
from shop.models import Order
from tests.builders import PRIYA, draft_token, product
from tests.clubs.cast import WREN, club, contact
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

PRIYAS = email_hash(PRIYA["email"])
# Their screens show keyed hashes, codes and names of fields: nobody is seen in them.
# A demand of the law may be under seal, and a line would tell of it.
NOBODY_SEEN = {"privacy.Erasure", "privacy.LegalDisclosure"}


def order() -> Order:
    return Order.objects.get(token=draft_token(Client(), {product().sku: 1}))


def packer() -> Member:
    """Somebody who packs: sees orders, and nothing else."""
    member = Member.objects.create_user("packer@jessops.example", "twelve letters")
    member.is_staff = True
    member.save(update_fields=["is_staff"])
    group = Group.objects.get(name="Dispatch")
    group.permissions.add(Permission.objects.get(codename="view_order"))
    member.groups.add(group)
    return member


def opened(member: Member, *rows: Any) -> list[int]:
    """Open the staff screens of some rows, as whoever is signed in; their answers."""
    client = Client()
    sign_in(client, member)
    return [
        client.get(
            f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        ).status_code
        for row in rows
    ]


def test_opening_an_order_adds_one_line_that_says_dispatch() -> None:
    found, member = order(), packer()
    assert opened(member, found) == [200]
    (seen,) = looks.of(PRIYAS)
    assert (seen.role, seen.about) == ("Dispatch", found.about)
    assert seen.why == "To look after your order"
    assert seen.when


def test_a_hundred_pages_are_a_hundred_looks() -> None:
    """The count: N opened pages of N people and matters are N looks, none lost."""
    member = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    sku = product(stock=500).sku
    tokens = [
        draft_token(Client(), {sku: 1}, email=f"person{number}@example.co.uk")
        for number in range(20)
    ]
    rows = list(Order.objects.filter(token__in=tokens)) * 5
    assert set(opened(member, *rows)) == {200}
    assert Look.objects.count() == 100
    for number in range(20):
        assert len(looks.of(email_hash(f"person{number}@example.co.uk"))) == 5
    assert {seen.role for seen in looks.of(PRIYAS)} == set()


def test_a_page_that_is_refused_is_no_look() -> None:
    member = packer()
    mail = Message.objects.create(
        key="k", message_class="order", to=PRIYA["email"], subject="s", text="t"
    )
    assert opened(member, mail) == [403]
    assert Look.objects.count() == 0


def test_a_message_an_account_and_a_club_tell_the_right_person() -> None:
    boss = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    mail = Message.objects.create(
        key="k", message_class="order", to=PRIYA["email"], subject="s", text="t"
    )
    assert opened(boss, mail) == [200]
    assert [seen.why for seen in looks.of(PRIYAS)] == [looks.WHY["message"]]
    other = Member.objects.create_user("other@example.co.uk", "twelve letters")
    assert opened(boss, other) == [200]
    assert [seen.role for seen in looks.of(other.email_hash)] == ["Administrator"]
    mine = club()
    contact(mine, "name")
    opened(boss, Club.objects.get(pk=mine.pk))
    assert [seen.why for seen in looks.of(email_hash(WREN["email"]))] == [
        looks.WHY["club"]
    ]


def keeps_the_rule(screen: Any) -> bool:
    """The shared screen does it; one of its own making calls the ledger itself."""
    shared = isinstance(screen, PersonAdmin) and screen.why in looks.WHY
    return shared or "looks.record(" in inspect.getsource(type(screen))


def test_every_screen_about_people_keeps_the_rule() -> None:
    """A new screen of a table with personal columns is found here."""
    people = {item.model for item in registry.held()} - NOBODY_SEEN
    loose = [
        model._meta.label
        for model, screen in admin.site._registry.items()
        if model._meta.label in people
        and not issubclass(model, LedgerEntry)
        and not keeps_the_rule(screen)
    ]
    assert loose == []


def test_no_list_of_staff_shows_a_personal_column() -> None:
    """Whoever looks at a person opens the person's page: a list leaves no line."""
    personal = {(item.model, item.field) for item in registry.held()}
    shown = [
        f"{model._meta.label}.{column}"
        for model, screen in admin.site._registry.items()
        if not issubclass(model, LedgerEntry) and model._meta.label not in NOBODY_SEEN
        for column in screen.list_display
        if (model._meta.label, column) in personal
    ]
    assert [one for one in shown if one not in ALLOWED] == []


# Of themselves they say nothing of who somebody is.
ALLOWED = {
    *("members.Member.joined_at", "shop.Order.review"),
    *(f"newsletter.Bounce.{name}" for name in ("at", "kind", "status", "source")),
    *(f"newsletter.Subscription.{name}" for name in ("asked_at", "confirmed_at")),
    *(f"newsletter.Suppression.{name}" for name in ("since", "reason", "note")),
}


def test_the_person_reads_the_role_and_never_the_name_or_number() -> None:
    found, member = order(), packer()
    member.full_name = "Quillon Underhay"
    member.save(update_fields=["full_name"])
    opened(member, found)
    groups = dossier.of(PRIYAS, PRIYA["email"])
    (table,) = [group for group in groups if group.table == "privacy.Look"]
    (entry,) = table.entries
    assert entry.title == f"Order {found.number}"
    told = " ".join(item.said for item in entry.items)
    assert looks.WHY["order"] in told
    assert "Dispatch" in told
    for secret in ("Quillon", member.email, f"staff:{member.pk}"):
        assert secret not in repr(groups)
    assert "staff" not in {item.field for item in entry.items}


def test_a_look_is_never_rewritten() -> None:
    opened(packer(), order())
    look = Look.objects.get()
    with pytest.raises(LedgerError):
        look.save()
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_look")


def test_a_row_of_nobody_names_nobody() -> None:
    assert subject_of(club()) == ""
