"""What was seen is what is paid, whatever changes meanwhile (R5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client

from shop.actions import orders
from shop.clients import bank as client_of_bank
from shop.models import Order, OrderLine, Payment, Product, Status
from shop.trolley import COOKIE, decode
from tests.bank import TestBank
from tests.builders import draft_token, product
from tests.shop.conftest import bank

__all__ = ["bank"]  # a fixture

pytestmark = pytest.mark.django_db

LINE_FIELDS = (
    "sku",
    "name",
    "quantity",
    "unit_pence",
    "line_pence",
    "vat",
    "vat_pence",
)


@dataclass
class Scene:
    """A guest who buys two cameras and a film, and what they were shown."""

    client: Client
    bank: TestBank
    camera: Product
    film: Product
    token: str = ""

    @property
    def order(self) -> Order:
        return Order.objects.get(token=self.token)

    @property
    def trolley(self) -> dict[str, int]:
        return dict(decode(self.client.cookies[COOKIE].value).lines)

    def change(self, **values: object) -> None:
        Product.objects.filter(pk=self.camera.pk).update(**values)

    def post(self, path: str, **fields: object) -> None:
        response = self.client.post(path, {k: str(v) for k, v in fields.items()})
        assert response.status_code == 303

    def snapshot(self) -> tuple[object, ...]:
        """Lines and sums of the order as they stand in the database."""
        order = self.order
        return (
            list(order.lines.values_list(*LINE_FIELDS)),
            order.goods_pence,
            order.delivery_pence,
            order.vat_pence,
            order.total_pence,
        )


def delete(scene: Scene) -> None:
    """Something with a history cannot be deleted at all."""
    with pytest.raises(ProtectedError):
        scene.camera.delete()


EDITS: dict[str, Callable[[Scene], None]] = {
    "price up": lambda s: s.change(price=99_999),
    "price down to a penny": lambda s: s.change(price=1),
    "VAT to zero": lambda s: s.change(vat="zero"),
    "discontinued": lambda s: s.change(discontinued=True),
    "another name and part number": lambda s: s.change(name="Else", sku="ELSE"),
    "unpublished": lambda s: s.change(published=False),
    "deleted": delete,
    "nine more in another tab": lambda s: s.post(
        "/trolley/add/", sku=s.camera.sku, quantity=9
    ),
    "fewer in another tab": lambda s: s.post(
        "/trolley/update/", **{f"quantity-{s.camera.sku}": 1}
    ),
    "emptied in another tab": lambda s: s.post("/trolley/empty/"),
}
TROLLEY_EDITS: dict[str, Callable[[Scene], dict[str, int]]] = {
    # What is in the trolley at the end, given that 2 cameras and 1 film were bought.
    "nine more in another tab": lambda s: {s.camera.sku: 9},
    "fewer in another tab": lambda s: {},
    "emptied in another tab": lambda s: {},
}
MOMENTS = (
    "on the review page",
    "while the payment page is opened",
    "on the payment page",
    "after paying, before coming back",
    "while the shop asks the bank",
)


@pytest.fixture
def scene(client: Client, bank: TestBank) -> Scene:
    found = Scene(
        client, bank, product(price=144_900, stock=20), product(price=499, stock=20)
    )
    found.token = draft_token(client, {found.camera.sku: 2, found.film.sku: 1})
    return found


def before(
    monkeypatch: pytest.MonkeyPatch, name: str, edit: Callable[[], None]
) -> None:
    """Make `edit` happen just before the shop's next call of the bank of that name."""
    real: Callable[..., Any] = getattr(client_of_bank, name)
    waiting = [edit]

    def call(**given: object) -> Any:
        while waiting:
            waiting.pop()()
        return real(**given)

    monkeypatch.setattr(client_of_bank, name, call)


def buy(
    scene: Scene, moment: str, edit: Callable[[], None], patch: pytest.MonkeyPatch
) -> str:
    """Buy, with `edit` at that moment; the review page as it was shown."""
    page = scene.client.get(f"/orders/{scene.token}/review/").content.decode()
    if moment == MOMENTS[0]:
        edit()
    if moment == MOMENTS[1]:
        before(patch, "create_session", edit)
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    response = scene.client.post(
        f"/orders/{scene.token}/review/", {"again": "1", "seen": found[1]}
    )
    assert response.status_code == 303
    if moment == MOMENTS[2]:
        edit()
    answer = scene.bank.pay(response["Location"])
    assert answer.status_code == 303
    if moment == MOMENTS[3]:
        edit()
    if moment == MOMENTS[4]:
        before(patch, "retrieve_session", edit)
    scene.bank.come_back(scene.client, answer)
    return page


def assert_as_seen(scene: Scene, page: str, frozen: tuple[object, ...]) -> None:
    order = scene.order
    assert order.status == Status.AUTHORISED
    assert scene.snapshot() == frozen
    assert sum(order.lines.values_list("line_pence", flat=True)) == order.goods_pence
    assert order.payments.get().amount_pence == order.total_pence == 290_299
    assert scene.bank.ledger()[-1]["amount"] == 290_299
    assert "Order and pay £2,902.99" in page
    shown = scene.client.get(f"/orders/{scene.token}/").content.decode()
    assert "£2,902.99" in shown


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", EDITS)
def test_what_was_seen_is_what_is_paid(
    scene: Scene, name: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = scene.snapshot()
    edits: list[str] = []

    def edit() -> None:
        EDITS[name](scene)
        edits.append(name)

    page = buy(scene, moment, edit, monkeypatch)
    assert edits == [name]
    assert_as_seen(scene, page, frozen)
    # In the last moment the browser has already sent the trolley that the answer
    # replaces: a cookie of two tabs at the same instant, and no order's business.
    if moment != MOMENTS[4]:
        left = TROLLEY_EDITS.get(name)
        assert scene.trolley == (left(scene) if left else {})


def test_control_an_order_that_follows_the_catalogue_is_found_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the prices read again when the button is pressed, the same check fails."""
    frozen = scene.snapshot()
    real = orders.place

    def place(
        *, order: Order, sure: bool, again: bool = False, seen: str = ""
    ) -> Payment:
        for line in OrderLine.objects.filter(order=order).select_related("product"):
            assert line.product
            line.unit_pence = line.product.price
            line.line_pence = line.unit_pence * line.quantity
            line.vat_pence = 0
            line.save()
        goods = sum(line.line_pence for line in order.lines.all())
        order.goods_pence, order.vat_pence = goods, 0
        order.total_pence = goods + order.delivery_pence
        order.save()
        return real(order=order, sure=sure)

    monkeypatch.setattr(orders, "place", place)
    page = buy(scene, MOMENTS[0], lambda: EDITS["price up"](scene), monkeypatch)
    with pytest.raises(AssertionError):
        assert_as_seen(scene, page, frozen)


def test_control_a_payment_page_at_todays_price_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An amount that differs from the order's by a penny fulfils nothing."""
    frozen = scene.snapshot()
    real = client_of_bank.create_session

    def create_session(*, payment: Payment, order: Order) -> Any:
        payment.amount_pence += 1
        return real(payment=payment, order=order)

    monkeypatch.setattr(client_of_bank, "create_session", create_session)
    page = buy(scene, MOMENTS[2], lambda: EDITS["price up"](scene), monkeypatch)
    with pytest.raises(AssertionError):
        assert_as_seen(scene, page, frozen)
    assert scene.order.status == Status.LAPSED
    assert "payment" in scene.order.review.split()
