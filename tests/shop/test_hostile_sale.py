"""After the sale, as somebody would who wants it to go wrong (review of issue 6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from jessops.roles import ROLES
from shop import tasks
from shop.actions import (
    cancelling,
    captures,
    dispatch,
    documents,
    payments,
    refunds,
    renewing,
    returns,
    reviewing,
)
from shop.actions.carriers import CARRIERS
from shop.admin.dispatch import waiting
from shop.models import (
    Capture,
    Consignment,
    Order,
    Payment,
    Product,
    Refund,
    Return,
    ReturnLine,
    Stock,
    StockMovement,
)
from tests.builders import product
from tests.shop.fake_bank import FakeBank
from tests.shop.sale_cast import deliver, hand_over, money_adds_up, paid, parcel
from tests.shop.test_refunds_staff import form, of

pytestmark = pytest.mark.django_db

State = Consignment.State
BY = "staff:1"


def take(order: Order) -> None:
    """What the bank was asked for came through; papers and all."""
    for capture in Capture.objects.filter(payment__order=order, state="asked"):
        Capture.objects.filter(pk=capture.pk).update(
            state="done", done_at=timezone.now()
        )
        capture.refresh_from_db()
        Payment.objects.filter(order=order, status="authorised").update(
            status="captured"
        )
        documents.invoice_for(capture)
    order.refresh_from_db()


def give(order: Order) -> None:
    for refund in Refund.objects.filter(order=order, state="asked"):
        Refund.objects.filter(pk=refund.pk).update(state="done", done_at=timezone.now())
        refund.refresh_from_db()
        documents.credit_note_for(refund)


def shelf(thing: Product) -> int:
    """What is on the shelf, which is what the ledger says of it."""
    found = Stock.objects.get(pk=thing.pk).on_hand
    moved = StockMovement.objects.filter(product=thing).exclude(reason="opening")
    opening = StockMovement.objects.filter(product=thing, reason="opening")
    start = opening.aggregate(all=Sum("quantity"))["all"]
    assert start is None or found == start + (
        moved.aggregate(all=Sum("quantity"))["all"] or 0
    )
    return found


# --- what is cancelled after its money was taken


def test_a_rest_that_is_paid_for_and_will_not_come_is_given_back() -> None:
    order = paid({product(price=34_900): 3})
    captures.ask_early(order=order, by=BY)
    take(order)
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    cancelling.cancel_rest(order=order, pieces={line.pk: 2}, by=BY)
    refund = Refund.objects.get()
    assert (refund.amount_pence, refund.state) == (2 * 34_900, "asked")
    give(order)
    money_adds_up(order)
    assert captures.owed(order) == order.total_pence - refund.amount_pence


def test_a_lost_parcel_that_is_not_sent_again_is_given_back_and_not_on_the_shelf() -> (
    None
):
    thing = product(price=34_900, stock=10)
    order = paid({thing: 3})
    line = order.lines.get()
    box = hand_over(parcel(order, {line: 2}))
    take(order)
    dispatch.lose(consignment=box, by=BY)
    hand_over(parcel(order, {line: 1}))
    take(order)
    cancelling.cancel_rest(order=order, pieces={line.pk: 2}, by=BY)
    assert Refund.objects.get().amount_pence == 2 * 34_900
    assert shelf(thing) == 7, "the two are gone"
    order.refresh_from_db()
    assert order.sent_at is not None
    give(order)
    money_adds_up(order)


def test_what_replaces_a_lost_piece_leaves_the_shelf_and_the_rest_still_waits() -> None:
    thing = product(price=34_900, stock=10)
    order = paid({thing: 2})
    line = order.lines.get()
    box = hand_over(parcel(order, {line: 1}))
    dispatch.lose(consignment=box, by=BY)
    order.refresh_from_db()
    dispatch_again = hand_over(parcel(order, {line: 1}))
    order.refresh_from_db()
    assert order.sent_at is None, "one of the two has not left yet"
    assert list(dispatch.left_to_send(order).values_list("left", flat=True)) == [1]
    assert dispatch_again.state == State.HANDED_OVER


def test_an_order_that_came_back_whole_is_cancelled_with_its_money() -> None:
    thing = product(price=34_900, stock=10)
    order = paid({thing: 2})
    box = hand_over(parcel(order))
    take(order)
    dispatch.came_back(consignment=box, by=BY)
    order.refresh_from_db()
    cancelling.cancel(order=order, by=BY)
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert shelf(thing) == 10
    assert Refund.objects.get().amount_pence == order.total_pence
    give(order)
    money_adds_up(order)


def test_cancelling_gives_back_what_is_left_and_names_it_rightly() -> None:
    order = paid({product(price=34_900): 2, product(price=10_000): 1})
    first = order.lines.all()[0]
    cancelling.cancel_rest(order=order, pieces={first.pk: 1}, by=BY)
    captures.ask_early(order=order, by=BY)
    take(order)
    refunds.ask(
        order=order,
        pence=1_000,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=None,
        attempt="g" * 24,
    )
    waiting = refunds.ask(
        order=order,
        pence=30_000,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=25_000,
        attempt="w" * 24,
    )
    cancelling.cancel(order=order, by="customer")
    waiting.refresh_from_db()
    assert waiting.state == "refused", "nobody needs to agree to what is given anyway"
    rest = Refund.objects.get(reason="cancelled")
    assert rest.amount_pence == 34_900 + 10_000 + 495 - 1_000
    assert sum(one.pence for one in rest.lines.all()) <= rest.amount_pence
    assert {one.line_id: one.quantity for one in rest.lines.all()}[first.pk] == 1
    give(order)
    money_adds_up(order)


def test_an_order_whose_money_is_back_already_can_be_cancelled() -> None:
    order = paid({product(price=10_000): 1})
    captures.ask_early(order=order, by=BY)
    take(order)
    refunds.ask(
        order=order,
        pence=order.total_pence,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=None,
        attempt="g" * 24,
    )
    give(order)
    cancelling.cancel(order=order, by="customer")
    order.refresh_from_db()
    assert order.status == "cancelled"


# --- what must not leave, and what must not stand in the way


@pytest.mark.parametrize("door", ["hand_over", "collect", "close_day", "ready", "book"])
def test_no_parcel_leaves_while_a_person_must_look(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid({product(): 1})
    box = parcel(order)
    moves: dict[str, Callable[[], object]] = {
        "hand_over": lambda: dispatch.hand_over(consignment=box, by=BY),
        "collect": lambda: dispatch.collect(code="K7QM2X", by=BY),
        "ready": lambda: dispatch.ready(consignment=box, by=BY),
        "book": lambda: dispatch.book(consignment=box, by=BY),
        "close_day": lambda: dispatch.close_day(carrier="courier", by=BY),
    }
    state = {"collect": "ready", "ready": "packed", "book": "packed"}.get(door)
    Consignment.objects.filter(pk=box.pk).delete()
    box.state = State(state or "booked")
    box.carrier = "courier" if door in ("hand_over", "close_day", "book") else "collect"
    box.collect_code = "K7QM2X"
    box.booking = "JP1"
    box.save(force_insert=True)
    order.review = "short"
    order.save(update_fields=["review"])
    with pytest.raises(dispatch.NotPossible):
        moves[door]()
    box.refresh_from_db()
    assert box.state == State(state or "booked")
    assert not Capture.objects.exists()


def test_one_parcel_in_trouble_does_not_keep_the_others_from_the_van(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = [paid({product(): 1}) for _ in range(3)]
    boxes = [parcel(order) for order in orders]
    Payment.objects.filter(order=orders[0]).update(capture_before=timezone.now())
    told: list[str] = []
    carrier = CARRIERS["courier"]

    def manifest(numbers: list[str], about: str) -> str:
        told.extend(numbers)
        return "MF1"

    monkeypatch.setattr(carrier, "manifest", manifest)
    for box in boxes:
        box.booking = f"JP{box.pk}"
        box.save(update_fields=["booking"])
    made = dispatch.close_day(carrier="courier", by=BY)
    states = [Consignment.objects.get(pk=box.pk).state for box in boxes]
    assert states == ["booked", "handed-over", "handed-over"]
    assert told == [boxes[1].booking, boxes[2].booking]
    assert made.consignments.count() == 2


def test_nothing_leaves_on_money_that_the_bank_has_let_go() -> None:
    order = paid({product(price=34_900): 2})
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    take(order)
    Payment.objects.filter(order=order).update(capture_before=timezone.now())
    box = parcel(order, {line: 1})
    with pytest.raises(dispatch.NotPossible):
        dispatch.hand_over(consignment=box, by=BY)
    assert Capture.objects.count() == 1


def test_a_refund_does_not_wait_for_parts_that_the_bank_gives_no_more() -> None:
    order = paid({product(price=34_900): 2})
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    take(order)
    refund = refunds.ask(
        order=order,
        pence=1_000,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=None,
        attempt="g" * 24,
    )
    assert refunds.waits_for_parts(refund)
    Payment.objects.filter(order=order).update(
        capture_before=timezone.now() - timedelta(minutes=1)
    )
    refund.payment.refresh_from_db()
    assert not refunds.waits_for_parts(refund)


def test_the_bank_is_not_asked_again_for_more_than_is_reserved() -> None:
    order = paid({product(price=34_900): 1})
    hand_over(parcel(order))
    failed = Capture.objects.get()
    Capture.objects.filter(pk=failed.pk).update(state="failed")
    captures.ask_early(order=order, by=BY)
    with pytest.raises(captures.CaptureError):
        captures.again(capture=failed, by=BY)
    client = of("Web Sales")
    page = client.post(
        f"/admin/shop/order/{order.pk}/money/", {"act": f"again:{failed.pk}"}
    )
    assert page.status_code == 302
    failed.refresh_from_db()
    assert failed.state == "failed"


@pytest.mark.parametrize("left", [False, True])
def test_a_bank_that_lets_go_cancels_what_is_here_and_not_what_has_left(
    left: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An authorisation ended while its parcel was packed, or already on the van."""
    thing = product(price=34_900, stock=10)
    order = paid({thing: 2})
    box = parcel(order)
    if left:
        hand_over(box)
    payment = order.payments.get()
    bank = FakeBank()
    bank.use(monkeypatch)
    bank.agree(payment).status = "canceled"
    payments.settle(payment=payment, by="webhook")
    for row in (order, box, payment):
        row.refresh_from_db()
    assert payment.status == "void"
    ends = (order.status, box.state, order.review, shelf(thing))
    if left:
        assert ends == ("authorised", "handed-over", "capture", 8)
    else:
        assert ends == ("cancelled", "cancelled", "", 10)


