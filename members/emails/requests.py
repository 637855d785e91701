"""Messages about requests on one's data: one for each step that the person is told.

They are legal mail: whoever exercises a right hears of it, whatever they chose.
"""

from datetime import date

from django.conf import settings
from django.template.loader import render_to_string

from jessops.lib.clock import long_date
from members.models import DataRequest, DataRequestStep
from newsletter import outbox

Code = DataRequestStep.Code
# What a message is headed; steps that are not here are our own work.
SUBJECTS = {
    Code.RECEIVED: "We have your request",
    Code.IDENTITY_ASKED: "Was it you who asked?",
    Code.IDENTITY_PROVED: "We know now that it was you",
    Code.PAUSED: "What exactly do you mean?",
    Code.RESUMED: "Your request goes on",
    Code.EXTENDED: "Your request takes longer",
    Code.DONE: "Your request is done",
    Code.REFUSED: "We cannot do what you asked",
    Code.WITHDRAWN: "Your request is closed",
}


def told(
    request: DataRequest, step: DataRequestStep, *, due_on: date | None, link: str = ""
) -> None:
    """Tell of one step; to nobody where the address is gone, as after an erasure."""
    title = SUBJECTS.get(Code(step.code))
    if not title or not request.email:
        return
    context = {
        "request": request,
        "step": step,
        "title": title,
        "due": long_date(due_on) if due_on else "",
        "link": f"{settings.SITE_URL}{link}" if link else "",
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    outbox.queue(
        message_class="legal",
        to=request.email,
        subject=f"{title}: {request.reference}",
        text=render_to_string("emails/members/request.txt", context),
        html=render_to_string("emails/members/request.html", context),
        about=request.matter,
        key=f"data-request:{request.reference}:{step.pk}",
        headers={"Auto-Submitted": "auto-generated"},
    )
