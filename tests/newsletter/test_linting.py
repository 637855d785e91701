"""What a service announcement may say: disguised or not, nothing that sells (P48)."""

import pytest

from newsletter import linting

REFUSED = {
    "price": [
        "Everything from £20",
        "from &pound;20",
        "from $20 or €20",
        "It is 12.99 only",
        "twenty pounds for you",
        "99p each",
        "20% for you",
        "20 per cent for you",
        "twenty percent",
        "our prices",
        "half off",
        "2 for a tenner",
        "\uff0120 or \uffe120",
    ],
    "offer": [
        "An offer for you",
        "OFFERS",
        "our s\u200bale",
        "dis**count**",
        "dis_coun_t",
        "disc\u00adount",
        "S A L E",
        "s-a-l-e now",
        "a s4le",
        "fr33 film",
        "delivery is free",
        "a great deal",
        "half the price, a bargain",
        "use the voucher",
        "Win a camera",
        "you will save\nmoney",
        "cash back",
        "\uff53\uff41\uff4c\uff45",
        "\U0001d5cc\U0001d5ba\U0001d5c5\U0001d5be",
    ],
    "campaign": [
        "Buy a lens meanwhile",
        "Shop now",
        "Do not miss it",
        "Don\u2019t miss it",
        "while stocks last",
        "our new range",
        "Black\nFriday",
        "Read our newsletter",
        "You may also like",
        "limited edition",
    ],
    "link": [
        "[here](https://jessops.example/product/x-t5/)",
        "[here]( /shop/cameras/ )",
        "see /product/x-t5/",
        "see https://elsewhere.example/help/",
        "see http://localhost:8000/search/?q=x",
        "see jessops.example",
        "see www.elsewhere.co.uk/x",
        "[here](//elsewhere.example/help/)",
        "[here](javascript:alert)",
        "[a]: https://elsewhere.example",
        "<https://elsewhere.example>",
        "[here](http://localhost:8000/help/../shop/)",
        "[here](http://localhost:8000/help/%2e%2e/shop/)",
        "[here](http://localhost:8000/help/delivery/?from=mail)",
        "[here](http://localhost:8000@elsewhere.example/help/)",
        "write to somebody@elsewhere.example",
        "[here](http://localhost:8000/)",
    ],
    "tag": ["[here](/help/?utm_source=mail)", "gclid", "utm_campaign"],
    "product": [
        "{{ product:FUJI-XT5 }}",
        "[[FUJI-XT5]]",
        "{{products FUJI-XT5}}",
        "{ order }",
    ],
    "picture": [
        "![a camera](/static/x.png)",
        "<img src=x>",
        "<b>bold</b>",
        "\U0001f389 party",
        "<!-- x -->",
    ],
    "letters": ["s\u0430le", "\u0441amera"],
    "shouting": ["At once!"],
}
ACCEPTED = [
    "Dear {{ name }},",
    "The shop is shut for maintenance on Sunday 6 December from 9:30 to 11:00.",
    "On 24.12.2026 from 9.30 am to 5 p.m. nobody answers the telephone.",
    "You cannot pay by card at present. What is in your trolley is kept.",
    "Parcels are two days late. We deal with them in the order in which they came.",
    "Feel free to write to webmaster@jessops.example or ring 0116 496 0000.",
    "[How your order stands](http://localhost:8000/orders/find/)",
    "[What we hold](http://localhost:8000/privacy/what-we-hold/#how-long)",
    "See http://localhost:8000/help/delivery/. Nothing is lost.",
    "[Your account](/members/data/)",
    "Please choose another password: **it takes a minute**.",
    "Our address is 98 Scudamore Road, Leicester LE3 1TZ.",
    "You lose nothing, we never hold your card number, and refunds come later.",
    "Café, façade, naïve: letters of ours.",
    "1. First step\n2. Second step\n\n- a point",
    "You can complain at ico.org.uk/make-a-complaint.",
]


@pytest.mark.parametrize(
    ("rule", "words"),
    [(rule, words) for rule, several in REFUSED.items() for words in several],
)
def test_what_sells_is_refused(rule: str, words: str) -> None:
    assert rule in {fault.rule for fault in linting.faults("The shop is shut", words)}
    assert rule in {
        fault.rule for fault in linting.faults(words.split("\n")[-1], "")
    } | {fault.rule for fault in linting.faults(words, "")}


@pytest.mark.parametrize("words", ACCEPTED)
def test_what_only_tells_is_accepted(words: str) -> None:
    assert linting.faults("The shop is shut on Sunday", words) == []


def test_a_fault_says_where_it_is_and_what_to_do() -> None:
    found = linting.faults("A sale", "All is well.\n\nIt costs £20.")
    assert [(fault.rule, fault.line) for fault in found] == [("offer", 0), ("price", 3)]
    assert str(found[0]) == "a word of offers in the subject: “sale”"
    assert "line 3" in str(found[1])


def test_a_long_text_is_read_at_once() -> None:
    for piece in ("a ", "a.", "/a", "1,", "]("):
        linting.faults("x", piece * (40_000 // len(piece)))
