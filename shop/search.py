"""Finding products by words: full text first, likeness where a word is mistyped.

A product's index holds the stems of its words and, for its name, brand and SKU, also
each word without its joints and each two or three words run together, since people
type "xt5", "hp 5" and "z8" as often as "X-T5", "HP5" and "Z 8". Index and query cut
text by the same rule, so neither depends on how PostgreSQL's parser sees "f/1.4".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    F,
    FloatField,
    Func,
    QuerySet,
)
from django.db.models.expressions import RawSQL

from shop.list_rows import Source
from shop.models import Product

LONGEST = 100
MOST_WORDS = 8
# A misspelt word shares this much of its trigrams with the right one ("ilfrod": 0.43).
LIKENESS = 0.38
MOST_ALIKE = 240
# What people call things, where the maker's name for them does not begin like it.
ALIASES = {"fuji": "fujifilm", "olympus": "om", "mft": "micro", "bw": "black"}
WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
JOINTS = re.compile(r"(?<=[a-z0-9])[-/&+'\u2019](?=[a-z0-9])")
LETTER_DIGIT = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
SONY = re.compile(r"a([1-9]\w*)")


@dataclass(frozen=True)
class Words:
    """What was asked for: words to find, phrases to find whole, words to leave out."""

    text: str
    wanted: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[str, ...] = ()


def read(raw: str) -> Words:
    """Return the words of what somebody typed; no text whatever raises.

    As in web searches, "quoted words" stand together and -word is left out.
    """
    text = fold(" ".join(raw[: 4 * LONGEST].replace("\0", " ").split()))[:LONGEST]
    phrases = tuple(
        words for quoted in re.findall(r'"([^"]+)"', text) if (words := cut(quoted))
    )
    rest = re.sub(r'"[^"]*"', " ", text)
    unwanted = tuple(
        word for token in rest.split() if token[0] == "-" for word in cut(token)
    )
    wanted = tuple(
        word for token in rest.split() if token[0] != "-" for word in cut(token)
    )
    return Words(
        text=text.strip(),
        wanted=wanted[:MOST_WORDS],
        phrases=phrases[:MOST_WORDS],
        unwanted=unwanted[:MOST_WORDS],
    )


def fold(text: str) -> str:
    """Return text in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def cut(text: str) -> tuple[str, ...]:
    """Return the words of folded text: "x-t5" is one word, "50mm" two, "f/1.4" one."""
    text = re.sub(r"\bf ?/ ?(?=[0-9])", " ", text)
    text = re.sub(r"(?<=[0-9])(?=mm\b)", " ", text)
    return tuple(WORD.findall(JOINTS.sub("", text)))


def tsquery(words: Words) -> str:
    """Return the words as the text of a PostgreSQL tsquery over unstemmed lexemes."""
    parts = [_either(word) for word in words.wanted]
    parts += ["(" + " <-> ".join(f"'{w}'" for w in ws) + ")" for ws in words.phrases]
    parts += [f"!'{word}'" for word in words.unwanted]
    return " & ".join(parts)


def whole_words(words: Words) -> str:
    """Return a tsquery for any of the words as it was typed."""
    typed = (*words.wanted, *(word for phrase in words.phrases for word in phrase))
    return " | ".join(f"'{word}'" for word in typed)


def _either(word: str) -> str:
    """Return what one typed word may mean: itself, its beginning, its parts."""
    options = [f"'{word}'" if word[0].isdigit() else f"'{word}':*"]
    if word in ALIASES:
        options.append(f"'{ALIASES[word]}'")
    elif match := SONY.fullmatch(word):
        options.append(f"'alpha{match[1]}':*")
    if (one := singular(word)) != word:
        options.append(f"'{one}'")
    return "(" + " | ".join(options) + ")" if len(options) > 1 else options[0]


