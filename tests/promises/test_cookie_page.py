"""The cookie page opens a visitor's own trolley cookie (P26 to P33)."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import cookies_sent
from privacy.cookies import REGISTRY, Cookie
from privacy.cookies_sent import Explained
from shop.trolley import Trolley, decode, encode
from tests.builders import product

PAGE = "/privacy/cookies/"

pytestmark = pytest.mark.django_db


def read(header: str | None = None, path: str = PAGE) -> str:
    """Ask for the page with a Cookie header as it travels, whatever it holds."""
    extra: dict[str, Any] = {} if header is None else {"HTTP_COOKIE": header}
    answer = Client().get(path, **extra)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    return answer.content.decode()


def text(html: str) -> str:
    """Return a page as its readers read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def pieces(page: str) -> list[tuple[str, str]]:
    """Return the table of pieces: what stands there, and what it means."""
    table = re.search(r'<table class="s pieces">.*?</table>', page, re.DOTALL)
    assert table
    rows = re.findall(r"<code>(.*?)</code></th><td>(.*?)</td>", table[0])
    return [(unescape(left), unescape(right)) for left, right in rows]


def test_the_page_takes_the_trolley_apart_piece_by_piece() -> None:
    one, two = product(name="Ilford HP5 & co"), product(name="Nikon F3")
    value = encode(Trolley({one.sku: 2, two.sku: 1, "GONE-1": 3}))
    page = read(f"trolley={value}")
    found = pieces(page)
    assert "|".join(left for left, _ in found) == value
    meanings = dict(found)
    assert meanings[f"{one.sku}:2"] == f"2 of Ilford HP5 & co, part number {one.sku}"
    assert meanings[f"{two.sku}:1"] == f"1 of Nikon F3, part number {two.sku}"
    assert "we do not sell now" in meanings["GONE-1:3"]
    said = text(page)
    assert f"got the same {len(value)} bytes" in said
    assert "And nothing else." in said
    assert f"<code>{value}</code>" in page


def test_without_a_trolley_it_says_that_none_came() -> None:
    said = text(read())
    assert "Your browser sent no trolley cookie" in said
    assert "Your browser sent no cookie at all" in said