def test_what_waits_at_the_counter_is_not_to_be_sent() -> None:
    order, other = paid({product(): 1}), paid({product(): 1})
    box = parcel(order)
    Consignment.objects.filter(pk=box.pk).delete()
    box.state, box.carrier, box.collect_code = State.READY, "collect", "K7QM2X"
    box.save(force_insert=True)
    assert list(waiting()) == [other]


@pytest.mark.parametrize("code", ["address", "parcel-returned"])
def test_who_is_asked_about_the_address_can_put_it_right_on_any_day(
    client: Client, code: str
) -> None:
    order = paid({product(): 1})
    if code == "parcel-returned":
        dispatch.came_back(consignment=hand_over(parcel(order)), by=BY)
    day = (timezone.now() - timedelta(days=9)).date()
    Order.objects.filter(pk=order.pk).update(delivery_on=day, review=code)
    page = client.get(f"/orders/{order.token}/correct/").content.decode()
    assert "nothing about it can be changed" not in page
    Order.objects.filter(pk=order.pk).update(review="", sent_at=timezone.now())
    page = client.get(f"/orders/{order.token}/correct/").content.decode()
    assert "nothing about it can be changed" in page


# --- forms


def test_a_staff_form_sent_for_another_order_is_another_refund() -> None:
    """Back in the browser, another number typed: the form's name is the same."""
    orders = [paid({product(price=10_000): 1}) for _ in range(2)]
    for order in orders:
        hand_over(parcel(order))
        take(order)
    client = of("Web Sales")
    fields = form(client, orders[0], "10.00")
    assert client.post("/admin/shop/refund/ask/", fields).status_code == 302
    fields["number"] = orders[1].number
    answer = client.post("/admin/shop/refund/ask/", fields)
    assert answer.status_code in (200, 302)
    assert Refund.objects.filter(order=orders[0]).count() == 1


