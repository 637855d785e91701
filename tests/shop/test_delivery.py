"""Delivery days and prices: cut-off, weekends, the far places, batteries by sea."""

from datetime import UTC, date, datetime

import pytest

from shop import delivery

TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def offers(**options: object) -> dict[str, delivery.Quote]:
    given: dict[str, object] = {"now": TUESDAY, "goods_pence": 10_000, **options}
    return {quote.code: quote for quote in delivery.quotes(**given)}  # type: ignore[arg-type]


def test_ordered_before_four_arrives_the_next_working_day() -> None:
    assert offers()["standard"].on == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # 15:59 and 16:00 in London, in winter and in summer time
        (datetime(2026, 11, 24, 15, 59, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), date(2026, 11, 26)),
        (datetime(2026, 7, 21, 14, 59, tzinfo=UTC), date(2026, 7, 22)),
        (datetime(2026, 7, 21, 15, 0, tzinfo=UTC), date(2026, 7, 23)),
        # Friday in time, Friday late, Sunday, Christmas Eve late
        (datetime(2026, 11, 27, 12, 0, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 11, 29, 9, 0, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 24, 17, 0, tzinfo=UTC), date(2026, 12, 30)),
    ],
)
def test_the_promised_day_follows_the_cut_off(moment: datetime, day: date) -> None:
    assert delivery.promise(moment) == day


def test_standard_is_free_from_fifty_pounds() -> None:
    assert offers(goods_pence=4_999)["standard"].pence == 495
    assert offers(goods_pence=5_000)["standard"].pence == 0


def test_saturday_is_the_saturday_that_can_still_be_reached() -> None:
    assert offers()["saturday"].on == date(2026, 11, 28)
    late_friday = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert offers(now=late_friday)["saturday"].on == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("LE3 1TZ", "Mainland"),
        ("EH1 1AA", "Mainland"),
        ("IV27 4AA", "Scottish Highlands"),
        ("KW1 4AA", "Scottish Highlands"),
        ("PH33 6AA", "Scottish Highlands"),
        ("KW15 1AA", "Scottish islands"),
        ("IV51 9AA", "Scottish islands"),
        ("HS1 2AA", "Scottish islands"),
        ("ZE1 0AA", "Scottish islands"),
        ("BT1 1AA", "Northern Ireland"),
        ("IM1 1AA", "Isle of Man"),
        ("TR21 0AA", "Isles of Scilly"),
        ("TR1 1AA", "Mainland"),
    ],
)
def test_far_postcodes_are_in_their_areas(postcode: str, area: str) -> None:
    assert delivery.area(postcode).name == area


def test_far_places_pay_a_surcharge_and_have_no_express() -> None:
    found = offers(postcode="IV27 4AA", goods_pence=10_000)
    assert set(found) == {"standard"}
    assert found["standard"].pence == found["standard"].surcharge == 695
    assert found["standard"].on == date(2026, 11, 26)


def test_spare_batteries_go_to_the_islands_by_sea() -> None:
    by_air = offers(postcode="BT1 1AA")["standard"]
    by_sea = offers(postcode="BT1 1AA", loose_lithium=True)["standard"]
    assert by_sea.on > by_air.on
    assert "sea" in by_sea.note
    # On the mainland they go by road like everything else.
    assert offers(loose_lithium=True)["standard"].on == offers()["standard"].on


@pytest.mark.parametrize("postcode", ["JE2 3AB", "GY1 1AA", "BF1 2AB"])
def test_places_we_cannot_deliver_to_are_known(postcode: str) -> None:
    assert delivery.not_served(postcode)


def test_places_with_similar_letters_are_served() -> None:
    assert not delivery.not_served("G1 1AA")
    assert not delivery.not_served("BN1 1AA")
