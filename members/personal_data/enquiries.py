"""What is held in enquiries: questions, complaints, and what was written about them."""

from members.models import Enquiry, EnquiryEvent, EnquiryMessage
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

ENQUIRY_LIFE = Period(years=1)

CLOSED = register(
    Clock(
        name="closed-enquiries",
        model=Enquiry,
        period=ENQUIRY_LIFE,
        since="after an enquiry was closed",
        start="closed_at",
        rows=Enquiry.objects.filter(state=Enquiry.State.CLOSED),
    )
)
OPEN = (AsLongAs("it is not settled"), CLOSED)

describe(Enquiry, title="Your enquiries", people="people who write to us")
for field, label, source in (
    ("full_name", "Name in an enquiry", YOU),
    ("email", "E-mail address in an enquiry", YOU),
    ("telephone", "Telephone number in an enquiry", YOU),
    ("postal_address", "Postal address in an enquiry", YOU),
    ("contact_by", "How you wish to be answered", YOU),
    ("about", "Order that an enquiry is about", YOU),
    ("email_hash", "Keyed hash of the e-mail address in an enquiry", OUR_RECORD),
):
    hold(
        Enquiry,
        field,
        label=label,
        purpose="enquiry",
        source=source,
        under="policy_version",
        retention=OPEN,
        export=field != "email_hash",
        erase="delete",
    )
not_personal(
    Enquiry,
    *"id key_id reference token attempt kind channel team state policy_version".split(),
    *"created_at acknowledged_at answer_due_at answered_at".split(),
    *"escalated_at escalated_why closed_at".split(),
)

describe(
    EnquiryMessage,
    title="What was said in your enquiries",
    people="people who write to us",
)
hold(
    EnquiryMessage,
    "body",
    label="What you wrote to us, and what we answered",
    purpose="enquiry",
    source=(YOU, OUR_RECORD),
    under="enquiry__policy_version",
    retention=OPEN,
    export=True,
    erase="delete",
)
not_personal(EnquiryMessage, *"key_id id name enquiry by channel staff at".split())

# What happened to an enquiry: its reference, codes, and which account of ours.
not_personal(EnquiryEvent, "id", "reference", "code", "detail", "by", "at")
