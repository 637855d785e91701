"""Drafts of policy versions for tests, made from version 1 as it stands."""

from datetime import date, timedelta
from pathlib import Path

from django.utils import timezone

from privacy import notices, policies
from privacy.actions import policies as publishing
from privacy.models import PolicyVersion
from privacy.policies import FOLDER

COOKIES = "If you only look around, we set no cookie at all."
MARKETING = "## Saying no to marketing"


def draft(
    folder: Path,
    *,
    number: int = 2,
    head: str = "change cookies: ahead",
    was: str = COOKIES,
    now: str = "If you only look around, we set no cookie whatever.",
) -> Path:
    """Write the draft of a version that says `now` where version 1 says `was`."""
    text = (FOLDER / "1.md").read_text()
    text = text.replace("version: 1", f"version: {number}", 1)
    text = text.replace("in force: 2026-11-22\n", f"{head}\n" if head else "", 1)
    assert was in text
    path = folder / f"{number}.md"
    path.write_text(text.replace(was, now, 1))
    return path


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def publish(
    folder: Path, *, number: int = 2, days: int = 31, tells_subscribers: bool = False
) -> PolicyVersion:
    """Publish a draft, in force in so many days, and let this process know."""
    row = publishing.publish(
        number=number,
        in_force_from=in_days(days),
        by="Member 1",
        tells_subscribers=tells_subscribers,
        folder=folder,
    )
    policies.forget()
    notices.forget()
    return row
