"""From an order to the van: picked, packed, booked, handed over, followed (P49)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.models import Member
from newsletter.models import Message
from privacy.models import Look
from shop.actions import corrections, dispatch, tracking
from shop.clients.carriers import CarrierRefused, CarrierUnavailable
from shop.models import (
    Capture,
    Consignment,
    ConsignmentLine,
    Manifest,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Status,
    TrackingStep,
)
from shop.tasks import follow_parcels
from tests import staff
from tests.builders import draft_token, product
from tests.concurrency.race import connected, outcomes
from tests.sandbox.launcher import Sandbox
from tests.shop.test_carriers import parties as parties

pytestmark = pytest.mark.django_db(transaction=True)

State = Consignment.State


def ordered(lines: dict[str, int], *, splits: bool = False, **changes: str) -> Order:
    """An order whose payment is authorised, checked by whoever had to."""
    order = Order.objects.get(token=draft_token(Client(), lines, **changes))
    now = timezone.now()
    Payment.objects.create(
        order=order,
        reference=f"ref-{order.pk}",
        status=PaymentStatus.AUTHORISED,
        amount_pence=order.total_pence,
        expires_at=now,
        authorised_at=now,
        multicapture=splits,
        intent=f"pi_{order.pk}",
    )
    rows = Order.objects.filter(pk=order.pk)
    rows.update(status=Status.PENDING, placed_at=now)
    rows.update(status=Status.AUTHORISED, authorised_at=now, review="")
    return rows.get()


def booked(order: Order, carrier: str = "parcelforce", **packed: Any) -> Consignment:
    parcel = dispatch.start(order=order, by="staff:1")
    dispatch.pack(
        consignment=parcel, carrier=carrier, weight_g=900, by="staff:1", **packed
    )
    return dispatch.book(consignment=parcel, by="staff:1")


def codes(order: Order) -> list[str]:
    rows = OrderEvent.objects.filter(order_number=order.number)
    return list(rows.values_list("code", flat=True))


@pytest.fixture
def dispatcher(client: Client) -> Client:
    member = Member.objects.create_user("dispatch@jessops.example", is_staff=True)
    member.groups.add(Group.objects.get(name="Dispatch"))
    staff.sign_in(client, member)
    return client


def test_a_parcel_goes_from_the_list_to_the_door(
    parties: Sandbox, settings: Settings
) -> None:
    order = ordered({product().sku: 2})
    parcel = booked(order)
    assert parcel.state == State.BOOKED
    assert parcel.number == f"{order.number}-1"
    assert parcel.booking
    dispatch.hand_over(consignment=parcel, by="staff:1")
    order.refresh_from_db()
    assert order.sent_at
    capture = Capture.objects.get(consignment=parcel)
    assert capture.amount_pence == order.total_pence
    (mail,) = Message.objects.filter(about=order.about)
    assert mail.subject == f"Order {order.number} is on its way"
    assert parcel.booking in mail.text
    assert f"/orders/{order.token}/" in mail.text
    page = " ".join(Client().get(f"/orders/{order.token}/").content.decode().split())
    assert f"#/tracking-results/{parcel.booking}" in page
    assert "(leaves this site)" in page
    for words in ("It has left us.", "It arrives,", "Where it went"):
        assert words in page, words
    assert "pick, pack and send" not in page
    # pressed again, by an impatient hand: nothing is twice
    dispatch.hand_over(consignment=parcel, by="staff:1")
    assert Message.objects.filter(about=order.about).count() == 1
    assert Capture.objects.count() == 1

    parties.post_json("/bank/clock", {"advance": 28 * 3600})
    follow_parcels()
    parcel.refresh_from_db()
    assert parcel.state == State.DELIVERED
    assert parcel.delivered_at
    assert "It arrives," not in Client().get(f"/orders/{order.token}/").content.decode()
    told = TrackingStep.objects.count()
    follow_parcels()
    assert TrackingStep.objects.count() == told
    assert codes(order)[-4:] == [
        *("parcel-packed", "parcel-booked", "parcel-handed-over", "parcel-delivered"),
    ]


def test_what_is_short_follows_in_a_parcel_of_its_own(parties: Sandbox) -> None:
    here, short = product(), product()
    order = ordered({here.sku: 1, short.sku: 3}, splits=True)
    first = dispatch.start(order=order, by="staff:1")
    lines = {line.line.sku: line.line_id for line in first.lines.all()}
    packed = {lines[here.sku]: 1, lines[short.sku]: 1}
    dispatch.pack(
        consignment=first,
        carrier="courier",
        weight_g=500,
        by="staff:1",
        quantities=packed,
    )
    left = dict(dispatch.left_to_send(order).values_list("sku", "left"))
    assert left == {short.sku: 2}
    dispatch.book(consignment=first, by="staff:1")
    dispatch.hand_over(consignment=first, by="staff:1")
    order.refresh_from_db()
    assert order.sent_at is None
    mail = Message.objects.get(about=order.about)
    assert "another parcel" in " ".join(mail.text.split())
    second = booked(order)
    assert second.number == f"{order.number}-2"
    dispatch.hand_over(consignment=second, by="staff:1")
    order.refresh_from_db()
    assert order.sent_at
    taken = sum(Capture.objects.values_list("amount_pence", flat=True))
    assert taken == order.total_pence
    with pytest.raises(dispatch.NotPossible, match="nothing of it"):
        dispatch.start(order=order, by="staff:1")


def test_a_card_that_pays_once_gets_its_order_in_one_parcel(parties: Sandbox) -> None:
    order = ordered({product().sku: 3})
    line = order.lines.get().pk
    with pytest.raises(dispatch.NotPossible, match="pays once"):
        dispatch.start(order=order, by="staff:1", quantities={line: 1})
    parcel = dispatch.start(order=order, by="staff:1")
    with pytest.raises(dispatch.NotPossible, match="pays once"):
        dispatch.pack(
            consignment=parcel,
            carrier="courier",
            weight_g=1,
            by="staff:1",
            quantities={line: 2},
        )
    parcel.refresh_from_db()
    assert parcel.lines.get().quantity == 3


def test_an_order_that_a_person_must_see_first_is_not_picked(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    Order.objects.filter(pk=order.pk).update(review="address")
    with pytest.raises(dispatch.NotPossible, match="look at"):
        dispatch.start(order=order, by="staff:1")
    Order.objects.filter(pk=order.pk).update(review="")
    line = order.lines.get()
    with pytest.raises(dispatch.NotPossible, match="more than is left"):
        dispatch.start(order=order, by="staff:1", quantities={line.pk: 2})
    for weight in (0, 30_001):
        parcel = dispatch.start(order=order, by="staff:1")
        with pytest.raises(dispatch.NotPossible, match="30 kg"):
            dispatch.pack(
                consignment=parcel, carrier="courier", weight_g=weight, by="staff:1"
            )
        dispatch.cancel(consignment=parcel, by="staff:1")


def test_no_more_of_a_line_is_sent_than_was_ordered_whatever_asks(
    parties: Sandbox,
) -> None:
    order = ordered({product().sku: 1})
    parcel = dispatch.start(order=order, by="staff:1")
    twin = Consignment.objects.create(order=order, number="twin")
    line = parcel.lines.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsignmentLine.objects.create(
            consignment=twin, line_id=line.line_id, quantity=1
        )


def test_a_move_out_of_turn_is_refused(parties: Sandbox) -> None:
    parcel = dispatch.start(order=ordered({product().sku: 1}), by="staff:1")
    for move in (dispatch.book, dispatch.hand_over, dispatch.lose, dispatch.unpack):
        with pytest.raises(dispatch.NotPossible):
            move(consignment=parcel, by="staff:1")
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE shop_consignment SET state = 'delivered'")


def test_a_cancelled_order_does_not_leave_even_if_it_is_booked(
    parties: Sandbox,
) -> None:
    order = ordered({product().sku: 1})
    parcel = booked(order)
    Order.objects.filter(pk=order.pk).update(
        status=Status.CANCELLED, closed_at=timezone.now()
    )
    with pytest.raises(dispatch.NotPossible, match="not to be sent"):
        dispatch.hand_over(consignment=parcel, by="staff:1")
    assert not Capture.objects.exists()


def test_nothing_leaves_for_which_no_money_is_reserved(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    parcel = booked(order)
    order.payments.update(status=PaymentStatus.VOID)
    with pytest.raises(dispatch.NotPossible, match="reserved"):
        dispatch.hand_over(consignment=parcel, by="staff:1")
    parcel.refresh_from_db()
    assert parcel.state == State.BOOKED
    assert not Message.objects.filter(about=order.about).exists()


def test_the_number_goes_to_the_carrier_only_while_the_tick_stands(
    parties: Sandbox,
) -> None:
    def got() -> str:
        return str(parties.get_json("/carrier/requests.json")[-1]["payload"])

    sku = product().sku
    booked(ordered({sku: 1}), carrier="courier")
    assert "01628" not in got()
    ticked = ordered({sku: 1}, carrier_may_ring="1", line1="13 Mill Lane")
    booked(ticked, carrier="courier")
    assert "01628 496000" in got()
    # taken back after it was picked: what counts is the moment of booking
    third = ordered({sku: 1}, carrier_may_ring="1", line1="14 Mill Lane")
    parcel = dispatch.start(order=third, by="staff:1")
    where = {name: getattr(third, name) for name in corrections.ADDRESS}
    corrections.redirect(
        order=third,
        address=where,
        telephone=third.telephone,
        by="customer",
        ring=False,
    )
    dispatch.pack(consignment=parcel, carrier="courier", weight_g=1, by="staff:1")
    dispatch.book(consignment=parcel, by="staff:1")
    assert "01628" not in got()
    parcel.refresh_from_db()
    assert not parcel.notify_by_phone


def test_once_a_carrier_knows_it_the_address_stands(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    booked(order)
    with pytest.raises(corrections.AlreadyLeft):
        corrections.redirect(
            order=order,
            address={
                "line1": "1",
                "line2": "",
                "town": "x",
                "county": "",
                "postcode": order.postcode,
            },
            telephone="",
            by="customer",
        )


def test_a_carrier_in_trouble_leaves_the_parcel_packed(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    parcel = dispatch.start(order=order, by="staff:1")
    dispatch.pack(consignment=parcel, carrier="courier", weight_g=1, by="staff:1")
    parties.fault(party="carrier", kind="lost_answer", count=1)
    with pytest.raises(CarrierUnavailable):
        dispatch.book(consignment=parcel, by="staff:1")
    parcel.refresh_from_db()
    assert parcel.state == State.PACKED
    dispatch.book(consignment=parcel, by="staff:1")
    asked = parties.get_json("/carrier/requests.json")[-2:]
    assert asked[0]["payload"] == asked[1]["payload"]


def test_the_day_is_closed_with_one_carrier_at_a_time(parties: Sandbox) -> None:
    sku = product().sku
    one, two, other = (
        booked(ordered({sku: 1}, line1=f"{n} Mill Lane"), carrier)
        for n, carrier in enumerate(("courier", "courier", "parcelforce"))
    )
    made = dispatch.close_day(carrier="courier", by="staff:1")
    assert made.reference
    for parcel in (one, two, other):
        parcel.refresh_from_db()
    assert {one.state, two.state} == {State.HANDED_OVER}
    assert {one.manifest, two.manifest} == {made}
    assert other.state == State.BOOKED
    with pytest.raises(dispatch.NotPossible, match="no parcel"):
        dispatch.close_day(carrier="courier", by="staff:1")
    assert Manifest.objects.count() == 1


def test_a_lost_parcel_goes_back_to_a_person(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    parcel = dispatch.hand_over(consignment=booked(order), by="staff:1")
    dispatch.lose(consignment=parcel, by="staff:1")
    order.refresh_from_db()
    assert order.review == "parcel-lost"
    assert order.sent_at is None
    page = Client().get(f"/orders/{order.token}/").content.decode()
    assert "cannot find a parcel" in page


def test_what_is_told_twice_or_late_ends_the_same(parties: Sandbox) -> None:
    from shop.clients.carriers import Step

    order = ordered({product().sku: 1})
    parcel = dispatch.hand_over(consignment=booked(order), by="staff:1")
    now = timezone.now()
    steps = [
        Step(code="delivered", at=now, own_code="EVKSP"),
        Step(code="out", at=now - timedelta(hours=2), own_code="EVGPD"),
        Step(code="delivered", at=now, own_code="EVKSP"),
    ]
    for _ in range(2):
        tracking.take(consignment=parcel, steps=steps, by="parcelforce")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.delivered_at) == (State.DELIVERED, now)
    assert parcel.tracking_steps.count() == 2
    assert codes(order).count("parcel-delivered") == 1


def test_a_parcel_is_handed_over_once_however_many_press(
    parties: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(parcel: Consignment) -> int:
        found = outcomes(
            lambda _: dispatch.hand_over(consignment=parcel, by="staff:1"),
            range(8),
            ready=connected,
        )
        assert not [one for one in found if isinstance(one, Exception)]
        return codes(parcel.order).count("parcel-handed-over")

    parcel = booked(ordered({product().sku: 1}))
    assert press(parcel) == 1
    assert Capture.objects.count() == 1
    assert Message.objects.filter(about=parcel.order.about).count() == 1

    # The control: without the locks several believe to be the first.
    def unlocked(consignment: Consignment, *states: Consignment.State) -> Consignment:
        found = Consignment.objects.select_related("order").get(pk=consignment.pk)
        gate.wait(timeout=20)
        return found

    gate = threading.Barrier(8)
    monkeypatch.setattr(dispatch, "_locked", unlocked)
    other = booked_raw(ordered({product().sku: 1}))
    assert press(other) > 1


def booked_raw(order: Order) -> Consignment:
    parcel = Consignment.objects.create(
        order=order, number=f"{order.number}-1", carrier="courier", state=State.BOOKED
    )
    line = order.lines.get()
    ConsignmentLine.objects.create(consignment=parcel, line=line, quantity=1)
    return parcel


def test_a_parcel_that_is_collected_needs_the_code_and_nothing_else(
    dispatcher: Client, parties: Sandbox
) -> None:
    before = len(parties.get_json("/carrier/requests.json"))
    order = ordered({product().sku: 1})
    parcel = dispatch.start(order=order, by="staff:1")
    dispatch.pack(consignment=parcel, carrier="collect", weight_g=1, by="staff:1")
    with pytest.raises(dispatch.NotPossible, match="not packed for a carrier"):
        dispatch.book(consignment=parcel, by="staff:1")
    here = f"/admin/shop/consignment/{parcel.pk}"
    assert "Ready to collect" in dispatcher.get(f"{here}/change/").content.decode()
    dispatcher.post(f"{here}/act/", {"act": "ready"})
    parcel.refresh_from_db()
    code = parcel.collect_code
    assert len(code) == 6
    mail = Message.objects.get(about=order.about)
    assert code in mail.text
    assert not Capture.objects.exists()
    page = order.get_absolute_url()
    shown = Client().get(page).content.decode()
    assert f"Your code: <b>{code}</b>" in shown
    assert "Ask the carrier" not in shown
    assert "You collect it," in shown
    assert "It arrives," not in shown
    # the board: the code, and no word of whose it is
    board = dispatcher.get("/admin/shop/consignment/counter/").content.decode()
    assert code in board
    for word in (order.number, "Priya", "Raman", "Mill Lane", "Camera"):
        assert word not in board
    wrong = {"code": "AAAAAA" if code != "AAAAAA" else "BBBBBB"}
    counter = "/admin/shop/consignment/counter/"
    said = dispatcher.post(counter, wrong, follow=True).content.decode()
    assert "nothing waits under this code" in said
    given = dispatcher.post(counter, {"code": code.lower()}, follow=True)
    assert f"Hand out parcel {parcel.number}" in given.content.decode()
    parcel.refresh_from_db()
    order.refresh_from_db()
    assert parcel.state == State.DELIVERED
    assert order.sent_at
    after = Client().get(page).content.decode()
    assert "<b>Collected.</b>" in after
    assert "You collected it." in after
    assert "pick, pack and send" not in after
    assert code not in after
    assert Capture.objects.get().amount_pence == order.total_pence
    again = dispatcher.post(counter, {"code": code}, follow=True).content.decode()
    assert "nothing waits under this code" in again
    # nobody tries codes until one fits
    tried = [dispatcher.post(counter, wrong).status_code for _ in range(31)]
    assert tried[0] == 302
    assert tried[-1] == 429
    # what goes with it, to be printed; opened like its page
    looks = Look.objects.count()
    slip = dispatcher.get(f"{here}/slip/pdf/")
    assert slip["Content-Type"] == "application/pdf"
    assert Look.objects.count() == looks + 1
    # no carrier heard of it
    assert len(parties.get_json("/carrier/requests.json")) == before


def test_a_parcel_taken_back_from_the_van_is_booked_anew(parties: Sandbox) -> None:
    order = ordered({product().sku: 1})
    first = booked(order)
    dispatch.unbook(consignment=first, by="staff:1")
    again = dispatch.book(consignment=first, by="staff:1")
    assert again.booking == first.booking
    dispatch.unbook(consignment=first, by="staff:1")
    where = {name: getattr(order, name) for name in corrections.ADDRESS}
    corrections.redirect(
        order=order,
        address=where | {"line1": "99 Mill Lane"},
        telephone="",
        by="customer",
    )
    Order.objects.filter(pk=order.pk).update(review="")
    moved = dispatch.book(consignment=first, by="staff:1")
    assert moved.booking != first.booking


# --- the desk -------------------------------------------------------------------------
def test_dispatch_works_a_parcel_through_the_desk(
    dispatcher: Client, parties: Sandbox
) -> None:
    thing = product()
    thing.stock.location = "B-07"
    thing.stock.save(update_fields=["location"])
    order = ordered({thing.sku: 2})
    desk = dispatcher.get("/admin/shop/consignment/desk/").content.decode()
    assert order.number in desk
    dispatcher.post("/admin/shop/consignment/desk/", {"order": order.pk})
    parcel = order.consignments.get()
    picks = dispatcher.get("/admin/shop/consignment/pick/").content.decode()
    assert "B-07" in picks
    assert f"{parcel.number} (2)" in picks
    here = f"/admin/shop/consignment/{parcel.pk}"
    page = dispatcher.get(f"{here}/change/").content.decode()
    assert "12 Mill Lane" in page
    line = parcel.lines.get().line_id
    form = {"act": "pack", "carrier": "parcelforce", "weight_g": "0", f"line-{line}": 2}
    said = dispatcher.post(f"{here}/act/", form, follow=True).content.decode()
    assert "Not done" in said
    dispatcher.post(f"{here}/act/", {**form, "weight_g": "1240"})
    dispatcher.post(f"{here}/act/", {"act": "book"})
    pdf = dispatcher.get(f"{here}/label/")
    assert pdf.content.startswith(b"%PDF-")
    slip = dispatcher.get(f"{here}/slip/").content.decode()
    assert "£" not in slip
    dispatcher.post("/admin/shop/consignment/desk/", {"close": "parcelforce"})
    parcel.refresh_from_db()
    assert parcel.state == State.HANDED_OVER
    listed = dispatcher.get(f"/admin/shop/manifest/{parcel.manifest_id}/pdf/")
    assert listed.content.startswith(b"%PDF-")
    # the customer reads who looked, and why (C16)
    look = Look.objects.filter(about=order.about).first()
    assert look
    assert (look.role, look.why) == ("Dispatch", "dispatch")


def test_dispatch_sees_where_it_goes_and_nothing_else_of_the_buyer(
    dispatcher: Client, parties: Sandbox
) -> None:
    order = ordered({product().sku: 1}, line1="77 Canary Row")
    parcel = booked(order)
    pages = [
        *("", "desk/", "pick/", f"{parcel.pk}/change/", f"{parcel.pk}/slip/"),
        f"?q={order.number}",
    ]
    shown = [dispatcher.get(f"/admin/shop/consignment/{page}") for page in pages]
    text = [answer.content.decode() for answer in shown]
    assert all(answer.status_code == 200 for answer in shown)
    for page in text:
        assert "priya@" not in page
        assert "01628" not in page
    assert ["77 Canary Row" in page for page in text] == [
        *(False, False, False, True, True),
        False,
    ]
    assert dispatcher.get(f"/admin/shop/order/{order.pk}/change/").status_code == 403


def test_nobody_else_gets_at_the_desk(client: Client, parties: Sandbox) -> None:
    parcel = booked(ordered({product().sku: 1}))
    member = Member.objects.create_user("clubs@jessops.example", is_staff=True)
    member.groups.add(Group.objects.get(name="Clubs"))
    staff.sign_in(client, member)
    here = f"/admin/shop/consignment/{parcel.pk}"
    for page in ("/slip/", "/label/", "/change/"):
        assert client.get(f"{here}{page}").status_code == 403
    assert client.post(f"{here}/act/", {"act": "cancel"}).status_code == 403
    for page in ("desk", "pick"):
        assert client.get(f"/admin/shop/consignment/{page}/").status_code == 403


def test_the_desk_takes_few_questions_however_many_orders(
    dispatcher: Client,
    parties: Sandbox,
    django_assert_max_num_queries: Any,
) -> None:
    sku = product(stock=99).sku
    for number in range(12):
        order = ordered({sku: 1}, line1=f"{number} Mill Lane")
        if number % 2:
            dispatch.start(order=order, by="staff:1")
    for page in ("desk/", "pick/", ""):
        with django_assert_max_num_queries(14):
            dispatcher.get(f"/admin/shop/consignment/{page}")


def test_a_refusal_is_said_and_nothing_is_booked(
    dispatcher: Client, parties: Sandbox
) -> None:
    order = ordered({product().sku: 1}, delivery="noon")
    parcel = dispatch.start(order=order, by="staff:1")
    dispatch.pack(consignment=parcel, carrier="courier", weight_g=1, by="staff:1")
    with pytest.raises(CarrierRefused):
        dispatch.book(consignment=parcel, by="staff:1")
    here = f"/admin/shop/consignment/{parcel.pk}/act/"
    said = dispatcher.post(here, {"act": "book"}, follow=True).content.decode()
    assert "promises no hour" in said