@pytest.mark.parametrize(
    "amount",
    ["1E+999999", "1E+9999999", "9" * 400, "NaN", "Infinity", "-1", "0", "१", ""],
)
def test_no_amount_breaks_a_staff_form(amount: str) -> None:
    order = paid({product(price=34_900): 1})
    deliver(hand_over(parcel(order)))
    take(order)
    back = returns.ask(
        order=order,
        pieces={order.lines.get().pk: 1},
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt="a" * 24,
    )
    found = returns.Found(ReturnLine.Found.NEW)
    returns.receive(back=back, found={back.lines.get().pk: found}, by=BY)
    client = of("Web Sales")
    answer = client.post("/admin/shop/refund/ask/", form(client, order, amount))
    assert answer.status_code == (302 if amount == "१" else 200)
    paying = f"/admin/shop/return/{back.pk}/act/"
    assert client.post(paying, {"act": "pay", "amount": amount}).status_code == 302
    assert Refund.objects.count() == (2 if amount == "१" else 0)


@pytest.mark.parametrize(
    "noun", ["refund", "return", "order", "consignment", "document"]
)
def test_no_address_breaks_a_staff_page(noun: str) -> None:
    client = of("Web Sales")
    client = client if noun != "consignment" else of("Dispatch")
    for odd in ("²", "١٢", "9" * 30, "-1", "x", "%00"):
        answer = client.get(f"/admin/shop/{noun}/{odd}/change/")
        assert answer.status_code in (302, 400, 404), (noun, odd)
    for act in ("act", "money", "slip", "label", "pdf"):
        url = f"/admin/shop/{noun}/{'9' * 30}/{act}/"
        for answer in (client.get(url), client.post(url, {"act": "pay"})):
            assert answer.status_code in (302, 403, 404), (noun, act)


