"""Addresses, carrier, prints, and the record of what each of them received."""

from typing import Any

import pytest

from jessops.sandbox.addresses import lookup, normal_postcode, verify
from tests.sandbox.customer import get, post
from tests.sandbox.launcher import Sandbox

BOOKING: dict[str, Any] = {
    "reference": "J26-4812-0751",
    "service": "24h",
    "name": "Ada Ashdown",
    "line1": "7 Mill Lane",
    "town": "Leicester",
    "postcode": "LE3 1AA",
    "parcels": [{"weight_grams": 1200, "lithium": True}],
}


def test_postcode_has_the_same_addresses_each_time(sandbox: Sandbox) -> None:
    first = sandbox.get_json("/addresses/lookup?postcode=SL7+1EY")
    assert first == sandbox.get_json("/addresses/lookup?postcode=sl71ey")
    assert first["postcode"] == "SL7 1EY"
    assert 6 <= len(first["addresses"]) <= 14
    for address in first["addresses"]:
        assert set(address) == {"line1", "line2", "town", "county", "postcode"}
        assert (address["town"], address["postcode"]) == ("Slough", "SL7 1EY")
        assert address["line1"]


@pytest.mark.parametrize("postcode", ["SL7+0EY", "QQ1+1AA"])
def test_some_postcodes_have_none(sandbox: Sandbox, postcode: str) -> None:
    found = sandbox.get_json(f"/addresses/lookup?postcode={postcode}")
    assert found["addresses"] == []


@pytest.mark.parametrize(
    "query", ["", "?postcode=", "?postcode=LE3", "?postcode=LE3+1AA&name=Ada"]
)
def test_lookup_takes_one_postcode_and_nothing_else(
    sandbox: Sandbox, query: str
) -> None:
    answer = get(f"{sandbox.base}/addresses/lookup{query}")
    assert answer.status_code == 400


def test_addresses_are_all_different_and_verify_as_themselves() -> None:
    for postcode in ("SL7 1EY", "LE3 1AA", "BT1 5GS", "KW15 1AA", "EC1A 1BB"):
        assert normal_postcode(postcode.lower()) == postcode
        known = lookup(postcode)
        assert len({(one["line1"], one["line2"]) for one in known}) == len(known)
        for one in known:
            line = one["line1"]
            if line == "Flat 2":
                line = f"Flat 2, {one['line2']}"
            assert verify(line, one["town"].upper(), postcode) == "match"


def test_address_is_verified_as_match_near_or_none(sandbox: Sandbox) -> None:
    known = sandbox.get_json("/addresses/lookup?postcode=LE3+1AA")["addresses"]
    house = next(one for one in known if not one["line2"])
    street = house["line1"].partition(" ")[2]

    def result(line1: str, town: str, postcode: str = "LE3 1AA") -> str:
        given = {"line1": line1, "town": town, "postcode": postcode}
        return str(sandbox.post_json("/addresses/verify", given)["result"])

    assert result(house["line1"].lower(), "LEICESTER", "le31aa") == "match"
    assert result(f"999 {street}", "Leicester") == "near"
    assert result(house["line1"], "Leeds") == "near"
    assert result("Nowhere House", "Leicester") == "near"
    assert result("Nowhere House", "Leeds") == "none"
    assert result(house["line1"], "Leicester", "LE3 0AA") == "none"


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"line1": "1 High Street"},
        {"line1": "x", "town": "y", "postcode": "LE3 1AA", "name": "Ada"},
        {"line1": 1, "town": "y", "postcode": "LE3 1AA"},
    ],
)
def test_verify_takes_its_three_fields_and_nothing_else(
    sandbox: Sandbox, given: Any
) -> None:
    answer = post(f"{sandbox.base}/addresses/verify", json=given)
    assert answer.status_code == 400


def test_parcel_is_booked_once_and_moves(sandbox: Sandbox) -> None:
    made = post(f"{sandbox.base}/carrier/bookings", json=BOOKING)
    assert made.status_code == 201
    again = post(f"{sandbox.base}/carrier/bookings", json=BOOKING)
    assert again.json()["consignment"] == made.json()["consignment"]
    other = post(
        f"{sandbox.base}/carrier/bookings", json=BOOKING | {"name": "Ben Brook"}
    )
    assert other.status_code == 409
    path = f"/carrier/consignments/{made.json()['consignment']}"
    assert sandbox.get_json(path)["status"] == "booked"
    sandbox.post_json("/bank/clock", {"advance": 30 * 3600})
    tracked = sandbox.get_json(path)
    assert tracked["status"] == "delivered"
    assert len(tracked["events"]) == 5
    missing = get(f"{sandbox.base}/carrier/consignments/none")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"email": "ada@example.com"},
        {"service": "drone"},
        {"postcode": "nowhere"},
        {"name": ""},
        {"town": 7},
        {"parcels": "one"},
        {"parcels": [{"weight_grams": 1200}]},
        {"parcels": [{"weight_grams": 0, "lithium": False}]},
        {"parcels": [{"weight_grams": 1, "lithium": "no"}]},
    ],
)
def test_carrier_takes_its_own_fields_and_nothing_else(
    sandbox: Sandbox, change: dict[str, Any]
) -> None:
    answer = post(f"{sandbox.base}/carrier/bookings", json=BOOKING | change)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_prints_door_signs_up(sandbox: Sandbox) -> None:
    url = f"{sandbox.base}/prints/sign-up"
    wrong = post(url, data={"full_name": "<b>", "email": "nobody"})
    assert (wrong.status_code, "<b>" in wrong.text.split("Accounts")[0]) == (422, False)
    good = post(url, data={"full_name": "Ada", "email": "ada@example.com"})
    assert good.status_code == 201
    assert "PN000001" in good.text
    assert "PN000001" in get(f"{sandbox.base}/prints/").text


def test_egress_lists_all_with_exact_keys_and_values(sandbox: Sandbox) -> None:
    before = len(sandbox.get_json("/egress.json"))
    get(f"{sandbox.base}/addresses/lookup?postcode=LE3+1AA")
    given = {"line1": "7 Mill Lane", "town": "Leicester", "postcode": "LE3 1AA"}
    sandbox.post_json("/addresses/verify", given)
    form = [("a[b]", "1"), ("expand[]", "x"), ("expand[]", "y"), ("empty", "")]
    post(f"{sandbox.base}/bank/v1/refunds", data=form)
    get(f"{sandbox.base}/bank/")
    entries = sandbox.get_json("/egress.json")[before:]
    assert all(
        set(one) == {"at", "party", "method", "path", "payload"} for one in entries
    )
    assert [
        (one["party"], one["method"], one["path"], one["payload"]) for one in entries
    ] == [
        ("addresses", "GET", "/addresses/lookup", {"postcode": "LE3 1AA"}),
        ("addresses", "POST", "/addresses/verify", given),
        (
            "bank",
            "POST",
            "/bank/v1/refunds",
            {"a[b]": "1", "expand[]": ["x", "y"], "empty": ""},
        ),
    ]
    assert sandbox.get_json("/addresses/requests.json")[-2:] == entries[:2]
    assert sandbox.get_json("/egress.json?party=bank")[-1] == entries[2]
    assert sandbox.get_json(f"/egress.json?after={before}") == entries
    assert get(f"{sandbox.base}/egress.json?after=x").status_code == 400
