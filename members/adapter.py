"""Where allauth meets the shop: whose accounts, which mails, which limits."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from members import asked, sessions, signing
from members.actions import leaving
from members.emails import accounts
from members.models import Member
from privacy import policies

# What is said once at the top of the next page; nothing else of allauth's is.
SAID = {
    "account/messages/password_changed.txt": "Your password is changed.",
    "account/messages/password_set.txt": "Your password is set.",
    "account/messages/email_confirmed.txt": "Your address is confirmed. Welcome.",
    "mfa/messages/totp_activated.txt": "Your authenticator app is set up.",
    "mfa/messages/totp_deactivated.txt": "Your authenticator app is taken off.",
    "mfa/messages/webauthn_added.txt": "Your passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is taken off.",
    "mfa/messages/recovery_codes_generated.txt": "You have new recovery codes.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth.account, as this shop does it."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "The address and the password do not belong together. Check both, or ask"
            " for a new password."
        ),
        "enter_current_password": "This is not your password of today.",
        "incorrect_code": "This is not the code that we sent. Check it and try again.",
        "incorrect_password": "This is not your password.",
        "invalid_or_expired_key": "This code is used up or too old.",
        "invalid_password_reset": "This code is used up or too old.",
        "rate_limited": "That was very often in a short time. Wait five minutes.",
        "too_many_login_attempts": (
            "That was tried too often. Wait five minutes and try again, or ask for a"
            " new password."
        ),
    }

    def new_user(self, request: HttpRequest) -> Member:
        """Return an account not yet saved, under the policy in force (P15)."""
        return Member(policy_version=policies.current_version())

    def save_user(
        self, request: HttpRequest, user: Member, form: Any, commit: bool = True
    ) -> Member:
        """Make the account; what was said about news waits for the code (P19)."""
        made: Member = super().save_user(request, user, form, commit)
        asked.keep(request)
        return made

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Take an address as proved, and with it what was said about news."""
        proved = bool(super().confirm_email(request, email_address))
        if proved:
            asked.record(request, email_address.user)
        return proved

    def set_password(self, user: Member, password: str) -> None:
        """Set a new password, and end every sign-in but the one at hand (R33)."""
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end(user, but=self.request.session.session_key)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        """Note that who joins has just proved who they are: by the code in the mail."""
        if kwargs["signup"]:
            record_authentication(request, user, method="email", email=kwargs["email"])
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def login(self, request: HttpRequest, user: Member) -> None:
        """Sign in; a closed account opens once all that it asks for was shown (P96)."""
        if user.deactivated_at is not None:
            if request.session.pop("come_back", None) != user.pk:
                # closed while somebody was on the way in
                raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
            user.is_active = leaving.come_back(member=user).is_active
        super().login(request, user)

    # --- trying -----------------------------------------------------------------------
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = credentials.get("email", "")
        try:
            self.tries = signing.take_password(request, email)
        except signing.TooMany:
            raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Member | None:
        """Return whose password this is; of a closed account only if it may reopen."""
        member: Member | None = super().authenticate(request, **credentials)
        may = member and (member.is_active or member.deactivated_at is not None)
        return member if may else None

    def _rollback_login_failed_rl_usage(self) -> None:
        for one in self.tries:
            one.give_back()

    def _delete_login_attempts_cached_email(
        self, request: HttpRequest, **credentials: Any
    ) -> None:
        signing.clear(credentials["email"])

    def respond_user_inactive(
        self, request: HttpRequest, user: AbstractBaseUser
    ) -> HttpResponse:
        """Ask whoever closed their account whether to come back (P96).

        Nobody is signed in; what was proved is forgotten but for whose account it is.
        """
        request.session.flush()
        request.session["come_back"] = user.pk
        return HttpResponseRedirect(reverse("members:come_back"))

    # --- saying -----------------------------------------------------------------------
    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        accounts.send(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell of a change; stock would say from which network it was made (P39)."""
        accounts.send(template_prefix, email or str(user.email), {"user": user})  # type: ignore[attr-defined]

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        words = message or SAID.get(message_template or "", "")
        if words:
            messages.add_message(request, level, words, extra_tags=extra_tags)
