"""Who looked: every opened page about a person leaves one line they can read (C16)."""

import inspect
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from clubs.models import Club
from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message
from privacy import (
    dossier,
    grounds,
    look_alarm,
    look_chain,
    looks,
    probes,
    registry,
)
from privacy.admin import people
from privacy.admin.people import PersonAdmin, subject_of
from privacy.models import LedgerEntry, Look
from privacy.models.ledgers import LedgerError
from shop.models import Order, Status
from tests.builders import PRIYA, draft_token, move_order, product
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
    assert seen.why == "To look after your order (to check our own work)"
    assert seen.when
    assert "shop.Order.full_name" in Look.objects.get().fields


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
    why = f"{looks.WHY['message']} (to check our own work)"
    assert [seen.why for seen in looks.of(PRIYAS)] == [why]
    other = Member.objects.create_user("other@example.co.uk", "twelve letters")
    assert opened(boss, other) == [200]
    assert [seen.role for seen in looks.of(other.email_hash)] == ["Administrator"]
    mine = club()
    contact(mine, "name")
    opened(boss, Club.objects.get(pk=mine.pk))
    (seen,) = looks.of(email_hash(WREN["email"]))
    assert seen.why.startswith(looks.WHY["club"])


def keeps_the_rule(screen: Any) -> bool:
    """The shared screen does it; one of its own making calls the ledger itself."""
    shared = isinstance(screen, PersonAdmin) and screen.why in looks.WHY
    return shared or "people.note(" in inspect.getsource(type(screen))


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
    assert "to check our own work" in told
    assert "Delivery address" in told
    assert "Billing address" not in told
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


def at_the_door() -> tuple[Client, Member]:
    """Somebody signed in who has said no reason yet."""
    client, member = Client(), packer()
    sign_in(client, member)
    session = client.session
    del session[people.GIVEN]
    session.save()
    return client, member


def test_nobody_is_looked_at_without_a_number_a_queue_or_a_reason() -> None:
    client, _ = at_the_door()
    found = order()
    page = f"/admin/shop/order/{found.pk}/change/"
    for way in (page, page.replace("change", "history")):
        led = client.get(way)
        assert led.status_code == 302
        assert led["Location"].startswith("/admin/privacy/look/reason/?next=")
    assert "Priya" not in client.get(page, follow=True).content.decode()
    assert Look.objects.count() == 0
    # a number that is another's, or a part of one, opens nothing
    for term in ("J26-0000-0000", found.number[:8], "someone@example.co.uk"):
        kept = urlencode({"_changelist_filters": urlencode({"q": term})})
        assert client.get(f"{page}?{kept}").status_code == 302
    away = client.post(
        "/admin/privacy/look/reason/?next=//elsewhere.example/", {"reason": "call"}
    )
    assert away["Location"] == "/admin/"
    session = client.session
    del session[people.GIVEN]
    session.save()
    wrong = client.post(led["Location"], {"reason": "curious"})
    assert wrong.status_code == 200
    assert Look.objects.count() == 0
    given = client.post(
        f"/admin/privacy/look/reason/?next={page}", {"reason": "call"}, follow=True
    )
    assert "Priya" in given.content.decode()
    assert Look.objects.get().ground == "call"
    # half an hour later the reason is over, and another's page asks again
    session = client.session
    session[people.GIVEN] = ["call", timezone.now().isoformat()]
    session.save()
    token = draft_token(Client(), {product().sku: 1}, email="other@example.co.uk")
    other = Order.objects.get(token=token)
    led = client.get(f"/admin/shop/order/{other.pk}/change/")
    assert led["Location"].startswith("/admin/privacy/look/reason/")
    for term in (found.number, f" {found.number.lower()} "):
        kept = urlencode({"_changelist_filters": urlencode({"q": term})})
        assert client.get(f"{page}?{kept}").status_code == 200
    assert looks.of(PRIYAS)[0].why.endswith("(by its number, or by your whole address)")


def test_what_waits_for_us_opens_and_says_so() -> None:
    client, _ = at_the_door()
    found = order()
    now = timezone.now()
    move_order(found.token, Status.AUTHORISED, placed_at=now, authorised_at=now)
    Order.objects.filter(pk=found.pk).update(review="address")
    assert client.get(f"/admin/shop/order/{found.pk}/change/").status_code == 200
    assert Look.objects.get().ground == grounds.QUEUE
    # and for a while what belongs to the same person, without asking again
    Order.objects.filter(pk=found.pk).update(review="")
    assert client.get(f"/admin/shop/order/{found.pk}/history/").status_code == 200
    assert [one.ground for one in Look.objects.order_by("pk")] == ["queue", "again"]


def many(number: int, staff: int = 7) -> None:
    for one in range(number):
        looks.record(
            staff=staff,
            role="Web Sales",
            subject=email_hash(f"{one}@example.co.uk"),
            about=f"order:{one}",
            why="order",
            ground="number",
        )


def raw(statement: str) -> None:
    """What somebody does who owns the database and takes its triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_look DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE privacy_look ENABLE TRIGGER USER")


def probe() -> Any:
    return probes.run("looks", probes.SCHEDULE)


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE privacy_look SET staff = 8 WHERE id = {}",
        "UPDATE privacy_look SET role = 'Privacy' WHERE id = {}",
        "UPDATE privacy_look SET subject = repeat('0', 64) WHERE id = {}",
        "UPDATE privacy_look SET about = 'order:J' WHERE id = {}",
        "UPDATE privacy_look SET why = 'law' WHERE id = {}",
        "UPDATE privacy_look SET ground = 'call' WHERE id = {}",
        "UPDATE privacy_look SET fields = '{{a}}' WHERE id = {}",
        "UPDATE privacy_look SET at = at + interval '1 microsecond' WHERE id = {}",
        "UPDATE privacy_look SET digest = '' WHERE id <= {}",
        "DELETE FROM privacy_look WHERE id = {}",
        "INSERT INTO privacy_look (subject, about, staff, role, why, ground, fields,"
        " digest, at) SELECT subject, about, staff, role, why, ground, fields, digest,"
        " at FROM privacy_look WHERE id = {}",
    ],
)
def test_a_line_that_was_tampered_with_is_found(crime: str) -> None:
    many(6)
    assert look_chain.broken() == []
    assert look_chain.broken(newest=3) == []
    assert probe().passed
    raw(crime.format(Look.objects.order_by("pk")[3].pk))
    assert look_chain.broken()
    assert not probe().passed
    with pytest.raises(CommandError):
        call_command("check_looks")


def test_lines_cut_off_at_the_end_are_found() -> None:
    many(6)
    assert probe().passed
    raw("DELETE FROM privacy_look WHERE id = (SELECT max(id) FROM privacy_look)")
    assert look_chain.broken() == []  # by itself the rest is whole
    assert probe().findings == ["Lines that were there are gone."]


def test_more_than_fifty_people_in_an_hour_are_reported_once() -> None:
    many(50)
    letters = Message.objects.filter(key__startswith="many-looks:")
    assert not letters.exists()
    member = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    found = order()
    many(50, staff=member.pk)
    client = Client()
    sign_in(client, member)
    page = client.get(f"/admin/shop/order/{found.pk}/change/").content.decode()
    assert "51 people" in page
    client.get(f"/admin/shop/order/{found.pk}/history/")
    assert [one.message_class for one in letters] == ["staff"]
    assert look_alarm.most() == 51
    figures = client.get("/metrics").content.decode()
    assert "jessops_looks_most_people_in_an_hour 51" in figures
    # fifty looks at one person are one person
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert look_alarm.most() == 0
