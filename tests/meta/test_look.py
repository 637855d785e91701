"""The look: stylesheets, templates and scripts keep brief.md and house.md."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from jessops import css_bundle
from privacy import notices
from privacy.promises import Promise
from privacy.states import State
from shop import frame
from shop.icons import ICONS, SEALS
from shop.models import Condition, Grade
from shop.templatetags import shop_look
from tests import builders

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if "emails" not in path.parts and "admin" not in path.parts
)
HELP = (
    *("delivery", "returns", "used-grades", "contact", "terms"),
    *("accessibility", "company"),
)
PLAIN = ("400", "403", "429", "500", "503")
# Classes that scripts, tests or other pages hold on to, and that style nothing.
NO_STYLE = {"f", "home", "list", "notice--next", "now"}


@pytest.fixture(autouse=True)
def _other_departments() -> None:
    frame.forget()


def source(path: Path) -> str:
    text = path.read_text("utf-8")
    return re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", text, flags=re.DOTALL)


# --- stylesheets -------------------------------------------------------------------
@pytest.mark.parametrize("name", css_bundle.BUNDLES)
def test_a_stylesheet_weighs_at_most_nine_kilobytes(name: str) -> None:
    assert len(gzip.compress(css_bundle.bundle(name).encode())) <= 9_000


def test_every_part_is_in_a_stylesheet_and_every_stylesheet_is_found() -> None:
    there = {path.stem for path in (ROOT / "static" / "css").glob("*.css")}
    assert there == {part for parts in css_bundle.BUNDLES.values() for part in parts}
    for name in css_bundle.BUNDLES:
        found = finders.find(name)
        assert found
        assert Path(found).read_text() == css_bundle.bundle(name)
    assert finders.find("css/none.css") is None


def test_squeezing_keeps_every_rule() -> None:
    def rules(css: str) -> list[str]:
        return re.findall(
            r"[^\s{};,>:]+", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
        )

    for name in css_bundle.BUNDLES:
        whole = "".join(path.read_text() for path in css_bundle.parts(name))
        assert rules(css_bundle.bundle(name)) == rules(whole)
    tricky = (
        "a :focus { width: calc(1px + 2px); } /* b */ @media (max-width: 9px) {a{b:c}}"
    )
    assert css_bundle.squeeze(tricky) == (
        "a :focus{width:calc(1px + 2px)}@media (max-width: 9px){a{b:c}}"
    )


def test_nothing_is_loaded_from_anyone_else() -> None:
    for name in css_bundle.BUNDLES:
        urls = re.findall(r"url\(([^)]*)\)|@import", css_bundle.bundle(name))
        assert urls == ["../fonts/archivo-both.woff2"]
    assert (ROOT / "static" / "fonts" / "OFL.txt").is_file()


def test_the_scripts_are_small_and_plain() -> None:
    scripts = list((ROOT / "static" / "js").glob("*.js"))
    assert scripts
    assert len(gzip.compress(b"".join(s.read_bytes() for s in scripts))) <= 3_000
    for script in scripts:
        assert not re.search(r"https?://|eval|innerHTML", script.read_text())


# --- templates ---------------------------------------------------------------------
def broken_rules(text: str) -> list[str]:
    """What the Content-Security-Policy would refuse of a template's text."""
    return re.findall(
        r"\sstyle=|<style|\son[a-z]+=|javascript:"
        r"|<script(?![^>]*\b(?:src=|type=\"application/ld\+json\"))",
        text,
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_has_inline_style_or_script(path: Path) -> None:
    assert broken_rules(source(path)) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="x">',
        "<style>",
        '<a onclick="x">',
        "<script>x",
        '<a href="javascript:">',
    ],
)
def test_the_rule_about_inline_code_would_notice(text: str) -> None:
    assert broken_rules(text)


def stylesheet_of(text: str) -> str:
    named = re.search(r'{% stylesheet "(\w+)" %}', text)
    if named:
        return f"css/{named[1]}.css"
    desk = '"base_checkout.html"' in text
    return "css/desk.css" if desk else "css/site.css"


def with_includes(text: str, seen: frozenset[str] = frozenset()) -> str:
    names = {
        name
        for name in re.findall(r'{% (?:include|extends) "([^"]+)"', text)
        if name not in seen
    }
    return text + "".join(
        with_includes(source(TEMPLATES / name), seen | names) for name in sorted(names)
    )


