"""What is written about an account: codes, changes, and one welcome (P41).

No message ever has a password in it: nobody here knows one.
"""

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string

from members.models import Member
from newsletter import outbox

# allauth's name of a message to ours, and its subject.
MAILS = {
    "account/email/email_confirmation_signup": ("code", "Your code to join"),
    "account/email/email_confirmation": ("code", "Your code to sign in"),
    "account/email/account_already_exists": ("exists", "You have an account already"),
    "account/email/unknown_account": ("unknown", "No account has this address"),
    "account/email/password_reset_code": ("reset", "Your code for a new password"),
    "account/email/password_changed": ("changed", "Your password was changed"),
    "account/email/password_set": ("changed", "Your password was changed"),
    "account/email/password_reset": ("changed", "Your password was changed"),
    "mfa/email/totp_activated": ("security", "An authenticator app was added"),
    "mfa/email/totp_deactivated": ("security", "An authenticator app was taken off"),
    "mfa/email/webauthn_added": ("security", "A passkey was added"),
    "mfa/email/webauthn_removed": ("security", "A passkey was taken off"),
    "mfa/email/recovery_codes_generated": ("security", "New recovery codes were made"),
}


def send(prefix: str, email: str, context: dict[str, Any]) -> None:
    """Write one of allauth's messages in our own words."""
    name, subject = MAILS[prefix]
    user = context.get("user")
    about = f"member:{user.pk}" if user is not None else ""
    _queue(
        name,
        email,
        subject,
        about=about,
        key=f"account:{uuid.uuid4()}",
        code=context.get("code", ""),
        what=subject,
    )


def welcome(member: Member) -> None:
    """Confirm the user name of somebody new, whose address is proved; once."""
    _queue(
        "welcome",
        member.email,
        "Welcome to Jessops: your account is ready",
        about=f"member:{member.pk}",
        key=f"welcome:{member.pk}",
    )


def welcome_confirmed(
    *, request: HttpRequest, email_address: EmailAddress, **_: object
) -> None:
    """Welcome whoever just proved an address: allauth's one hook for that moment."""
    welcome(email_address.user)


def _queue(
    name: str, email: str, subject: str, *, about: str, key: str, **more: Any
) -> None:
    context = {
        "email": email,
        "site_url": settings.SITE_URL,
        "company": settings.COMPANY,
        **more,
    }
    outbox.queue(
        message_class="account",
        to=email,
        subject=subject,
        text=render_to_string(f"emails/members/{name}.txt", context),
        html=render_to_string(f"emails/members/{name}.html", context),
        about=about,
        key=key,
    )
