"""Whom the shop knows: one person an address, whatever apps hold of them."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import DataRequest, Enquiry, Member
from newsletter.models import Subscription
from privacy import people
from privacy.people import ERASED, GUEST, Holder, Person
from shop.models import Order
from tests.builders import draft_token, product
from tests.clubs.cast import club, contact
from tests.newsletter.contests_cast import contest, enter

pytestmark = pytest.mark.django_db

PRIYA = "priya@example.co.uk"
MANY = 20_000  # rows


def bought(email: str = PRIYA) -> Order:
    token = draft_token(Client(), {product().sku: 1}, email=email)
    return Order.objects.get(token=token)


@pytest.fixture
def holders() -> Iterator[None]:
    """Let a test register holders of its own."""
    kept = dict(people._holders)
    yield
    people._holders.clear()
    people._holders.update(kept)


def known(holder: str, *some: Person) -> Holder:
    """Return a holder of just these people."""
    ordered = sorted(some, key=lambda one: one.subject)
    return Holder(
        holder,
        lambda subject, limit: [p for p in ordered if p.subject > subject][:limit],
        lambda subject: next((p.state for p in some if p.subject == subject), None),
    )


def test_a_guest_who_joined_is_one_person_and_the_strictest_state_wins() -> None:
    subject = bought("Priya@Example.co.uk").email_hash
    member = Member.objects.create_user(PRIYA)
    (person,) = people.everyone()
    assert (person.subject, person.state) == (subject, "member")
    assert person.purposes == {"order", "account"}
    assert people.state_of(PRIYA.upper()) == "member"
    Member.objects.filter(pk=member.pk).update(is_active=False)
    (person,) = people.everyone()
    assert person.state == people.state_of(PRIYA) == "deactivated"
    member.delete()
    assert people.state_of(PRIYA) == "guest"
    assert people.state_of("nobody@example.com") is None


def test_many_are_asked_about_at_once_as_one_by_one(holders: None) -> None:
    """Of every holder, and of one that knows no other way than one by one."""
    order = bought()
    Member.objects.create_user(PRIYA, is_active=False)
    Member.objects.create_user("member@example.co.uk")
    Subscription.objects.create(
        subject=email_hash("reader@example.co.uk"),
        email="reader@example.co.uk",
        confirmed_at=timezone.now() + timedelta(seconds=1),
    )
    contact(club())
    enter(contest(), "entrant")
    Enquiry.objects.create(
        reference="E26-0000-0001",
        token="t",
        kind="question",
        channel="email",
        team="liaison",
        email="asks@example.co.uk",
        email_hash=email_hash("asks@example.co.uk"),
        policy_version=1,
        answer_due_at=timezone.now(),
    )
    DataRequest.objects.create(
        reference="D26-0000-0001",
        kind="access",
        channel="post",
        email="claims@example.co.uk",
        email_hash=email_hash("claims@example.co.uk"),
        policy_version=1,
        received_at=timezone.now(),
    )
    gone = Person("f" * 64, "", ERASED, frozenset())
    people.register(known("erasures", gone))
    everyone = list(people.everyone())
    assert {one.purposes for one in everyone} >= {
        frozenset({one})
        for one in ("account", "newsletter", "clubs", "contest", "enquiry", "rights")
    }
    subjects = [one.subject for one in everyone]
    assert people.named([*subjects, "0" * 64]) == everyone
    bought_by = everyone[subjects.index(order.email_hash)]
    assert people.named([order.email_hash]) == [bought_by]
    assert people.states_of([*subjects, "0" * 64]) == {
        one.subject: one.state for one in everyone
    }
    assert people.named([]) == []


def test_what_was_given_keeps_its_own_version() -> None:
    """An account of version 1 does not make the order of version 2 an old one."""
    order = bought()
    Order.objects.filter(pk=order.pk).update(policy_version=2)
    Order.objects.bulk_create([another(order, PRIYA, 2)])  # under version 3
    Member.objects.create_user(PRIYA, policy_version=1)
    (person,) = people.everyone()
    assert person.given == {("account", 1), ("order", 2), ("order", 3)}
    assert person.versions == {1, 2, 3}


def test_erased_is_stricter_than_all_and_leaves_no_address(holders: None) -> None:
    """A later step's record of erasures is one more holder."""
    subject = bought().email_hash
    Member.objects.create_user(PRIYA)
    gone = Person(subject, "", ERASED, frozenset())
    people.register(known("erasures", gone))
    (person,) = people.everyone()
    assert (person.state, person.email) == (ERASED, "")
    assert people.state_of(PRIYA) == ERASED
    with pytest.raises(ValueError, match="twice"):
        people.register(known("erasures"))


