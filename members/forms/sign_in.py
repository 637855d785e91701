"""The forms of joining and signing in, as allauth runs them (ACCOUNT_FORMS)."""

import secrets
from typing import Any

from allauth.account import forms as stock
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField, PasswordField
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from members import signing
from members.forms.missing import SaysWhatIsMissing
from members.models import Member
from newsletter.addresses import BadRecipient, one_address

NOBODY = 0  # no account has this number


class SignUpForm(SaysWhatIsMissing, forms.Form):
    """An address and a password. An address that has an account costs the same (R31).

    For a known address allauth's form skips the account, and with it the hash: whoever
    has a stop-watch then knows who has an account. Here one is made all the same, of
    an address that nobody has, and taken back.
    """

    email = EmailField(max_length=254)
    password1 = PasswordField(label="Password", autocomplete="new-password")

    by_passkey = False  # asked by allauth's view
    account_already_exists = False

    def clean_email(self) -> str:
        email = reachable(self.cleaned_data["email"])
        self.account_already_exists = signing.by_email(email) is not None
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password1")
        if password:
            try:
                get_adapter().clean_password(
                    password, user=Member(email=cleaned.get("email", ""))
                )
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[Member | None, Any]:
        if not self.account_already_exists:
            try:
                return self.save(request), None
            except IntegrityError:
                # Joined in another window between the question and the answer.
                return None, self.answer_known(request)
        email = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{secrets.token_hex(8)}@nobody.invalid"
        self.save(request, keep=False)
        self.cleaned_data["email"] = email
        return None, self.answer_known(request)

    def save(self, request: HttpRequest, *, keep: bool = True) -> Member:
        """Write an account and its address; one that is not kept costs as much."""
        adapter = get_adapter()
        with transaction.atomic():
            mark = transaction.savepoint()
            member: Member = adapter.save_user(request, adapter.new_user(request), self)
            EmailAddress.objects.create(user=member, email=member.email, primary=True)
            settle = (
                transaction.savepoint_commit if keep else transaction.savepoint_rollback
            )
            settle(mark)
        return member

    def answer_known(self, request: HttpRequest) -> HttpResponse:
        """Answer as to somebody new, and look up as much now and on the next page."""
        addresses = EmailAddress.objects.filter(user_id=NOBODY)
        for _ in range(3):
            addresses.first()
        Member.objects.filter(pk=NOBODY).first()
        answer: HttpResponse = stock.flows.signup.prevent_enumeration(
            request, email=self.cleaned_data["email"]
        )
        request.session[LOGIN_SESSION_KEY]["user_pk"] = str(NOBODY)
        request.session[EMAIL_VERIFICATION_CODE_SESSION_KEY]["user_id"] = str(NOBODY)
        return answer


def reachable(email: str) -> str:
    """Return an address that a message can go to; raises ValidationError."""
    try:
        one_address(email)
    except BadRecipient:
        raise ValidationError("We cannot write to this address.") from None
    return email


class ConfirmAddressForm(SaysWhatIsMissing, stock.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code that proves an address."""

    def clean_code(self) -> str:
        if self.user:
            # allauth asks three times for somebody who is not there, and twice else.
            Member.objects.filter(pk=NOBODY).first()
        return str(super().clean_code())


class ConfirmResetForm(SaysWhatIsMissing, stock.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that lets one choose a new password."""

    def clean_code(self) -> str:
        if not self.expected_code:
            # What allauth looks up for an account when the code is wrong.
            Member.objects.filter(pk=NOBODY).first()
        return str(super().clean_code())


class SignInForm(SaysWhatIsMissing, stock.LoginForm):  # type: ignore[misc]
    """Address, password, and "Remember me", which is for members alone (P31)."""

    login = EmailField()
    remember = forms.BooleanField(label="Remember me on this device", required=False)

    def _login_with_password(
        self, request: HttpRequest, redirect_url: str | None, credentials: Any
    ) -> HttpResponse:
        if self.user.is_staff:
            self.cleaned_data["remember"] = False
        answer: HttpResponse = super()._login_with_password(
            request, redirect_url, credentials
        )
        return answer


class ChangePasswordForm(SaysWhatIsMissing, stock.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, once: the browser shows what was typed."""

    password2 = None

    def clean_oldpassword(self) -> str:
        """Ask the adapter, which counts the guesses; stock does not."""
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class ResetPasswordForm(SaysWhatIsMissing, stock.ResetPasswordForm):  # type: ignore[misc]
    """An address, to which a code goes, or a letter that nobody here has it."""

    email = EmailField(max_length=254)

    def clean_email(self) -> str:
        email = reachable(self.cleaned_data["email"])
        found = signing.by_email(email)
        if found is not None and (found.is_active or found.deactivated_at is not None):
            self.users = [found]
            # The code goes to the address that we hold, not to one that looks like it.
            return found.email
        self.users = []
        return email


class NewPasswordForm(SaysWhatIsMissing, stock.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, once."""

    password2 = None


class ProveForm(SaysWhatIsMissing, stock.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that only its owner may do."""
