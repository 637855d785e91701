"""What the running shop asks about its answers: nobody waits unnoticed."""

from datetime import timedelta

from django.utils import timezone

from jessops.lib.clock import in_london
from members.actions import requests
from members.models import DataRequest, Enquiry
from privacy.probes import Outcome, Probe, register

GRACE = timedelta(minutes=30)  # for a worker that was restarted
MOST = 500


def enquiries() -> Outcome:
    """Look for enquiries past their day that nobody handed over."""
    waiting = Enquiry.objects.late(timezone.now() - GRACE).count()
    inputs = ["enquiries past the day of their answer, and not with Customer Liaison"]
    said = f"There are {waiting}." if waiting else "There is none."
    return Outcome(not waiting, inputs, [said])


def data_requests() -> Outcome:
    """Look for requests past the day that the law sets."""
    today = in_london(timezone.now()).date()
    found = list(DataRequest.objects.waiting()[:MOST])
    late = sum(one.is_late(today) for one in requests.standings(found).values())
    inputs = ["open requests about data, and the day that the law sets for each"]
    said = f"{late} are late." if late else "None is late."
    return Outcome(not late, inputs, [said])


register(
    Probe(
        name="enquiries-in-time",
        promises=("P3", "P4"),
        every=timedelta(minutes=10),
        words="Looks for enquiries that were not answered in time and not handed over.",
        run=enquiries,
    )
)
register(
    Probe(
        name="requests-in-time",
        promises=("P97", "P98"),
        every=timedelta(minutes=30),
        words="Looks for requests about data that are past the day the law sets.",
        run=data_requests,
    )
)
