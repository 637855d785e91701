"""Copies of a person's data: asked for, made by a worker, taken once (R30).

The link works once, for fifteen minutes, and only its keyed hash is in the table. What
is taken is blanked in the same transaction; the rest goes by the clock "copies".
"""

import json
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from privacy import copies, handover, letters, policies
from privacy.models import Copy

log = logging.getLogger(__name__)

BATCH = 20


class NoCopy(Exception):
    """There is nothing to take: it was taken, its time is over, or it never was."""


class AskedAlready(Exception):
    """A link is on its way to this person already."""


def ask(*, subject: str, by_mail: bool) -> Copy:
    """Write down that somebody wants a copy of everything held about them.

    Asked `by_mail` the link goes to the address that is held, and to no other; one at
    a time, so that nobody's letter box is filled. Else whoever asks is signed in, and
    takes it there. Raises AskedAlready.
    """
    now = timezone.now()
    if by_mail and _is_on_its_way(subject):
        raise AskedAlready
    return Copy.objects.create(
        subject=subject,
        # Stands for a link that nobody has; one that is mailed gets its own.
        token_hash=copies.token_hash(copies.new_token()),
        by_mail=by_mail,
        policy_version=policies.current_version(),
        asked_at=now,
        good_until=now + copies.PATIENCE,
    )


def make_due() -> int:
    """Make the copies that are waited for; return how many. Safe to run twice."""
    made = 0
    due = copies.waiting().order_by("pk").values_list("pk", flat=True)
    for pk in due[:BATCH]:
        try:
            made += _make(pk)
        # Whatever one person's rows trip over: the others get theirs all the same.
        except Exception as error:
            log.error("copy not made", extra={"reason": type(error).__name__})
    return made


def take(*, copy: Copy) -> dict[str, Any]:
    """Hand a copy out, once, and blank it; raises NoCopy."""
    with transaction.atomic(durable=True):
        found = copies.ready().select_for_update().filter(pk=copy.pk).first()
        if found is None:
            raise NoCopy
        content: dict[str, Any] = json.loads(found.content)
        found.content = ""
        found.taken_at = timezone.now()
        found.save(update_fields=["content", "taken_at"])
    return content


def _make(pk: int) -> bool:
    with transaction.atomic(durable=True):
        rows = copies.waiting().select_for_update(skip_locked=True)
        copy = rows.filter(pk=pk).first()
        if copy is None:
            return False
        person = handover.find([copy.subject]).get(copy.subject)
        if person is None or not person.email:
            copy.delete()  # nobody is there any more whose copy it could be
            return False
        content = copies.content_of(copy.subject, person.email)
        copy.content = json.dumps(content, ensure_ascii=False)
        copy.made_at = timezone.now()
        copy.good_until = copy.made_at + copies.LIFE
        link = f"{settings.SITE_URL}/members/data/"
        if copy.by_mail:
            token = copies.new_token()
            copy.token_hash = copies.token_hash(token)
            link = settings.SITE_URL + reverse("privacy:copy", args=[token])
        copy.save(
            update_fields=["content", "made_at", "good_until", "token_hash", "key_id"]
        )
        letters.copy_ready(copy, person.email, link)
    return True


def _is_on_its_way(subject: str) -> bool:
    since = timezone.now() - timedelta(minutes=15)
    asked = Copy.objects.filter(subject=subject, by_mail=True, taken_at=None)
    return asked.filter(asked_at__gt=since).exists()
