"""Publishing a version of the policy: once, whole, and for ever (P99, C19)."""

import hashlib
import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jessops.lib.clock import LONDON, in_london
from privacy import guard, policies
from privacy.models import ClauseChange, PolicyVersion
from privacy.policies import FOLDER, document, facts, pdf, tables
from privacy.policies.document import Document, PolicyError
from privacy.promises import PROMISES

# Between publication and the day a material change is in force: time to read, to
# answer and to leave.
NOTICE_DAYS = 30
FIRST = 1
Kind = ClauseChange.Kind


class PublishError(Exception):
    """The draft may not be published; `faults` says why, a line each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def publish(
    *,
    number: int,
    in_force_from: date,
    by: str,
    tells_subscribers: bool = False,
    folder: Path = FOLDER,
) -> PolicyVersion:
    """Publish the draft `<number>.md` of a folder, in force from the start of a day.

    In: the day in London, and who does it ("Member 3"). A version of wording alone may
    be in force today; it then is so at once. Raises PublishError; publishes all or
    nothing, and nothing can take it back.
    """
    text, draft = read(number, folder)
    if unprintable := pdf.faults(draft, in_force_from):
        raise PublishError(*unprintable)
    now = timezone.now()
    try:
        with transaction.atomic(durable=True):
            before = PolicyVersion.objects.order_by("-number").first()
            starts = max(_midnight(in_force_from), now)
            faults = check(draft, before=before, in_force_from=in_force_from)
            if faults:
                raise PublishError(*faults)
            row = _write(text, draft, now, starts, by, tells_subscribers)
    except IntegrityError:
        # A number is published once: somebody else's button was quicker.
        raise PublishError(f"version {number} was published a moment ago") from None
    policies.forget()
    return row


def publish_first(**_: Any) -> None:
    """Publish version 1 where there are the tables for it, and no version yet."""
    table = PolicyVersion._meta.db_table
    if table not in connection.introspection.table_names() or (
        PolicyVersion.objects.exists()
    ):
        return
    text, draft = read(FIRST, FOLDER)
    faults = shape_faults(draft)
    if draft.in_force is None:
        faults.append("version 1 must say since when it is in force")
    if faults or draft.in_force is None:
        raise PublishError(*faults)
    try:
        with transaction.atomic():
            now, starts = timezone.now(), _midnight(draft.in_force)
            _write(text, draft, now, starts, "first release", False)
    except IntegrityError:
        return  # another process was first
    policies.forget()


def read(number: int, folder: Path = FOLDER) -> tuple[str, Document]:
    """Return the text of a draft, and the draft with today's facts in it."""
    path = folder / f"{number}.md"
    try:
        text = path.read_text("utf-8")
        draft = document.parse(text, facts.words(), tables.live())
    except FileNotFoundError:
        raise PublishError(f"there is no draft {path.name}") from None
    except (PolicyError, UnicodeDecodeError) as error:
        raise PublishError(f"{path.name}: {error}") from error
    if draft.version != number:
        raise PublishError(f"{path.name} calls itself version {draft.version}")
    return text, draft


def check(
    draft: Document, *, before: PolicyVersion | None, in_force_from: date
) -> list[str]:
    """Return everything that stands against publishing a draft, a line each."""
    if before is None:
        return ["version 1 is published with the tables: run migrate"]
    if draft.version != before.number + 1:
        return [f"the next version is {before.number + 1}, not {draft.version}"]
    faults = [*shape_faults(draft), *_change_faults(draft, before)]
    today = in_london(timezone.now()).date()
    soonest = today
    if any(change.kind != Kind.EDITORIAL for change in draft.changes):
        soonest += timedelta(days=NOTICE_DAYS)
    soonest = max(soonest, in_london(before.in_force_from).date())
    if in_force_from < soonest:
        faults.append(f"it can be in force from {soonest:%Y-%m-%d} at the earliest")
    return faults


def changed_clauses(old: Document, new: Document) -> list[str]:
    """Return the ids of clauses that were rewritten, added or dropped, in order."""
    ids = dict.fromkeys(clause.id for clause in (*new.clauses, *old.clauses))
    return [name for name in ids if _written(old, name) != _written(new, name)]


def checksum(text: str, said: dict[str, Any]) -> str:
    """Return the SHA-256 of a version's text and facts."""
    content = json.dumps([text, said], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def shape_faults(draft: Document) -> list[str]:
    """Say which question is left without an answer, which promise without a clause."""
    faults = [
        f"question {number} is answered by no clause"
        for number in document.QUESTIONS
        if not draft.answering(number)
    ]
    named = Counter(name for clause in draft.clauses for name in clause.promises)
    known = {promise.id for promise in PROMISES}
    faults += [f"{name} is no promise" for name in named if name not in known]
    for promise in PROMISES:
        if named[promise.id] != 1:
            faults.append(
                f"{promise.id} stands in {named[promise.id]} clauses, not one"
            )
    return faults


def _change_faults(draft: Document, before: PolicyVersion) -> list[str]:
    said = before.facts
    old = document.parse(before.text, said["words"], said["tables"])
    changed = set(changed_clauses(old, draft))
    typed = {change.clause: change for change in draft.changes}
    meant = facts.differences([said["meaning"]], facts.meaning())
    faults = [
        f"clause {name} changed: say of what kind"
        for name in sorted(changed - set(typed))
    ]
    faults += [f"clause {name} did not change" for name in sorted(set(typed) - changed)]
    if not changed:
        faults.append("nothing changed")
    if meant and all(change.kind == Kind.EDITORIAL for change in typed.values()):
        faults += [f"this is more than wording: {line}" for line in meant]
    told = said["meaning"]
    for name, rule in guard.PURPOSES.items():
        if f"purpose {name}" not in told and rule.since != draft.version:
            # Else what was given before would be used for it unasked (P100).
            faults.append(
                f"purpose {name} is new: its `since` is {draft.version}, not"
                f" {rule.since}"
            )
    for change in typed.values():
        if change.kind == Kind.HELD:
            purpose = guard.PURPOSES.get(change.purpose)
            if purpose is None:
                faults.append(f"clause {change.clause}: no such purpose")
            elif purpose.since != draft.version:
                # The guard asks for a yes by the version that the purpose names.
                faults.append(
                    f"clause {change.clause}: purpose {change.purpose} is of version"
                    f" {purpose.since}, not {draft.version}"
                )
            if not change.question:
                faults.append(f"clause {change.clause}: what are people asked?")
        elif change.purpose or change.question:
            faults.append(f"clause {change.clause}: only a held change asks")
    return faults


def _written(text: Document, name: str) -> object:
    clause = text.clause(name)
    return clause and clause.written


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON)


def _write(
    text: str,
    draft: Document,
    now: datetime,
    starts: datetime,
    by: str,
    tells_subscribers: bool,
) -> PolicyVersion:
    said = facts.live()
    row = PolicyVersion.objects.create(
        number=draft.version,
        text=text,
        facts=said,
        sha256=checksum(text, said),
        summary=draft.summary,
        published_at=now,
        in_force_from=starts,
        published_by=by,
        tells_subscribers=tells_subscribers,
    )
    ClauseChange.objects.bulk_create(
        ClauseChange(
            version=draft.version,
            clause=change.clause,
            kind=change.kind,
            purpose=change.purpose,
            question=change.question,
        )
        for change in draft.changes
    )
    return row
