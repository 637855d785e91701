"""System checks: what production must have before it may start."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def production_is_complete(**_: Any) -> list[Error]:
    """Refuse, by name, what would make promises untrue in production (P84, R45)."""
    errors = []
    if not settings.HTTPS:
        errors.append(Error("SITE_URL must be https in production", id="jessops.E001"))
    if settings.COOKIES_STRICT:
        errors.append(Error("COOKIES_STRICT is for tests only", id="jessops.E002"))
    if settings.STRIPE_API_KEY.startswith("sk_test_local"):
        errors.append(Error("STRIPE_API_KEY is a stand-in's key", id="jessops.E003"))
    for name in (
        *("STRIPE_API_BASE", "ADDRESSES_API_BASE", "CARRIER_API_BASE"),
        *("PARCELFORCE_API_BASE", "ROYAL_MAIL_API_BASE"),
    ):
        if not getattr(settings, name).startswith("https://"):
            errors.append(Error(f"{name} must be https", id="jessops.E004"))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(Error("ALLOWED_HOSTS must name hosts", id="jessops.E005"))
    own, keys = settings.DATABASES["default"], urlsplit(settings.KEYS_DATABASE_URL)
    if (keys.hostname, keys.port or 5432) == (own["HOST"], int(own["PORT"] or 5432)):
        # One backup would hold the sealed rows and what opens them.
        errors.append(
            Error("KEYS_DATABASE_URL must be another server's", id="jessops.E006")
        )
    return errors
