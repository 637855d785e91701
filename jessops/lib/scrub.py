"""What nobody should send us is taken out of free text before it is kept (P8, P87)."""

import re

_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
# A National Insurance number, in any spacing (HMRC NIM39110).
_NINO = re.compile(
    r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?\d){6}[ -]?[A-D]\b", re.IGNORECASE
)
CARD_GONE = "[a card number was here; we do not keep those]"
NINO_GONE = "[a National Insurance number was here; we do not keep those]"


def passes_luhn(digits: str) -> bool:
    """Say whether the check digit fits, as that of every card number does."""
    numbers = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * number, 10)) for number in numbers[-2::-2]]
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0


def scrub(text: str) -> str:
    """Return the text without what looks like a card or National Insurance number."""
    return _NINO.sub(NINO_GONE, _CARD.sub(_card, text))


def _card(found: "re.Match[str]") -> str:
    digits = re.sub(r"\D", "", found[0])
    return CARD_GONE if passes_luhn(digits) else found[0]
