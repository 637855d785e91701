"""What staff type who stop letters to an address, or let them go again."""

from privacy.registry import asks, collects, entitle

STOP, LIFT = "newsletter.StopForm", "newsletter.LiftForm"

entitle(STOP, "Staff: stopping letters")
entitle(LIFT, "Staff: stopping letters")

collects(
    form=STOP,
    field="email",
    stored_in=("newsletter.Suppression.subject",),
    purpose="choices",
    clause="saying-no",
)
asks(
    form=LIFT,
    field="why",
    use="kept in the log of staff beside what was done; it names nobody",
)
