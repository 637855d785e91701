"""Worker entries of privacy: thin, safe to repeat, everything is re-read."""

from celery import shared_task

from privacy import retention
from privacy.actions import attestations, probes
from privacy.probes import results


@shared_task
def retain() -> None:
    """Let go what is due today; what one run leaves goes with the next (C13)."""
    retention.run_all()


@shared_task(expires=55)
def run_probes() -> None:
    """Ask the running shop what is due to be asked; each probe has its own period."""
    probes.run_due()


@shared_task
def thin_probe_results() -> None:
    """Let older results go; when a promise was broken, and for how long, stays."""
    results.thin()


@shared_task
def warn_of_expiry() -> None:
    """Tell staff which evidence runs out soon (P60, P90)."""
    attestations.warn_of_expiry()
