"""Codes and passkeys as allauth's pages take them, each good once (R35)."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError

from members import second_factor, signing
from members.forms.missing import SaysWhatIsMissing
from members.models import Member


class _Code:
    """A code of the app, or a recovery code; either works once."""

    def clean_code(self) -> str:
        member: Member = self.user  # type: ignore[attr-defined]
        counted = signing.take_code(member.pk)
        code: str = self.cleaned_data["code"]  # type: ignore[attr-defined]
        used = False
        for one in Authenticator.objects.filter(
            user=member,
            type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES),
        ):
            if one.type == Authenticator.Type.TOTP:
                good = second_factor.spend(one, code)
                used = used or good is None
            else:
                good = one.wrap().validate_code(code)
            if good:
                one.user = member
                self.authenticator = one
                counted.give_back()
                return code
        raise get_adapter().validation_error("code_used" if used else "incorrect_code")


class Authenticate(SaysWhatIsMissing, _Code, base.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class Reauthenticate(SaysWhatIsMissing, _Code, base.ReauthenticateForm):  # type: ignore[misc]
    """Who is signed in shows once more who they are."""


class SetUpApp(SaysWhatIsMissing, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""


class _Passkey:
    """A passkey's answer: made on our page, for this challenge, by no copy."""

    def clean_credential(self) -> Any:
        answer = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        if not second_factor.is_from_here(answer):
            raise get_adapter().validation_error("passkey")
        try:
            found = super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            if error.code != "incorrect_code":
                raise
            raise get_adapter().validation_error("passkey") from error
        if not second_factor.count_use(found, answer):
            raise get_adapter().validation_error("passkey")
        return found


class UsePasskey(_Passkey, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step of signing in."""


class SignInByPasskey(_Passkey, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of the password and the second step."""


class ReauthenticateByPasskey(_Passkey, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Who is signed in shows by a passkey that it is they."""


class AddPasskey(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey, made on our page."""

    def clean_credential(self) -> Any:
        answer = self.cleaned_data["credential"]
        if not second_factor.is_from_here(answer):
            raise get_adapter().validation_error("passkey")
        return answer

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except ValidationError as error:
            raise get_adapter().validation_error("passkey") from error
