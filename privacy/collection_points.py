"""Where privacy itself asks: answers by a link, and what staff enter (P6, P67)."""

from privacy.registry import asks, collects, entitle

ANSWER = "/privacy/choice/"
COPY = "/privacy/copy/"
PUBLISH = "privacy.PublishForm"

entitle(ANSWER, "The page of a question about your details")
collects(
    form=ANSWER,
    field="answer",
    label="Your answer",
    stored_in="privacy.Choice.answer",
    purpose="choices",
    clause="if-the-policy-changes",
)
asks(form=COPY, field="as", use="whether a copy is read on a page or taken as a file")
for name, use in (
    ("in_force_from", "the day from which a version counts"),
    ("tells_subscribers", "whether people who want our mail are told, too"),
    ("sure", "that a person meant to publish"),
):
    asks(form=PUBLISH, field=name, use=use)

asks(
    form="privacy.ReasonForm",
    field="reason",
    use="why staff open a page about somebody stands beside the look",
)

SALE = "privacy.AnnouncementForm"
for name, use in (
    ("buyer", "the notice names the new owner"),
    ("notice", "the page about the sale says it in full"),
    ("planned_on", "nothing passes before that day"),
    ("use_differs", "whether people are asked"),
    ("question", "what people are asked"),
):
    asks(form=SALE, field=name, use=use)

# Staff type whom a demand of the law is about; the address is hashed and forgotten.
DEMAND = "privacy.DemandForm"
entitle(DEMAND, "What staff put on record when the law demands details")
collects(
    form=DEMAND,
    field="email",
    stored_in="privacy.LegalDisclosure.subject",
    purpose="law",
    clause="if-the-law-asks",
)
for name, use in (
    ("basis", "which of the three grounds it is"),
    ("document", "which paper demands it"),
    ("about", "to hand over one matter and no other"),
    ("fields_demanded", "to hand over these fields and no others"),
    ("tell_on", "the day the person is told"),
    ("sealed_until", "the day from which the person may be told"),
    ("sealed_why", "why not before"),
):
    asks(form=DEMAND, field=name, use=use)

# What somebody tells our staff; the address is hashed and forgotten.
SPOKEN = "privacy.SpokenChoiceForm"
entitle(SPOKEN, "What staff put on record when you tell them a choice")
for name, column in (
    ("email", "subject"),
    ("answer", "answer"),
    ("channel", "where"),
):
    collects(
        form=SPOKEN,
        field=name,
        stored_in=f"privacy.Choice.{column}",
        purpose="choices",
        clause="saying-no",
    )
asks(form=SPOKEN, field="question", use="which question it answers")
