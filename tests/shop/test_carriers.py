"""Both carriers behind one interface, against their stand-ins over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pytest_django import Settings

from privacy import gateway
from privacy.gateway import soap
from shop.actions.carriers import CARRIERS
from shop.clients.carriers import (
    Carrier,
    CarrierRefused,
    CarrierUnavailable,
    Parcel,
)
from tests.conftest import contract
from tests.sandbox.launcher import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

MATTER = "order:J26-4812-0751"
PARCEL = Parcel(
    reference="J26-4812-0751-1",
    service="standard",
    leaves_on=date(2026, 11, 23),
    name="Ada Ashdown & Söhne <b>",
    line1="7 Mill Lane",
    line2="",
    town="Leicester",
    county="",
    postcode="LE3 1AA",
    telephone="",
    weight_grams=1200,
    lithium="none",
)
EVERYTHING = replace(
    PARCEL,
    reference="J26-4812-0751-2",
    service="saturday",
    line2="Flat 2",
    county="Leicestershire",
    telephone="0116 496 0000",
    lithium="contained",
)
SHIPMENT = "RequestedShipment"
SIGNED_IN = {"Authentication[UserName]", "Authentication[Password]"}
# P59: name and address, and what the parcel needs. Nothing else, ever.
EXACTLY: dict[str, tuple[set[str], set[str]]] = {
    "parcelforce": (
        SIGNED_IN
        | {
            f"{SHIPMENT}[{name}]"
            for name in (
                "ShipmentType",
                "ContractNumber",
                "RequestId",
                "ServiceCode",
                "ShippingDate",
                "RecipientContact][BusinessName",
                "RecipientAddress][AddressLine1",
                "RecipientAddress][Town",
                "RecipientAddress][Postcode",
                "RecipientAddress][Country",
                "TotalNumberOfParcels",
                "TotalShipmentWeight",
                "ReferenceNumber1",
            )
        },
        {
            f"{SHIPMENT}[{name}]"
            for name in (
                "RecipientAddress][AddressLine2",
                "RecipientContact][Telephone",
                "Enhancement][SaturdayDeliveryRequired",
                "HazardousGoods][HazardousGood][LQDGUNCode",
            )
        },
    ),
    "courier": (
        {"reference", "service", "name", "line1", "town", "postcode", "parcels"},
        {"line2", "county", "telephone"},
    ),
}
TELEPHONE = {"parcelforce": f"{SHIPMENT}[RecipientContact][Telephone]"}


@pytest.fixture
def parties(lone_sandbox: Sandbox, settings: Settings) -> Iterator[Sandbox]:
    base = f"{lone_sandbox.base}/carrier"
    settings.CARRIER_API_BASE = base
    settings.PARCELFORCE_API_BASE = f"{base}/expresslink"
    settings.ROYAL_MAIL_API_BASE = f"{base}/royalmail"
    settings.PARCELFORCE_USER, settings.PARCELFORCE_PASSWORD = "us", "secret"
    settings.PARCELFORCE_CONTRACT = "P123456"
    yield lone_sandbox
    lone_sandbox.set_right()


@pytest.fixture(params=["parcelforce", "courier"])
def carrier(request: pytest.FixtureRequest, parties: Sandbox) -> Carrier:
    return CARRIERS[request.param]


def requests_of(sandbox: Sandbox) -> list[dict[str, Any]]:
    found = sandbox.get_json("/carrier/requests.json")
    assert isinstance(found, list)
    return found


def test_each_carrier_gets_exactly_its_fields(
    carrier: Carrier, parties: Sandbox
) -> None:
    before = len(requests_of(parties))
    carrier.book(PARCEL, MATTER)
    carrier.book(EVERYTHING, MATTER)
    least, most = [entry["payload"] for entry in requests_of(parties)[before:]]
    required, optional = EXACTLY[carrier.name]
    assert set(least) == required
    assert set(most) == required | optional
    # the number is there when it was ticked, and only then
    name = TELEPHONE.get(carrier.name, "telephone")
    assert most[name] == EVERYTHING.telephone
    assert EVERYTHING.telephone not in str(least)
    for payload in (least, most):
        assert PARCEL.name in payload.values()
        assert "@" not in str(payload)
    # and all of it is declared: the page of recipients says no less
    declared = gateway.connector(carrier.name).fields
    assert (set(most) - {"parcels"}) <= declared


def test_a_carriers_receipt_names_what_it_got(carrier: Carrier) -> None:
    carrier.book(PARCEL, MATTER)
    (told,) = gateway.disclosures(MATTER)
    assert set(told.words) == {
        "your name",
        "the address to deliver to",
        "the order number and which parcel of it",
    }
    assert told.reason == "to deliver your parcel"


def test_the_same_parcel_is_booked_once(carrier: Carrier, parties: Sandbox) -> None:
    first = carrier.book(PARCEL, MATTER)
    assert carrier.book(PARCEL, MATTER) == first
    parties.fault(party="carrier", kind="lost_answer", count=1)
    other = replace(PARCEL, reference=f"{PARCEL.reference}-{carrier.name}")
    with pytest.raises(CarrierUnavailable):
        carrier.book(other, MATTER)
    found = carrier.book(other, MATTER)
    assert found != first
    assert carrier.book(other, MATTER) == found


def test_a_carrier_in_trouble_is_unavailable_and_one_that_says_no_says_why(
    carrier: Carrier, parties: Sandbox
) -> None:
    with pytest.raises(CarrierRefused, match="postcode"):
        carrier.book(replace(PARCEL, reference="x-1", postcode="nowhere"), MATTER)
    for kind in ("error", "reset"):
        parties.fault(party="carrier", kind=kind, count=1, status=503)
        with pytest.raises(CarrierUnavailable):
            carrier.book(replace(PARCEL, reference="x-2"), MATTER)


def test_without_a_contract_of_today_nothing_leaves(
    carrier: Carrier, parties: Sandbox
) -> None:
    """P60: the switch is the evidence; not even a tracking question goes out."""
    number = carrier.book(PARCEL, MATTER).number
    before = len(requests_of(parties))
    contract(carrier.name, date(2026, 1, 31))
    contract("royal-mail", date(2026, 1, 31))
    with pytest.raises(CarrierUnavailable):
        carrier.book(replace(PARCEL, reference="x-3"), MATTER)
    with pytest.raises(CarrierUnavailable):
        carrier.manifest([number], "manifest:1")
    with pytest.raises(CarrierUnavailable):
        carrier.track(number, MATTER)
    assert len(requests_of(parties)) == before
    # control: with a contract again it goes
    contract(carrier.name)
    carrier.book(replace(PARCEL, reference="x-3"), MATTER)
    assert len(requests_of(parties)) == before + 1


def test_a_parcel_is_followed_from_the_van_to_the_door(
    carrier: Carrier, parties: Sandbox
) -> None:
    reference = f"{PARCEL.reference}-{carrier.name}-way"
    number = carrier.book(replace(PARCEL, reference=reference), MATTER).number
    assert [step.code for step in carrier.track(number, MATTER)] in ([], ["booked"])
    parties.post_json("/bank/clock", {"advance": 28 * 3600})
    steps = carrier.track(number, MATTER)
    wanted = ["collected", "in-transit", "out", "delivered"]
    assert [step.code for step in steps if step.code != "booked"] == wanted
    assert steps == sorted(steps, key=lambda step: step.at)
    assert all(step.at.tzinfo for step in steps)
    # a question leaves nothing about anybody, and so no receipt
    assert gateway.receipts(MATTER).count() == 1


def test_a_day_is_closed_by_a_manifest(carrier: Carrier) -> None:
    number = carrier.book(replace(PARCEL, reference="x-4"), MATTER).number
    assert carrier.manifest([number], "manifest:2")


def test_loose_cells_travel_by_sea_or_not_at_all(parties: Sandbox) -> None:
    loose = replace(PARCEL, reference="x-5", lithium="loose")
    with pytest.raises(CarrierRefused, match="lithium"):
        CARRIERS["parcelforce"].book(loose, MATTER)
    CARRIERS["courier"].book(loose, MATTER)
    assert requests_of(parties)[-1]["payload"]["service"] == "surface"
    with pytest.raises(CarrierRefused, match="hour"):
        CARRIERS["courier"].book(replace(PARCEL, service="noon"), MATTER)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x/>',
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/>'
        b"</e:Envelope>",
    ],
)
def test_an_answer_that_is_no_reply_is_unavailable(body: bytes) -> None:
    with pytest.raises(gateway.PartyUnavailable):
        soap.read(body, "createShipmentReply", "parcelforce")
