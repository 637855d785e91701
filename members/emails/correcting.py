"""What is written when a member's address changes: one function a message (P95)."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from members.models import EmailChange, Member
from newsletter import outbox

if TYPE_CHECKING:
    from members.actions.correcting import Former


def code(change: EmailChange, to: str, digits: str) -> None:
    """The code that proves a new address, to that address."""
    _queue(
        "email_code",
        to=to,
        subject="Your code for a new address",
        key=f"email-code:{change.name}",
        code=f"{digits[:3]} {digits[3:]}",
    )


def taken(to: str) -> None:
    """To who has an account under the address that somebody wished; once an hour."""
    slot = int(timezone.now().timestamp()) // 3600
    member = Member.objects.filter(email__iexact=to).first()
    _queue(
        "email_taken",
        to=to,
        subject="Somebody wished to use your address",
        key=f"email-taken:{member.pk if member else 0}:{slot}",
    )


def moved(member: Member, former: "Former", token: str) -> None:
    """To the old address: it counts no more, and how to object."""
    _queue(
        "email_moved",
        to=former.email,
        subject="Your account has a new e-mail address",
        key=f"email-moved:{former.row.pk}:{former.row.at:%Y%m%d%H%M%S%f}",
        about=f"member:{member.pk}",
        link=f"{settings.SITE_URL}/members/data/email/object/{token}/",
    )


def given_back(member: Member) -> None:
    """To the address that objected: the account is its own again."""
    _queue(
        "email_given_back",
        to=member.email,
        subject="Your account is yours again",
        key=f"email-given-back:{member.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
        about=f"member:{member.pk}",
        link=f"{settings.SITE_URL}/accounts/password/reset/",
    )


def _queue(
    name: str, *, to: str, subject: str, key: str, about: str = "", **more: Any
) -> None:
    context = {"site_url": settings.SITE_URL, "company": settings.COMPANY} | more
    outbox.queue(
        message_class="legal",
        to=to,
        subject=subject,
        text=render_to_string(f"emails/members/{name}.txt", context),
        html=render_to_string(f"emails/members/{name}.html", context),
        about=about,
        key=key,
    )