def singular(word: str) -> str:
    """Return "lens" for "lenses", "battery" for "batteries", "film" for "films"."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


# --- the index --------------------------------------------------------------------


def vector(*, names: str, keys: str, summary: str, first: int = 1) -> str:
    """Return a product's index as the text of a tsvector.

    `names` is brand, name and SKU (weight A, run together as well), `keys` the key
    facts, mount and department (B), `summary` one sentence (C).
    """
    places: dict[tuple[str, str], int] = {}
    place = first
    folded = fold(names)
    for text in (folded, JOINTS.sub(" ", folded)):
        words = cut(text)
        for i, word in enumerate(words):
            for lexeme in (
                *_forms(word),
                "".join(words[i : i + 2]),
                "".join(words[i : i + 3]),
            ):
                places.setdefault((lexeme, "A"), place)
            place += 1
        place += 1
    for weight, text in (("B", fold(keys)), ("C", fold(summary))):
        for word in cut(text):
            for lexeme in _forms(word):
                places.setdefault((lexeme, weight), place)
            place += 1
        place += 1
    return " ".join(f"'{word}':{at}{weight}" for (word, weight), at in places.items())


def _forms(word: str) -> list[str]:
    pieces = LETTER_DIGIT.split(word)
    return [word, singular(word), *(pieces if len(pieces) > 1 else ())]


def index(products: Iterable[Product]) -> int:
    """Bring the products' index up to date in one statement; return how many."""
    rows = Product.objects.filter(pk__in=[product.pk for product in products])
    ids, vectors = [], []
    for (
        pk,
        brand,
        name,
        sku,
        keys,
        mount,
        part,
        department,
        summary,
    ) in rows.values_list(
        "pk",
        "brand__name",
        "name",
        "sku",
        "keys",
        "mount",
        "category__name",
        "category__parent__name",
        "summary",
    ):
        ids.append(pk)
        vectors.append(
            vector(
                names=f"{brand} {name} {sku}",
                keys=f"{keys} {mount} {part} {department or ''}",
                summary=summary,
            )
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_product SET search = new.vector::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS new(id, vector)"
            " WHERE shop_product.id = new.id",
            [ids, vectors],
        )
        return int(cursor.rowcount)


# --- the search -------------------------------------------------------------------


def matching(words: Words) -> Source:
    """Return the products that have all the words, and what puts the best first."""
    return Source(
        products=having,
        rank=closeness,
        values=(tsquery(words),),
        rank_values=(tsquery(words), whole_words(words), words.text.upper()),
    )


# Below, no table's name stands before columns: they are also asked for in a subquery.


def having(query: str) -> QuerySet[Product]:
    has_them = RawSQL("search @@ %s::tsquery", [query], output_field=BooleanField())
    return Product.objects.filter(has_them)


def closeness(query: str, whole: str, sku: str) -> RawSQL:
    # A whole word counts for more than a beginning ("X-T5" before "X-T50"), and a
    # long name dilutes a match; between equals, what sells well wins.
    return RawSQL(
        "(CASE WHEN sku = %s THEN 100 ELSE 0 END)"
        " + (ts_rank(search, %s::tsquery, 1) + 2 * ts_rank(search, %s::tsquery, 1))"
        " * (1 + ln(1 + popularity) / 10)",
        [sku, query, whole],
        output_field=FloatField(),
    )


def alike(words: Words) -> Source:
    """Return the products whose names look most like the words, for mistyped ones.

    pg_trgm's word similarity, by the index on UPPER(name).
    """
    text = words.text.replace('"', " ").upper()
    with connection.cursor() as cursor:
        # For this connection: nothing else uses the operator.
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)",
            [str(LIKENESS)],
        )
        cursor.execute(
            "SELECT id FROM shop_product WHERE %s <%% UPPER(name) AND published"
            " ORDER BY word_similarity(%s, UPPER(name)) DESC, popularity DESC, id"
            " LIMIT %s",
            [text, text, MOST_ALIKE],
        )
        ids = ",".join(str(pk) for (pk,) in cursor.fetchall())
    found = (f"{{{ids}}}",)
    return Source(products=among, values=found, rank=nearness, rank_values=found)


def among(ids: str) -> QuerySet[Product]:
    one_of_them = Func(
        F("pk"),
        _array(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return Product.objects.filter(one_of_them)


def nearness(ids: str) -> Func:
    return Func(
        _array(ids),
        F("pk"),
        template="-array_position(%(expressions)s)",
        output_field=FloatField(),
    )


def _array(ids: str) -> RawSQL:
    return RawSQL("%s::bigint[]", [ids], output_field=BigIntegerField())
