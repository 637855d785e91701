"""The forms of joining and signing in, as allauth runs them (ACCOUNT_FORMS)."""

import secrets
from typing import Any

from allauth.account import forms as stock
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from members import signing
from members.models import Member


class SignUpForm(stock.SignupForm):  # type: ignore[misc]
    """An address and a password. An address that has an account costs the same (R31).

    For a known address the stock form skips the account, and with it the hash: whoever
    has a stop-watch then knows who has an account. Here one is made all the same, of
    an address that nobody has, and taken back.
    """

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = signing.by_email(value) is not None
        return value

    def try_save(self, request: HttpRequest) -> tuple[Member | None, Any]:
        known = self.account_already_exists
        if not known:
            try:
                with transaction.atomic():
                    return self.save(request), None
            except IntegrityError:
                # Joined in another window between the question and the answer.
                self.account_already_exists = True
        else:
            self.save_nobody(request)
        return None, self.answer_known(request)

    def save(self, request: HttpRequest) -> Member:
        adapter = get_adapter()
        member: Member = adapter.save_user(request, adapter.new_user(request), self)
        EmailAddress.objects.create(user=member, email=member.email, primary=True)
        return member

    def save_nobody(self, request: HttpRequest) -> None:
        email = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{secrets.token_hex(8)}@nobody.invalid"
        with transaction.atomic():
            self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"] = email

    def answer_known(self, request: HttpRequest) -> HttpResponse:
        return stock.flows.signup.prevent_enumeration(  # type: ignore[no-any-return]
            request, email=self.cleaned_data["email"]
        )


class SignInForm(stock.LoginForm):  # type: ignore[misc]
    """Address, password, and "Remember me", which is for members alone (P31)."""

    def _login_with_password(
        self, request: HttpRequest, redirect_url: str | None, credentials: Any
    ) -> HttpResponse:
        if self.user.is_staff:
            self.cleaned_data["remember"] = False
        answer: HttpResponse = super()._login_with_password(
            request, redirect_url, credentials
        )
        return answer


class ChangePasswordForm(stock.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, once: the browser shows what was typed."""

    password2 = None

    def clean_oldpassword(self) -> str:
        """Ask the adapter, which counts the guesses; stock does not."""
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class ResetPasswordForm(stock.ResetPasswordForm):  # type: ignore[misc]
    """An address, to which a code goes, or a letter that nobody here has it."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        found = signing.by_email(email)
        reachable = found is not None and (
            found.is_active or found.deactivated_at is not None
        )
        self.users = [found] if reachable else []
        # The code goes to the address that we hold, not to one that looks like it.
        return found.email if found and reachable else email


class NewPasswordForm(stock.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, once."""

    password2 = None