def classes_in(text: str) -> set[str]:
    found: set[str] = set()
    for value in re.findall(r'class="((?:{%.*?%}|{{.*?}}|[^"])*)"', text):
        plain = re.sub(r"\S*{{.*?}}\S*", " ", re.sub(r"{%.*?%}", " ", value))
        found.update(plain.split())
    return found


@pytest.mark.parametrize(
    "path", [p for p in PAGES if "{% extends" in p.read_text()], ids=lambda p: p.name
)
def test_every_class_of_a_page_is_in_the_stylesheet_it_loads(path: Path) -> None:
    text = with_includes(source(path))
    sheet = css_bundle.bundle(stylesheet_of(text))
    styled = set(re.findall(r"\.([a-z][\w-]*)", sheet, flags=re.IGNORECASE))
    assert classes_in(text) - styled - NO_STYLE == set()


def test_every_icon_and_static_file_that_a_template_names_is_there() -> None:
    for path in PAGES:
        text = source(path)
        assert set(re.findall(r'{% icon "([^"]+)"', text)) <= set(ICONS)
        assert set(re.findall(r'{% seal_sign "([^"]+)"', text)) <= set(SEALS)
        for name in re.findall(r"{% (?:static|asset) [\"']([^\"']+)", text):
            assert finders.find(name), name


# --- pages that must show whatever fails ---------------------------------------------
@pytest.mark.parametrize("name", PLAIN)
def test_an_error_page_needs_no_context_and_no_database(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert html.count("<h1>") == 1
    assert 'href="/static/css/site.css"' in html


@override_settings(
    STORAGES={
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        }
    },
    STATIC_ROOT="/nowhere",
)
def test_an_error_page_shows_even_without_the_manifest() -> None:
    with pytest.raises(ValueError, match="Missing staticfiles manifest"):
        static("css/site.css")
    assert 'href="/static/css/site.css"' in render_to_string("500.html")


@pytest.mark.django_db
def test_the_page_for_404_has_search_and_departments(client: Client) -> None:
    builders.category("lenses")
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    html = response.content.decode()
    assert html.count('action="/search/"') == 2
    assert html.count('href="/shop/lenses/"') == 3


# --- the frame ------------------------------------------------------------------------
@pytest.mark.django_db
def test_only_the_trolleys_count_differs_between_visitors(client: Client) -> None:
    builders.product(sku="A1")
    first = client.get("/help/terms/").content.decode()
    builders.fill(client, {"A1": 3})
    second = client.get("/help/terms/").content.decode()
    count = '<b>{}<span class="vh"> item{}</span></b>'
    assert count.format(0, "s") in first
    assert second == first.replace(count.format(0, "s"), count.format(3, "s"))


@pytest.mark.django_db
def test_the_departments_are_asked_for_once(
    django_assert_num_queries: DjangoAssertNumQueries, client: Client
) -> None:
    builders.category("cameras")
    notices.bars("")  # the frame's other question: once in ten seconds, too
    with django_assert_num_queries(1):
        client.get("/help/terms/")
    with django_assert_num_queries(0):
        client.get("/help/terms/")


@pytest.mark.django_db
def test_the_current_department_is_marked(client: Client) -> None:
    builders.product(category=builders.category("cameras"))
    html = client.get("/shop/cameras/").content.decode()
    assert '<a href="/shop/cameras/" aria-current="true">' in html
    assert 'aria-current="true"' not in client.get("/help/terms/").content.decode()


@pytest.mark.django_db
def test_no_link_of_the_frame_or_of_help_is_dead(client: Client) -> None:
    builders.product(category=builders.category("cameras"))
    builders.category("used")
    links: set[str] = set()
    for address in ("/", *(f"/help/{slug}/" for slug in HELP)):
        html = client.get(address).content.decode()
        links.update(re.findall(r'href="(/(?!static/)[^"#]*)', html))
    assert len(links) > 15
    for link in sorted(links):
        assert client.get(link).status_code == 200, link


