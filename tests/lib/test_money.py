"""Money is whole pence and its VAT is exact (R8)."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from jessops.lib.money import pounds, vat_included


@given(st.integers(0, 99_999_999))
def test_vat_in_a_price_is_a_sixth_rounded_half_up(gross: int) -> None:
    exact = Fraction(gross, 6)
    vat = vat_included(gross)
    assert abs(vat - exact) <= Fraction(1, 2)
    if (exact - Fraction(1, 2)).denominator == 1:
        assert vat > exact


@given(st.integers(0, 99_999_999))
def test_pounds_say_every_penny(pence: int) -> None:
    assert int(pounds(pence).replace("£", "").replace(",", "").replace(".", "")) == (
        pence
    )


def test_pounds_are_written_as_in_a_shop() -> None:
    assert pounds(144900) == "£1,449.00"
    assert pounds(5) == "£0.05"
    assert pounds(-795) == "-£7.95"
