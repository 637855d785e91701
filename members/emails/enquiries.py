"""Messages about enquiries: one function each, in the caller's transaction.

A reply comes back to the thread: its address carries the thread's own key.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from jessops.lib.clock import in_london, long_date
from members.models import Enquiry, EnquiryMessage
from newsletter import outbox
from newsletter.inbound import our_host

MAILBOX = "enquiries"


def reply_address(enquiry: Enquiry) -> str:
    return f"{MAILBOX}+{enquiry.token}@{our_host()}"


def acknowledgement(enquiry: Enquiry) -> None:
    """We have it, under this reference, and answer by that day (P3)."""
    _queue("enquiry_taken", f"We have your enquiry {enquiry.reference}", enquiry)


def answer(enquiry: Enquiry, message: EnquiryMessage) -> None:
    """The answer itself, to who wished for an e-mail (P50)."""
    subject = f"Our answer to your enquiry {enquiry.reference}"
    _queue("enquiry_answer", subject, enquiry, once=message.name, said=message.body)


def handed_over(enquiry: Enquiry) -> None:
    """It is with Customer Liaison now, and why (P4)."""
    subject = f"Customer Liaison has your enquiry {enquiry.reference}"
    _queue("enquiry_handed_over", subject, enquiry)


def _queue(
    name: str, subject: str, enquiry: Enquiry, *, once: str = "", **more: Any
) -> None:
    context = {
        "enquiry": enquiry,
        "due": long_date(in_london(enquiry.answer_due_at).date()),
        "link": f"{settings.SITE_URL}{enquiry.get_absolute_url()}",
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
        **more,
    }
    key = f"{name}:{enquiry.reference}"
    outbox.queue(
        message_class="enquiry",
        to=enquiry.email,
        subject=subject,
        text=render_to_string(f"emails/members/{name}.txt", context),
        html=render_to_string(f"emails/members/{name}.html", context),
        about=enquiry.matter,
        key=f"{key}:{once}" if once else key,
        headers={
            "Reply-To": reply_address(enquiry),
            # our word is no call for anybody's machine to answer (RFC 3834)
            "Auto-Submitted": "no" if name == "enquiry_answer" else "auto-replied",
        },
    )
