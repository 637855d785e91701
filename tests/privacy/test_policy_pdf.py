"""A version as PDF: tagged, whole, the same bytes for everybody, and not too often."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from privacy.actions.policies import PublishError
from privacy.cookies import REGISTRY
from privacy.models import PolicyVersion
from privacy.policies import document, pdf
from privacy.policies.compare import told
from privacy.views import versions
from tests.privacy import pdf_words
from tests.privacy.drafts import draft, publish

pytestmark = pytest.mark.django_db


def letters(text: str) -> str:
    """Return a text without what layout decides: spaces, hyphens, quotes, bullets."""
    return re.sub(r"[\W_]+", "", text)


def test_it_says_every_clause_and_is_tagged_for_screen_readers(client: Client) -> None:
    answer = client.get("/privacy/versions/1/policy.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "jessops-privacy-policy-1.pdf" in answer["Content-Disposition"]
    said = pdf_words.read(answer.content)
    assert said.pages > 3
    assert {"H1", "H2", "P", "L", "LI", "Table", "TH", "TD"} <= said.tags
    assert b"/Marked true" in said.plain
    assert b"/Lang(en-GB)" in said.plain
    assert b"<pdfuaid:part>1" in said.plain
    # a page may end within a sentence: what stands at its foot is no part of it
    foot = rf"https?\w*?privacyversions1\d+of{said.pages}"
    text = re.sub(foot, "", letters(said.text))
    for clause in document.load(1).clauses:
        assert letters(clause.title) in text, clause.id
        for part in clause.parts:
            words = re.sub(r"<[^>]+>", "", part.html)
            for sentence in re.split(r"[.\n]", words):
                assert letters(sentence.replace("&quot;", "")) in text, sentence
    for cookie in REGISTRY.values():
        assert letters(cookie.purpose) in text
    assert PolicyVersion.objects.get().sha256 in said.text.replace(" ", "")


def test_words_that_look_like_the_layouts_own_language_stay_words(
    tmp_path: Path,
) -> None:
    hostile = '#panic("x") $ 1/0 $ = Not a heading <b>raw</b> *stars* \\ #include("/x")'
    draft(tmp_path, now=hostile.replace("$", "$$"))
    publish(tmp_path)
    said = pdf_words.read(pdf.of(2))
    assert letters(hostile.replace("*", "")) in letters(said.text)
    assert '#panic("x")' in said.text.replace("“", '"').replace("”", '"')


def test_what_no_pdf_can_be_made_of_is_not_published(tmp_path: Path) -> None:
    """A sign that the font lacks would make every later download fail, for ever."""
    draft(tmp_path, now="We set no cookie at all, 約束です.")
    with pytest.raises(PublishError, match="no PDF can be made of it"):
        publish(tmp_path)
    assert PolicyVersion.objects.count() == 1


def test_a_passage_set_as_code_is_in_the_pdf_too(tmp_path: Path) -> None:
    draft(tmp_path, now="Read on.\n\n```\ntrolley=ABC*2\n```\n\nAnd on.")
    publish(tmp_path)
    assert letters("trolley=ABC*2") in letters(pdf_words.read(pdf.of(2)).text)


def test_a_past_version_keeps_its_own_names_in_its_pdf(
    tmp_path: Path, settings: Settings
) -> None:
    draft(tmp_path)
    publish(tmp_path)
    then = settings.COMPANY["email"]
    settings.COMPANY = {**settings.COMPANY, "email": "new@jessops.example"}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=40), tick=False):
        past, now = (pdf_words.read(pdf.of(number)).text for number in (1, 2))
    assert then in past
    assert "new@jessops.example" not in past
    assert "new@jessops.example" in now


def test_it_is_made_once_and_one_network_gets_so_many_a_minute(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pdf.of(1) is pdf.of(1)
    monkeypatch.setattr(versions, "PDFS", 2)
    address = "/privacy/versions/1/policy.pdf"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]


def test_the_reader_of_these_tests_would_miss_a_missing_clause() -> None:
    """The control: what is not in the file is not found."""
    said = pdf_words.read(pdf.of(1))
    assert letters("we set no cookie whatever") not in letters(said.text)
    assert told(document.load(1).clauses[0]).startswith("Who we are")
