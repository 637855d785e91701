"""A campaign as a letter: Markdown, fields, products, ways out (P18, P43)."""

import re
import time
from typing import Any

import pytest
from django.conf import settings

from jessops.lib.hashing import email_hash
from newsletter import leaving_links, markdown, writing
from newsletter.models import Campaign
from shop.models import Product
from tests.builders import product

pytestmark = pytest.mark.django_db

WHO = email_hash("reader@reader.example")


@pytest.fixture(autouse=True)
def _nothing_prepared() -> None:
    writing._prepared.cache_clear()


def letter(body: str = "Hello.", **more: Any) -> Campaign:
    values = {"message_class": "newsletter", "title": "T", "subject": "S"}
    return Campaign(body=body, written_by=1, **{**values, **more})


def made(body: str = "Hello.", name: str = "", **more: Any) -> writing.Rendered:
    return writing.render(letter(body, **more), name=name, subject_hash=WHO)


def test_markdown_becomes_a_styled_letter_and_a_text_that_says_the_same() -> None:
    found = made(
        "# New in\n\nSome *words* here.\n\n- one\n- two\n\n1. first\n2. next\n\n"
        '[See it](/cameras/ "button")\n\n> said\n\n---\n'
    )
    assert '<h1 style="margin' in found.html
    assert ">New in</h1>" in found.html
    assert "background:#ffc400" in found.html
    assert f'href="{settings.SITE_URL}/cameras/"' in found.html
    assert 'title="button"' not in found.html
    for words in ("New in", "Some words here.", "- one\n- two", "1. first\n2. next"):
        assert words in found.text
    assert f"See it\n{settings.SITE_URL}/cameras/" in found.text


def test_the_text_has_48_columns_save_for_addresses() -> None:
    found = made(f"# A\n\n{'many words and more ' * 30}\n\n- {'a line ' * 30}")
    for line in found.text.splitlines():
        assert len(line) <= 48 or "https://" in line or "http://" in line, line


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<img src="https://x.example/p.gif">',
        "![pixel](https://x.example/p.gif)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hello)",
        '[x](/a/ "\\" onmouseover=alert(1)")',
        "<iframe src=//x.example></iframe>",
    ],
)
def test_no_html_no_picture_and_no_script_gets_in(evil: str) -> None:
    html = made(evil, name=evil).html
    assert "<script" not in html
    assert "<img" not in html
    assert "<iframe" not in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert " src=" not in re.sub(r">[^<]*<", "><", html)
    assert " onmouseover" not in re.sub(r">[^<]*<", "><", html)


def test_fields_of_the_list_are_filled_and_others_stay_to_be_seen() -> None:
    found = made(
        "Hello {{ name }}, it is {{month}} at {{ shop }}. {{ email }}",
        name="Ann Smith",
        subject="{{ name }}, look",
    )
    assert found.subject == "Ann, look"
    assert "Hello Ann, it is " in found.text
    assert settings.COMPANY["name"] in found.html
    assert "{{ email }}" in found.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "reader"),
        ("  ", "reader"),
        ("<b>Bob</b>", "&lt;b&gt;Bob&lt;/b&gt;"),
        ("Eve\r\nBcc: all@x.example", "Eve"),
        ("\ue000\ue001Ida", "Ida"),
        ("x" * 500, "x" * writing.LONGEST_NAME),
    ],
)
def test_a_name_is_one_word_that_breaks_nothing(name: str, said: str) -> None:
    found = made("Hello {{ name }}.", name=name, subject="For {{ name }}")
    assert f"Hello {said}." in found.html
    assert "\n" not in found.subject
    assert "\r" not in found.subject
    assert found.html.count(leaving_links.address(WHO, "newsletter")) == 2


@pytest.mark.parametrize(
    ("message_class", "question"),
    [
        ("marketing", "marketing-email"),
        ("launches", "launches"),
        ("news", "news"),
        ("newsletter", "newsletter"),
    ],
)
def test_the_way_out_is_the_first_and_the_last_thing_of_each_list(
    message_class: str, question: str
) -> None:
    found = made(message_class=message_class)
    way = leaving_links.address(WHO, question)
    assert found.html.count(way) == 2
    assert found.text.count(way) == 2
    assert found.html.index(way) < found.html.index("Hello.") < found.html.rindex(way)
    assert found.headers == leaving_links.headers(WHO, question)
    other = writing.render(
        letter(message_class=message_class), subject_hash=email_hash("b@b.example")
    )
    assert way not in other.html + other.text


def test_word_of_the_service_has_no_list_to_leave() -> None:
    found = made(message_class="service", reason="fault")
    assert found.headers == {}
    assert "unsubscribe" not in found.html + found.text
    assert "no advert" in found.html


def test_a_product_is_shown_as_the_catalogue_has_it_now() -> None:
    one = product(price=144_900, keys="Body & lens")
    found = made(f"Look.\n\n[[product {one.sku}]]\n\nAfter.")
    link = f"{settings.SITE_URL}{one.get_absolute_url()}"
    for part in (found.html, found.text):
        assert "£1,449.00 inc. VAT" in part
        assert link in part
    assert "Body &amp; lens" in found.html
    assert "Body & lens" in found.text
    assert found.text.index("Look.") < found.text.index(one.name)
    Product.objects.filter(pk=one.pk).update(price=99_900)
    writing._prepared.cache_clear()  # as a minute later
    assert "£999.00" in made(f"[[product {one.sku}]]").html


def test_what_is_not_on_sale_is_not_shown(django_assert_num_queries: Any) -> None:
    one, gone = product(), product(published=False)
    with django_assert_num_queries(1):
        found = made(f"[[product {gone.sku}]]\n\n[[product {one.sku}]]")
    assert f"[[product {gone.sku}]]" in found.text
    assert one.name in found.text


def test_a_thousand_letters_parse_their_text_once_and_ask_nothing(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    to_html = markdown.to_html

    def counted(source: str) -> str:
        parsed.append(source)
        return to_html(source)

    monkeypatch.setattr(markdown, "to_html", counted)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    row = letter("Hello {{ name }}.")
    with django_assert_num_queries(0):
        seen = {
            writing.render(row, name=f"N{n}", subject_hash=f"{n:064x}").text
            for n in range(1000)
        }
    assert len(seen) == 1000
    assert len(parsed) == 1
