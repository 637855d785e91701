"""What staff type who let one more service announcement go out (P46)."""

from privacy.registry import asks, entitle

FORM = "newsletter.OverrideForm"

entitle(FORM, "Staff: one more announcement")
asks(form=FORM, field="campaign", use="which announcement it is for")
asks(
    form=FORM,
    field="why",
    use="published with the announcement, word for word; it names nobody",
)
