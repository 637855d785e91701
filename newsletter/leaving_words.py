"""Does a letter ask us to leave our lists? The one word, however it is written (P20).

In the subject it counts wherever it stands, as the policy says. In the text it counts
only where it is all that somebody wrote: what is quoted below says it at every letter.
"""

import re
import unicodedata

from newsletter.reading import Mail

# The word as people type it: apart, with a hyphen, inflected, and five ways amiss.
_WORD = re.compile(
    r"\bun[\s._-]{0,2}(?:subscri(?:be|bed|bing|ption|b)|subcribe|suscribe|subsribe"
    r"|subscibe|subscirbe|susbcribe)\b"
)
_ALONE = re.compile(r"(?:please )?(?:me )?(?P<word>.{4,20}?)(?: me)?(?: please)?\Z")
_QUOTED = re.compile(r"^(?:>|\||-{2,}|_{5,}|on .{5,200} wrote:|from: )")


def asks_to_leave(mail: Mail) -> bool:
    """Say whether a message asks us to write no more."""
    if _WORD.search(_plain(mail.subject)):
        return True
    words = re.sub(r"[^\w-]+", " ", _plain(_own_words(mail.text)))
    found = _ALONE.match(words.strip(" -_"))
    return found is not None and _WORD.fullmatch(found["word"]) is not None


def _own_words(text: str) -> str:
    """The lines above what is quoted, a signature or a blank line."""
    lines = []
    for line in text.strip().split("\n"):
        if not line.strip() or _QUOTED.match(line.strip().lower()):
            break
        lines.append(line.strip())
    return " ".join(lines)[:200]


def _plain(text: str) -> str:
    """The text as it reads: wide letters narrowed, capitals and accents away."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in folded if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split())
