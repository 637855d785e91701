"""Where surveys and contests ask (P75, P76)."""

from newsletter.survey_forms import EntryForm
from privacy.form_lint import name_of
from privacy.registry import asks, collects, entitle

CLAUSE = "surveys"
SURVEY, OWN, ENTRY = "/surveys/<slug>/", "/surveys/entry/<token>/", name_of(EntryForm)

entitle(SURVEY, "A survey")
entitle(OWN, "Your own entry in a contest")
entitle(ENTRY, "Entering a contest")

collects(
    form=SURVEY,
    field="q<number>",
    stored_in="nowhere: counted, and nothing else of it is kept",
    label="Your answers in a survey; of a postcode the first half alone",
    purpose="survey",
    clause=CLAUSE,
)
for name in (
    *("name", "email", "line1", "line2", "town", "county", "postcode"),
    *("may_share", "unnamed"),
):
    collects(
        form=ENTRY,
        field=name,
        stored_in=(f"newsletter.Entry.{name}",),
        purpose="contest",
        clause=CLAUSE,
    )
asks(form=OWN, field="act", use="which button was pressed")
