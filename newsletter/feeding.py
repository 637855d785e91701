"""The letters of a campaign to some people, as they go into the outbox."""

from collections.abc import Mapping

from newsletter import outbox, writing
from newsletter.models import Campaign, Subscription


def queue(campaign: Campaign, emails: Mapping[str, str]) -> set[str]:
    """Put the letters to some people in the outbox; return to whom they may go.

    In: the addresses by the hash. Safe to say again: one key for a campaign and a
    person. Call it in the transaction that says who is done.
    """
    names = Subscription.objects.names(emails)
    letters = []
    for subject, email in emails.items():
        made = writing.render(
            campaign, name=names.get(subject, ""), subject_hash=subject
        )
        letters.append(
            outbox.Letter(
                to=email,
                subject=made.subject,
                text=made.text,
                html=made.html,
                key=f"{campaign.about}:{subject}",
                headers=made.headers,
            )
        )
    may = outbox.queue_all(
        letters, message_class=campaign.message_class, about=campaign.about
    )
    return {key.rpartition(":")[2] for key in may}
