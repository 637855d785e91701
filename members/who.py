"""Whose page a signed-in request asks for."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from jessops.lib.hashing import email_hash
from members.models import Member


def member_of(request: HttpRequest) -> Member:
    """Return the member behind a request that login_required has let through."""
    member = request.user
    if not isinstance(member, Member):
        raise TypeError("only for views behind login_required")
    return member


def visitor(request: HttpRequest) -> Member | None:
    """Return the member who looks, or None; asks nothing of who brings no session.

    For pages that guests use, too: theirs stay free of cookies (P31).
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    return user if isinstance(user, Member) else None


def proved_subject(member: Member) -> str:
    """Return the keyed hash of the member's address if it is proved; "" if not.

    Whatever was done with an address before belongs to whoever proves that it is
    theirs, never to whoever types it. One query.
    """
    proved = EmailAddress.objects.filter(user=member, verified=True)
    hashes = {email_hash(email) for email in proved.values_list("email", flat=True)}
    return member.email_hash if member.email_hash in hashes else ""
