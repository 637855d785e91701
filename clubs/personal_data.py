"""What the Clubfinder holds about people: contacts of clubs, and who writes to us.

A search holds nothing: the postcode is used to measure, and forgotten (P22).
"""

from clubs import models
from privacy.registry import OUR_RECORD, YOU, YOUR_CLUB, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

LAST_DAYS = Period(days=30)
QUEUE_DAYS = Period(days=180)
REQUEST_HOURS = Period(hours=24)

LEAVING = register(
    Clock(
        name="club-contacts",
        model=models.ContactDetail,
        period=LAST_DAYS,
        since="after the contact asked, or the club left the list",
        start="leaving_at",
        rows=models.ContactDetail.objects.filter(leaving_at__isnull=False),
    )
)
QUEUE = register(
    Clock(
        name="club-submissions",
        model=models.Submission,
        period=QUEUE_DAYS,
        since="if nobody decides on it",
        start="created_at",
        rows=models.Submission.objects.filter(state="waiting"),
    )
)
REQUESTS = register(
    Clock(
        name="club-links",
        model=models.ClubLinkRequest,
        period=REQUEST_HOURS,
        since="at most (as a rule minutes, until the link is sent)",
        start="asked_at",
        rows=models.ClubLinkRequest.objects.all(),
    )
)
LISTED = (AsLongAs("the club is listed and you agree"), LEAVING)
DECIDED = (AsLongAs("it waits to be decided"), QUEUE)

describe(
    models.ContactDetail,
    title="Contact of a camera club",
    people="people who speak for a camera club",
)
for field, label in (
    ("value", "Name, address, telephone number or e-mail address of a club's contact"),
    ("published", "Whether a contact's detail is shown"),
    ("agreed_on", "When the contact agreed to that"),
    ("source", "Who told us a contact's detail"),
):
    hold(
        models.ContactDetail,
        field,
        label=label,
        purpose="clubs",
        source=(YOU, YOUR_CLUB) if field == "value" else OUR_RECORD,
        under="policy_version",
        retention=LISTED,
        export=True,
        erase="delete",
    )
hold(
    models.ContactDetail,
    "email_hash",
    label="Keyed hash of the e-mail address of a club's contact",
    purpose="clubs",
    source=OUR_RECORD,
    under="policy_version",
    retention=LISTED,
    export=False,
    erase="delete",
)
not_personal(models.ContactDetail, "id", "club", "kind", "leaving_at", "policy_version")

describe(
    models.Submission,
    title="Requests about the list of clubs",
    people="people who ask for a club to be listed or changed",
)
for field, label in (
    ("email", "E-mail address of who asks"),
    ("details", "Contact details that we are asked to list"),
):
    hold(
        models.Submission,
        field,
        label=label,
        purpose="clubs",
        source=YOU,
        under="policy_version",
        retention=DECIDED,
        export=True,
        erase="blank",
    )
not_personal(
    models.Submission,
    *"id kind state club facts created_at settled_at settled_by policy_version".split(),
)

describe(
    models.ClubLinkRequest,
    title="Requests for a club's link",
    people="people who ask for the link to a club's entry",
)
hold(
    models.ClubLinkRequest,
    "email_hash",
    label="Keyed hash of an e-mail address that asked for a club's link",
    purpose="clubs",
    source=YOU,
    under="policy_version",
    retention=REQUESTS,
    export=False,
    erase="delete",
)
not_personal(models.ClubLinkRequest, "id", "club", "asked_at", "policy_version")

# A club, and how things stand with its contact: no name, no address, no number.
for model in (models.Club, models.ClubContact, models.ClubEvent, models.Postcode):
    not_personal(model, *(field.name for field in model._meta.local_fields))
