"""What contests hold about who enters. Surveys hold nothing about anybody."""

from newsletter.models import (
    ENTRY_LIFE,
    Contest,
    Entry,
    Question,
    SponsorLink,
    Survey,
    Tally,
)
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import Clock, Period, register

AWARDED = register(
    Clock(
        name="contest-entries",
        model=Entry,
        period=ENTRY_LIFE,
        since="after the award of the contest",
        start="awarded_on",
        rows=Entry.objects.filter(awarded_on__isnull=False),
    )
)
# So that a contest which nobody awards keeps nobody's address for ever.
NEVER = register(
    Clock(
        name="contest-entries-never-drawn",
        model=Entry,
        period=Period(years=1),
        since="after you entered, if the contest is never awarded",
        start="entered_on",
        rows=Entry.objects.filter(awarded_on=None),
    )
)

describe(Entry, title="Your entry in a contest", people="people who enter a contest")
for field, label, source, export in (
    ("name", "Name in an entry to a contest", YOU, True),
    ("email", "E-mail address in an entry to a contest", YOU, True),
    ("line1", "Address in an entry to a contest", YOU, True),
    ("line2", "Address in an entry to a contest, second line", YOU, True),
    ("town", "Town in an entry to a contest", YOU, True),
    ("county", "County in an entry to a contest", YOU, True),
    ("postcode", "Postcode in an entry to a contest", YOU, True),
    ("may_share", "Whether the sponsor may have your entry if you win", YOU, True),
    ("unnamed", "Whether you object to being named as a winner", YOU, True),
    ("place", "Whether your entry to a contest won", OUR_RECORD, True),
    ("entered_on", "The day you entered a contest", OUR_RECORD, True),
    ("subject", "Keyed hash of the e-mail address in an entry", OUR_RECORD, False),
):
    hold(
        Entry,
        field,
        label=label,
        purpose="contest",
        source=source,
        under="policy_version",
        retention=(AWARDED, NEVER),
        export=export,
        erase="delete",
    )
not_personal(Entry, "id", "key_id", "contest", "awarded_on", "policy_version")

# What is asked, how many answered what, and which of our accounts made a link.
for model in (Survey, Question, Tally, Contest, SponsorLink):
    not_personal(model, *(field.name for field in model._meta.local_fields))
