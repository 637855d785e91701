"""Members who asked for the newsletter, and one that goes to all: for bench.letters.

Runs in the shop's own environment: `python -m bench.readers 100000`.
"""

import sys
from datetime import timedelta

import django
from django.conf import settings
from django.utils import timezone

BATCH = 5_000
BODY = """# What is new

Hello {{ name }}. New lenses have come, and film is back.

[All film](/shop/film/)
"""


def write(total: int) -> None:
    """Make members who said yes a month and more ago, and let a letter go to them."""
    from members.models import Member
    from newsletter.actions import campaigns, sending
    from newsletter.models import Campaign
    from newsletter.models.campaigns import MOST_PER_MINUTE
    from privacy import choices
    from privacy.models import Choice
    from shop import synthetic

    synthetic.add_members(total, said=lambda done: None)
    choices.record(
        email="first@jessops.example",
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="choices",
        wording="The newsletter, once a month",
    )
    first = Choice.objects.latest("pk")
    at = timezone.now() - timedelta(days=settings.ESTABLISHED_DAYS + 30)
    subjects = Member.objects.order_by("pk").values_list("email_hash", flat=True)
    batch = []
    for subject in subjects.iterator(BATCH):
        batch.append(
            Choice(
                subject=subject,
                purpose=first.purpose,
                answer=first.answer,
                where=first.where,
                wording_sha256=first.wording_sha256,
                policy_version=first.policy_version,
                at=at,
            )
        )
        if len(batch) == BATCH:
            Choice.objects.bulk_create(batch)
            batch.clear()
    Choice.objects.bulk_create(batch)
    letter = campaigns.begin(
        words=campaigns.Words(
            message_class=Campaign.Kind.NEWSLETTER,
            title="Measured",
            subject="What is new",
            body=BODY,
        ),
        by=1,
    )
    letter = campaigns.approve(campaign=letter, edition=letter.edition, by=1)
    sending.schedule(campaign=letter, per_minute=MOST_PER_MINUTE)


if __name__ == "__main__":
    django.setup()
    write(int(sys.argv[1]))
