"""The shop may not do what its policy does not say (C19, P57, P99).

Compared are the facts of this process with those of the version in force and of any
that is published and to come. Also: the text of a published version stays as it was.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from django.utils import timezone

from privacy.models import PolicyVersion
from privacy.policies import FOLDER, facts

log = logging.getLogger(__name__)

SHOWN = 8  # lines of a refusal; `manage.py check --database default` has them all
HINT = "Write the next version of the policy and publish it: manage.py publish_policy"


class PolicyDisagrees(RuntimeError):
    """What this process would do is not what the published policy says."""


@register(Tags.database)
def policy_agrees(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Run by `manage.py check --database default` and by `migrate`."""
    if not databases:
        return []
    try:
        found = [Error(line, hint=HINT, id="privacy.E001") for line in disagreements()]
        found += [Error(line, hint=HINT, id="privacy.E002") for line in rewritten()]
    except DatabaseError as error:
        # `migrate` checks before it makes the table, or a new column of it.
        log.info("policy not compared", extra={"reason": type(error).__name__})
        return []
    return list(found)


def disagreements() -> list[str]:
    """Say what this process would do that no version says, in force or to come.

    A version to come counts: its code may run before its day, for until then the
    purpose guard lets nothing be used in the new way; and code from before it may run
    until its day.
    """
    rows = list(PolicyVersion.objects.order_by("number"))
    if not rows:
        return []  # migrate publishes the first
    begun = [row.number for row in rows if row.in_force_from <= timezone.now()]
    meant = [
        row.facts["meaning"] for row in rows if row.number >= max(begun, default=1)
    ]
    return facts.differences(meant, facts.meaning())


def rewritten() -> list[str]:
    """Say which published version's file no longer holds what was published."""
    lines = []
    for number, text in PolicyVersion.objects.values_list("number", "text"):
        path = FOLDER / f"{number}.md"
        if path.is_file() and path.read_text("utf-8") != text:
            lines.append(f"version {number} is published, and its file says otherwise")
    return lines


def refuse_to_start() -> None:
    """Called once by web server, worker and beat; raises PolicyDisagrees.

    A database that cannot be asked does not stop the start: pages that need none go on,
    and the next start asks again.
    """
    try:
        lines = [*disagreements(), *rewritten()]
    except DatabaseError as error:
        log.warning(
            "policy not compared at start", extra={"reason": type(error).__name__}
        )
        return
    if lines:
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        raise PolicyDisagrees("\n".join([*lines[:SHOWN], *more, HINT]))
