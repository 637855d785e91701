"""Sums and their VAT add up to the penny, whatever is in the trolley (R8)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shop.models import VatTreatment
from shop.pricing import add_up, line_vat

lines = st.lists(
    st.tuples(st.sampled_from(VatTreatment.values), st.integers(1, 99_999_900)),
    min_size=1,
    max_size=60,
)


@settings(max_examples=5000)
@given(lines, st.integers(0, 5000))
def test_sums_add_up_to_the_penny(
    pairs: list[tuple[str, int]], delivery_pence: int
) -> None:
    found = add_up(pairs, delivery_pence)
    assert found.total == sum(pence for _, pence in pairs) + delivery_pence
    by_line = sum(line_vat(vat, pence) for vat, pence in pairs)
    assert found.vat == by_line + found.delivery_vat
    standard = [pence for vat, pence in pairs if vat == VatTreatment.STANDARD]
    # Rounding a line is half a penny at most, so the whole is that much a line.
    assert abs(6 * by_line - sum(standard)) <= 3 * len(standard)
    assert 0 <= found.vat <= found.total


def test_used_goods_of_the_margin_scheme_show_no_vat() -> None:
    assert line_vat(VatTreatment.MARGIN, 60_000) == 0
    assert line_vat(VatTreatment.STANDARD, 60_000) == 10_000


def test_delivery_follows_the_goods() -> None:
    assert add_up([(VatTreatment.ZERO, 2_000)], 495).vat == 0
    assert add_up([(VatTreatment.ZERO, 2_000), ("standard", 600)], 600).vat == 200
    assert add_up([(VatTreatment.MARGIN, 2_000)], 600).vat == 100
