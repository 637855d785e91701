"""Where the Clubfinder asks, field by field, and where the answers go (P6, P12)."""

from privacy.registry import asks, collects, entitle

CLAUSE = "clubfinder"
CHANGE = "/clubs/<slug>/change/<token>/"
FIND, ASK, ENTRY = "/clubs/", "clubs.AskForm", "clubs.EntryForm"

entitle(FIND, "Clubfinder: search")
entitle(ASK, "Clubfinder: asking for a link")
entitle(ENTRY, "Clubfinder: a club's entry")
entitle(CHANGE, "Clubfinder: a club's entry")

collects(
    form=FIND,
    field="near",
    stored_in="nowhere: measured from, then forgotten; a full postcode comes by POST",
    label="Postcode or place near which you look for a club",
    purpose="clubs",
    clause=CLAUSE,
)
for name, use in (
    ("q", "looked for in the clubs' names"),
    ("within", "how far away clubs may be"),
    ("night", "on which day they meet"),
    ("beginners", "only where beginners are welcome"),
    ("page", "which page of the list"),
):
    asks(form=FIND, field=name, use=use)

collects(
    form=ASK,
    field="email",
    stored_in=("clubs.ClubLinkRequest.email_hash", "newsletter.Message.to"),
    purpose="clubs",
    clause=CLAUSE,
)
for name in ("name", "address", "telephone", "email"):
    collects(
        form=ENTRY,
        field=name,
        stored_in=("clubs.ContactDetail.value", "clubs.Submission.details"),
        purpose="clubs",
        clause=CLAUSE,
    )
    collects(
        form=ENTRY,
        field=f"show_{name}",
        stored_in=("clubs.ContactDetail.published", "clubs.Submission.details"),
        purpose="clubs",
        clause=CLAUSE,
    )
for name in (
    "club place region meets_at venue weekday weeks alternate_from starts_at"
    " season_from season_to visitors_welcome beginners_welcome step_free"
    " accessibility costs tags website programme"
).split():
    asks(form=ENTRY, field=name, use="shown in the club's entry")
asks(form=CHANGE, field="act", use="which button was pressed")
