"""Self-probes: the shop asks itself, on a schedule, whether its promises hold (C1)."""

from privacy.probes import (
    certificate,
    contact,
    cookies,
    encryption,
    headers,
    key_store,
    looks,
    outside,
    overdue,
    policy_agrees,
    policy_text,
    triggers,
)
from privacy.probes.registry import (
    SCHEDULE,
    VISITOR,
    Outcome,
    Probe,
    UnknownProbe,
    forget,
    get,
    of_promise,
    probes,
    register,
    run,
)

for _module in (
    certificate,
    contact,
    cookies,
    encryption,
    headers,
    key_store,
    looks,
    outside,
    overdue,
    policy_agrees,
    policy_text,
    triggers,
):
    register(_module.PROBE)

__all__ = [
    "SCHEDULE",
    "VISITOR",
    "Outcome",
    "Probe",
    "UnknownProbe",
    "forget",
    "get",
    "of_promise",
    "probes",
    "register",
    "run",
]
