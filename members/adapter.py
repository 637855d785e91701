"""Where allauth meets the shop: whose accounts, which mails, which limits."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from members.models import Member
from privacy import policies


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth.account, as this shop does it."""

    def new_user(self, request: HttpRequest) -> Member:
        """Return an account not yet saved, under the policy in force (P15)."""
        return Member(policy_version=policies.current_version())


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth.mfa, as this shop does it."""

    def _get_site_name(self) -> Any:
        return "Jessops"
