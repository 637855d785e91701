"""What is written to somebody who leaves: one function a message (P94, P96)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from jessops.lib.clock import in_london, long_date
from members.models import Member
from newsletter import outbox
from privacy.models import Erasure

LEGAL = "legal"  # class of mail: it goes to who closed the account, too


def deactivated(member: Member) -> None:
    """That the account is closed, and how to come back."""
    at = member.deactivated_at or timezone.now()
    _queue(
        "deactivated",
        to=member.email,
        subject="Your account is closed",
        about=f"member:{member.pk}",
        key=f"deactivated:{member.pk}:{at:%Y%m%d%H%M%S%f}",
    )


def came_back(member: Member, closed_at: datetime) -> None:
    """That the account is open again, and what to do if it was somebody else."""
    _queue(
        "came_back",
        to=member.email,
        subject="Your account is open again",
        about=f"member:{member.pk}",
        key=f"came-back:{member.pk}:{closed_at:%Y%m%d%H%M%S%f}",
    )


def asked(one: Erasure, to: str, token: str) -> None:
    """That somebody is to be erased, on which day, and the way back."""
    _queue(
        "erasure_asked",
        to=to,
        subject="We erase your details in three days"
        if (one.due_at - one.asked_at).days <= 3
        else "We erase your details soon",
        about=f"erasure:{one.reference}",
        key=f"erasure-asked:{one.reference}",
        erasure=one,
        due=_moment(one),
        link=f"{settings.SITE_URL}/members/erasure/{token}/",
    )


def withdrawn(one: Erasure, to: str) -> None:
    """That nothing is erased."""
    _queue(
        "erasure_withdrawn",
        to=to,
        subject="We keep your details: nothing is erased",
        about=f"erasure:{one.reference}",
        key=f"erasure-withdrawn:{one.reference}",
        erasure=one,
    )


def erased(one: Erasure, to: str) -> None:
    """The last message: it is done, and what the law made us keep."""
    kept = one.rows.get("tables", {}).get("shop.Order", {}).get("kept", 0)
    _queue(
        "erased",
        to=to,
        subject="Your details are erased",
        about=f"erasure:{one.reference}",
        key=f"erased:{one.reference}",
        outlives=True,
        erasure=one,
        kept=kept,
    )


def prove_guest(to: str, way: str, about: str) -> None:
    """The way on for a guest, to the order's address; at most one in ten minutes."""
    _queue(
        "erasure_prove",
        to=to,
        subject="Do you want your details erased?",
        about=about,
        key=f"erasure-prove:{about}:{_slot()}",
        link=f"{settings.SITE_URL}{way}",
    )


def sign_in_to_leave(member: Member) -> None:
    """That there is an account, which is erased from within."""
    _queue(
        "erasure_sign_in",
        to=member.email,
        subject="Do you want your details erased?",
        about=f"member:{member.pk}",
        key=f"erasure-sign-in:{member.pk}:{_slot()}",
        link=f"{settings.SITE_URL}/members/erase/",
    )


def _slot() -> int:
    return int(timezone.now().timestamp()) // 600


def _moment(one: Erasure) -> str:
    due = in_london(one.due_at)
    return f"{long_date(due.date())}, {due:%H:%M}"


def _queue(
    name: str,
    *,
    to: str,
    subject: str,
    about: str,
    key: str,
    outlives: bool = False,
    **more: Any,
) -> None:
    context = {"site_url": settings.SITE_URL, "company": settings.COMPANY} | more
    outbox.queue(
        message_class=LEGAL,
        to=to,
        subject=subject,
        text=render_to_string(f"emails/members/{name}.txt", context),
        html=render_to_string(f"emails/members/{name}.html", context),
        about=about,
        key=key,
        outlives=outlives,
    )
