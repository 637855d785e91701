"""The promises as pages show them: rendered once for as long as nothing changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypeVar, cast

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from privacy.probes import get
from privacy.probes.results import Outage
from privacy.states import (
    ATTESTED,
    BROKEN,
    KEPT,
    LAPSED,
    NOT_YET,
    UNCHECKED,
    UNPROVEN,
    Snapshot,
    State,
    divided,
    snapshot,
)

# Names of states in addresses, such as ?state=broken: words, and the states meant.
FILTERS = {
    "kept": ("Kept", (KEPT,)),
    "attested": ("Attested", (ATTESTED,)),
    "broken": ("Broken", (BROKEN, LAPSED)),
    "unproven": ("Without evidence", (UNPROVEN,)),
    "unchecked": ("Not checked", (UNCHECKED,)),
    "not-yet": ("Not kept yet", (NOT_YET,)),
}

T = TypeVar("T")
NAMED = 3  # promises that are named of an outage


@dataclass(frozen=True)
class Failure:
    """The last time that a self-probe failed, for the board."""

    outage: Outage
    promises: str  # "P33", or "P5, P34, P36 and 2 more"
    first: str  # the promise to read on at

    @property
    def over(self) -> bool:
        return self.outage.ended is not None


@dataclass(frozen=True)
class Board:
    """The counts and the last moments at the top of the policy."""

    states: list[State]
    all: int
    kept: int
    attested: list[State]
    broken: list[State]  # evidence that ran out is among them
    unproven: list[State]  # wait for evidence that nobody has entered yet
    unchecked: int
    not_yet: int
    checked: datetime | None  # the oldest result that still counts
    failure: Failure | None

    @cached_property
    def html(self) -> SafeString:
        """The board itself, rendered once."""
        return render_to_string("privacy/_board_in.html", {"board": self})


def board() -> Board:
    """Return the board as it stands now."""
    return _once("board", _board)


def of(*ids: str) -> SafeString:
    """Return the panels of some promises, in order, as HTML for beside a clause."""

    def render(now: Snapshot) -> SafeString:
        shown, later = divided(now.states[name] for name in ids)
        parts = [panel(state, brief=True) for state in shown]
        return mark_safe("".join(parts) + (_to_come(*later) if later else ""))  # noqa: S308

    return _once(ids, render)


def each(*ids: str) -> SafeString:
    """Return a panel for every one of some promises, those to come too, as HTML."""

    def render(now: Snapshot) -> SafeString:
        return mark_safe("".join(panel(now.states[name], brief=False) for name in ids))  # noqa: S308

    return _once(("each", *ids), render)


@lru_cache(maxsize=512)
def panel(state: State, *, brief: bool) -> SafeString:
    """Return the panel of one promise: made anew only when something in it changed.

    A brief one names the files of its tests; the others every test and all code.
    """
    context = {"state": state, "brief": brief}
    return render_to_string("privacy/_promise.html", context)


@lru_cache(maxsize=64)
def _to_come(*later: State) -> SafeString:
    context = {"shown": [], "later": later}
    return render_to_string("privacy/_promises.html", context)


def _once(name: object, make: Callable[[Snapshot], T]) -> T:
    """Return what `make` makes of the states now, made once for each snapshot."""
    now = snapshot()
    if name not in now.parts:
        now.parts[name] = make(now)
    return cast(T, now.parts[name])


def _board(now: Snapshot) -> Board:
    some = list(now.states.values())

    def those(*codes: str) -> list[State]:
        return [state for state in some if state.code in codes]

    moments = [state.result.moment for state in those(KEPT, BROKEN) if state.result]
    return Board(
        states=some,
        all=len(some),
        kept=len(those(KEPT)),
        attested=those(ATTESTED),
        broken=those(BROKEN, LAPSED),
        unproven=those(UNPROVEN),
        unchecked=len(those(UNCHECKED)),
        not_yet=len(those(NOT_YET)),
        checked=min(moments, default=None),
        failure=_failure(now),
    )


def _failure(now: Snapshot) -> Failure | None:
    if now.outage is None:
        return None
    named = get(now.outage.probe).promises
    ids = [name for name in named if now.states[name].code != NOT_YET] or list(named)
    words = ", ".join(ids[:NAMED])
    if len(ids) > NAMED:
        words += f" and {len(ids) - NAMED} more"
    return Failure(now.outage, words, ids[0])
