"""From guest to member: an account for the address of an order.

Nothing of the order is moved. Whose it is says the keyed hash of the address, and it
says so to an account from the moment that the address is proved (proved_subject); so
there is nothing to take over before, and nothing left behind afterwards.
"""

from members.models import Member
from shop.models import Order, Status


def is_offered(order: Order) -> bool:
    """Say whether an order's page offers an account: it is placed and stands."""
    return order.status in (Status.PENDING, Status.AUTHORISED)


def name_after(*, member: Member | None, order: Order) -> None:
    """Give a new account the name on the order, unless it has one.

    Without an account (there was one already, which is not said) as much is written:
    nothing, by the same question (R31).
    """
    nameless = Member.objects.filter(pk=member.pk if member else 0, full_name="")
    nameless.update(full_name=order.full_name)
