"""A campaign under way, and people who leave in the middle of it (R20, C10)."""

import asyncio
import random
import re
import threading
import time
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

from django.db import connection
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import inbound, leaving_links, outbox, sender
from newsletter.models import Message
from privacy import choices
from privacy.models import Choice
from tests.newsletter.conftest import MailServer

TITLE = "Autumn"
GRACE = 5.0  # seconds after which nothing may leave


def in_flight(many: int) -> list[str]:
    """Queue one letter each for so many readers; return their addresses."""
    people = [f"reader{number}@example.co.uk" for number in range(many)]
    Choice.objects.bulk_create(
        Choice(
            subject=email_hash(email),
            purpose=choices.NEWSLETTER,
            answer="yes",
            where="test",
            wording_sha256="0" * 64,
            policy_version=1,
            # known for long: a letter that waits a minute is asked about that, too
            at=timezone.now() - timedelta(days=40),
        )
        for email in people
    )
    letters = [
        outbox.Letter(email, TITLE, "Words", "", f"campaign:7:{email_hash(email)}")
        for email in people
    ]
    outbox.queue_all(letters, message_class="newsletter", about="campaign:7")
    return people


def leave_while_sending(
    server: MailServer,
    people: list[str],
    *,
    leaving_now: int,
    seed: int = 7,
    pause: float = 0,
) -> tuple[list[tuple[str, float]], int]:
    """Send, and let some leave meanwhile, by each way in turn.

    Out: who got a letter later than GRACE after their leaving was on record, with the
    seconds; and how many letters arrived. `pause` makes the mail server slow.
    """
    arrived: dict[str, float] = {}
    taken = server.handle_DATA

    async def noted(one: object, session: object, envelope: object) -> str:
        answer = await taken(one, session, envelope)  # type: ignore[arg-type]
        if server.messages[-1]["Subject"] == TITLE:
            arrived[server.recipients[-1][0]] = time.monotonic()
        await asyncio.sleep(pause)
        return answer

    server.handle_DATA = noted  # type: ignore[method-assign,assignment]

    def send() -> None:
        try:
            while sender.anything_due():
                sender.send_due(at_most=20)
        finally:
            connection.close()

    left: dict[str, float] = {}
    some = random.Random(seed).sample(people[len(people) // 4 :], leaving_now)  # noqa: S311
    sending = threading.Thread(target=send)
    sending.start()
    for number, email in enumerate(some):
        _WAYS[number % len(_WAYS)](email)
        left[email] = time.monotonic()
    sending.join()
    sender.send_due()
    late = [
        (email, arrived[email] - at)
        for email, at in left.items()
        if email in arrived and arrived[email] - at > GRACE
    ]
    letters = Message.objects.filter(about="campaign:7")
    states = Counter(letters.values_list("state", "last_error"))
    assert states["held", ""] + len(arrived) == len(people), (states, len(arrived))
    return late, len(arrived)


def _page(email: str) -> str:
    token = leaving_links.token(email_hash(email), choices.NEWSLETTER)
    return f"/newsletter/unsubscribe/{token}/"


def _pressed(email: str) -> None:
    for _ in range(3):
        assert Client().get(_page(email)).status_code == 200
    assert choices.current(email, choices.NEWSLETTER) == "yes"
    assert Client().post(_page(email), {"stop": "all"}).status_code == 303


def _one_click(email: str) -> None:
    done = Client().post(_page(email), {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200


def _answered(email: str) -> None:
    _write(email, leaving_links.mailbox(email_hash(email)), "left")


def _wrote(email: str) -> None:
    _write(email, "webmaster@jessops.example", "left:asked")
    asked = Message.objects.filter(to_hash=email_hash(email)).latest("created_at")
    found = re.search(r"https?://[^/]+(/newsletter/unsubscribe/\S+)", asked.text)
    assert found
    assert Client().post(found[1], {"stop": "all"}).status_code == 303


def _write(email: str, to: str, outcome: str) -> None:
    message = EmailMessage()
    message["From"] = email
    message["To"] = to
    message["Subject"] = "Re: unsubscribe"
    message["Message-ID"] = f"<{time.monotonic_ns()}.{email}>"
    message.set_content("")
    assert inbound.take(message.as_bytes()) == outcome


_WAYS = (_pressed, _one_click, _answered, _wrote)
