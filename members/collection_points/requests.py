"""What staff put on record of requests about data (P6, P97, P98)."""

from privacy.registry import asks, collects, entitle

INTAKE = "members.IntakeForm"

entitle(INTAKE, "What staff put on record when you ask something of your data")
for name in ("email", "full_name", "words"):
    collects(
        form=INTAKE,
        field=name,
        stored_in=f"members.DataRequest.{name}",
        purpose="rights",
        clause="your-rights",
    )
asks(form=INTAKE, field="kind", use="what is to be done")
asks(form=INTAKE, field="channel", use="every door leads to the same steps")
