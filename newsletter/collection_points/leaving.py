"""Where a letter lets somebody leave our lists (P43, P67)."""

from privacy.registry import asks, collects, entitle

PAGE = "/newsletter/unsubscribe/<token>/"

entitle(PAGE, "The page that stops our letters")
collects(
    form=PAGE,
    field="stop",
    label="That you want our letters no more",
    stored_in="privacy.Choice.answer",
    purpose="choices",
    clause="saying-no",
)
asks(form=PAGE, field="List-Unsubscribe", use="how mail programs say it for you")
