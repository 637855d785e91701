"""Telling staff that a probe fails, that it passes again, or that it gets no answer."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from privacy import post
from privacy.models import ProbeResult
from privacy.probes import results
from privacy.probes.registry import Probe
from privacy.probes.results import duration, start_of_outage


def tell(probe: Probe, result: ProbeResult) -> None:
    """Mail staff if this result begins an outage or ends one.

    Every result of an outage finds the same first failure, whose number is the key of
    the message: the outbox takes it once.
    """
    if not result.passed:
        _send("failed", probe, start_of_outage(result), result)
        return
    before = ProbeResult.objects.filter(probe=result.probe, pk__lt=result.pk)
    last = before.order_by("-pk").first()
    if last and not last.passed:
        _send("mended", probe, start_of_outage(last), result)


def tell_silence(probe: Probe) -> None:
    """Mail staff once when a probe has got no answer for so long that it went amber."""
    last = results.newest([probe.name]).get(probe.name)
    if last and results.is_stale(probe, last, timezone.now()):
        _send("silent", probe, last, last)


def _send(what: str, probe: Probe, start: ProbeResult, result: ProbeResult) -> None:
    context = {
        "probe": probe,
        "began": start.at,
        "findings": start.findings,
        "lasted": duration(result.at - start.at),
        "site_url": settings.SITE_URL,
        "company": settings.COMPANY,
    }
    post.queue(
        message_class="staff",
        to=settings.COMPANY["email"],
        subject=_SUBJECTS[what].format(name=probe.name),
        text=render_to_string(f"emails/privacy/probe_{what}.txt", context),
        html=render_to_string(f"emails/privacy/probe_{what}.html", context),
        key=f"probe-{what}:{probe.name}:{start.pk}",
    )


_SUBJECTS = {
    "silent": "Not checked any more: the probe {name} gets no answer",
    "failed": "A promise is broken: the probe {name} fails",
    "mended": "Mended: the probe {name} passes again",
}
