"""What the database knows of all promises, by one query: results, evidence, outage."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models

from privacy import probes
from privacy.models import Attestation, ProbeResult
from privacy.probes.results import Outage
from privacy.verdicts import subjects

M = TypeVar("M", bound=models.Model)

# One step into an index for each name; the last failure, when its outage began (the
# first failure since the probe last passed) and when it ended.
_SQL = """
SELECT 'result', to_jsonb(r) FROM unnest(%(probes)s::text[]) AS wanted(name)
CROSS JOIN LATERAL (
    SELECT * FROM privacy_proberesult WHERE probe = wanted.name
    ORDER BY at DESC, id DESC LIMIT 1) AS r
UNION ALL
SELECT 'evidence', to_jsonb(e) FROM unnest(%(subjects)s::text[]) AS wanted(name)
CROSS JOIN LATERAL (
    SELECT * FROM privacy_attestation WHERE subject = wanted.name
    ORDER BY entered_at DESC, id DESC LIMIT 1) AS e
UNION ALL
SELECT 'outage', to_jsonb(o) FROM (
    SELECT failed.probe, began.at AS began, began.findings, (
        SELECT min(at) FROM privacy_proberesult AS mended
        WHERE mended.probe = failed.probe AND mended.passed AND mended.id > failed.id
    ) AS ended
    FROM (
        SELECT probe, id FROM privacy_proberesult
        WHERE NOT passed AND probe = ANY (%(probes)s::text[])
        ORDER BY at DESC, id DESC LIMIT 1) AS failed
    CROSS JOIN LATERAL (
        SELECT at, findings FROM privacy_proberesult AS one
        WHERE one.probe = failed.probe AND NOT one.passed AND one.id > coalesce((
            SELECT max(id) FROM privacy_proberesult AS good
            WHERE good.probe = failed.probe AND good.passed AND good.id < failed.id
        ), 0)
        ORDER BY one.id LIMIT 1) AS began
) AS o
"""


@dataclass(frozen=True)
class Ledgers:
    """What the states of all promises rest on, beside the run file."""

    results: dict[str, ProbeResult]  # the newest, by probe
    evidence: dict[str, Attestation]  # the row that counts, by subject
    outage: Outage | None  # the newest one of any probe
    not_here: dict[str, str]  # why a probe cannot be asked in this shop, or ""

    @property
    def key(self) -> tuple[object, ...]:
        """What differs when anything in here does."""
        results = tuple(sorted(one.pk for one in self.results.values()))
        evidence = tuple(sorted(one.pk for one in self.evidence.values()))
        ended = self.outage and (self.outage.began, self.outage.ended)
        return results, evidence, ended, tuple(self.not_here.items())


def read() -> Ledgers:
    """Return what the database says now."""
    asked = probes.probes()
    wanted = {"probes": [probe.name for probe in asked], "subjects": subjects()}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, wanted)
        rows = [(kind, json.loads(row)) for kind, row in cursor.fetchall()]
    results = [_made(ProbeResult, row) for kind, row in rows if kind == "result"]
    evidence = [_made(Attestation, row) for kind, row in rows if kind == "evidence"]
    outages = [_outage(row) for kind, row in rows if kind == "outage"]
    return Ledgers(
        {one.probe: one for one in results},
        {one.subject: one for one in evidence},
        outages[0] if outages else None,
        {probe.name: probe.not_here() for probe in asked},
    )


def _made(model: type[M], row: dict[str, Any]) -> M:
    fields = model._meta.concrete_fields
    values = [field.to_python(row[str(field.column)]) for field in fields]
    return model.from_db(None, [field.attname for field in fields], values)


def _outage(row: dict[str, Any]) -> Outage:
    ended = datetime.fromisoformat(row["ended"]) if row["ended"] else None
    began = datetime.fromisoformat(row["began"])
    return Outage(row["probe"], began, ended, row["findings"])
