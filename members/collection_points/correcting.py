"""What is asked of a member who puts their details right (P95)."""

from privacy.registry import asks, collects, entitle

DETAILS, EMAIL = "members.DetailsForm", "members.EmailForm"
CODE, OBJECT = "members.CodeForm", "members.ObjectForm"

entitle(DETAILS, "Name and telephone number")
entitle(EMAIL, "A new e-mail address")
entitle(OBJECT, "Objecting to a new e-mail address")
for name in ("full_name", "telephone"):
    collects(
        form=DETAILS,
        field=name,
        stored_in=f"members.Member.{name}",
        purpose="account",
        clause="your-rights",
    )
collects(
    form=EMAIL,
    field="email",
    stored_in=("members.EmailChange.new_email", "members.EmailChange.new_email_hash"),
    purpose="account",
    clause="your-rights",
)
collects(
    form=OBJECT,
    field="email",
    label="The e-mail address that you had before",
    stored_in="nowhere: compared with its keyed hash, to give you your account back",
    purpose="account",
    clause="your-rights",
)
asks(form=CODE, field="code", use="proves that the new address is yours")
asks(
    form="/members/data/email/code/",
    field="stop",
    use="leaves the address as it is",
)
