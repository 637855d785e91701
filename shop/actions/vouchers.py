"""Codes: which may be used, spending one once, and giving it back (R4).

The database counts the uses and refuses one too many, so that two buyers who press at
once wait for each other, and the second is told.
"""

import re
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from jessops.lib.clock import in_london, long_date
from jessops.lib.money import pounds
from shop.models import Order, Voucher, VoucherUse
from shop.models.vouchers import LEAST_LEFT

PERCENT = Voucher.Kind.PERCENT

# Without what is mistaken for another: 0 and O, 1 and I.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
USED_UP = (
    "This code has been used. If its payment page is open in another window, close it"
    " there first"
)


class Refused(Exception):
    """A code that cannot be used; the text says why, to the buyer."""


def plain(typed: str) -> str:
    """Return a code as it is stored: capitals and digits, however it was typed."""
    return re.sub(r"[\s-]", "", typed).upper()


def new_code() -> str:
    """Return a code that nobody guesses: 60 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(12))


def find(typed: str, *, goods_pence: int, order: Order | None = None) -> Voucher:
    """Return the code that a buyer typed, if it may be used for goods at that price.

    In: an `order` that has spent it already may go on. Raises Refused.
    """
    now = timezone.now()
    voucher = Voucher.objects.filter(code=plain(typed)).first()
    if voucher is None:
        raise Refused("We do not know this code. Check it letter by letter")
    if now < voucher.starts_at:
        raise Refused(f"This code begins on {_day(voucher.starts_at)}")
    if voucher.ends_at and now >= voucher.ends_at:
        raise Refused(f"This code ended on {_day(voucher.ends_at)}")
    if goods_pence < voucher.least_pence:
        raise Refused(
            f"This code is for goods of {pounds(voucher.least_pence)} or more"
        )
    off = goods_pence * voucher.amount // 100 if voucher.kind == PERCENT else 0
    if goods_pence - off < LEAST_LEFT:
        raise Refused("This code is for dearer things than these")
    ours = order and VoucherUse.objects.filter(voucher=voucher, order=order).exists()
    if voucher.limit is not None and voucher.used >= voucher.limit and not ours:
        raise Refused(USED_UP)
    return voucher


def spend(*, order: Order) -> None:
    """Spend an order's code; the caller's transaction, under the order's lock.

    The same order spends it once. Its price stands, as all prices of a placed order:
    only whether there is a use left is asked again. Raises Refused.
    """
    if order.voucher_id and not _spent(order, order.voucher_id):
        raise Refused(USED_UP)


def kept(*, order: Order) -> bool:
    """Spend an order's code anew if it was given back; False when none is left."""
    return order.voucher_id is None or _spent(order, order.voucher_id)


def give_back(*, order: Order) -> None:
    """Let a code be used again whose order came to nothing; under the order's lock."""
    if order.voucher_id:
        VoucherUse.objects.filter(order=order).delete()


def _spent(order: Order, voucher: int) -> bool:
    if VoucherUse.objects.filter(order=order).exists():
        return True
    try:
        with transaction.atomic():
            VoucherUse.objects.create(voucher_id=voucher, order=order)
    except IntegrityError as error:
        if "voucher_not_overspent" not in str(error):
            raise
        return False
    return True


def _day(at: datetime) -> str:
    return long_date(in_london(at).date())
