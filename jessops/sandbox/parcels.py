"""Where the parcels of the carrier stand-in are: by its clock, or as somebody said."""

from datetime import UTC, datetime

from jessops.sandbox.store import Document

# Seconds after booking at which a parcel is at each step.
STEPS: tuple[tuple[int, str, str], ...] = (
    (0, "booked", "Booked"),
    (4 * 3600, "collected", "Collected"),
    (14 * 3600, "in_transit", "At the carrier's hub"),
    (22 * 3600, "out_for_delivery", "Out for delivery"),
    (27 * 3600, "delivered", "Delivered"),
)
WORDS = {
    **{status: text for _, status, text in STEPS},
    "not_delivered": "Nobody was there",
    "returned": "On its way back to the sender",
}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def steps(doc: Document, now: float) -> list[tuple[float, str]]:
    """What has happened to a parcel by now: by the clock, until somebody said else."""
    said = [(at, status) for at, status in doc.get("said", ())]
    until = min((at for at, _ in said), default=now)
    by_clock = [
        (doc["booked"] + after, status)
        for after, status, _ in STEPS
        if doc["booked"] + after <= until
    ]
    return [*by_clock, *said]
