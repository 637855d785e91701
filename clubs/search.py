"""Finding clubs in the database: by distance, by words, by words with mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, FloatField, Func, QuerySet, Value, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from clubs import geo
from clubs.geo import Position
from clubs.listing import PER_PAGE, Query, Where
from clubs.models import Club, Postcode

# A mistyped word shares this much of its trigrams with the right one.
LIKENESS = 0.4
NEAREST = 5
FIELDS = (
    *("id", "name", "slug", "place", "county", "venue", "weekday", "weeks", "costs"),
    *("alternate_from", "starts_at", "season_from", "season_to", "tags"),
    *("visitors_welcome", "beginners_welcome", "step_free", "latitude", "longitude"),
)


@dataclass
class Found:
    """One page of clubs and how many there are in all."""

    clubs: Sequence[Club]
    total: int
    page: int = 1
    mistyped: bool = False  # nothing has the words; these look like them
    beyond: bool = False  # nothing is in reach; these are the nearest

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


class Miles(Func):
    """The distance of a club from a position, as clubs.geo.miles has it."""

    output_field = FloatField()
    template = (
        f"{geo.DIAMETER_MILES!r} * asin(sqrt(least(1, "
        "power(sin(radians(%(lat)s - latitude) / 2), 2)"
        " + cos(radians(%(lat)s)) * cos(radians(latitude))"
        " * power(sin(radians(%(lon)s - longitude) / 2), 2))))"
    )

    def __init__(self, position: Position) -> None:
        # Floats of our own, no text: safe to write into the statement.
        super().__init__(
            lat=f"{position.latitude:.7f}::float8",
            lon=f"{position.longitude:.7f}::float8",
        )


def locate(outcode: str, incode: str) -> Position | None:
    """Return where a full postcode is, if the table has it. Nothing is written down."""
    row = Postcode.objects.filter(pk=outcode + incode).first()
    return Position(row.latitude, row.longitude) if row else None


def find(query: Query, where: Where) -> Found:
    """Return the page of clubs that a search asks for: one query, two at the most.

    The second asks for page 1 where the page is past the end, for words like the
    mistyped ones, or for the nearest clubs where none is in reach.
    """
    rows = _rows(query, where)
    found = _page(_with_words(rows, query.words), query, where)
    if found.clubs:
        return found
    if query.page > 1:
        return _page(_with_words(rows, query.words), query.at(1), where)
    if query.words:
        found = _page(_alike(rows, query.words), query, where)
        found.mistyped = bool(found.clubs)
    elif where.position and query.reach is not None:
        found = _nearest(query, where)
    return found


def _nearest(query: Query, where: Where) -> Found:
    anywhere = _rows(Query(night=query.night, beginners=query.beginners), Where())
    assert where.position  # noqa: S101  asked for by find alone, which has seen to it
    rows = anywhere.annotate(miles=Miles(where.position)).order_by("miles", "pk")
    clubs = list(rows.only(*FIELDS)[:NEAREST])
    return Found(clubs=clubs, total=len(clubs), beyond=bool(clubs))


def _rows(query: Query, where: Where) -> QuerySet[Club]:
    rows: QuerySet[Club] = Club.objects.listed()
    if query.night is not None:
        rows = rows.filter(weekday=query.night)
    if query.beginners:
        rows = rows.filter(beginners_welcome=True)
    if where.county:
        rows = rows.filter(county=where.county)
    if where.position:
        rows = rows.annotate(miles=Miles(where.position))
        if query.reach is not None:
            low, high = geo.box(where.position, query.reach)
            rows = rows.filter(
                latitude__range=(low.latitude, high.latitude),
                longitude__range=(low.longitude, high.longitude),
                miles__lte=query.reach,
            )
    return rows


def _with_words(rows: QuerySet[Club], words: tuple[str, ...]) -> QuerySet[Club]:
    for word in words:
        rows = rows.filter(words__contains=word)
    return rows


def _alike(rows: QuerySet[Club], words: tuple[str, ...]) -> QuerySet[Club]:
    for number, word in enumerate(words):
        likeness = RawSQL(
            "word_similarity(%s, words)", [word], output_field=FloatField()
        )
        rows = rows.annotate(**{f"like{number}": likeness})
        rows = rows.filter(**{f"like{number}__gte": LIKENESS})
    total = sum((F(f"like{n}") for n in range(len(words))), start=Value(0.0))
    return rows.annotate(likeness=total)


def _page(rows: QuerySet[Club], query: Query, where: Where) -> Found:
    """Fetch one page; its rows carry how many there are in all."""
    first = (query.page - 1) * PER_PAGE
    if where.position:
        order: tuple[str | Lower, ...] = ("miles", "pk")
    elif "likeness" in rows.query.annotations:
        order = ("-likeness", Lower("name"), "pk")
    else:
        order = (Lower("name"), "pk")
    counted = rows.annotate(in_all=Window(Count("*")))
    clubs = list(counted.order_by(*order).only(*FIELDS)[first : first + PER_PAGE])
    total = int(clubs[0].in_all) if clubs else 0
    return Found(clubs=clubs, total=total, page=query.page)
