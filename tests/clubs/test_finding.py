"""Anybody finds the clubs near them, and nobody learns where they looked (P22)."""

import html
import json
import re
import urllib.parse
from datetime import time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from clubs import listing, places, postcodes
from clubs.actions import demo
from clubs.actions import postcodes as table
from clubs.models import Club, ContactDetail
from tests.clubs.cast import WREN, club, contact

pytestmark = pytest.mark.django_db

POSTCODE = "SL7 1EY"
HERE = "SL71EY\t51.57373\t-0.76176\n"


def names(page: str) -> list[str]:
    found = re.findall(r'<h3>.*?<a href="/clubs/[^"]+">(.*?)</a></h3>', page)
    return [html.unescape(name) for name in found]


def get(client: Client, **params: str) -> str:
    response = client.get("/clubs/", params)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, **params: str) -> str:
    response = client.post("/clubs/", params)
    assert response.status_code == 200
    return response.content.decode()


# --- where


def test_clubs_near_an_outward_code_come_nearest_first(client: Client) -> None:
    for name, code in (("Far", "RG1"), ("Here", "SL7"), ("Near", "SL6")):
        club(code, name=f"{name} Club")
    club("LE1", name="Another County")
    page = get(client, near="SL7")
    assert names(page) == ["Here Club", "Near Club", "Far Club"]
    assert "Camera clubs near SL7" in page
    assert "3 clubs within 15 miles" in page
    miles = re.findall(r'<p class="dist"><b>([\d.]+)</b>', page)
    assert miles == sorted(miles, key=float)
    assert miles[0] == "0.0"


def test_a_full_postcode_is_measured_from_its_true_position(client: Client) -> None:
    table.replace(iter([HERE]))
    there = club("SL7", latitude=51.57373, longitude=-0.70)
    page = post(client, near="sl71ey")
    assert '<p class="dist"><b>2.7</b>' in page  # 4.28 km along the parallel
    assert "We used your postcode to measure the distance" in page
    assert "Where they are from you" in page
    assert there.name in page


def test_a_postcode_that_nobody_knows_is_measured_from_its_outward_code(
    client: Client,
) -> None:
    club("SL7")
    page = post(client, near="SL7 9ZZ")
    assert '<p class="dist"><b>0.0</b>' in page
    assert "We do not know that postcode" in page


def test_a_full_postcode_in_an_address_is_sent_on_without_its_end(
    client: Client,
) -> None:
    for typed in (POSTCODE, "sl71ey", "SL7-1EY", "%20SL7%201EY%20"):
        query = f"near={urllib.parse.quote(typed)}" if "%" not in typed else typed
        query = query if query.startswith("near=") else f"near={query}"
        response = client.get(f"/clubs/?{query}&within=30&beginners=1")
        assert response.status_code == 302, typed
        assert response["Location"] == "/clubs/?near=SL7&within=30&beginners=1"
        assert "max-age=0" in response["Cache-Control"]


def test_the_postcode_is_in_no_address_of_its_page(client: Client) -> None:
    table.replace(iter([HERE]))
    for _ in range(listing.PER_PAGE * 2):
        club("SL7")
    page = post(client, near=POSTCODE)
    addresses = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', page))
    for form in ("SL7 1EY", "SL7+1EY", "SL7%201EY", "SL71EY"):
        assert form.lower() not in addresses.lower()
    assert f'<input type="hidden" name="near" value="{POSTCODE}">' in page
    response = client.post("/clubs/", {"near": POSTCODE, "page": "2"})
    assert response["Cache-Control"] == "private, no-store"
    assert len(names(response.content.decode())) == listing.PER_PAGE
    assert "noindex" in page


@pytest.mark.parametrize(
    "typed",
    [
        {"near": "12 Mill Lane, Marlow SL7 1EY"},
        {"near": "Marlow sl71ey"},
        {"q": "SL7 1EY"},
        {"q": "halation sl7-1ey", "near": "Marlow"},
        {"near": "SL7 1EY", "q": "SL7 1EY"},
    ],
    ids=str,
)
def test_a_full_postcode_beside_other_words_goes_no_further(
    client: Client, typed: dict[str, str]
) -> None:
    table.replace(iter([HERE]))
    club("SL7")
    page = post(client, **typed)
    assert "Camera clubs near SL7" in page
    addresses = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page)).lower()
    assert "1ey" not in addresses
    response = client.get("/clubs/", typed)
    assert response.status_code == 302
    assert "1EY" not in response["Location"].upper()


def test_a_place_sent_by_post_becomes_an_address_one_can_keep(client: Client) -> None:
    response = client.post("/clubs/", {"near": "Marlow", "q": "lantern", "night": "1"})
    assert response.status_code == 303
    assert response["Location"] == "/clubs/?near=Marlow&q=lantern&night=1"


