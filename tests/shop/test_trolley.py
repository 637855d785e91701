"""The trolley's cookie: canonical, readable, nothing in it but the trolley (C2)."""

import re
from http.cookies import SimpleCookie

from hypothesis import given
from hypothesis import strategies as st

from shop.trolley import (
    LONGEST,
    MOST_LINES,
    MOST_OF_ONE,
    Trolley,
    decode,
    encode,
)

skus = st.from_regex(r"[A-Z0-9][A-Z0-9.-]{1,31}", fullmatch=True)
trolleys = st.dictionaries(skus, st.integers(1, MOST_OF_ONE), max_size=MOST_LINES).map(
    Trolley
)
steps = st.lists(st.tuples(skus, st.integers(-120, 120)), max_size=30)


@given(trolleys)
def test_decoding_gives_the_trolley_back(trolley: Trolley) -> None:
    assert decode(encode(trolley)).lines == dict(sorted(trolley.lines.items()))
    assert not decode(encode(trolley)).damaged


@given(trolleys, st.randoms())
def test_equal_trolleys_are_equal_to_the_byte(trolley: Trolley, random: object) -> None:
    lines = list(trolley.lines.items())
    random.shuffle(lines)  # type: ignore[attr-defined]
    again = Trolley()
    for sku, quantity in lines:
        for _ in range(2):  # by another road: twice too many, then put right
            again = again.with_added(sku, quantity)
        again = again.with_line(sku, quantity)
    assert encode(again) == encode(trolley)


@given(st.text(max_size=3000))
def test_anything_in_the_cookie_is_some_trolley(text: str) -> None:
    trolley = decode(text)
    assert decode(encode(trolley)).lines == trolley.lines
    assert len(trolley.lines) <= MOST_LINES
    assert all(1 <= count <= MOST_OF_ONE for count in trolley.lines.values())


@given(trolleys)
def test_the_text_is_plain_and_fits_in_a_cookie(trolley: Trolley) -> None:
    text = encode(trolley)
    assert re.fullmatch(r"1(\|[A-Z0-9][A-Z0-9.-]{1,31}:[1-9][0-9]?)*", text)
    assert len(text) <= LONGEST
    jar = SimpleCookie()
    jar["trolley"] = text
    assert f"trolley={text}" in jar.output()  # unquoted, as it is


@given(trolleys, steps)
def test_no_step_makes_a_trolley_that_cannot_be_written(
    trolley: Trolley, changes: list[tuple[str, int]]
) -> None:
    for sku, quantity in changes:
        trolley = trolley.with_added(sku, quantity)
    assert decode(encode(trolley)).lines == dict(sorted(trolley.lines.items()))


@given(trolleys, skus, st.integers(1, 9))
def test_what_was_bought_leaves_and_what_was_added_since_stays(
    trolley: Trolley, sku: str, more: int
) -> None:
    bought = list(trolley.lines.items())
    later = trolley.with_added(sku, more)
    left = later.without(bought)
    expected = later.lines.get(sku, 0) - trolley.lines.get(sku, 0)
    assert left.lines == ({sku: expected} if expected else {})


def test_a_damaged_cookie_keeps_what_can_be_read() -> None:
    trolley = decode("1|16782301:1|<script>:2|16746527:0|16746527:100|1574577:3")
    assert trolley.lines == {"16782301": 1, "1574577": 3}
    assert trolley.damaged


def test_other_versions_and_floods_are_an_empty_trolley() -> None:
    for text in ("0|AB:1", "2|AB:1", "x", "1|" + "A" * 5000):
        assert decode(text) == Trolley({}, damaged=True)
    assert decode(None) == Trolley()


def test_a_full_trolley_takes_no_sixty_first_line() -> None:
    trolley = Trolley({f"SKU{n:02d}": 1 for n in range(MOST_LINES)})
    assert trolley.with_added("ONEMORE", 1) == trolley
    assert trolley.with_added("SKU00", 1).lines["SKU00"] == 2
