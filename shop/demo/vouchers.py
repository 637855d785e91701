"""The demonstration's offer codes: each kind, one for a single use, one that ended."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from shop.models import Voucher

Kind = Voucher.Kind
# How many days ago it began; how many days it lasts, None for no end.
CODES: dict[str, tuple[int, int | None, dict[str, Any]]] = {
    "DARKROOM10": (
        7,
        90,
        {"kind": Kind.PERCENT, "amount": 10, "note": "The darkroom evenings"},
    ),
    "TRIPOD25": (
        7,
        90,
        {"kind": Kind.FIXED, "amount": 2_500, "least_pence": 15_000, "limit": 50},
    ),
    "POSTFREE26": (
        7,
        None,
        {"kind": Kind.DELIVERY, "note": "For a parcel that was late"},
    ),
    "ONETIME15": (
        7,
        None,
        {"kind": Kind.PERCENT, "amount": 15, "limit": 1, "note": "One buyer, once"},
    ),
    "SUMMERFILM": (90, 60, {"kind": Kind.PERCENT, "amount": 20, "note": "Has ended"}),
}


def load() -> int:
    """Add the codes that are missing; return how many. Leaves alone what is there."""
    now = timezone.now()
    there = set(Voucher.objects.filter(code__in=CODES).values_list("code", flat=True))
    missing = []
    for code, (ago, lasts, fields) in CODES.items():
        begun = now - timedelta(days=ago)
        ends = None if lasts is None else begun + timedelta(days=lasts)
        if code not in there:
            missing.append(
                Voucher(
                    code=code, starts_at=begun, ends_at=ends, made_by="demo", **fields
                )
            )
    # Two processes may start at once: what the other has put in stays.
    Voucher.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
