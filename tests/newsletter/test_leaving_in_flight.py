"""Every door while the feeder and the sender are at work on a campaign (P45, R20).

A real campaign, with its list and its feeder; one person by each door, those whose
letters would leave last. The same with 1,000 people is a drill.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.actions import sending
from newsletter.models import Campaign, Message, Recipient
from newsletter.sender import send_due
from shop.models import Status
from tests.builders import draft_token, fill, move_order, product
from tests.members.cast import member, signed_in
from tests.newsletter import leaving_cast
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_sending import approved, readers
from tests.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = 5.0  # seconds after which nothing may leave
SLOW = 0.12  # seconds that the mail server takes for each


def telephone() -> Callable[[str], None]:
    """A colleague at the desk; signed in before anything is sent."""
    clerk = Member.objects.create_user("clerk@jessops.example", is_staff=True)
    for name in ("add_choice", "view_choice"):
        clerk.user_permissions.add(Permission.objects.get(codename=name))
    desk = Client()
    sign_in(desk, clerk)

    def rings(email: str) -> None:
        said = {"question": "lists", "answer": "no", "channel": "telephone"}
        add = "/admin/privacy/choice/add/"
        done = desk.post(add, {**said, "email": email, "sure": "1"})
        assert done.status_code == 302

    return rings


def order_form() -> Callable[[str], None]:
    sku = product(stock=50).sku

    def orders(email: str) -> None:
        client = Client()
        token = draft_token(client, {sku: 1}, email=email, no_marketing="1")
        fill(client, {sku: 1})
        client.post(f"/orders/{token}/review/")

    return orders


def account(email: str) -> Callable[[str], None]:
    client = signed_in(member(email))

    def presses(_: str) -> None:
        assert client.post("/members/choices/", {"stop": "all"}).status_code == 303

    return presses


def order_page(email: str) -> Callable[[str], None]:
    token = draft_token(Client(), {product().sku: 1}, email=email)
    now = timezone.now()
    move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)

    def presses(_: str) -> None:
        done = Client().post(f"/orders/{token}/choices/", {"stop": "all"})
        assert done.status_code == 303

    return presses


def test_whoever_leaves_by_any_door_gets_nothing_more_of_a_campaign(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CHUNK", 4)
    monkeypatch.setattr(sending, "WINDOW", 8)  # so most wait in the list, not outside
    leave_in_flight(mail_server, many=40, rounds=1, slow=SLOW, limit=60)


def leave_in_flight(
    mail_server: MailServer, *, many: int, rounds: int, slow: float, limit: float
) -> str:
    """Send a campaign to so many, and let some leave by each door meanwhile.

    Those whose letters would leave last; in: how many times each door is used. Returns
    what came of it, for people.
    """
    people = sorted(readers(many), key=email_hash)
    leavers = people[-8 * rounds :]
    rings, orders = telephone(), order_form()
    doors = [
        door
        for at in range(0, 8 * rounds, 8)
        for door in each(leavers[at:], rings, orders)
    ]
    one = approved()
    sending.schedule(campaign=one, per_minute=3600)
    sending.tick()  # everybody is on the list, and a few are in the outbox
    arrived = watch(mail_server, slow)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while Campaign.objects.get(pk=one.pk).state != Campaign.State.SENT:
                sending.tick(seconds=1)
                send_due(at_most=5)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    left: dict[str, float] = {}
    for email, leave in zip(leavers, doors, strict=True):
        leave(email)
        left[email] = time.monotonic()
    worker.join(limit)
    assert not failed
    assert not worker.is_alive()

    late = {one for one in left if arrived.get(one, 0) > left[one] + GRACE}
    assert not late
    assert set(arrived) >= set(people) - set(leavers)
    stopped = {email_hash(email) for email in leavers if email not in arrived}
    assert len(stopped) >= 4 * rounds, "they left too late to prove anything"
    held = Message.objects.filter(about=one.about, state="held")
    left_out = one.recipients.filter(state=Recipient.State.LEFT_OUT)
    assert stopped == {
        *held.values_list("to_hash", flat=True),
        *left_out.values_list("subject", flat=True),
    }
    waits = [arrived[one] - left[one] for one in left if one in arrived]
    longest = max(waits, default=0)
    return (
        f"{len(people)} on the list, {len(leavers)} left, {len(stopped)} of them in"
        f" time; {len(arrived)} letters, the latest {longest:.1f} s after somebody left"
    )


def each(
    leavers: list[str],
    rings: Callable[[str], None],
    orders: Callable[[str], None],
) -> list[Callable[[str], None]]:
    """Return the eight doors, in the order of those who take them."""
    return [
        leaving_cast._pressed,
        leaving_cast._one_click,
        leaving_cast._answered,
        leaving_cast._wrote,
        rings,
        orders,
        account(leavers[6]),
        order_page(leavers[7]),
    ]


def watch(server: MailServer, slow: float) -> dict[str, float]:
    """Note when each person's letter was taken, and take it slowly."""
    arrived: dict[str, float] = {}
    taken = server.handle_DATA

    async def noted(one: object, session: object, envelope: object) -> str:
        await asyncio.sleep(slow)
        answer = await taken(one, session, envelope)  # type: ignore[arg-type]
        if re.match("Autumn", str(server.messages[-1]["Subject"])):
            arrived[server.recipients[-1][0]] = time.monotonic()
        return answer

    server.handle_DATA = noted  # type: ignore[method-assign,assignment]
    return arrived
