"""Whose page a signed-in request asks for."""

from django.http import HttpRequest

from members.models import Member


def member_of(request: HttpRequest) -> Member:
    """Return the member behind a request that login_required has let through."""
    member = request.user
    if not isinstance(member, Member):
        raise TypeError("only for views behind login_required")
    return member