def test_the_same_name_of_a_form_on_two_orders_is_no_error(client: Client) -> None:
    for _ in range(2):
        order = paid({product(sku=""): 1})
        deliver(hand_over(parcel(order)))
        sku = order.lines.get().sku
        fields = {
            "attempt": "a" * 24,
            "reason": "faulty",
            f"quantity-{sku}": "1",
        }
        answer = client.post(f"/orders/{order.token}/return/", fields)
        assert answer.status_code in (200, 303)


def test_the_orders_page_and_its_returns_page_name_the_same_last_day(
    client: Client,
) -> None:
    order = paid({product(): 1})
    came = timezone.now() - timedelta(days=3)
    deliver(hand_over(parcel(order)), came)
    order.refresh_from_db()
    end = returns.last_day(order)
    assert end is not None
    page = client.get(f"/orders/{order.token}/").content.decode()
    assert f"{end:%a %-d %b}</span><div><b>Last day" in page
    assert "It is ordered." not in page


def test_a_return_is_taken_back_by_its_buyer_and_by_nobody_else(client: Client) -> None:
    order, other = paid({product(): 2}), paid({product(): 1})
    deliver(hand_over(parcel(order)))
    sku = order.lines.get().sku
    url = f"/orders/{order.token}/return/"
    fields = {"attempt": "a" * 24, "reason": "faulty", f"quantity-{sku}": "2"}
    client.post(url, fields)
    back = Return.objects.get()
    keep = {"keep": back.number}
    assert f'name="keep" value="{back.number}"' in client.get(url).content.decode()
    assert client.post(f"/orders/{other.token}/return/", keep).status_code == 404
    assert client.post(url, {"keep": "R26-0000\ud7ff"}).status_code == 404
    back.refresh_from_db()
    assert back.state == "asked"
    for _ in range(2):
        assert client.post(url, keep).status_code == 303
    back.refresh_from_db()
    assert back.state == "withdrawn"
    fields["attempt"] = "b" * 24
    client.post(url, fields)
    again = Return.objects.get(attempt="b" * 24)
    found = returns.Found(ReturnLine.Found.NEW)
    returns.receive(back=again, found={again.lines.get().pk: found}, by=BY)
    client.post(url, {"keep": again.number})
    again.refresh_from_db()
    assert again.state == "received", "it came: it is not taken back any more"