# --- home and help -------------------------------------------------------------
@pytest.mark.django_db
def test_home_shows_what_the_catalogue_has(
    django_assert_max_num_queries: DjangoAssertNumQueries, client: Client
) -> None:
    cameras = builders.category("cameras")
    film = builders.category("35mm", builders.category("film"))
    new = builders.product(category=cameras, name="Retro X1 body", staff_pick=1)
    for sku, grade, price in (
        ("U1", Grade.GOOD, 48_900),
        ("U2", Grade.LIKE_NEW, 63_900),
    ):
        builders.product(
            sku=sku,
            category=cameras,
            condition=Condition.USED,
            grade=grade,
            used_of=new,
            price=price,
            stock=1,
        )
    for sku, price in (("F1", 895), ("F2", 795)):
        builders.product(
            sku=sku,
            category=film,
            price=price,
            specs={"film_speed": 400, "pack": "1 roll"},
        )
    client.get("/")
    with django_assert_max_num_queries(3):
        html = client.get("/").content.decode()
    assert "Retro" in html
    assert "£489" in html
    assert "£639" in html
    assert html.count("None today") == 3
    assert "ISO 400" in html
    assert "£7.95" in html
    assert "£8.95" not in html
    assert "£4.95" in html


@pytest.mark.django_db
def test_home_of_an_empty_shop_claims_nothing(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    html = response.content.decode()
    assert "Picked by" not in html
    assert "Film by speed" not in html
    assert "Well used" in html


@pytest.mark.django_db
@pytest.mark.parametrize("slug", HELP)
def test_a_help_page_shows_and_sets_no_cookie(client: Client, slug: str) -> None:
    response = client.get(f"/help/{slug}/")
    assert response.status_code == 200
    assert response.content.decode().count("<h1>") == 1
    assert not response.cookies


@pytest.mark.django_db
def test_the_company_says_who_it_is_on_every_page(client: Client) -> None:
    for address in ("/", "/help/company/", "/privacy/"):
        html = client.get(address).content.decode()
        assert settings.COMPANY["name"] in html
        assert settings.COMPANY["number"] in html


@pytest.mark.django_db
def test_an_unknown_help_page_is_not_found(client: Client) -> None:
    assert client.get("/help/gift-cards/").status_code == 404


# --- filters -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Fujifilm X-T5 body", ["X-T5"]),
        ("Nikkor Z 50 mm f/1.4", ["50 mm"]),
        ("Canon EOS R8 with 18-55 mm", ["EOS R8", "18-55 mm"]),
        ("HP5 Plus 400, 36 exp.", ["36 exp."]),
        ("Filter Ø 62 mm, 557 g", ["Ø 62 mm", "557 g"]),
        ("Well-used strap", []),
    ],
)
def test_quantities_and_model_numbers_stay_whole(text: str, whole: list[str]) -> None:
    html = shop_look.nowrap_units(text)
    assert re.findall(r'<span class="nowrap">(.*?)</span>', html) == whole
    assert re.sub(r"</?span[^>]*>", "", html) == text


def test_names_are_escaped_round_what_stays_whole() -> None:
    html = shop_look.nowrap_units("<b>X-T5</b> & 'Co' 23 mm")
    assert html == (
        '&lt;b&gt;<span class="nowrap">X-T5</span>&lt;/b&gt; &amp; &#x27;Co&#x27;'
        ' <span class="nowrap">23 mm</span>'
    )


def test_money_is_written_as_people_read_it() -> None:
    assert shop_look.pence(144_900) == "£1,449.00"
    assert shop_look.pence_short(144_900) == "£1,449"
    assert shop_look.pence_short(795) == "£7.95"
    assert shop_look.pence_short(15) == "15p"
    assert shop_look.pence_short(0) == "£0"


# --- parts ---------------------------------------------------------------------
def test_the_parts_of_pages_say_what_they_are_given() -> None:
    kept = State(Promise("P5", "Nobody else"), "kept", None)
    broken = State(Promise("P7", "No more"), "broken", None)
    crumbs = render_to_string(
        "_parts/crumbs.html", {"crumbs": [("Lenses", "/shop/lenses/"), ("Zoom", "")]}
    )
    assert '<li aria-current="page">Zoom</li>' in crumbs
    seal = render_to_string("_parts/seal.html", {"state": kept})
    assert "P5, kept" in seal
    assert "seal--" not in seal
    assert "seal--fail" in render_to_string("_parts/seal.html", {"state": broken})
