"""Staff in tests: signed in as the rule wants it, with a second factor passed (R35)."""

import time

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpRequest
from django.test import Client

from members.models import Member
from members.second_factor import SPENT, step_at
from privacy.admin.people import give_reason
from tests.sandbox.launcher import STAFF_SECRET as SECRET


def equip(member: Member) -> Authenticator:
    """Confirm an account's address and give it an app, none of whose codes is spent."""
    EmailAddress.objects.get_or_create(
        user=member, email=member.email, defaults={"verified": True, "primary": True}
    )
    found = Authenticator.objects.filter(
        user=member, type=Authenticator.Type.TOTP
    ).first()
    if found is None:
        found = TOTP.activate(member, SECRET).instance
        found.data[SPENT] = 0
        found.save(update_fields=["data"])
    return found


def code(*, steps: int = 0, secret: str = SECRET) -> str:
    """Return what the app shows now, or some steps of 30 seconds from now."""
    return str(format_hotp_value(hotp_value(secret, step_at(time.time()) + steps)))


def sign_in(client: Client, member: Member) -> None:
    """Sign a member of staff in as if password and code had just been taken."""
    app = equip(member)
    client.force_login(member)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, member, "password", email=member.email)
    record_authentication(request, member, "mfa", type=app.type, id=app.pk)
    give_reason(request.session, "check")  # for half an hour, as by its page
    request.session.save()


def log_in(client: Client, member: Member, password: str) -> None:
    """Sign a member of staff in by the pages: password, then the app's code."""
    equip(member)
    first = client.post(
        "/accounts/login/", {"login": member.email, "password": password}
    )
    assert first.headers.get("Location") == "/accounts/2fa/authenticate/"
    second = client.post("/accounts/2fa/authenticate/", {"code": code()})
    assert second.status_code == 302, second.content.decode()
