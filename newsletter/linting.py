"""What a service announcement must not say: it sells nothing (P48).

A price, an offer, a link into the shop, the words of a campaign. It is stricter than a
reader would be, since what it lets through goes to people who said no to offers; what
it refuses can be said in another way.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

# Pages that tell or help; every other page of ours shows goods, and is refused.
PAGES = re.compile(
    r"/(?:(?:privacy|help|enquiries|members|accounts)/[a-z0-9/-]*|orders/find/)"
)
_ANCHOR = re.compile(r"[a-z-]{0,40}")
# Merge fields that may stand in one: none of them is about goods.
FIELDS = frozenset({"name", "month", "shop"})


@dataclass(frozen=True)
class Fault:
    """One thing that must not stand in an announcement: where, what, and why."""

    rule: str  # of RULES
    words: str  # what was found
    line: int  # of the text; 0 is the subject

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "the subject"
        return f"{RULES[self.rule]} in {where}: “{self.words}”"


RULES = {
    "price": "a price or a figure that reads like one (write times as 9:30)",
    "offer": "a word of offers",
    "campaign": "a word of campaigns",
    "link": "a link to anything but a page that helps",
    "tag": "a mark that tells campaigns apart",
    "product": "a product, or a field that is not for announcements",
    "picture": "a picture, a sign or markup",
    "letters": "letters of another alphabet",
    "shouting": "an exclamation mark",
}

_NUMBER = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
    r"|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a )?hundred)"
)
_FAULTS = {
    "price": (
        r"\b(?:gbp|eur|usd)\b",
        rf"\b{_NUMBER}[\s-]*(?:pounds?|pence|p(?!\.m)|quid|euros?|dollars?)\b",
        # 12.99, but no date such as 24.12.2026 and no time such as 9.30 am
        r"(?<![\d.,:/])\d{1,3}(?:,\d{3})*[.,]\d{2}\b(?![.,:/]\d|\s*[ap]\.?m)",
        rf"%|\b{_NUMBER}[\s-]*per\s?cent\b|\bpercent\b",
        r"\bpric(?:e|es|ed|ing)\b|\bcheap|\baffordabl|\bbudget\b|\brrp\b",
        r"\bhalf[\s-]off\b|\bmoney[\s-]off\b|\b(?:tenner|fiver)\b",
    ),
    "offer": (
        r"\boffer(?:s|ed|ing|ings)?\b|\bsales?\b|\bdiscount|\bbargain|\bvoucher",
        r"\bdeals?\b(?!\s+with\b)|\bcoupons?\b|\bpromo\w*|\bclearance\b|\brebates?\b",
        r"\bsavings?\b|\bsave\s+(?:up|money|more|big|on|now|today|\d)",
        r"(?<!\bfeel )\bfree\b|\bfreebie|\bgratis\b|\bcomplimentary\b|\bno\s+charge\b",
        r"\bgifts?\b|\bprizes?\b|\bwin(?:s|ner|ners|ning)?\b|\bgiveaway|\braffle\b",
        r"\bcontests?\b|\bcompetitions?\b|\bcash[\s-]?back\b|\bbonus(?:es)?\b",
        r"\breward(?:s|ed|ing)?\b|\bloyalty\b|\btrade[\s-]?in\b|\bbogof\b|\btreat\b",
        r"\btwo\s+for\s+one\b|\b2\s*for\s*1\b|\binterest[\s-]free\b|\bcodes?\s*:",
    ),
    "campaign": (
        r"\bbuy(?:s|ing)?\b|\bshop\s+(?:now|today|the|our|with)\b|\bbrowse\b",
        r"\border\s+(?:now|today|yours|early|before|soon)\b|\bpre-?orders?\b",
        r"\bhurry\b|\b(?:do\s?n[o'\u2019]?t|never)\s+miss\b|\blast\s+chance\b",
        r"\bwhile\s+stocks?\b|\blimited\s+(?:time|edition|number|stock|run|period)|\bexclusiv|\bbest[\s-]?sell|\btop\s+picks?\b",
        r"\b(?:new|latest)\s+(?:in|arrivals?|range|models?|collections?|cameras?"
        r"|lens(?:es)?)\b|\bjust\s+in\b|\bin\s+stock\b|\bonly\s+\d+\s+left\b",
        r"\blaunch(?:es|ed|ing)?\b|\bintroducing\b|\bdiscover\b|\bcheck\s+out\s+our\b",
        r"\bmust[\s-]have|\byou\s+(?:may|might)\s+(?:also\s+)?like\b|\brecommend",
        r"\bblack\s+friday\b|\bcyber\s+monday\b|\bboxing\s+day\b|\bchristmas\s+shop",
        r"\bnewsletter|\bsubscri(?:be|ption)|\bfollow\s+us\b|\bsocial\s+media\b",
        r"\b(?:refer|tell)\s+a\s+friend\b|\brate\s+us\b|\breview\s+us\b|\bupgrad",
        r"\bcatalogue\b|\bbrochure\b|\bmarketing\b|\badvert",
    ),
    "tag": (r"\butm_\w*|\bgclid\b|\bfbclid\b|\bmc_[ce]id\b|\bcampaign\w*\s*=",),
    "shouting": (r"!",),
}
_COMPILED = {rule: re.compile("|".join(patterns)) for rule, patterns in _FAULTS.items()}
_SPACED = re.compile(r"\b(?:[a-z0-9][ .·-]){2,}[a-z0-9]\b")
_LEET = re.compile(r"\b(?=[a-z0-9$@]*[a-z])(?=[a-z0-9$@]*[\d$@])[a-z0-9$@]+")
_AS_LETTERS = str.maketrans("013457$@", "oieasts" + "a")
_MARKS = re.compile(r"[*_~`\\]")
_FIELD = re.compile(r"\{\{?\s*([^{}]*?)\s*\}?\}|\[\[\s*([^\[\]]*?)\s*\]\]")
_MARKUP = re.compile(r"!\[|<(?!https?:|mailto:|tel:)/?[a-z!?][^>]{0,60}>?")
_LINKS = re.compile(
    r"\]\(\s*<?([^\s)>]*)"  # [words](address)
    r"|^\s*\[[^\]]+\]:\s*<?([^\s>]+)"  # [words]: address
    r"|((?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>)\]]+)"  # https://address
    r"|\b((?:mailto|tel|sms|data|javascript):[^\s<>)\]]+)"
    r"|(?<![\w/:.@-])(/[a-z0-9][a-z0-9-]*/[^\s<>)\]]*)",  # /path/
    re.MULTILINE,
)
_MAILBOX = re.compile(r"\b[\w.+-]{1,64}@[a-z0-9.-]{1,100}\b")
_HOST = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]{2,40}\.){1,5}[a-z]{2,24}\b(?:/[^\s<>)]*)?"
)
_TRAILING = ".,;:'\"\u201d\u2019"


def faults(subject: str, body: str) -> list[Fault]:
    """Return what an announcement must not say, in the order of its lines."""
    found = [*_of(subject, 0), *_of(body, 1)]
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda fault: (fault.line, fault.rule, fault.words))


def _of(text: str, first: int) -> Iterator[Fault]:
    lines = [_plain(line) for line in text.splitlines()]
    whole = "\n".join(lines)

    def fault(rule: str, start: int, words: str) -> Fault:
        line = first + whole.count("\n", 0, start) if first else 0
        return Fault(rule, " ".join(words.split())[:60], line)

    for start, sign in enumerate(whole):
        if rule := _of_sign(sign):
            yield fault(rule, start, sign)
    for found in _MARKUP.finditer(whole):
        yield fault("picture", found.start(), found[0])
    for found in _FIELD.finditer(whole):
        if (found[1] or found[2] or "").strip() not in FIELDS:
            yield fault("product", found.start(), found[0])
    for start, address in _addresses(whole):
        if not _helps(address):
            yield fault("link", start, address)
    read = "\n".join(_MARKS.sub("", line) for line in lines)
    for rule, pattern in _COMPILED.items():
        # the marks that tell campaigns apart have an underscore in them
        searched = whole if rule == "tag" else read
        for version in {searched, _undisguised(searched)}:
            for found in pattern.finditer(version):
                yield fault(rule, found.start(), found[0])


def _plain(line: str) -> str:
    """Return a line as it reads: no invisible signs, no entities, no odd widths."""
    shown = unicodedata.normalize("NFKC", html.unescape(line))
    visible = (sign for sign in shown if unicodedata.category(sign) not in ("Cf", "Mn"))
    return "".join(visible).casefold()


def _undisguised(text: str) -> str:
    """Return a text with s p a c e d words joined and figures read as letters.

    Of the same length, so that what is found in it is found on its line.
    """

    def join(found: re.Match[str]) -> str:
        joined = re.sub(r"[ .·-]", "", found[0])
        return joined.ljust(len(found[0]))

    return _LEET.sub(
        lambda found: found[0].translate(_AS_LETTERS), _SPACED.sub(join, text)
    )


def _of_sign(sign: str) -> str:
    """Return the rule that a single sign breaks, or nothing."""
    if sign.isascii():
        return "price" if sign == "$" else ""
    kind = unicodedata.category(sign)
    if kind == "Sc":
        return "price"
    if kind == "So" and sign not in "©®°":
        return "picture"
    if kind.startswith("L") and "LATIN" not in unicodedata.name(sign, ""):
        return "letters"
    return ""


def _addresses(text: str) -> Iterator[tuple[int, str]]:
    """Yield every address that a text has, linked or only written, and where."""
    rest = list(text)
    for pattern in (_LINKS, _MAILBOX, _HOST):
        for found in pattern.finditer("".join(rest)):
            address = next((part for part in found.groups() if part), "") or found[0]
            yield found.start(), address.rstrip(_TRAILING)
            rest[found.start() : found.end()] = " " * (found.end() - found.start())


def _helps(address: str) -> bool:
    """Say whether an address is one that an announcement may give."""
    company = settings.COMPANY
    for scheme in ("mailto:", "tel:"):
        if address.startswith(scheme):
            address = address.removeprefix(scheme)
            break
    mailboxes = {
        str(company[name]).casefold() for name in company if name.endswith("email")
    }
    if address in mailboxes or address.replace(" ", "") == _digits(company):
        return True
    if address in ("ico.org.uk", "ico.org.uk/make-a-complaint"):
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    home = urlsplit(settings.SITE_URL)
    at_home = (parts.scheme, parts.netloc) in (
        (home.scheme, home.netloc.casefold()),
        ("", ""),
    )
    return (
        at_home
        and PAGES.fullmatch(parts.path) is not None
        and not parts.query
        and _ANCHOR.fullmatch(parts.fragment) is not None
    )


def _digits(company: dict[str, str]) -> str:
    return str(company["telephone"]).replace(" ", "")
