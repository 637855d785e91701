"""Where enquiries ask, field by field, and where the answers go (P6, P12)."""

from privacy.registry import asks, collects, entitle

CLAUSE = "questions-and-complaints"
FORM, WORD = "members.EnquiryForm", "members.WordForm"
THREAD = "/enquiries/<token>/"

entitle(FORM, "Enquiries")
entitle(WORD, "Your enquiry")
entitle(THREAD, "Your enquiry")

for name, column in (
    ("full_name", "Enquiry.full_name"),
    ("email", "Enquiry.email"),
    ("telephone", "Enquiry.telephone"),
    ("contact_by", "Enquiry.contact_by"),
    ("order", "Enquiry.about"),
    ("message", "EnquiryMessage.body"),
):
    collects(
        form=FORM,
        field=name,
        stored_in=f"members.{column}",
        purpose="enquiry",
        clause=CLAUSE,
    )
asks(form=FORM, field="kind", use="whose desk it comes to")
asks(form=FORM, field="attempt", use="one form is one enquiry, however often sent")
collects(
    form=WORD,
    field="message",
    stored_in="members.EnquiryMessage.body",
    purpose="enquiry",
    clause=CLAUSE,
)
asks(form=WORD, field="attempt", use="one form is one message, however often sent")
asks(form=THREAD, field="act", use="which button was pressed")
