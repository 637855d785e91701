"""What differs between two versions: by clause, by word, tables too, nothing raw."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from privacy import policies
from privacy.cookies import REGISTRY, Cookie
from privacy.models import PolicyVersion
from privacy.policies import document, records
from privacy.policies.compare import compare
from tests.builders import draft_token, product
from tests.privacy.drafts import draft, publish

pytestmark = pytest.mark.django_db
BISCUIT = Cookie("biscuit", "Tastes good", "Flour", "At tea", max_age=86400)


def test_a_cookie_more_is_a_changed_clause_and_shown_as_one(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clause need not change a letter: the table in it is part of it."""
    monkeypatch.setitem(REGISTRY, "biscuit", BISCUIT)
    old, new = "The first policy of the shop", "One cookie more"
    draft(tmp_path, head="change cookies: ahead", was=old, now=new)
    publish(tmp_path)
    monkeypatch.delitem(REGISTRY, "biscuit")
    difference = compare(document.load(1), document.load(2))
    (changed,) = difference.changed
    assert changed.clause.id == "cookies"
    came = "".join(piece.text for piece in changed.pieces if piece.kind == "new")
    assert "biscuit · Tastes good · Flour · At tea" in came
    page = client.get("/privacy/compare/1/2/").content.decode()
    assert "<ins>" in page
    assert "biscuit" in page
    assert "biscuit" not in client.get("/privacy/versions/1/").content.decode()
    assert "Tastes good" in client.get("/privacy/versions/2/").content.decode()


def test_unchanged_clauses_are_named_and_not_told(
    client: Client, tmp_path: Path
) -> None:
    draft(tmp_path)
    publish(tmp_path)
    page = client.get("/privacy/compare/1/2/").content.decode()
    for clause in document.load(2).clauses:
        assert clause.title in page.replace("&#x27;", "'"), clause.id
    assert "National Insurance number" not in page
    assert page.count('class="sides"') == 1


def test_no_markup_of_a_draft_comes_through(client: Client, tmp_path: Path) -> None:
    hostile = (
        "<script>alert(1)</script> <ins>raw</ins> {% load x %} {{ settings }}"
        " [click](javascript:alert(2)) ![](https://evil.example/p.png) &lt;"
    )
    draft(tmp_path, now=hostile)
    publish(tmp_path)
    later = datetime.now(UTC) + timedelta(days=40)
    for path in ("compare/1/2/", "compare/2/1/", "versions/2/", ""):
        for moment in (datetime.now(UTC), later):
            with time_machine.travel(moment, tick=False):
                page = client.get(f"/privacy/{path}").content.decode()
            assert "<script>alert" not in page, path
            assert "<ins>raw</ins>" not in page, path
            assert 'href="javascript' not in page, path
            assert "<img" not in page, path


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("[[cookies]]", "[[biscuits]]", "there is no table of biscuits"),
        ("[[cookies]]", "[x](https://x.example/?from=us)", "query"),
    ],
)
def test_a_table_or_a_link_that_cannot_be_is_refused(
    was: str, now: str, why: str, tmp_path: Path
) -> None:
    path = draft(tmp_path)
    path.write_text(path.read_text().replace(was, now, 1))
    with pytest.raises(Exception, match=why):
        publish(tmp_path)
    assert PolicyVersion.objects.count() == 1


def test_words_and_whole_clauses_on_either_side() -> None:
    head = "---\nversion: 1\nsummary: s\n---\n"
    note = "<!-- promises: 1; questions: 1 -->\n"
    old = document.parse(f"{head}## A {{#a}}\n{note}One two.\n\nThree.\n", {})
    new = document.parse(
        f"{head}## A {{#a}}\n{note}One four.\n\nThree.\n## B {{#b}}\n{note}More.\n", {}
    )
    changed, added = compare(old, new).changed
    assert (changed.words, added.words) == ("Changed", "New")
    said = [(piece.kind, piece.text) for piece in changed.pieces]
    assert ("gone", "two.") in said
    assert ("new", "four.") in said
    assert [piece.text for piece in changed.before_in_brief] == ["One ", "two.", "\n"]
    assert [piece.text for piece in changed.after_in_brief] == ["One ", "four.", "\n"]
    assert changed.after[1].text == "four."
    (gone,) = compare(new, new.__class__(**{**vars(new), "clauses": ()})).changed[:1]
    assert gone.words == "Gone"
    assert compare(new, new).changed == ()


def test_changed_words_in_a_row_are_one_change() -> None:
    head = "---\nversion: 1\nsummary: s\n---\n## A {#a}\n"
    note = "<!-- promises: 1; questions: 1 -->\n"
    old = document.parse(f"{head}{note}We keep it for 30 days and delete it.\n", {})
    new = document.parse(f"{head}{note}We keep it for as long as you wish.\n", {})
    (changed,) = compare(old, new).changed
    assert ("new", "as long as you wish.") in [
        (piece.kind, piece.text) for piece in changed.after
    ]
    assert ("gone", "30 days and delete it.") in [
        (piece.kind, piece.text) for piece in changed.before
    ]


def test_records_are_counted_under_the_version_they_came_under(
    client: Client, tmp_path: Path
) -> None:
    sku = product().sku
    for _ in range(2):
        draft_token(Client(), {sku: 1})
    before = records._count()
    draft(tmp_path, head="change cookies: editorial")
    publish(tmp_path, days=0)
    draft_token(Client(), {sku: 1})
    after = records._count()
    assert before[1] > 0
    assert after[1] == before[1]
    assert after[2] * 2 == before[1]  # one order, with all that comes with it
    assert records.under_versions() == after
    assert f"{after[2]}</td>" in client.get("/privacy/versions/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_page_stands_though_the_records_cannot_be_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_tables", lambda: [records._Table("x", "y", False)])
    assert "not counted just now" in client.get("/privacy/versions/").content.decode()
    assert policies.current_version() == 1
