"""Delivery: what it costs, and the day it comes. Pure: no database, no clock.

Prices are pence including VAT. Days are UK days; a parcel leaves on the working day
it was ordered if that was before the cut-off.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from jessops.lib.clock import (
    bank_holidays,
    in_london,
    is_working_day,
    long_date,
    working_days_after,
)

CUT_OFF = time(16, 0)
GRACE = timedelta(minutes=15)
FREE_FROM_PENCE = 5000


@dataclass(frozen=True)
class Option:
    code: str
    name: str
    window: str
    pence: int
    free_from: int | None = None


STANDARD = Option("standard", "Standard", "between 7 am and 6 pm", 495, FREE_FROM_PENCE)
NOON = Option("noon", "Before noon", "signed for, before 12 noon", 795)
SATURDAY = Option("saturday", "Saturday", "between 8 am and 4 pm", 995)
OPTIONS = (STANDARD, NOON, SATURDAY)


@dataclass(frozen=True)
class Area:
    """A part of the country where the carrier asks more, in time and money."""

    name: str
    pence: int
    days: int  # working days more than the mainland
    sea: bool  # only by air or sea: loose lithium cells go by sea


MAINLAND = Area("Mainland", 0, 0, False)
HIGHLANDS = Area("Scottish Highlands", 695, 1, False)
ISLANDS = Area("Scottish islands", 1195, 2, True)
NORTHERN_IRELAND = Area("Northern Ireland", 795, 2, True)
ISLE_OF_MAN = Area("Isle of Man", 1195, 2, True)
SCILLY = Area("Isles of Scilly", 1195, 2, True)

# Outward codes, first match wins: islands before the mainland they share letters with.
AREAS: tuple[tuple[re.Pattern[str], Area], ...] = tuple(
    (re.compile(rf"(?:{pattern})\Z"), area)
    for pattern, area in (
        (r"HS\d+|ZE\d+|KW1[5-7]|IV(?:4[1-9]|5[1-6])|KA2[78]|PH4[2-4]", ISLANDS),
        (r"PA(?:20|4[1-9]|6\d|7[0-8])", ISLANDS),
        (r"IV\d+|KW\d+|PH(?:19|2[0-6]|3[0-9]|4[01]|49|50)", HIGHLANDS),
        (r"PA(?:2[1-9]|3[0-9]|40)|AB3[678]|FK(?:19|2[01])|PH1[5678]", HIGHLANDS),
        (r"BT\d+", NORTHERN_IRELAND),
        (r"IM\d+", ISLE_OF_MAN),
        (r"TR2[1-5]", SCILLY),
    )
)
# Outside the UK's VAT area, or reached only by the forces' own post.
NOT_SERVED = {"JE": "Jersey", "GY": "Guernsey", "BF": "BFPO addresses"}
LITHIUM_BY_SEA_DAYS = 2
# Christmas Day, Boxing Day and New Year's Day, also when the holiday itself moves.
NO_SATURDAYS = frozenset({(12, 25), (12, 26), (1, 1)})


@dataclass(frozen=True)
class Quote:
    """One way to deliver one trolley to one postcode."""

    option: Option
    area: Area
    pence: int
    surcharge: int
    on: date
    note: str = ""

    @property
    def code(self) -> str:
        return self.option.code

    @property
    def collects(self) -> bool:
        """Its buyer fetches it from a shop (shop.collection)."""
        return self.option.code.startswith("at-")

    @property
    def day(self) -> str:
        return long_date(self.on)


def outward(postcode: str) -> str:
    """Return the outward code of a postcode written with one space."""
    return postcode.split(" ")[0]


@lru_cache(maxsize=4096)
def area(postcode: str) -> Area:
    """Return the delivery area of a postcode (or of no postcode: the mainland)."""
    code = outward(postcode)
    for pattern, found in AREAS:
        if pattern.match(code):
            return found
    return MAINLAND


def not_served(postcode: str) -> str:
    """Return the name of the place we cannot deliver to, or an empty string."""
    letters = re.match(r"[A-Z]{1,2}", postcode)
    return NOT_SERVED.get(letters[0], "") if letters else ""


def leaves_on(now: datetime) -> date:
    """Return the day a parcel ordered now leaves: today until the cut-off."""
    local = in_london(now)
    today = local.date()
    if is_working_day(today) and local.time() < CUT_OFF:
        return today
    return working_days_after(today, 1)


def good_until(now: datetime, longest: timedelta) -> datetime:
    """Return until when a delivery day shown now can still be kept.

    The parcel of an order made before the cut-off leaves the same day; a quarter of an
    hour's grace lets someone who saw that day just before it still have it.
    """
    local = in_london(now)
    cut_off = local.replace(hour=CUT_OFF.hour, minute=CUT_OFF.minute, second=0)
    if local >= cut_off:
        return now + longest
    return min(now + longest, cut_off + GRACE)


def latest_departure(arrives: date) -> date:
    """Return the last working day before a day of arrival."""
    day = arrives - timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def promise(now: datetime) -> date:
    """Return the day that standard delivery to the mainland arrives."""
    return working_days_after(leaves_on(now), 1)


def from_price_pence(total: int) -> int:
    """Return the cheapest delivery for goods of `total` pence, on the mainland."""
    return 0 if total >= FREE_FROM_PENCE else STANDARD.pence


def quotes(
    *, now: datetime, goods_pence: int, postcode: str = "", loose_lithium: bool = False
) -> list[Quote]:
    """Return what can be offered, standard first.

    In: a UTC moment, the goods' total, a formatted postcode (blank: mainland), and
    whether loose lithium cells are among the goods.
    """
    where = area(postcode)
    leaves = leaves_on(now)
    days = 1 + where.days
    note = ""
    if where.sea and loose_lithium:
        days += LITHIUM_BY_SEA_DAYS
        note = "Spare lithium batteries may not fly, so this parcel goes by sea."
    base = from_price_pence(goods_pence)
    offers = [
        Quote(
            STANDARD,
            where,
            base + where.pence,
            where.pence,
            working_days_after(leaves, days),
            note,
        )
    ]
    if where is MAINLAND:
        offers.append(Quote(NOON, where, NOON.pence, 0, working_days_after(leaves, 1)))
        offers.append(Quote(SATURDAY, where, SATURDAY.pence, 0, _saturday(leaves)))
    return offers


def _saturday(leaves: date) -> date:
    """The first Saturday on which the carrier works, after the parcel has left."""
    day = leaves + timedelta(days=(5 - leaves.weekday()) % 7 or 7)
    while (day.month, day.day) in NO_SATURDAYS or day in bank_holidays(day.year):
        day += timedelta(days=7)
    return day
