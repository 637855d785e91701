"""The second factor: members may have one, staff must (R35, P89).

A code of an authenticator app counts once, one step early or late (RFC 6238, 5.2 and
6). Which step was spent is kept in the database: a cache forgets, and forgets early.
"""

import base64
import json
import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from fido2.utils import websafe_decode
from fido2.webauthn import AuthenticationResponse
from qrcode.main import QRCode

from members.models import Member

Type = Authenticator.Type
FACTORS = (Type.TOTP, Type.WEBAUTHN)  # recovery codes only stand in for one of these
PERIOD = 30  # seconds of one step
SPENT = "spent"  # in an authenticator's data: the last step that was used
COUNT = "count"  # in a passkey's data: its own count of uses, where it keeps one


# --- the rule for staff --------------------------------------------------------------
def has(member: Member) -> bool:
    """Say whether the account has a second factor now."""
    found = Authenticator.objects.filter(user=member, type__in=FACTORS)
    return bool(found.exists())


def passed(request: HttpRequest) -> bool:
    """Say whether this session proved a second factor that the account still has.

    Asked several times in one request, it looks once.
    """
    known: bool | None = getattr(request, "_second_factor", None)
    if known is None:
        records = get_authentication_records(request, request.user)
        proved = any(record["method"] == "mfa" for record in records)
        known = proved and has(request.user)  # type: ignore[arg-type]
        request._second_factor = known  # type: ignore[attr-defined]
    return known


def is_staff(request: HttpRequest) -> bool:
    """Say whether a member of staff asks who passed their second factor."""
    member = request.user
    staff = member.is_authenticated and member.is_active and member.is_staff
    return bool(staff) and passed(request)


def way_in(member: Member) -> str:
    """Return the name of the page where this member of staff gets one step on."""
    found = set(
        Authenticator.objects.filter(user=member).values_list("type", flat=True)
    )
    if Type.TOTP in found:
        return "mfa_reauthenticate"
    if Type.WEBAUTHN in found:
        return "mfa_reauthenticate_webauthn"
    return "mfa_index"


# --- codes of an authenticator app ---------------------------------------------------
def step_at(moment: float) -> int:
    return int(moment) // PERIOD


@transaction.atomic
def spend(authenticator: Authenticator, code: str) -> bool | None:
    """Use up a code: True when it was good, None when it was used before.

    Of two requests with one code, the row's lock lets one through.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = Adapter().decrypt(row.data["secret"])
    # The step at which it was set up counts as used: a code was typed then.
    last = row.data.get(SPENT, step_at(row.created_at.timestamp()))
    now = step_at(time.time())
    for step in (now - 1, now, now + 1):
        value = totp.format_hotp_value(totp.hotp_value(secret, step))
        if compare_user_code(actual=code, expected=value):
            if step <= last:
                return None
            row.data[SPENT] = step
            row.save(update_fields=["data"])
            authenticator.data = row.data
            return True
    return False


# --- passkeys ------------------------------------------------------------------------
def is_from_here(credential: object) -> bool:
    """Say whether a browser made a passkey's answer on a page of this very shop."""
    try:
        client = credential["response"]["clientDataJSON"]  # type: ignore[index]
        told = json.loads(websafe_decode(client))
        return bool(told["origin"] == settings.SITE_URL)
    except (KeyError, TypeError, ValueError):
        return False


@transaction.atomic
def count_use(authenticator: Authenticator, credential: dict[str, Any]) -> bool:
    """Note how often a passkey says it was used; False where it says less than before.

    Then somebody copied it (WebAuthn, 7.2, step 22). Many passkeys count nothing.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    answer = AuthenticationResponse.from_dict(credential)
    now = answer.response.authenticator_data.counter
    before = row.data.get(COUNT, row.wrap().authenticator_data.counter)
    if (now or before) and now <= before:
        return False
    row.data[COUNT] = now
    row.save(update_fields=["data"])
    authenticator.data = row.data
    return True


# --- what allauth asks us ------------------------------------------------------------
class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Words, secrets and pictures of the second factor."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right. Type the six digits that your app"
        " shows now, or a recovery code that you have not used yet.",
        "code_used": "That code was used already. Wait for the next one, which your app"
        " shows within 30 seconds.",
        "passkey": "That passkey did not work here. Try again, or use another way.",
        "cannot_delete_authenticator": "You work for the shop: your account keeps a"
        " second factor. Add a passkey first, then turn this one off.",
        "cannot_generate_recovery_codes": "Recovery codes go with an authenticator app"
        " or a passkey. Set one of them up first.",
        "unverified_email": "Confirm your email address first.",
    }

    def encrypt(self, text: str) -> str:
        return _lock().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _lock().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> SafeString:
        """Return the QR code as an image to write into the page."""
        code = QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        squares = "".join(
            f"M{x} {y}h1v1h-1z"
            for y, row in enumerate(rows)
            for x, dark in enumerate(row)
            if dark
        )
        return mark_safe(  # noqa: S308  numbers of our own alone
            f'<svg class="qr" viewBox="0 0 {len(rows)} {len(rows)}" role="img"'
            ' aria-label="QR code for your authenticator app; its key stands below in'
            f' letters" shape-rendering="crispEdges"><path d="{squares}"/></svg>'
        )

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        member = authenticator.user
        others = Authenticator.objects.filter(user=member, type__in=FACTORS).exclude(
            pk=authenticator.pk
        )
        return not member.is_staff or others.exists()

    def generate_authenticator_name(
        self,
        user: Any,
        type: Authenticator.Type,
    ) -> str:
        there = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {there + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": "Jessops"}


def _lock() -> Fernet:
    """Return what locks the apps' secrets, so that a copied table makes no codes."""
    key = HKDF(SHA256(), 32, salt=None, info=b"second factor")
    return Fernet(base64.urlsafe_b64encode(key.derive(settings.DATA_HASH_KEY.encode())))
