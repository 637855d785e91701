"""Leaving our lists, by whichever of the seven doors: one end for all (P20, P21, P69).

What is taken down, and what it means, is privacy.choices.take_off_lists: the doors that
privacy itself has (the order form, the pages of choices, our staff) call that. So the
rows are the same, whoever comes by which door.
"""

from django.db import transaction

from newsletter import leaving_emails, leaving_links
from newsletter.actions import subscriptions
from newsletter.leaving_words import asks_to_leave
from newsletter.models import Subscription
from newsletter.reading import Mail
from privacy import choices, topics
from privacy.actions import choices as choosing

LETTER, ONE_CLICK, REPLY, MAIL = "letter", "one-click", "reply", "mail"
# What somebody was told who answers with the word, or presses the button of a mail
# program: every letter says it. It is kept with the no.
REPLY_WORDS = (
    "Answer a letter with the word “unsubscribe”, and we take your address off every"
    " list of ours: offers, product launches, site news and the newsletter."
)
MAIL_WORDS = (
    "Write to us with the word “unsubscribe”, and we take your address off every list"
    " of ours: offers, product launches, site news and the newsletter."
)
ONE_CLICK_WORDS = (
    "The unsubscribe button of your mail program takes your address off every list of"
    " ours: offers, product launches, site news and the newsletter."
)
LEFT, ASKED = "left", "left:asked"


def leave(
    *,
    subject: str,
    where: str,
    wording: str = topics.OFF_LISTS.wording,
    about: str = "",
) -> bool:
    """Take an address off every list of ours, at once; say whether that is news.

    In: its keyed hash, the door (of privacy.choices.SET_BY, or "telephone, Member 3"),
    and the words that were shown. A sign-up that waits is ended, too. What waits in
    the outbox is stopped as it leaves, by the wall.
    """
    return choices.take_off_lists(
        subject=subject, where=where, wording=wording, about=about
    )


def leave_one(*, subject: str, question: str, where: str = LETTER) -> bool:
    """Take an address off one list, and leave the others; say whether it is news."""
    with transaction.atomic():
        is_news = choosing.answer(
            subject=subject, question=question, said="no", where=where
        )
        if question == choices.NEWSLETTER:
            subscriptions.end(subject=subject)
    return is_news


def by_mail(mail: Mail) -> str:
    """Take a letter that asks to leave; return what was done, or "" if it is not one.

    The address that our letters are answered to says whose letter it was: that counts,
    and what stands as the sender does not. Without it anybody could have written it, so
    the mailbox is asked first, unless our own mail provider vouches for the sender; if
    it is on no list at all, our staff read the letter. A machine's answer is no answer.
    """
    if mail.automatic or not asks_to_leave(mail):
        return ""
    subject = leaving_links.named_by(mail.to)
    if subject:
        leave(subject=subject, where=REPLY, wording=REPLY_WORDS)
        return LEFT
    asker = leaving_emails.hash_of(mail)
    if not is_on_a_list(asker):
        return ""
    if mail.vouched:
        leave(subject=asker, where=MAIL, wording=MAIL_WORDS)
        return LEFT
    leaving_emails.did_you_ask(mail)
    return ASKED


def is_on_a_list(subject: str) -> bool:
    """Say whether we might write to an address: a list has it, or a sign-up waits."""
    said = choices.answers([subject], choices.LISTS)
    return (
        not topics.YES.isdisjoint(said.values())
        or Subscription.objects.filter(subject=subject).exists()
    )


def _end_subscription(subject: str) -> None:
    subscriptions.end(subject=subject)


# Whoever leaves by a door of privacy is no reader of the newsletter either.
choices.on_leaving(_end_subscription)