HOSTILE = {
    "markup": "1|<script>alert(1)</script>:1",
    "an attribute's end": '1|"><img src=//x.example/y>:1',
    "another version": "2|ABC-1:1",
    "rubbish": "%00%ff\\x00",
    "too long for us": "1|" + "A" * 7000,
    "too many lines": "1|" + "|".join(f"S{number:04d}:1" for number in range(300)),
    "a line twice": "1|ABC-1:1|ABC-1:2",
    "a quantity of none": "1|ABC-1:0",
    "only bars": "|" * 500,
    "another alphabet": "1|ÀÉ‮:1".encode().decode("latin-1"),
    "quotation marks": '"1|ABC-1:1"',
    "a person": "1|ABC-1:1|priya@example.co.uk",
    "blank": "",
    "line breaks folded in": "1|ABC-1:1\t\x0b\x85|X",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_strange_trolley_is_shown_escaped_and_explained(value: str) -> None:
    page = read(f"trolley={value}")
    assert "<script>alert" not in page
    assert "<img src=//x" not in page
    assert "\x85" not in page
    assert "‮" not in page
    said = text(page)
    assert "And nothing else." not in said
    assert "not exactly as the shop writes it" in said
    assert len(page) < 60_000


@given(value=st.text(st.characters(codec="latin-1"), max_size=300))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_sent_only_the_shops_own_writing_counts_as_whole(
    value: str,
) -> None:
    raw = value.partition(";")[0].strip()
    page = read(f"trolley={raw}")
    whole = bool(decode(raw)) and encode(decode(raw)) == raw
    assert ("And nothing else." in text(page)) is whole


@given(
    lines=st.dictionaries(
        st.from_regex(r"[A-Z0-9][A-Z0-9.-]{1,31}", fullmatch=True),
        st.integers(1, 99),
        min_size=1,
        max_size=8,
    )
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_trolley_of_ours_is_whole_to_the_byte(lines: dict[str, int]) -> None:
    value = encode(Trolley(lines))
    page = read(f"trolley={value}")
    assert "And nothing else." in text(page)
    assert "|".join(left for left, _ in pieces(page)) == value


def test_a_byte_hidden_in_the_cookie_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: a reader that overlooks what it does not know proves nothing."""
    value = encode(Trolley({"ABC-1": 2}))
    assert "And nothing else." in text(read(f"trolley={value}"))
    hidden = f"{value}|visitor-4711"
    assert "And nothing else." not in text(read(f"trolley={hidden}"))
    careless = Explained([], hidden)
    monkeypatch.setitem(cookies_sent._explainers, "trolley", lambda text: careless)
    assert "And nothing else." in text(read(f"trolley={hidden}"))


def test_empty_and_forget_empties_forgets_and_says_so(client: Client) -> None:
    thing = product()
    client.post("/trolley/add/", {"sku": thing.sku})
    page = client.get(PAGE).content.decode()
    assert 'action="/privacy/cookies/trolley/forget/"' in page
    assert "Empty and forget" in page
    gone = client.post("/privacy/cookies/trolley/forget/")
    assert gone.status_code == 303
    morsel = gone.cookies["trolley"]
    assert (morsel.value, morsel["max-age"], morsel["path"]) == ("", 0, "/")
    assert client.cookies["trolley"].value == ""
    del client.cookies["trolley"]  # as a browser does
    said = text(client.get(gone["Location"]).content.decode())
    assert "Gone Your browser sent no trolley cookie with this request" in said
    assert "Your trolley is empty" in client.get("/trolley/").content.decode()


def test_a_browser_that_keeps_it_is_told_the_truth() -> None:
    said = text(read("trolley=1|ABC-1:1", f"{PAGE}?forgotten=trolley"))
    assert "Your browser still sends it" in said
    assert "Gone Your browser sent no" not in said


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "_ga", "x" * 300])
def test_no_other_cookie_can_be_taken_away_there(client: Client, name: str) -> None:
    assert client.post(f"/privacy/cookies/{name}/forget/").status_code == 404
    assert client.get("/privacy/cookies/trolley/forget/").status_code == 405


def test_another_sites_page_cannot_empty_it(client: Client) -> None:
    answer = client.post(
        "/privacy/cookies/trolley/forget/",
        headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert not answer.cookies


def test_cookies_that_are_not_ours_are_named_as_that_and_never_shown() -> None:
    header = "_ga=GA1.2.secret; <b>x</b>=1; nameless; sessionid=s3cret; csrftoken=t"
    page = Client().get(PAGE, HTTP_COOKIE=header).content.decode()
    said = text(page)
    ours, _, rest = said.partition("Cookies that are not ours")
    assert "_ga" in rest
    assert "<b>x</b>" in rest
    assert "<b>x</b>" not in page
    assert "(without a name)" in rest
    assert "sessionid , 6 bytes" in ours
    assert "csrftoken , 1 bytes" in ours
    for secret in ("GA1.2.secret", "s3cret"):
        assert secret not in page
    assert "sessionid" not in rest.partition("Nobody else")[0]


def test_the_table_is_made_from_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        REGISTRY,
        "planted",
        Cookie("planted", "Shows that the page is made", "One word", "Now", 3 * 86400),
    )
    said = text(read())
    assert "planted Shows that the page is made One word Now" in said
    assert "3 days after you last changed it" in said


def test_a_full_trolley_costs_as_many_queries_as_an_empty_one(
    django_assert_max_num_queries: Any,
) -> None:
    full = encode(Trolley({product().sku: 1 for _ in range(12)}))
    read()  # what every page's frame and panels keep for a while
    with django_assert_max_num_queries(6):
        read(f"trolley={full}")


def test_only_listed_cookies_can_be_explained() -> None:
    with pytest.raises(ValueError, match="not listed"):
        cookies_sent.register("unlisted", lambda text: Explained([], ""))
    with pytest.raises(ValueError, match="twice"):
        cookies_sent.register("trolley", lambda text: Explained([], ""))
