"""Self-probes: the shop asks itself, on a schedule, whether its promises hold (C1)."""

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
