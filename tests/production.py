"""A complete set of production variables, invented, for checks and for their tests.

`python -m tests.production COMMAND...` runs a command under them.
"""

import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

NOWHERE = "127.0.0.1:1"  # nothing answers there, at once


def variables() -> dict[str, str]:
    """Return every variable that production must set; nothing secret is fixed."""
    return {
        "DJANGO_SETTINGS_MODULE": "jessops.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_HASH_KEY": secrets.token_urlsafe(48),
        "KEY_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SITE_URL": "https://shop.example",
        "ALLOWED_HOSTS": "shop.example",
        "DATABASE_URL": f"postgres://shop:{secrets.token_hex(8)}@{NOWHERE}/shop",
        "KEYS_DATABASE_URL": f"postgres://keys:{secrets.token_hex(8)}@127.0.0.1:2/keys",
        "REDIS_URL": f"redis://:{secrets.token_hex(8)}@{NOWHERE}",
        "EMAIL_URL": f"smtp+tls://shop:{secrets.token_hex(8)}@mail.shop.example:587",
        "STRIPE_API_KEY": f"sk_live_{secrets.token_hex(16)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "ADDRESSES_API_BASE": "https://addresses.example",
        "CARRIER_API_BASE": "https://carrier.example",
        "PRINTS_API_BASE": "https://prints.example",
        "COMPANY_NAME": "Shop Example Limited",
        "COMPANY_NUMBER": "00000000",
        "COMPANY_VAT_NUMBER": "GB 000 0000 01",
        "COMPANY_ADDRESS": "1 Example Street, Leicester LE1 1AA",
        "COMPANY_TELEPHONE": "0116 496 0002",
        "COMPANY_FAX": "0116 496 0001",
        "COMPANY_EMAIL": "shop@shop.example",
        "COMPANY_LIAISON_EMAIL": "liaison@shop.example",
    }


def environment() -> dict[str, str]:
    """Return them over what a bare process needs, and nothing of a developer's own."""
    kept = ("PATH", "HOME", "LANG", "TERM", "PYTHONPATH", "VIRTUAL_ENV")
    return {n: os.environ[n] for n in kept if n in os.environ} | variables()


def main() -> None:
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    program = sys.argv[1]
    os.execvpe(program, sys.argv[1:], environment())  # noqa: S606  no shell wanted


if __name__ == "__main__":
    main()
