"""Typed readers of the process environment.

A reader names the variable it could not use and never shows its value, since values
are secrets as often as not. Each variable may also be given as a file: NAME_FILE.
"""

import base64
import ipaddress
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_LENGTH = 32  # bytes
LOCAL_ENVIRONMENT = Path(__file__).resolve().parents[2] / ".data" / "env"


def read_local_environment(path: Path = LOCAL_ENVIRONMENT) -> None:
    """Take over what `make run` wrote for its own shop, unless one is configured.

    In: a file of NAME=value lines. Nothing happens when DATABASE_URL is already set,
    so that a production machine never reads it.
    """
    if "DATABASE_URL" in os.environ or not path.is_file():
        return
    for line in path.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator:
            os.environ.setdefault(name, value)


def text(name: str, default: str | None = None) -> str:
    """Return the variable as text; without a default it must be set and not blank."""
    value = os.environ.get(name)
    file = os.environ.get(f"{name}_FILE")
    if value is None and file:
        try:
            value = Path(file).read_text().rstrip("\n")
        except OSError:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read") from None
    if value is None:
        if default is None:
            raise ImproperlyConfigured(f"{name} is not set")
        return default
    if not value.strip() and default is None:
        raise ImproperlyConfigured(f"{name} is blank")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "true" if default else "false").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}")
    return result


def items(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Read a list of networks such as 203.0.113.0/24."""
    try:
        return [ipaddress.ip_network(one) for one in items(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def url(name: str, default: str | None = None, *, schemes: tuple[str, ...]) -> str:
    """Return an address with one of `schemes` and a host, with no slash at its end."""
    value = text(name, default)
    if value == "" and default == "":
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme in schemes and (parts.hostname or parts.scheme == "file")
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise ImproperlyConfigured(f"{name} must be an address: {', '.join(schemes)}")
    return value.rstrip("/")


def keys(name: str) -> list[bytes]:
    """Return keys of 256 bits, written in URL-safe base64 with commas between."""
    try:
        found = [
            base64.b64decode(part, altchars=b"-_", validate=True)
            for part in items(name, text(name))
        ]
    except ValueError:
        found = []
    if not found or any(len(key) != KEY_LENGTH for key in found):
        raise ImproperlyConfigured(f"{name} must be keys of 32 bytes in base64")
    return found


def database(name: str) -> dict[str, object]:
    """Return Django's database settings from postgres://user:password@host:port/name."""
    parts = urlsplit(url(name, schemes=("postgres", "postgresql")))
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def email(name: str) -> dict[str, object]:
    """Return EMAIL_* settings from smtp[s|+tls]://user:password@host:port."""
    parts = urlsplit(url(name, schemes=("smtp", "smtps", "smtp+tls")))
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
    }