@pytest.mark.parametrize(
    ("near", "found"),
    [
        ("Marlow", "Camera clubs near Marlow"),
        ("marlow, buckinghamshire", "Camera clubs near Marlow"),
        ("Marlwo", "We know no place called “Marlwo”"),
        ("Bangor", "Did you mean"),
        ("Buckinghamshire", "Camera clubs in Buckinghamshire"),
        ("SL7 1", "Camera clubs near SL7"),
        ("bishops stortford", "Camera clubs near Bishop&#x27;s Stortford"),
        ("Jersey", "Camera clubs in Jersey"),
        ("BT74", "Camera clubs near BT74"),
        ("GY10", "Camera clubs near GY10"),
        ("ZZ99", "We know no place or postcode like “ZZ99”"),
    ],
)
def test_what_people_type_is_understood(client: Client, near: str, found: str) -> None:
    club("SL7")
    assert found in get(client, near=near)


def test_where_nothing_is_near_the_nearest_are_shown(client: Client) -> None:
    for code in ("LE1", "LE2", "AB10"):
        club(code)
    page = get(client, near="TR21")
    assert "No club within 15 miles: the nearest" in page
    assert len(names(page)) == 3


def test_filters_keep_what_they_say(client: Client) -> None:
    club("SL7", name="Tuesday")
    club("SL7", name="Friday", weekday=4)
    club("SL7", name="Closed", beginners_welcome=False)
    club("RG1", name="Reading")
    assert names(get(client, near="SL7", night="4")) == ["Friday"]
    assert "Closed" not in names(get(client, near="SL7", beginners="1"))
    assert "Reading" not in names(get(client, near="SL7", within="5"))
    assert "Search within 10 miles" in get(client, near="SL7", within="5")


# --- by words


def test_words_are_looked_for_in_name_town_and_county(client: Client) -> None:
    club(name="Ardàl & Daughters\u2019 Club", place="Holt", county="Norfolk")
    club(name="Other")
    for words in ("ardal", "Daughters", "holt norfolk", "ARDÀL daughters"):
        assert len(names(get(client, q=words))) == 1, words
    assert "Nothing found" in get(client, q="zzzzzzz")


def test_a_mistyped_name_is_found(client: Client) -> None:
    club(name="Halation Circle")
    club(name="Other")
    page = get(client, q="halatoin")
    assert names(page) == ["Halation Circle"]
    assert "No club is called “halatoin”" in page


def test_unlisted_clubs_are_nowhere(client: Client) -> None:
    hidden = club(name="Hidden Club", published=False, unlisted_why="staff")
    assert "Hidden Club" not in get(client)
    assert "Hidden Club" not in get(client, near="SL7", within="any")
    assert "Hidden Club" not in get(client, q="hidden")
    for path in ("", "meetings.ics", "change/"):
        assert client.get(f"{hidden.get_absolute_url()}{path}").status_code == 404


# --- pages


def test_pages_follow_each_other_without_gap(client: Client) -> None:
    total = listing.PER_PAGE * 2 + 1
    for number in range(total):
        club(name=f"Club {number:03d}")
    seen = [
        name
        for page in ("1", "2", "3")
        for name in names(get(client, near="SL7", page=page))
    ]
    assert len(seen) == len(set(seen)) == total
    last = get(client, near="SL7", page="3")
    assert f'<span class="n" aria-hidden="true">{total}</span>' in last
    assert re.search(rf'class="rings__n"[^>]*>{total}</text>', last)
    assert names(get(client, near="SL7", page="9")) == names(get(client, near="SL7"))


SEARCHES: list[dict[str, str]] = [
    {"near": "SL7"},
    {"near": "SL7", "within": "any", "page": "3"},
    {"near": "SL7", "page": "9999"},
    {"near": "BT74", "within": "any"},
    {"near": "Kent"},
    {"q": "club"},
    {"q": "culb marlwo"},
    {"near": "TR21", "within": "5", "q": "nothing like it"},
    {},
]


def test_four_queries_are_enough_whatever_there_is(client: Client) -> None:
    counted = []
    for total in (450, 900):
        demo.load(total=total)
        client.get("/clubs/")  # what is kept between requests is there now
        counts = []
        for query in SEARCHES:
            with CaptureQueriesContext(connection) as asked:
                client.get("/clubs/", query)
            counts.append(len(asked))
        counted.append(counts)
    assert max(counted[0]) <= 4
    assert counted[0] == counted[1]


def test_a_postcode_search_and_a_club_need_four_queries_too(client: Client) -> None:
    table.replace(iter([HERE]))
    mine = club()
    contact(mine, "name", "email")
    asking: list[tuple[str, str, dict[str, str]]] = [
        ("post", "/clubs/", {"near": POSTCODE}),
        ("post", "/clubs/", {"near": POSTCODE, "q": "lantren", "page": "7"}),
        ("get", mine.get_absolute_url(), {}),
        ("get", f"{mine.get_absolute_url()}meetings.ics", {}),
    ]
    for method, path, data in asking:
        getattr(client, method)(path, data)  # what is kept between requests is there
        with CaptureQueriesContext(connection) as asked:
            assert getattr(client, method)(path, data).status_code == 200
        assert len(asked) <= 4, [query["sql"] for query in asked]


