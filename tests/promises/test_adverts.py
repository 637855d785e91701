"""No third party's advertising: no slot for it; nothing pasted in comes alive (P36).

What staff write about goods is plain text to the shop. Markup in it, however it came
there, is shown as the characters that it is.
"""

import re
import tomllib
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

import pytest
from django.db import models
from django.test import Client

from shop.demo import files
from shop.models import Brand
from tests.builders import category, draft_token, product
from tests.promises.test_harness_offorigin import Page

PIXEL = '"><img src=//ads.example/p.gif>'
WHOLE = (
    '</script><script src="https://ads.example/a.js"></script>'
    '<iframe src="https://ads.example/"></iframe><a href="https://ads.example/">x</a>'
    '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Lobster">'
    f'<p onclick="go()" style="background:url(//ads.example/b.png)">{PIXEL}'
)
# These name a drawing or a way of working; they are no text that is shown.
NO_TEXT = {"sku", "slug", "drawing", "finish"}
DEMO = sorted(Path(files.__file__).parent.glob("*.toml"))
# What a text of ours has no use for: tags, entities, addresses of anybody.
AMISS = (
    ("markup", re.compile(r"<[/!a-zA-Z]|&#?\w+;|\]\(|\{\{|\{%")),
    ("an address", re.compile(r"(?:https?:|//)\S|\bwww\.|javascript:|data:", re.I)),
    (
        "a host",
        re.compile(r"\b[\w-]+\.(?:com|net|org|io|uk|example|de|jp|eu|app)\b", re.I),
    ),
)


def text_columns(model: type[models.Model]) -> dict[str, int]:
    """Return the columns of free text that staff can write into, with their length."""
    return {
        field.name: field.max_length or len(WHOLE)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.primary_key
        and not getattr(field, "generated", False)
        and field.name not in NO_TEXT
    }


def plant(thing: models.Model) -> set[str]:
    """Put an advertisement into every text of a thing; return the columns' names."""
    columns = text_columns(type(thing))
    for name, room in columns.items():
        setattr(thing, name, WHOLE if room >= len(WHOLE) else PIXEL[:room])
    thing.save()
    return set(columns)


@pytest.mark.django_db
def test_what_is_pasted_into_a_products_texts_stays_text(client: Client) -> None:
    part = category()
    thing = product(stock=3, category=part, popularity=999, staff_pick=1)
    used = product(
        stock=1,
        category=category("used"),
        condition="used",
        grade="good",
        used_of=thing,
    )
    assert {"name", "keys", "summary", "description"} <= plant(thing)
    plant(used)
    assert "blurb" in plant(part)
    plant(Brand.objects.get())

    token = draft_token(client, {thing.sku: 1})
    pages = {}
    for path in (
        *("/", "/shop/", "/shop/cameras/", "/shop/used/", "/search/?q=ads"),
        *(thing.get_absolute_url(), used.get_absolute_url()),
        *("/trolley/", f"/trolley/?added={thing.sku}", "/checkout/"),
        *(f"/orders/{token}/review/", f"/orders/{token}/change/"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        pages[path] = answer.content.decode()
    assert {path: found for path in pages if (found := Page(pages[path]).amiss)} == {}
    # Not in vain: the words are there to be read, and would be found if they were live.
    shown = [path for path, text in pages.items() if escape("<img src=//ads") in text]
    assert len(shown) >= 8
    assert escape("fonts.googleapis.com") in pages[thing.get_absolute_url()]
    for path in shown:
        assert Page(unescape(pages[path])).amiss, path


@pytest.mark.django_db
def test_no_page_has_a_place_for_advertising(client: Client) -> None:
    """No slot, by any of the names that such places have."""
    thing = product()
    slot = re.compile(
        r'(?:id|class|data-[\w-]+)="[^"]*\b(?:ad|ads|advert\w*|banner|sponsor\w*|promo|'
        r"adsense|adslot|dfp|gpt|taboola|outbrain)\b",
        re.I,
    )
    for path in ("/", "/shop/", thing.get_absolute_url(), "/search/?q=a", "/privacy/"):
        assert not slot.search(client.get(path).content.decode()), path
    assert slot.search('<div class="wide ad">')
    assert slot.search('<div id="adslot">')


def texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Yield every text in a file of the catalogue, and where it stands."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from texts(name, where)
            yield from texts(one, f"{where}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from texts(one, f"{where}[{number}]")


def amiss(text: str) -> list[str]:
    return [name for name, pattern in AMISS if pattern.search(text)]


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_the_demonstrations_texts_hold_no_markup_and_no_address(path: Path) -> None:
    read = list(texts(tomllib.loads(path.read_text()), path.stem))
    assert len(read) > 100
    assert [(where, found) for where, text in read if (found := amiss(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        '<img src="//ads.example/p.gif">',
        "A <b>bold</b> claim",
        "Read more at www.maker.example",
        "See https://maker.example/x",
        "[the maker](//maker.example)",
        "maker.com has more",
        "&lt;script&gt;",
    ],
)
def test_what_does_not_belong_in_a_text_is_found(text: str) -> None:
    assert amiss(text)


def test_what_belongs_in_a_text_is_no_fault() -> None:
    for text in ("f/2.8 < f/4", "Colour & slide", "ISO 100/21°", "35 mm, 1.4 kg."):
        assert amiss(text) == [], text
