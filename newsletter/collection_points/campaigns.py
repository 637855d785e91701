"""What staff type who send a letter to a list."""

from privacy.registry import asks, entitle

FORM = "newsletter.StartForm"

entitle(FORM, "Staff: sending a letter to a list")
asks(form=FORM, field="starts_at", use="when the first letter leaves")
asks(form=FORM, field="per_minute", use="how many leave in a minute, at most")