def test_the_list_uses_its_indexes() -> None:
    demo.load(total=800)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clubs_club")
        cursor.execute("SET LOCAL enable_seqscan = off")
        for where, index in (
            ("published AND latitude BETWEEN 51 AND 51.1", "position"),
            ("words LIKE '%halation%'", "words"),
            ("county = 'Kent'", "county"),
        ):
            cursor.execute(
                f"EXPLAIN SELECT id FROM clubs_club WHERE {where}"  # noqa: S608
            )
            assert f"club_{index}" in str(cursor.fetchall()), where


# --- hostile input

NASTY = [
    *("'", '"><script>alert(1)</script>', "%", "_", "\\", "a" * 5000, "\u202eevil"),
    *(
        "'; DROP TABLE clubs_club; --",
        "{{7*7}}",
        "\x1b[31m",
        "\U0001d54a\U0001d543\U0001d7df",
        "SL7\n1EY",
        "\ud800",
    ),
    *("\uff11", "²", "-1", "1e999", "99999999999999999999", "NaN", "any", "null", "[]"),
]


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_input_breaks_the_page(client: Client, text: str) -> None:
    mine = club()
    fields = ("near", "q", "within", "night", "beginners", "page")
    sent = text.encode("utf-8", "surrogateescape" if text != "\ud800" else "replace")
    for field in fields:
        for others in ({}, {"near": "SL7"}):
            data: dict[str, Any] = {**others, field: sent}
            query = urllib.parse.urlencode(data)
            answers = [
                client.get(f"/clubs/?{query}"),
                client.post(
                    "/clubs/", query, content_type="application/x-www-form-urlencoded"
                ),
            ]
            for answer in answers:
                assert answer.status_code in (200, 302, 303), (field, others)
                assert b"<script>alert" not in answer.content
    path = urllib.parse.quote(sent, safe="")
    for address in (f"/clubs/{path}/", f"{mine.get_absolute_url()}change/{path}/"):
        assert client.get(address).status_code in (302, 404)


def test_a_nul_is_refused(client: Client) -> None:
    assert client.get("/clubs/?near=%00").status_code == 400
    assert client.post("/clubs/", {"near": "a\0"}).status_code == 400


def test_no_search_sets_a_cookie_or_asks_another_site(client: Client) -> None:
    table.replace(iter([HERE]))
    mine = club(website="https://club.example/")
    for response in (
        client.get("/clubs/"),
        client.get("/clubs/?near=SL7"),
        client.post("/clubs/", {"near": POSTCODE}),
        client.get(mine.get_absolute_url()),
    ):
        assert not response.cookies
        assert "Set-Cookie" not in response.headers
        text = response.content.decode()
        assert not re.search(r'(?:src|action)="https?://', text)
        assert "<script>" not in text


# --- a club


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_a_clubs_page_says_it_all(client: Client) -> None:
    mine = club(
        name="Halation & Co",
        accessibility="Ramp at the side door",
        costs="£5 a night",
        programme="Talk: fog\n<b>Outing</b>",
        website="https://halation.example/about",
        starts_at=time(19, 45),
        step_free=True,
    )
    page = client.get(mine.get_absolute_url()).content.decode()
    for words in (
        *("Halation &amp; Co", "Tuesday 24 November, 7.45 pm", "Tuesdays, 7.45 pm"),
        *("Ramp at the side door", "£5 a night", "Visitors welcome", "Step-free"),
        *("Beginners welcome", "Talk: fog\n&lt;b&gt;Outing", "The Reading Room"),
    ):
        assert words in page, words
    link = re.search(r'<a href="https://halation[^>]*>.*?</a>', page)
    assert link
    assert 'rel="noopener noreferrer external"' in link[0]
    assert "leaves this site" in link[0]
    assert page.count("<h1>") == 1
    data = json.loads(re.search(r"ld\+json\">(.*?)</script>", page)[1])  # type: ignore[index]
    assert data["name"] == "Halation & Co"
    assert data["location"]["address"]["addressLocality"] == "Marlow"
    assert "contactPoint" not in data


