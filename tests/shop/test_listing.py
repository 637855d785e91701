"""What a list's address may say: anything, and nothing of it breaks the list."""

from array import array

from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.facets import Group, chips, facets, page_links
from shop.list_rows import divided
from shop.listing import PER_PAGE, Query, money, plain_pounds, read

CANON = Group("Canon", "canon", "Canon RF", "Full frame", "new", "", True, True, 30)
NIKON = Group("Nikon", "nikon", "Nikon Z", "APS-C", "new", "", False, True, 20)
USED = Group("Nikon", "nikon", "Nikon Z", "APS-C", "used", "good", True, True, 5)
GROUPS = [CANON, NIKON, USED]


def asked(text: str, **options: str) -> Query:
    return read(QueryDict(text), **options)


def counts(query: Query, name: str) -> dict[str, int]:
    found = facets(query, GROUPS)
    return {
        choice.value: choice.count
        for facet in found.facets
        if facet.name == name
        for choice in facet.choices
    }


# No deadline: a busy machine is no failure.
@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "brand",
                "mount",
                "sensor",
                "condition",
                "price_min",
                "price_max",
                "in_stock",
                "sort",
                "page",
            ]
        ),
        st.lists(st.text(max_size=200), max_size=4),
    )
)
def test_any_parameters_give_some_list(params: dict[str, list[str]]) -> None:
    query_dict = QueryDict(mutable=True)
    for name, values in params.items():
        query_dict.setlist(name, values)
    query = read(query_dict)
    assert query.page >= 1
    found = facets(query, GROUPS)
    assert 1 <= found.query.page <= found.pages


def test_a_query_written_as_an_address_reads_the_same() -> None:
    query = asked(
        "brand=canon&brand=nikon&mount=nikon-z&sensor=aps-c&condition=good"
        "&price_min=400&price_max=2200.50&in_stock=1&sort=-price&page=3"
    )
    address = query.url("/shop/cameras/")
    assert asked(address.partition("?")[2]) == query
    assert not query.complaints


def test_defaults_stay_out_of_addresses() -> None:
    assert asked("sort=popular&page=1").url("/shop/film/") == "/shop/film/"


def test_prices_are_read_as_people_write_them() -> None:
    for text, pence in (
        ("400", 40_000),
        ("£1,299", 129_900),
        ("14.5", 1_450),
        (" £ 7.95 ", 795),
        ("1,299,000", 9_999_999),
    ):
        assert asked(f"price_min={text}").price_min == pence, text


def test_prices_that_are_none_are_left_out_with_a_sentence() -> None:
    for text in ("abc", "-5", "1e9", "4,00", "٤٠٠", "1.999", "9" * 50_000):
        query = asked(f"price_max={text}")
        assert query.price_max is None, text
        assert len(query.complaints) == 1, text


def test_prices_the_wrong_way_round_are_turned() -> None:
    query = asked("price_min=900&price_max=100")
    assert (query.price_min, query.price_max) == (10_000, 90_000)
    assert query.complaints


def test_pages_that_are_none_are_the_first_with_a_sentence() -> None:
    for text in ("abc", "0", "-1", "1.5", "²", "9" * 5000):
        query = asked(f"page={text}")
        assert query.page == 1, text
        assert query.complaints == (
            "That is not a page number, so this is the first page.",
        )


def test_a_page_past_the_end_is_the_last_with_a_sentence() -> None:
    found = facets(asked("page=999999"), GROUPS)
    assert found.query.page == 3  # 55 products, 24 to a page
    assert found.query.complaints == ("Page 3 is the last.",)


def test_sorting_by_match_is_for_searches() -> None:
    assert asked("sort=match").sort == "popular"
    assert asked("", q="canon").sort == "match"
    assert asked("sort=price", q="canon").sort == "price"


def test_brands_that_the_list_lacks_are_left_out_with_a_sentence() -> None:
    found = facets(asked("brand=canon&brand=kodak"), GROUPS)
    assert found.query.brands == ("canon",)
    assert found.query.complaints == (
        "We have nothing of that brand here, so we left it out.",
    )
    assert found.total == 30


def test_a_mount_may_be_written_as_it_is_named() -> None:
    found = facets(asked("mount=Canon+RF"), GROUPS)
    assert found.names["mounts"] == ("Canon RF",)
    assert found.total == 30


def test_counts_apply_all_filters_but_those_of_their_own_facet() -> None:
    query = asked("brand=canon&in_stock=1")
    assert counts(query, "brands") == {"canon": 30, "nikon": 5}
    assert counts(query, "conditions") == {"new": 30}
    assert facets(query, GROUPS).total == 30


def test_used_means_any_grade_and_a_grade_only_itself() -> None:
    assert facets(asked("condition=used"), GROUPS).total == 5
    assert facets(asked("condition=good"), GROUPS).total == 5
    assert facets(asked("condition=new&condition=used"), GROUPS).total == 55


def test_what_a_price_filter_leaves_out_is_counted_nowhere() -> None:
    dear = CANON._replace(price_fits=False)
    found = facets(asked("price_max=10"), [dear, NIKON, USED])
    assert found.total == 25
    assert found.everything == 55


def test_each_filter_in_use_can_be_taken_back_alone() -> None:
    query = asked("brand=canon&brand=nikon&price_min=400&price_max=2200&in_stock=1")
    found = facets(query, GROUPS)
    links = {chip.label: chip.url for chip in chips(found, "/x/")}
    assert links == {
        "£400 to £2,200": "/x/?brand=canon&brand=nikon&in_stock=1",
        "Canon": "/x/?brand=nikon&price_min=400&price_max=2200&in_stock=1",
        "Nikon": "/x/?brand=canon&price_min=400&price_max=2200&in_stock=1",
        "In stock": "/x/?brand=canon&brand=nikon&price_min=400&price_max=2200",
    }


def test_page_links_keep_the_filters_and_name_the_ends() -> None:
    many = [CANON._replace(total=PER_PAGE * 9)]
    found = facets(asked("in_stock=1&page=5"), many)
    assert [number for number, _ in page_links(found, "/x/")] == [1, 3, 4, 5, 6, 7, 9]
    assert dict(page_links(found, "/x/"))[6] == "/x/?in_stock=1&page=6"


def test_money_shows_pence_only_where_there_are_any() -> None:
    assert money(144_900) == "£1,449"
    assert money(795) == "£7.95"
    assert plain_pounds(1_405) == "14.05"


@given(
    st.lists(st.integers(100, 120), min_size=1),
    st.none() | st.integers(95, 125),
    st.none() | st.integers(95, 125),
)
def test_a_price_range_divides_a_kept_count_as_counting_anew_would(
    pence: list[int], low: int | None, high: int | None
) -> None:
    group = Group("Ilford", "ilford", "", "", "new", "", True, True, len(pence))
    query = Query(price_min=low, price_max=high)
    halves = divided([(group, array("I", sorted(pence)))], query)
    within = [p for p in pence if (low or 0) <= p <= (high if high is not None else p)]
    assert {half.price_fits: half.total for half in halves} == {
        fits: count
        for fits, count in ((True, len(within)), (False, len(pence) - len(within)))
        if count
    }
