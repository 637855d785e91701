"""Which passwords are taken: long enough, and nobody's first guess (R34).

No rules about which kinds of characters a password must have, and nothing is asked of
anybody outside: the list of common ones is Django's own.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

MEMBER, STAFF, LONGEST = 8, 12, 128
# Words that somebody would try first at this shop.
SITE_WORDS = ("jessops", "jessop", "camera", "cameras", "photo", "password", "welcome")


class Length:
    """Eight characters for members, twelve for staff, and no more than 128."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        least = least_for(user)
        if len(password) < least:
            raise ValidationError(
                f"This password is too short. It needs at least {least} characters.",
                code="password_too_short",
            )
        if len(password) > LONGEST:
            raise ValidationError(
                f"This password is too long. It may have {LONGEST} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"At least {MEMBER} characters. A few words in a row do well."


class SiteWords:
    """Nothing that is the shop's name, or one's own address, and little else."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        left = password.casefold()
        for word in sorted({*_shop(), *_own(user)}, key=len, reverse=True):
            left = left.replace(word, "")
        if left != password.casefold() and len(left) < least_for(user):
            raise ValidationError(
                "This password is too easy to guess: it is made of our name or of your"
                " e-mail address.",
                code="password_site_word",
            )

    def get_help_text(self) -> str:
        return "Not our name, and not your e-mail address."


def least_for(user: AbstractBaseUser | None) -> int:
    return STAFF if getattr(user, "is_staff", False) else MEMBER


def _shop() -> set[str]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    name = re.findall(r"\w+", settings.COMPANY["name"].casefold())
    labels = [label for label in host.casefold().split(".") if len(label) > 3]
    return {*SITE_WORDS, *(word for word in name if len(word) > 3), *labels}


def _own(user: AbstractBaseUser | None) -> set[str]:
    email = str(getattr(user, "email", "") or "").casefold()
    local, _, domain = email.partition("@")
    parts = [local, *re.split(r"[^\w]+", local), domain.partition(".")[0]]
    return {email, *(part for part in parts if len(part) > 2)} - {""}
