"""Writing and approving campaigns: the moves of a letter until it is sent (P18).

What sends, pauses and ends it is elsewhere; here its words come to stand.
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import outbox, proofs, writing
from newsletter.actions import announcements
from newsletter.models import Campaign, Message

CHANGED = "Somebody has changed it since you opened it. Read theirs first."


class CampaignError(Exception):
    """Base of what is refused here; the text says why, to staff."""


class NotWritable(CampaignError):
    """It is on its way, or over: its words stand."""


class Stale(CampaignError):
    """Somebody has changed it since this window was opened."""


class NotFit(CampaignError):
    """Something stands against its words; `faults` has all of it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class NotYours(CampaignError):
    """Somebody else has to do this."""


@dataclass(frozen=True)
class Words:
    """What staff write of a letter."""

    message_class: str
    title: str
    subject: str
    body: str
    reason: str = ""

    def tidy(self) -> dict[str, str]:
        """Return the columns: one line is one line, and lines end in one way."""
        return {
            "message_class": self.message_class,
            "title": " ".join(self.title.split()),
            "subject": " ".join(self.subject.split()),
            "body": "\n".join(self.body.splitlines()).strip(),
            "reason": self.reason if self.message_class == "service" else "",
        }


def begin(*, words: Words, by: int) -> Campaign:
    """Write a new letter, as a draft."""
    return Campaign.objects.create(**words.tidy(), written_by=by)


@transaction.atomic
def write(*, campaign: Campaign, words: Words, edition: int, by: int) -> Campaign:
    """Change a letter that is still written; takes the approval of its words away.

    In: the edition that the writer saw. Another name among ourselves changes no words.
    Raises NotWritable, Stale.
    """
    row = _locked(campaign)
    if row.edition != edition:
        raise Stale(CHANGED)
    columns = words.tidy()
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, columns[name])
    row.edition += 1
    row.changed_at = timezone.now()
    changed += ["edition", "changed_at"]
    if set(changed) & {"message_class", "subject", "body", "reason"}:
        row.written_by = by
        changed += ["written_by", *_withdraw(row)]
    row.save(update_fields=changed)
    return row


def approve(*, campaign: Campaign, edition: int, by: int) -> Campaign:
    """Say that these words may go out; the hash of them stands from now on.

    In: the edition that was read. Of word of the service another person than the
    writer says so (P46). Raises NotWritable, Stale, NotFit, NotYours.
    """
    read = Campaign.objects.get(pk=campaign.pk)
    try:
        announcements.check_approval(campaign=read, by=by)
    except announcements.NotFit as error:
        raise NotFit(error.faults) from error
    except announcements.Refused as error:
        raise NotYours(str(error)) from error
    # Asks pages of ours, so before the lock: the edition says that nothing changed.
    if found := proofs.faults(read):
        raise NotFit(found)
    with transaction.atomic():
        row = _locked(campaign)
        if row.edition != edition or read.edition != edition:
            raise Stale(CHANGED)
        if row.state == Campaign.State.APPROVED:
            return row
        row.state = Campaign.State.APPROVED
        row.approved_by, row.approved_at = by, timezone.now()
        row.approved_sha256 = row.text_sha256()
        row.save(update_fields=["state", *_APPROVAL])
        return row


@transaction.atomic
def take_back(*, campaign: Campaign) -> Campaign:
    """Take an approval away: it is a draft again. Raises NotWritable."""
    row = _locked(campaign)
    row.save(update_fields=_withdraw(row))
    return row


def copy(*, campaign: Campaign, by: int) -> Campaign:
    """Begin a new letter with the words of another, however that one ended."""
    words = Words(
        message_class=campaign.message_class,
        title=f"Copy of {campaign.title}"[:100],
        subject=campaign.subject,
        body=campaign.body,
        reason=campaign.reason,
    )
    return begin(words=words, by=by)


def send_test(*, campaign: Campaign, by: int) -> Message:
    """Send the letter as it stands to who asks, and to nobody else; once an edition.

    It is of a class of its own, which goes to our own staff alone: no mail about
    somebody's account ever carries an offer (P49).
    """
    member = get_user_model().objects.get(pk=by, is_staff=True, is_active=True)
    address = str(member.email)
    letter = writing.render(campaign, subject_hash=email_hash(address))
    return outbox.queue(
        message_class="test",
        to=address,
        subject=f"Test: {letter.subject}"[: outbox.LONGEST_SUBJECT],
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        about=f"campaign-test:{campaign.pk}",
        key=f"campaign-test:{campaign.pk}:{campaign.edition}:{by}",
    )


_APPROVAL = ("approved_by", "approved_at", "approved_sha256")


def _locked(campaign: Campaign) -> Campaign:
    """Return the row as it is now, for us alone; raises NotWritable."""
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if not row.is_writable:
        raise NotWritable(f"It is {row.get_state_display().lower()}: its words stand.")
    return row


def _withdraw(row: Campaign) -> list[str]:
    """Make a row a draft, and return the columns that changed."""
    row.state = Campaign.State.DRAFT
    row.approved_by = row.approved_at = None
    row.approved_sha256 = ""
    return ["state", *_APPROVAL]
