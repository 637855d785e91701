"""Reading what the probes found: the newest, the outages, and which is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Lag
from django.utils import timezone

from privacy.models import ProbeResult
from privacy.probes.registry import Probe, probes

# A result says nothing any more when the probe ought to have run three times since.
STALE_AFTER = 3  # periods
SLACK = timedelta(seconds=20)  # the schedule's ticks are no exact clock
WHOLE_FOR = timedelta(days=2)  # after that, only changes from good to bad and back


@dataclass(frozen=True)
class Outage:
    """A time for which a probe failed."""

    probe: str
    began: datetime
    ended: datetime | None  # None: it still fails
    findings: list[str]

    @property
    def lasted(self) -> str:
        """How long, for people: "41 minutes"."""
        return duration((self.ended or timezone.now()) - self.began)


def duration(length: timedelta) -> str:
    """Say a length of time in its largest sensible unit, rounded, at least a minute."""
    minutes = max(1, round(length / timedelta(minutes=1)))
    for unit, size, most in (("minute", 1, 120), ("hour", 60, 48 * 60)):
        if minutes < most:
            number = round(minutes / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{round(minutes / 1440)} days"


def newest(names: Iterable[str]) -> dict[str, ProbeResult]:
    """Return the newest result of each of some probes that ever ran, by one query."""
    queries = [
        ProbeResult.objects.filter(probe=name).order_by("-at", "-id")[:1]
        for name in names
    ]
    if not queries:
        return {}
    found = queries[0].union(*queries[1:], all=True)
    return {result.probe: result for result in found}


def is_stale(probe: Probe, result: ProbeResult, now: datetime) -> bool:
    return result.at + STALE_AFTER * probe.every < now


def due(now: datetime) -> list[Probe]:
    """Return the probes that should run now."""
    asked = [probe for probe in probes() if not probe.not_here()]
    last = newest(probe.name for probe in asked)
    return [
        probe
        for probe in asked
        if probe.name not in last or last[probe.name].at + probe.every - SLACK <= now
    ]


def outages(names: Iterable[str], most: int = 20) -> list[Outage]:
    """Return when probes failed, the newest first, by one query."""
    found: list[Outage] = []
    began: dict[str, ProbeResult] = {}
    for result in _changes(names).order_by("at", "id"):
        if not result.passed:
            began[result.probe] = result
        else:
            found.append(_outage(began.pop(result.probe), result.at))
    found += [_outage(start, None) for start in began.values()]
    return sorted(found, key=lambda one: one.began, reverse=True)[:most]


def start_of_outage(failed: ProbeResult) -> ProbeResult:
    """Return the first failure of the outage that a failed result is part of."""
    same = ProbeResult.objects.filter(probe=failed.probe, pk__lte=failed.pk)
    good = same.filter(passed=True).order_by("-pk").first()
    return same.filter(passed=False, pk__gt=good.pk if good else 0).earliest("pk")


def thin(now: datetime | None = None, most: int = 5000) -> int:
    """Let results older than WHOLE_FOR go that say the same as the one before.

    What is left says when each outage began and ended, until the clock for all
    results takes that too (privacy.personal_data).
    """
    before = (now or timezone.now()) - WHOLE_FOR
    same = _with_before().filter(before=F("passed"), at__lt=before)
    numbers = list(same.values_list("pk", flat=True)[:most])
    return ProbeResult.objects.filter(pk__in=numbers).delete()[0]


def _outage(start: ProbeResult, ended: datetime | None) -> Outage:
    return Outage(start.probe, start.at, ended, start.findings)


def _with_before() -> QuerySet[Any]:
    order = (F("at").asc(), F("id").asc())
    before = Window(Lag("passed"), partition_by=F("probe"), order_by=order)
    return ProbeResult.objects.annotate(before=before)


def _changes(names: Iterable[str]) -> QuerySet[ProbeResult]:
    """Return the results that differ from the one before, and first failures."""
    rows = _with_before().filter(probe__in=list(names))
    return rows.filter(
        Q(before=True, passed=False)
        | Q(before=False, passed=True)
        | Q(before=None, passed=False)
    )
