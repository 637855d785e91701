"""Every letter of every app, looked at: page and text, links, headers (P43, P49)."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from newsletter import linting
from newsletter.models import Message
from privacy import policies
from tests.letters import FOLDER, NAME, Letter, all_letters, makers

pytestmark = pytest.mark.django_db

COLUMNS = 48
# What a page could load, run or send; none may stand in a letter.
LOADS = re.compile(
    r"<(?:img|script|link|iframe|object|embed|video|audio|form|input|svg|base)\b"
    r"|\burl\(|@import|@font-face|\bsrc(?:set)?=|\bbackground=|\son[a-z]+=",
    re.IGNORECASE,
)
# Links that open something of one person's: what they asked for, or the way out.
OWN = re.compile(
    r"/orders/[\w-]+/(?:leave/)?|/clubs/[\w/:-]+/?|/privacy/(?:choice|copy)/[\w:.-]+/"
    r"|/members/erasure/[\w:-]+/|/members/data/email/object/[\w:-]+/"
    r"|/enquiries/(?:prove/)?[\w:-]+/|/newsletter/(?:confirm|unsubscribe)/[\w:.-]+/"
    r"|/surveys/entry/[\w:-]+/"
)
TOKEN = re.compile(r"[\w:-]{20,}")
# A question has two links that differ in the answer; nothing else may have a query.
QUERIES = {"", "answer=yes", "answer=no"}
# Said in letters that sell nothing: what is not an advert, and what a question names.
SAYS = {
    "confirmation": {"free", "advert", "sale"},
    "twin": {"free"},
    "enquiry_taken": {"sales"},
    "erased": {"marketing"},
    "transition": {"catalogue"},
    # asked for by who typed the address, or entered
    "newsletter-confirm": {"newsletter"},
    "contest_entered": {"contest", "win", "prize"},
    # that it is none
    "campaign-service": {"advert", "offers"},
    "contest_won": {"contest", "winner", "win", "prize"},
}
_letters: list[Letter] = []


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """All letters, made once for this module."""
    if not _letters:
        _letters.extend(all_letters(tmp_path, monkeypatch))
        policies.forget()
    return _letters


class Page(HTMLParser):
    """What a letter's page shows, and where it leads."""

    def __init__(self, letter: Letter) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self._hidden = 0
        self.feed(letter.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "title")
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += re.findall(r"[\w£@.,\u2019'-]*\w", data)


def _in_text(letter: Letter) -> list[str]:
    return [
        found.rstrip(".,;")
        for found in re.findall(r"(?:https?://|mailto:)\S+", letter.text)
    ]


