"""Every write to a contest: entering, leaving it, the draw, the way to the sponsor.

A sponsor can only ever get winners who said yes, and after 31 days nothing is left to
be given (P77, P79, C18).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from secrets import SystemRandom

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jessops.lib import csv_guard
from jessops.lib.clock import LONDON, in_london
from jessops.lib.hashing import email_hash
from newsletter import contest_emails, entry_links, outbox
from newsletter.actions.surveys import Closed, SurveyError, note, today
from newsletter.connectors import SPONSOR_FIELDS, SPONSORS
from newsletter.models import ENTRY_LIFE, Contest, Entry, SponsorLink
from privacy import gateway, guard, people, policies

PURPOSE = "contest"  # of privacy.guard
LINK_LIFE = timedelta(days=7)
ADDRESS = ("line1", "line2", "town", "county", "postcode")


def enter(
    *, contest: Contest, details: Mapping[str, str], may_share: bool, unnamed: bool
) -> None:
    """Enter somebody. Who entered before is entered already, and nothing changes.

    In: name, email and the address; the two answers of their own. Raises Closed.
    """
    email = details["email"]
    with transaction.atomic():
        # Against the draw: who enters is drawn from, or finds it closed.
        contest = _locked(contest)
        if contest.awarded_on or not contest.survey.is_open(today()):
            raise Closed
        entry = Entry(
            contest=contest,
            subject=email_hash(email),
            name=details["name"],
            email=email,
            **{name: details.get(name, "") for name in ADDRESS},
            may_share=may_share,
            unnamed=unnamed,
            entered_on=today(),
            policy_version=policies.current_version(),
        )
        Entry.objects.bulk_create([entry], ignore_conflicts=True)
        stored = Entry.objects.get(contest=contest, subject=entry.subject)
        contest_emails.entered(stored, contest)


def decide(*, entry: Entry, **answers: bool) -> None:
    """Change an entrant's answers: may_share, unnamed. It counts at once."""
    wrong = answers.keys() - {"may_share", "unnamed"}
    if wrong:
        raise ValueError(f"no such answer: {sorted(wrong)}")
    Entry.objects.filter(pk=entry.pk).update(**answers)


def withdraw(*, entry: Entry) -> None:
    """Take an entry out and forget it."""
    with transaction.atomic():
        _locked(entry.contest)
        Entry.objects.filter(pk=entry.pk).delete()


def award(*, contest: Contest, by: int) -> None:
    """Draw the winners and tell them: once, by chance alone, and in one step.

    Nobody sees who won before it stands, so nobody can draw until they like it. From
    this day the entries have 31 days. Awarded twice is once. Raises SurveyError.
    """
    day = today()
    with transaction.atomic():
        contest = _locked(contest)
        if contest.awarded_on:
            return
        if not contest.survey.is_over(day):
            raise SurveyError("It is not over yet.")
        entries = list(
            Entry.objects.filter(contest=contest).values_list("pk", flat=True)
        )
        drawn = SystemRandom().sample(entries, min(contest.places, len(entries)))
        Entry.objects.filter(contest=contest).exclude(pk__in=drawn).update(
            awarded_on=day
        )
        for place, entry in enumerate(drawn, start=1):
            Entry.objects.filter(pk=entry).update(place=place, awarded_on=day)
        contest.awarded_on = day
        contest.entrants, contest.winners = len(entries), len(drawn)
        contest.save(update_fields=["awarded_on", "entrants", "winners"])
        for winner in Entry.objects.winners().filter(contest=contest):
            contest_emails.won(winner, contest)
        note(survey=contest.survey, by=by, words=f"Awarded: {len(drawn)} winners")


def ends_on(contest: Contest) -> datetime | None:
    """Return the moment at which the entries go; None before the award."""
    if contest.awarded_on is None:
        return None
    return datetime.combine(ENTRY_LIFE.end(contest.awarded_on), time.min, LONDON)


def make_link(*, contest: Contest, by: int) -> str:
    """Return the token of a new link for the sponsor; it is kept nowhere.

    It ends after seven days, or with the entries if that is sooner. Raises SurveyError.
    """
    now = timezone.now()
    with transaction.atomic():
        contest = _locked(contest)
        last = ends_on(contest)
        if last is None or last <= now:
            raise SurveyError("There are no winners to pass on.")
        token = entry_links.fresh()
        SponsorLink.objects.create(
            contest=contest,
            token_sha256=entry_links.fingerprint(token),
            made_by=by,
            made_at=now,
            ends_at=min(now + LINK_LIFE, last),
        )
        note(survey=contest.survey, by=by, words="Made a link for the sponsor")
    return token


def end_links(*, contest: Contest, by: int) -> int:
    """End every link to a contest's winners now; return how many there were."""
    now = timezone.now()
    live = SponsorLink.objects.filter(contest=contest, ends_at__gt=now)
    with transaction.atomic():
        ended = live.update(ends_at=now)
        if ended:
            note(survey=contest.survey, by=by, words="Ended the sponsor's links")
    return ended


def link_of(token: str) -> SponsorLink | None:
    """Return the link that a token opens now, or None."""
    return (
        SponsorLink.objects.select_related("contest__survey")
        .filter(token_sha256=entry_links.fingerprint(token), ends_at__gt=timezone.now())
        .first()
    )


def fetch(*, link: SponsorLink) -> str:
    """Return the winners who agreed, as a file, each with a receipt (P58, P77).

    What they answer counts up to this moment. Raises ContractExpired.
    """
    contest = link.contest
    handed = gateway.hand_out(
        SPONSORS.name,
        recipient=contest.sponsor,
        rows=list(_agreed(contest)),
        reason=f"You won in the contest {contest.survey.slug} and agreed"[:100],
    )
    SponsorLink.objects.filter(pk=link.pk).update(fetched=F("fetched") + 1)
    return csv_guard.write(list(SPONSOR_FIELDS), handed)


def _agreed(contest: Contest) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield all that a sponsor may have today, by the matter it is about."""
    last = ends_on(contest)
    if last is None or last <= timezone.now():
        return  # the clock has not run yet: what is to be gone is gone
    for entry in Entry.objects.for_sponsor(contest):
        state = people.state_of_subject(entry.subject) or guard.GUEST
        if guard.allow(
            PURPOSE,
            subject=entry.subject,
            collected_under=entry.policy_version,
            state=state,
        ):
            yield entry.about, {name: getattr(entry, name) for name in SPONSOR_FIELDS}


def forget_mail() -> int:
    """Blank the mail of contests whose entries are gone; return how many messages."""
    now = in_london(timezone.now()).date()
    past = Contest.objects.filter(awarded_on__lte=ENTRY_LIFE.latest_start(now))
    return sum(outbox.forget(about=contest.about) for contest in past)


def _locked(contest: Contest) -> Contest:
    rows = Contest.objects.select_related("survey").select_for_update(of=("self",))
    return rows.get(pk=contest.pk)
