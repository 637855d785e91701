"""What people ask of the Clubs Administrator, and what comes of it (P25)."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clubs import emails
from clubs.actions import clubs, contacts
from clubs.models import Club, ContactDetail, Submission
from privacy import policies

Details = Mapping[str, tuple[str, bool]]
OWN = ContactDetail.Source.CONTACT


class NotWaiting(Exception):
    """Somebody has decided on it already."""


class Unfit(Exception):
    """It cannot be done as asked; the words say why."""


def propose_new(
    *, facts: Mapping[str, Any], details: Details, email: str
) -> Submission:
    """Ask for a club to be listed. `email` was shown to be the asker's own."""
    with transaction.atomic():
        made = Submission.objects.create(
            kind=Submission.Kind.NEW,
            facts=_plain(facts),
            details={kind: list(pair) for kind, pair in details.items()},
            email=email,
            policy_version=policies.current_version(),
        )
        emails.waiting(made.pk)
    return made


def propose_change(
    *, club: Club, facts: Mapping[str, Any], details: Details
) -> Submission | None:
    """Ask for a change by the club's contact; nothing comes of no difference.

    What is no longer to be shown is hidden at once, whatever becomes of the rest.
    """
    with transaction.atomic():
        there = {d.kind: (d.value, d.published) for d in club.details.all()}
        hidden = [k for k in there if there[k][1] and not details.get(k, ("", 0))[1]]
        contacts.hide_some(club=club, kinds=hidden)
        there |= {kind: (there[kind][0], False) for kind in hidden}
        differing = {k: v for k, v in _plain(facts).items() if v != _now(club, k)}
        if not differing and dict(details) == there:
            return None
        made = Submission.objects.create(
            kind=Submission.Kind.CHANGE,
            club=club,
            facts=differing,
            details={kind: list(pair) for kind, pair in details.items()},
            policy_version=policies.current_version(),
        )
        emails.waiting(made.pk)
        return made


def approve(*, submission: Submission, by: str) -> Submission:
    """Do what was asked. Raises NotWaiting, Unfit."""
    with transaction.atomic():
        row = _waiting(submission)
        details = {kind: (value, bool(on)) for kind, (value, on) in row.details.items()}
        club = row.club
        try:
            facts = _typed(row.facts)
            if row.kind == Submission.Kind.NEW:
                club = clubs.add(fields=facts, by=by)
            elif row.kind == Submission.Kind.CHANGE and club:
                clubs.change(club=club, fields=facts, by=by)
        except (clubs.ClubError, ValidationError) as error:
            raise Unfit("; ".join(getattr(error, "messages", [str(error)]))) from error
        assert club is not None  # noqa: S101  a constraint: only a new one has none
        if row.kind in (Submission.Kind.NEW, Submission.Kind.CHANGE):
            contacts.set_details(club=club, details=details, source=OWN, agreed=True)
            emails.decided(club, _answer_to(row, club), approved=True, about=row.pk)
        else:
            contacts.erase(club=club, by=by)
        return _settle(row, Submission.State.APPROVED, by, club)


def refuse(*, submission: Submission, by: str) -> Submission:
    """Do not do it. Who asked to be hidden stays hidden. Raises NotWaiting."""
    with transaction.atomic():
        row = _waiting(submission)
        if row.kind in (Submission.Kind.NEW, Submission.Kind.CHANGE):
            to = _answer_to(row, row.club)
            emails.decided(row.club, to, approved=False, about=row.pk)
        return _settle(row, Submission.State.REFUSED, by, row.club)


def _waiting(submission: Submission) -> Submission:
    row = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("club")
        .get(pk=submission.pk)
    )
    if row.state != Submission.State.WAITING:
        raise NotWaiting
    return row


def _settle(row: Submission, state: str, by: str, club: Club | None) -> Submission:
    """Close it; what it held about a person goes with that."""
    row.state, row.settled_at, row.settled_by = state, timezone.now(), by
    row.details, row.email, row.club = {}, "", club
    row.save(
        update_fields=["state", "settled_at", "settled_by", "details", "email", "club"]
    )
    if club:
        clubs.note(club=club, code=state, by=by, detail=f"{row.kind} {row.pk}")
    return row


def _answer_to(row: Submission, club: Club | None) -> str:
    if row.email or club is None:
        return row.email
    email = club.details.filter(kind=ContactDetail.Kind.EMAIL).first()
    return email.value if email else ""


# --- what would change ----------------------------------------------------------------


def differences(submission: Submission) -> list[tuple[str, str, str]]:
    """Return what is asked for, in words: the thing, as it is now, as it would be."""
    club = submission.club
    found = []
    for name, value in submission.facts.items():
        field = Club._meta.get_field(name)
        now = _now(club, name) if club else ""
        label = str(field.verbose_name).capitalize()  # type: ignore[union-attr]
        found.append((label, _said(name, now), _said(name, value)))
    there = {d.kind: d for d in club.details.all()} if club else {}
    proposed = dict(submission.details)
    if submission.kind in (Submission.Kind.REMOVE, Submission.Kind.REMOVE_CLUB):
        proposed = {}
    settled = submission.state != Submission.State.WAITING
    for kind, label in [] if settled else ContactDetail.Kind.choices:
        old = there.get(kind)
        before = _detail(old.value, old.published) if old else ""
        new = proposed.get(kind)
        after = _detail(new[0], bool(new[1])) if new else ""
        if before != after:
            found.append((f"Contact: {label.lower()}", before, after))
    return found


def _detail(value: str, shown: bool) -> str:
    return f"{value} ({'shown' if shown else 'not shown'})"


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    choices = dict(Club._meta.get_field(name).flatchoices or [])  # type: ignore[union-attr]
    return str(choices.get(value, "" if value is None else value))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as JSON can hold them."""
    return {name: _json(value) for name, value in facts.items()}


def _json(value: Any) -> Any:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else value


def _now(club: Club, name: str) -> Any:
    return _json(getattr(club, name))


def _typed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts from JSON as the model wants them; raises ValidationError."""
    return {
        name: Club._meta.get_field(name).to_python(value)  # type: ignore[union-attr]
        for name, value in facts.items()
    }
