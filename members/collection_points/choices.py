"""Where people choose what they hear from us, and how we answer them (P18, P50)."""

from privacy import topics
from privacy.registry import asks, collects, entitle

PAGE, WISH = "/members/choices/", "members.ContactWishForm"
JOINING = "/accounts/signup/"

for form in (PAGE, WISH):
    entitle(form, "Your choices")
entitle(JOINING, "Joining")
for topic in topics.TOPICS:
    for form in (PAGE, JOINING):
        collects(
            form=form,
            field=topic.field,
            label=topic.title,
            stored_in="privacy.Choice.answer",
            purpose="choices",
            clause="saying-no",
            choice=topic.question,
        )
asks(
    form=PAGE,
    field="was-<topic>",
    use="tells what you changed from what another window did",
)
collects(
    form=PAGE,
    field="stop",
    label="That you want none of our letters",
    stored_in="privacy.Choice.answer",
    purpose="choices",
    clause="saying-no",
)
collects(
    form=PAGE,
    field="everything",
    label="Whether you want nothing from us but what you ask for",
    stored_in="privacy.Choice.answer",
    purpose="choices",
    clause="saying-no",
)
collects(
    form=PAGE,
    field="sale",
    label="Whether your details may move if the business is sold",
    stored_in="privacy.Choice.answer",
    purpose="choices",
    clause="if-the-business-is-sold",
)
for name in ("contact_by", "telephone"):
    collects(
        form=WISH,
        field=name,
        stored_in=f"members.Member.{name}",
        purpose="account",
        clause="questions-and-complaints",
    )