def _fail(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def test_every_template_is_a_letter_that_was_looked_at(letters: list[Letter]) -> None:
    there = {
        str(path.relative_to(FOLDER.parent))
        for path in FOLDER.rglob("*.*")
        if not path.name.startswith(("_", "base."))
    }
    used = {name for letter in letters for name in letter.templates}
    assert there - used == set()


def test_every_letter_is_a_page_of_the_design_and_loads_nothing(
    letters: list[Letter],
) -> None:
    faults = []
    for letter in letters:
        if not letter.html.startswith("<!doctype html>"):
            faults.append(f"{letter.name}: no page")
        elif "max-width:600px" not in letter.html:
            faults.append(f"{letter.name}: not the design")
        faults += [f"{letter.name}: {one}" for one in LOADS.findall(letter.html)]
        if "{{" in letter.html + letter.text or "{%" in letter.html + letter.text:
            faults.append(f"{letter.name}: a tag was not rendered")
    _fail(faults)


def test_every_letter_has_a_good_text_that_says_the_same(
    letters: list[Letter],
) -> None:
    faults = []
    for letter in letters:
        if not letter.text.startswith("JESSOPS\n"):
            faults.append(f"{letter.name}: the text has no head")
        for line in letter.text.splitlines():
            is_one_word = " " not in line.strip()
            if len(line) > COLUMNS and not is_one_word:
                faults.append(f"{letter.name}: wide: {line}")
        faults += [
            f"{letter.name}: markup in the text: {found}"
            for found in re.findall(r"&(?:[a-z]+|#\w+);|</?[a-z]+", letter.text)
        ]
        if "\n\n\n\n" in letter.text:
            faults.append(f"{letter.name}: a hole in the text")
        if letter.html:
            page = Page(letter)
            figures = {one for one in page.words if re.search(r"\d", one)}
            plain = " ".join(letter.text.split())
            faults += [
                f"{letter.name}: only in the page: {one}"
                for one in figures
                if one.strip(".,") not in plain
            ]
            said = set(re.findall(r"\w+", letter.text.casefold()))
            shown = set(re.findall(r"\w+", " ".join(page.words).casefold()))
            missing = shown - said
            if len(missing) > 0.15 * len(shown):
                faults.append(f"{letter.name}: not in the text: {sorted(missing)}")
    _fail(faults)


def test_links_lead_home_and_tell_nothing(letters: list[Letter]) -> None:
    faults = []
    for letter in letters:
        links = Page(letter).links
        for link in {*links, *_in_text(letter)}:
            parts = urlsplit(link)
            if parts.scheme in ("mailto", "tel"):
                continue
            home = f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL
            if not home:
                faults.append(f"{letter.name}: leads away: {link}")
            ours = letter.kind == "staff" and parts.path.startswith("/admin/")
            if parts.query not in QUERIES and not ours:
                faults.append(f"{letter.name}: a query: {link}")
            if parts.fragment and TOKEN.search(parts.fragment):
                faults.append(f"{letter.name}: a mark: {link}")
            if TOKEN.search(parts.path) and not OWN.fullmatch(parts.path):
                faults.append(f"{letter.name}: a personal link: {link}")
        theirs = {link for link in links if not link.startswith(("mailto:", "tel:"))}
        if not theirs <= set(_in_text(letter)):
            only = theirs - set(_in_text(letter))
            faults.append(f"{letter.name}: links of the page alone: {only}")
    _fail(faults)


def test_every_letter_keeps_its_number_and_takes_no_strange_header(
    letters: list[Letter],
) -> None:
    for letter in letters:
        first, second = letter.ids
        assert first == second
        assert re.fullmatch(r"<outbox-[0-9a-f-]{36}@[\w.-]+>", first), letter.name
        assert set(letter.headers) <= {
            *("Reply-To", "Auto-Submitted", "List-Unsubscribe"),
            "List-Unsubscribe-Post",
        }
    assert len({letter.ids for letter in letters}) == len(letters)


def test_no_letter_shouts_and_none_that_was_asked_for_sells(
    letters: list[Letter],
) -> None:
    faults = []
    for letter in letters:
        words = re.sub(r"https?://\S+", "", letter.text)  # links have their own test
        found = linting.faults(letter.subject, words)
        wanted = {"shouting", "tag", "picture"}
        if letter.kind not in ("marketing", "launches", "news", "newsletter"):
            wanted |= {"offer", "campaign"}
        may = SAYS.get(letter.name, set())
        faults += [
            f"{letter.name}: {one}"
            for one in found
            if one.rule in wanted and one.words not in may
        ]
    _fail(faults)


def test_names_are_words_in_both(letters: list[Letter]) -> None:
    (letter,) = [one for one in letters if one.name == "confirmation"]
    assert escape(NAME) in letter.html
    assert NAME in letter.text


def test_the_crawl_sees_what_is_wrong(letters: list[Letter]) -> None:
    """The control: each look finds what was planted for it."""
    good = letters[0]
    changed = dict(good.__dict__)
    planted = {
        test_every_letter_is_a_page_of_the_design_and_loads_nothing: {
            "html": good.html.replace("</h1>", '</h1><img src="https://x.example">')
        },
        test_every_letter_has_a_good_text_that_says_the_same: {
            "text": good.text + "\n" + "long words " * 10
        },
        test_links_lead_home_and_tell_nothing: {
            "html": good.html.replace("</h1>", '</h1><a href="https://x.example">x</a>')
        },
        test_no_letter_shouts_and_none_that_was_asked_for_sells: {
            "text": good.text + "\nBuy now"
        },
    }
    for look, change in planted.items():
        with pytest.raises(AssertionError):
            look([Letter(**(changed | change))])


def test_each_event_is_told_once_however_often_it_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every letter is reported twice: a retry, a second worker. But for codes, of
    which each that somebody asks for is another.
    """
    twice = set()
    with time_machine.travel(timezone.now(), tick=False):
        for make in makers(tmp_path, monkeypatch):
            make()
            before = set(Message.objects.values_list("key", flat=True))
            make()
            after = set(Message.objects.values_list("key", flat=True))
            twice |= {key.split(":")[0] for key in after - before}
    policies.forget()
    assert len(after) > 50
    assert twice == {"account"}
