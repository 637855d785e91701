"""What people agreed to: the only writer, and the only reader, of the ledger."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from jessops.lib.clock import in_london
from jessops.lib.hashing import email_hash
from privacy import policies
from privacy.models import Choice, ClauseChange, Transition, Wording

# What can be asked. One box or question is one purpose, never two (ICO: specific).
MARKETING_EMAIL = "marketing-email"  # offers; the order form asks about it, too
LAUNCHES = "launches"
NEWS = "news"
NEWSLETTER = "newsletter"
# What the order form's ticked box takes an address off (decision 0012).
LISTS = (MARKETING_EMAIL, LAUNCHES, NEWS, NEWSLETTER)
# "no" to it: left alone in everything that is not an order or a legal duty (P103).
EVERYTHING = "everything"
PURPOSES = frozenset({*LISTS, EVERYTHING})
WORDS = {
    MARKETING_EMAIL: "Offers",
    LAUNCHES: "Product launches",
    NEWS: "Site news",
    NEWSLETTER: "The newsletter",
    EVERYTHING: "Anything that is not about an order",
}
# Where an answer was given, and by whom it was set, as the person reads it.
SET_BY = {
    "checkout": "by you at checkout",
    "choices": "by you in your account",
    "order": "by you from your order's page",
    "letter": "by you from a letter",
    "one-click": "by you with a button of your mail program",
    "reply": "by you in an answer to a letter",
    "mail": "by you, as you wrote to us",
    "joining": "by you when you joined",
    "erasure": "by you when you asked to be erased",
}
# What somebody told our staff, who wrote it down: "telephone, Member 3".
SPOKEN = {"telephone": "by telephone", "email": "by e-mail", "post": "by post"}
_SPOKEN = re.compile(rf"({'|'.join(SPOKEN)}), Member \d+")
_REQUEST = "data request by "  # by a door of members.actions.requests
_CHANGE = re.compile(r"change:(\d+):([a-z-]+)")
_TRANSITION = re.compile(r"transition:(.+)")
# Of other apps: told of the hash of each address that leaves all lists.
_leavers: list[Callable[[str], None]] = []


class UnknownPurpose(Exception):
    """The question is not one that this shop asks."""


@dataclass(frozen=True)
class Entry:
    """One answer as the person reads it."""

    about: str  # the question in a few words
    answer: str  # "yes", "no" or "soft"
    answer_words: str
    where: str
    at: datetime
    wording: str  # exactly what was shown
    policy_version: int

    @property
    def set_by(self) -> str:
        return set_by(self.where)

    @property
    def when(self) -> str:
        """The moment on a UK clock, as customers read it."""
        return f"{in_london(self.at):%-d %b %Y, %H:%M}"


def set_by(where: str) -> str:
    """Say who set an answer, and where, to the person whose answer it is."""
    if found := _SPOKEN.fullmatch(where):
        return f"by our staff, as you said {SPOKEN[found[1]]}"
    if where.startswith(_REQUEST):
        return f"by our staff, as you asked by {where.removeprefix(_REQUEST)}"
    return SET_BY.get(where, f"by you at {where}")


def change(version: int, clause: str) -> str:
    """Return the name of the question that a changed clause puts to people."""
    return f"change:{version}:{clause}"


def is_known(purpose: str) -> bool:
    """Say whether a question is asked: of PURPOSES, of a change or of a transition."""
    if purpose in PURPOSES:
        return True
    if found := _CHANGE.fullmatch(purpose):
        held = ClauseChange.objects.filter(
            version=int(found[1]), clause=found[2], kind=ClauseChange.Kind.HELD
        )
        return held.exists()
    if found := _TRANSITION.fullmatch(purpose):
        return Transition.objects.filter(reference=found[1]).exists()
    return False


def record(
    *,
    email: str,
    purpose: str,
    answer: str,
    where: str,
    wording: str,
    about: str = "",
) -> Choice:
    """Write down one answer, with the words that were shown and the policy in force.

    In: the address as typed (only its keyed hash is kept), a question that is_known,
    "yes", "no" or "soft", the place such as "checkout", the exact text shown, and the
    matter such as "order:J26-4812-0751". Raises UnknownPurpose, ValueError.
    """
    return record_for(
        subject=email_hash(email),
        purpose=purpose,
        answer=answer,
        where=where,
        wording=wording,
        about=about,
    )


def record_for(
    *,
    subject: str,
    purpose: str,
    answer: str,
    where: str,
    wording: str,
    about: str = "",
) -> Choice:
    """Write down one answer of the person behind a hash: see record()."""
    if not is_known(purpose):
        raise UnknownPurpose(purpose)
    if answer not in Choice.Answer.values:
        raise ValueError(f"not an answer: {answer}")
    if not wording.strip():
        raise ValueError("an answer counts only with the words that were shown")
    with transaction.atomic():
        return Choice.objects.create(
            subject=subject,
            purpose=purpose,
            answer=answer,
            where=where,
            wording_sha256=_keep_wording(wording),
            policy_version=policies.current_version(),
            about=about,
        )


@contextmanager
def alone_with(subject: str) -> Iterator[None]:
    """Let nobody else answer for a person meanwhile; to read, and then to record.

    Two windows that save at once follow each other, and the second sees what the
    first has said. Ends with the transaction around it, if there is one.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"choices:{subject}"],
            )
        yield