# --- whoever has no right to a door


def test_no_role_opens_a_door_that_is_not_its_own() -> None:
    order = paid({product(price=34_900): 2})
    line = order.lines.get()
    box = parcel(order, {line: 1})
    hand_over(box)
    take(order)
    deliver(box)
    back = returns.ask(
        order=order,
        pieces={line.pk: 1},
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt="a" * 24,
    )
    refund = refunds.ask(
        order=order,
        pence=30_000,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=25_000,
        attempt="w" * 24,
    )
    shop = "/admin/shop"
    doors = {
        f"{shop}/order/{order.pk}/act/": ("Web Sales", {"act": "done:address"}),
        f"{shop}/order/{order.pk}/money/": ("Web Sales", {"act": f"rest:{line.pk}:1"}),
        f"{shop}/refund/ask/": ("Web Sales Owner", {"number": order.number}),
        f"{shop}/refund/{refund.pk}/act/": ("Web Sales Owner", {"act": "approve"}),
        f"{shop}/return/{back.pk}/act/": ("Web Sales", {"act": "receive"}),
        f"{shop}/consignment/desk/": ("Dispatch", {"close": "courier"}),
        f"{shop}/consignment/counter/": ("Dispatch", {"code": "K7QM2X"}),
        f"{shop}/consignment/{box.pk}/act/": ("Dispatch", {"act": "lose"}),
    }
    before = (order.review, refund.state, back.state, box.state, line.cancelled)
    for role in [*ROLES, ""]:
        client = of(role, "foreign")
        for url, (own, fields) in doors.items():
            if not role or role not in own:
                assert client.post(url, fields).status_code in (302, 403), (role, url)
                answer = client.get(url)
                assert answer.status_code in (302, 403, 404), (role, url)
    for row in (order, refund, back, box, line):
        row.refresh_from_db()
    after = (order.review, refund.state, back.state, box.state, line.cancelled)
    assert after == before
    assert not Consignment.objects.filter(manifest__isnull=False).exists()


def test_a_rest_whose_money_the_bank_let_go_waits_for_a_person_once() -> None:
    order = paid({product(price=34_900): 2})
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    take(order)
    payments_ = Payment.objects.filter(order=order)
    payments_.update(capture_before=timezone.now() + timedelta(hours=30))
    assert [renewing.warn(), renewing.warn()] == [1, 0], "told before it ends"
    assert renewing.flag_lapsed() == 0
    payments_.update(capture_before=timezone.now())
    tasks.warn_of_expiry()
    order.refresh_from_db()
    assert order.review == "unpaid-rest"
    reviewing.deal_with(order=order, code="unpaid-rest", by=BY)
    tasks.warn_of_expiry()
    order.refresh_from_db()
    assert order.review == "", "a person has looked"
    cancelling.cancel_rest(order=order, pieces={line.pk: 1}, by=BY)
    order.refresh_from_db()
    assert order.sent_at is not None
    assert not Refund.objects.exists()
    money_adds_up(order)