def test_the_administrator_is_named_on_every_page_of_clubs(
    client: Client, settings: Settings
) -> None:
    settings.COMPANY = {**settings.COMPANY, "clubs_email": "keeper@clubs.example"}
    mine = club()
    for path in ("/clubs/", "/clubs/?near=SL7", mine.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "The Clubs Administrator answers for this list" in page
        assert 'href="mailto:keeper@clubs.example"' in page
        assert settings.COMPANY["telephone"] in page


def test_json_ld_cannot_end_its_script(client: Client) -> None:
    mine = club(name="</script><script>alert(1)</script>")
    page = client.get(mine.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert client.get("/clubs/").content.count(b"<script>alert") == 0


def everywhere(client: Client, mine: Club) -> str:
    """All that the public gets to see of a club, in one text."""
    table.replace(iter([HERE]))
    answers = [
        client.get("/clubs/"),
        client.get("/clubs/?near=SL7&within=any"),
        client.post("/clubs/", {"near": POSTCODE, "within": "any"}),
        client.get(f"/clubs/?q={mine.name}"),
        client.get(mine.get_absolute_url()),
        client.get(f"{mine.get_absolute_url()}meetings.ics"),
        client.get(f"{mine.get_absolute_url()}change/"),
        client.get("/search/?q=hazeldown"),
        client.get("/sitemap.xml"),
        client.get("/robots.txt"),
        *(client.get(f"/clubs/?q={value}") for value in WREN.values()),
    ]
    found = [re.sub(r'value="[^"]*"', "", a.content.decode()) for a in answers[:-4]]
    return "\n".join(found)


def test_details_that_nobody_agreed_to_show_are_nowhere(client: Client) -> None:
    mine = club()
    contact(mine)
    seen = everywhere(client, mine)
    assert mine.name in seen
    for value in WREN.values():
        assert value not in seen
        # nor can they be searched for
        assert names(get(client, q=value)) == []


@pytest.mark.parametrize("kind", sorted(WREN))
def test_each_detail_is_shown_alone_where_that_was_agreed(
    client: Client, kind: str
) -> None:
    mine = club()
    contact(mine, kind)
    seen = everywhere(client, mine)
    for other, value in WREN.items():
        assert (value in seen) == (other == kind)
    page = client.get(mine.get_absolute_url()).content.decode()
    data = json.loads(re.search(r"ld\+json\">(.*?)</script>", page)[1])  # type: ignore[index]
    point = data.get("contactPoint", {})
    assert set(point) - {"@type"} == ({kind} - {"address"})


def test_the_calendar_is_one_that_programs_read(client: Client) -> None:
    mine = club(name="Comma, Semi; Back\\ Club " + "ŵ" * 60, venue="Hall,\nupstairs")
    with time_machine.travel("2026-10-20T12:00:00Z", tick=False):
        response = client.get(f"{mine.get_absolute_url()}meetings.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    raw = response.content
    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    text = raw.decode().replace("\r\n ", "")
    assert "SUMMARY:Comma\\, Semi\\; Back\\\\ Club " + "ŵ" * 60 in text
    assert "LOCATION:Hall\\,\\nupstairs\\, Marlow" in text
    # Half past seven in London, before and after the clocks go back on 25 October.
    assert "DTSTART:20261020T183000Z" in text
    assert "DTSTART:20261027T193000Z" in text
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 30
    assert len(set(re.findall(r"UID:(.+)", text))) == 30


# --- the demonstration's clubs


def test_the_demonstration_has_clubs_all_over_the_country() -> None:
    assert demo.load() >= 300
    assert demo.load() == 0
    rows = list(Club.objects.listed())
    assert {place.county for place in places.all_places()} == {c.county for c in rows}
    areas = {re.match("[A-Z]+", row.outcode)[0] for row in rows}  # type: ignore[index]
    assert {"BT", "IM", "JE", "GY", "HS", "ZE", "KW", "TR", "LL", "CF"} <= areas
    assert all(postcodes.middle(row.outcode) for row in rows)
    assert len({row.name for row in rows}) == len(rows)


def test_nobody_real_is_in_the_demonstration() -> None:
    demo.load()

    drama = re.compile(
        r"(020 7946 0|011[3-8] 496 0|01[2-6]1 496 0|0191 498 0|01632 960"
        r"|029 2018 0|028 9649 6)\d{3}$"
    )
    for detail in ContactDetail.objects.all():
        if detail.kind == "telephone":
            assert drama.match(detail.value), detail.value
        if detail.kind == "email":
            assert detail.value.endswith(".example")
    for site in Club.objects.exclude(website="").values_list("website", flat=True):
        assert site.endswith(".example/")


def test_the_same_seed_gives_the_same_clubs() -> None:
    demo.load(total=500, seed=5)
    first = list(Club.objects.order_by("slug").values_list("slug", "latitude"))
    Club.objects.all().delete()
    demo.load(total=500, seed=5)
    assert first == list(Club.objects.order_by("slug").values_list("slug", "latitude"))
    assert len(first) == 500


def test_every_place_of_the_list_by_hand_has_its_district() -> None:
    for place in places.all_places():
        assert place.position
    assert len(places.all_places()) > 700