def record_opt_out_box(
    *, email: str, ticked: bool, where: str, wording: str, about: str = ""
) -> Choice | None:
    """Write down what the order form's box means (promise P68), or nothing.

    Ticked says no to marketing e-mail, whatever was said before, and takes back every
    other list that was said yes to: the address is on none. Left empty it is a soft
    opt-in for someone who never answered, and changes no answer given earlier: not to
    this question, and not to all of them at once.
    """
    subject = email_hash(email)
    with alone_with(subject):
        if ticked:
            take_off_lists(subject=subject, where=where, wording=wording, about=about)
            return latest_of(subject, MARKETING_EMAIL)
        said = answers([subject], [MARKETING_EMAIL, EVERYTHING])
        silent = (subject, MARKETING_EMAIL) not in said
        if not silent or said.get((subject, EVERYTHING)) == "no":
            return None
        return record_for(
            subject=subject,
            purpose=MARKETING_EMAIL,
            answer="soft",
            where=where,
            wording=wording,
            about=about,
        )


def take_off_lists(*, subject: str, where: str, wording: str, about: str = "") -> bool:
    """Take an address off every list, by whichever door; say whether that is news.

    It is a no to offers, which a sale could bring otherwise, and to every other list
    that had a yes. Lists that were never answered stay so: that is a no anyway. Saying
    it again writes nothing.
    """
    with alone_with(subject):
        said = answers([subject], LISTS)
        silence = {MARKETING_EMAIL: ""}
        stand = [
            name
            for name in LISTS
            if said.get((subject, name), silence.get(name, "no")) != "no"
        ]
        for name in stand:
            record_for(
                subject=subject,
                purpose=name,
                answer="no",
                where=where,
                wording=wording,
                about=about,
            )
        tell_leavers(subject)
    return bool(stand)


def on_leaving(told: Callable[[str], None]) -> None:
    """Have something done in the transaction in which an address leaves all lists."""
    _leavers.append(told)


def tell_leavers(subject: str) -> None:
    """Tell other apps that an address has left all lists."""
    for told in _leavers:
        told(subject)


def latest(email: str, purpose: str) -> Choice | None:
    """Return the answer that counts, with its wording and policy version."""
    return latest_of(email_hash(email), purpose)


def latest_of(subject: str, purpose: str) -> Choice | None:
    """Return the answer that counts, of the person behind a hash."""
    return (
        Choice.objects.filter(subject=subject, purpose=purpose)
        .order_by("-at", "-id")
        .first()
    )


def latest_of_all(subjects: Iterable[str], purpose: str) -> dict[str, Choice]:
    """Return the answers that count of some people, by the hash; one statement."""
    return {row.subject: row for row in _latest(subjects, [purpose])}


def current(email: str, purpose: str) -> str | None:
    """Return "yes", "no", "soft", or None when the person never answered."""
    return current_of(email_hash(email), purpose)


def current_of(subject: str, purpose: str) -> str | None:
    """Return the answer that counts of the person behind a hash, or None."""
    choice = latest_of(subject, purpose)
    return choice.answer if choice else None


def answers(
    subjects: Iterable[str], purposes: Iterable[str]
) -> dict[tuple[str, str], str]:
    """Return the answers that count, by hash and question; one statement for all."""
    rows = _latest(subjects, purposes)
    return {(row.subject, row.purpose): row.answer for row in rows}


def standing(subject: str, purposes: Iterable[str]) -> dict[str, Choice]:
    """Return the answers of one person that count, by question; one statement."""
    return {row.purpose: row for row in _latest([subject], purposes)}


def _latest(subjects: Iterable[str], purposes: Iterable[str]) -> Iterable[Choice]:
    return (
        Choice.objects.filter(subject__in=list(subjects), purpose__in=list(purposes))
        .order_by("subject", "purpose", "-at", "-id")
        .distinct("subject", "purpose")
    )


def opted_out_of_all(email: str) -> bool:
    """Say whether a person wants nothing from us that is not about an order (P103)."""
    return opted_out(email_hash(email))


def opted_out(subject: str) -> bool:
    """Say so of the person behind a hash."""
    return current_of(subject, EVERYTHING) == "no"


def history(email: str) -> list[Entry]:
    """Return every answer that a person gave, newest first, with the words shown."""
    return history_of(email_hash(email))


def history_of(subject: str, purpose: str = "") -> list[Entry]:
    """Return every answer of the person behind a hash, or those to one question."""
    answers = Choice.objects.filter(subject=subject)
    if purpose:
        answers = answers.filter(purpose=purpose)
    rows = list(answers.order_by("-at", "-id"))
    shown = Wording.objects.in_bulk({row.wording_sha256 for row in rows})
    return [
        Entry(
            about=in_words(row.purpose),
            answer=row.answer,
            answer_words=row.get_answer_display(),
            where=row.where,
            at=row.at,
            wording=shown[row.wording_sha256].text,
            policy_version=row.policy_version,
        )
        for row in rows
    ]


def in_words(purpose: str) -> str:
    """Say a question in a few words."""
    if found := _CHANGE.fullmatch(purpose):
        return f"A new use of your details, policy version {found[1]}"
    if found := _TRANSITION.fullmatch(purpose):
        return f"The change of ownership {found[1]}"
    return WORDS[purpose]


def _keep_wording(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    Wording.objects.bulk_create(
        [Wording(sha256=digest, text=text)], ignore_conflicts=True
    )
    return digest
