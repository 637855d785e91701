"""How strongly what visitors send is encrypted: measured, not claimed (P85)."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from privacy.gateway import ourselves
from privacy.gateway.ourselves import Encryption
from privacy.probes.registry import Outcome, Probe

STRONG = ("TLSv1.2", "TLSv1.3")
LEAST_BITS = 128  # what the statement of 2005 promised


def not_here() -> str:
    """Say why there is nothing to measure where the shop has no TLS of its own."""
    if settings.HTTPS:
        return ""
    return "not applicable: this shop is served on this machine only"


def run() -> Outcome:
    """Shake hands with our public name, as a browser does."""
    site = urlsplit(settings.SITE_URL)
    inputs = [f"{site.hostname}, port {site.port or 443}"]
    agreed = ourselves.handshake()
    said = f"{agreed.protocol}, {agreed.cipher}, {agreed.bits} bits."
    if agreed.protocol not in STRONG or agreed.bits < LEAST_BITS:
        return Outcome(False, inputs, [f"Too weak: {said}"])
    return Outcome(True, inputs, [words(agreed)])


def words(agreed: Encryption) -> str:
    """Say what was agreed, for people."""
    version = agreed.protocol.replace("TLSv", "TLS ")
    return f"{version} with {agreed.cipher}, {agreed.bits} bit."


PROBE = Probe(
    name="encryption",
    promises=("P84", "P85"),
    every=timedelta(minutes=15),
    words="Opens an encrypted connection to this shop as a browser does, and reads"
    " what both sides agreed on.",
    run=run,
    not_here=not_here,
)
