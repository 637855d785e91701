"""Links that lead off this site say so, and pass nothing on (P72 to P74)."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from pytest_django import Settings

from privacy import gateway, leaving
from privacy.policies import document
from shop.demo.load import load
from shop.models import Product
from tests.builders import draft_token
from tests.clubs.cast import club
from tests.crawl import Crawl

ANCHOR = re.compile(r"<(?:a|area)\b([^>]*)>(.*?)</a>", re.DOTALL | re.IGNORECASE)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def faults(page: str) -> Iterator[str]:
    """Yield what is wrong with links to others; not by the code that makes them."""
    for given, inside in ANCHOR.findall(page):
        named = {
            name.lower(): unescape(value) for name, value in ATTRIBUTE.findall(given)
        }
        target = urlsplit(named.get("href", ""))
        if not target.netloc or target.netloc == urlsplit(settings.SITE_URL).netloc:
            continue
        address = target.geturl()
        if "(leaves this site)" not in unescape(re.sub(r"<[^>]*>", "", inside)):
            yield f"{address} does not say that it leaves"
        if target.query or target.username:
            yield f"{address} carries something along"
        if not {"noopener", "noreferrer", "external"} <= set(
            named.get("rel", "").split()
        ):
            yield f"{address} is open behind"
        if named.get("referrerpolicy") != "no-referrer":
            yield f"{address} tells where one came from"
        if "ping" in named:
            yield f"{address} is told of"


def outside(page: str) -> set[str]:
    found = {
        urlsplit(dict(ATTRIBUTE.findall(given)).get("href", "")).netloc
        for given, _ in ANCHOR.findall(page)
    }
    return found - {"", urlsplit(settings.SITE_URL).netloc}


@pytest.mark.django_db
def test_no_page_has_a_link_that_leaves_us_unmarked_or_with_a_query(
    client: Client,
) -> None:
    load()
    sku = Product.objects.get(slug="ilford-hp5-plus-400-36-exp").sku
    token = draft_token(client, {sku: 1})
    mine = club(name="Gull and Tide Group", website="https://gull.example/walks/")
    crawl = Crawl(
        client,
        [
            *("/", "/privacy/", "/privacy/recipients/", "/privacy/versions/1/"),
            *("/privacy/what-we-hold/", "/help/contact/", "/clubs/"),
            *(mine.get_absolute_url(), "/trolley/", "/checkout/"),
            f"/orders/{token}/review/",
        ],
        post=False,
    )
    pages = [visit for visit in crawl.visits if visit.is_html]
    assert len(pages) > 40
    amiss = {f"{visit}: {fault}" for visit in pages for fault in faults(visit.text)}
    assert sorted(amiss) == []
    met = set().union(*(outside(visit.text) for visit in pages))
    parties = gateway.connectors()
    own = {urlsplit(one.policy_url).netloc for one in parties if one.policy_url}
    assert met >= own | {"gull.example"}


@pytest.mark.django_db
def test_each_partys_own_policy_can_be_read_from_ours(client: Client) -> None:
    """P74: where our policy ends, the other party's is named, on both pages."""
    for path in ("/privacy/", "/privacy/recipients/"):
        page = client.get(path).content.decode()
        for party in gateway.connectors():
            if party.name == "sponsors":
                continue  # each contest's page names its own: see test_surveys
            assert party.policy_url, party.name
            assert f'href="{party.policy_url}"' in page
    links = re.search(
        r'id="links">(.*?)</article>',
        client.get("/privacy/").content.decode(),
        re.DOTALL,
    )
    assert links
    assert "This policy speaks for this site alone" in links[1]


def test_the_tag_makes_a_link_that_passes_its_own_test() -> None:
    made = leaving.link("https://club.example/a/", 'Tom & "Jerry" <b>')
    assert list(faults(made)) == []
    assert "Tom &amp; &quot;Jerry&quot; &lt;b&gt; (leaves this site)</a>" in made
    page = Template("{% load leaving %}{% external a 'their site' %}")
    assert list(faults(page.render(Context({"a": "https://x.example/"})))) == []
    assert outside(page.render(Context({"a": "https://x.example/"}))) == {"x.example"}


REFUSED = (
    "https://club.example/?from=jessops",
    "https://club.example/?",
    "https://visitor@club.example/",
    "https://name:word@club.example/",
    "javascript:alert(1)",
    "//club.example/",
    "/privacy/",
    "mailto:somebody@club.example",
)


@pytest.mark.parametrize("address", REFUSED)
def test_what_would_carry_something_along_is_no_link(
    address: str, settings: Settings
) -> None:
    with pytest.raises(leaving.LinkRefused):
        leaving.link(address, "words")
    page = Template("{% load leaving %}{% external a '<words>' %}")
    with pytest.raises(leaving.LinkRefused):
        page.render(Context({"a": address}))
    settings.COOKIES_STRICT = False  # in production a page still comes, without a link
    made = page.render(Context({"a": address}))
    assert "<a" not in made
    assert "words" in made


def test_links_in_the_policys_own_text_are_marked_and_pictures_are_none() -> None:
    head = "---\nversion: 9\nsummary: A test\n---\n## Links {#links}\n"
    note = "<!-- promises: 72; questions: 2 -->\n\n"
    text = (
        "See [the *office*](https://ico.org.uk/) and [us](/privacy/)."
        " ![x](https://a.example/b)"
    )
    parsed = document.parse(head + note + text, {})
    (part,) = parsed.clauses[0].parts
    # A picture is a link as well, to be followed or not.
    assert outside(part.html) == {"ico.org.uk", "a.example"}
    assert list(faults(part.html)) == []
    assert "<img" not in part.html
    assert '<a href="/privacy/">us</a>' in part.html
    with pytest.raises((leaving.LinkRefused, document.PolicyError)):
        document.parse(head + note + "[x](https://ico.org.uk/?from=jessops)", {})


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://x.example/" rel="noopener noreferrer external"'
        ' referrerpolicy="no-referrer">x</a>',
        '<a href="https://x.example/">x (leaves this site)</a>',
        '<a href="//x.example/" rel="noopener">x (leaves this site)</a>',
        '<a href="https://x.example/?a=1" rel="noopener noreferrer external"'
        ' referrerpolicy="no-referrer">x (leaves this site)</a>',
        '<a href="https://x.example/" rel="noopener noreferrer external"'
        ' referrerpolicy="no-referrer" ping="/y">x (leaves this site)</a>',
    ],
)
def test_a_careless_link_is_found(html: str) -> None:
    assert list(faults(html))