def test_all_spellings_of_an_address_are_one_person() -> None:
    for spelled in (PRIYA, PRIYA.upper(), "Priya@EXAMPLE.co.uk"):
        bought(spelled)
    (person,) = people.everyone()
    assert person.subject == email_hash(PRIYA)
    assert person.state == GUEST


def test_the_hash_of_a_member_follows_the_address() -> None:
    member = Member.objects.create_user(PRIYA)
    member.email = "new@example.co.uk"
    member.save(update_fields=["email"])
    member.refresh_from_db()
    assert member.email_hash == email_hash("new@example.co.uk")


def another(order: Order, email: str, number: int) -> Order:
    values = {
        field.attname: getattr(order, field.attname)
        for field in Order._meta.concrete_fields
        if not field.primary_key
    }
    values |= {
        "number": f"T{number:08d}",
        "token": f"token-{number}",
        "attempt": None,
        "email": email,
        "email_hash": email_hash(email),
        "policy_version": 1 + number % 3,
    }
    return Order(**values)


@pytest.fixture
def crowd() -> int:
    """Half the rows are members, half orders; every other buyer is a member."""
    half = MANY // 2
    order = bought("one@example.com")
    for start in range(0, half, 2000):
        numbers = range(start, start + 2000)
        addresses = {n: f"p{n}@example.com" for n in numbers}
        Member.objects.bulk_create(
            Member(email=email, email_hash=email_hash(email), password="!")
            for email in addresses.values()
        )
        buyers = {n: f"p{n if n % 2 else n + half}@example.com" for n in numbers}
        Order.objects.bulk_create(another(order, buyers[n], n) for n in numbers)
    return half + half // 2 + 1


def test_twenty_thousand_rows_stream_in_order_in_little_memory(crowd: int) -> None:
    with CaptureQueriesContext(connection) as asked:
        begun = time.perf_counter()
        count, last, doubles = 0, "", 0
        for person in people.everyone():
            assert person.subject > last
            count, last = count + 1, person.subject
            doubles += person.purposes == {"order", "account"}
        took = time.perf_counter() - begun
    assert (count, doubles) == (crowd, MANY // 4)
    # by batches: one statement for 500 rows, one more for 500 buyers' addresses,
    # which are sealed, and one or two to see the end
    assert len(asked) <= 1.5 * MANY / people.BATCH + 10
    assert took < 10, took  # some 0.6 s on an idle machine


def test_memory_does_not_grow_with_the_number_of_people(crowd: int) -> None:
    def peak(count: Callable[[], int]) -> int:
        tracemalloc.start()
        try:
            assert count() == crowd
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    stream = peak(lambda: sum(1 for _ in people.everyone()))
    whole = peak(lambda: len(list(people.everyone())))
    assert stream * 3 < whole, (stream, whole)  # bytes


def test_one_can_go_on_after_anybody(crowd: int) -> None:
    subjects = [person.subject for person in people.everyone()]
    middle = len(subjects) // 2
    rest = [person.subject for person in people.everyone(after=subjects[middle])]
    assert rest == subjects[middle + 1 :]
