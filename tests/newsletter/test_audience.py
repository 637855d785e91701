"""Who is left out of a campaign as suppressed: before, and while it is sent."""

import pytest

from jessops.lib.hashing import email_hash
from newsletter import audience, suppression
from newsletter.actions import sending
from newsletter.models import Message, Recipient, Sending
from newsletter.sender import send_due
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_sending import approved, readers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("reason", suppression.Reason.values)
def test_who_is_suppressed_is_counted_as_that(reason: str) -> None:
    people = readers(3)
    suppression.suppress(subject=email_hash(people[0]), reason=reason)
    one = approved()
    assert audience.count(one) == {"": 2, audience.SUPPRESSED: 1}
    sending.schedule(campaign=one)
    sending.tick()
    assert Sending.objects.get().left_out == {audience.SUPPRESSED: 1}
    suppression.lift(subject=email_hash(people[0]), by=None, why="confirmed")
    assert audience.count(approved())[audience.SUPPRESSED] == 0


def test_who_is_suppressed_meanwhile_is_left_out_or_held(
    mail_server: MailServer,
) -> None:
    """On the list and in the outbox: neither gets it."""
    people = readers(4)
    one = approved()
    sending.schedule(campaign=one, per_minute=24)  # two at a look
    sending.tick()
    for email in people:
        suppression.suppress(subject=email_hash(email), reason="complaint")
    sending.tick()
    send_due()
    assert mail_server.recipients == []
    left = Recipient.objects.filter(state=Recipient.State.LEFT_OUT)
    assert list(left.values_list("reason", flat=True)) == [audience.SUPPRESSED] * 2
    assert Message.objects.filter(state="held").count() == 2
