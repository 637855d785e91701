"""Worker entries of privacy: thin, safe to repeat, everything is re-read."""

from celery import shared_task

from privacy import retention, rotation
from privacy.actions import (
    asking,
    attestations,
    certificates,
    changes,
    copies,
    disclosures,
    probes,
    transitions,
)
from privacy.probes import results


@shared_task
def retain() -> None:
    """Let go what is due today; what one run leaves goes with the next (C13)."""
    retention.run_all()


@shared_task
def sweep_keys() -> None:
    """Let keys go that no row has named for a week: their people's rows have gone."""
    rotation.sweep()


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


@shared_task(expires=500)
def look_for_notice() -> None:
    """See whether the served pages carry the notice of a sale, once an hour (P65)."""
    transitions.look()


@shared_task
def tell_of_disclosures() -> None:
    """Tell people of what the law made us hand over, on the day (C17)."""
    disclosures.tell_people()


@shared_task(expires=240)
def write_change_letters() -> None:
    """Ask the people whom a published change concerns; each once (P101, P105)."""
    changes.write_letters()


@shared_task(expires=280, time_limit=115)
def certify() -> None:
    """Crawl the whole shop for third parties, each night and for new code (C12)."""
    certificates.certify_if_due()


@shared_task(expires=500)
def ask_about_sale() -> None:
    """Ask people whether a new owner may use their details differently (P66)."""
    asking.ask()


@shared_task(expires=25)
def make_copies() -> None:
    """Make the copies that people wait for; the sweep finds what no bell rang for."""
    copies.make_due()
