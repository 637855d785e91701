"""Looking at the served pages for the notice: over real HTTP, and with it harmed."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings

from privacy import probes, sightings, transfer, transitions
from privacy.actions import transitions as actions
from privacy.gateway.ourselves import Page
from privacy.models import Transition, TransitionSighting
from privacy.sightings import WITHOUT, Wanted
from privacy.transitions import KINDS, NOT_SERVED
from shop.models import Stock
from tests.privacy.served import Answer, Served, served
from tests.privacy.test_transitions import announce
from tests.privacy.transition_days import announced, looked

__all__ = ["served"]
MINUTE = timedelta(minutes=1)
LINK = "/privacy/transition/#T2026-1"
TITLE = "Jessops is to pass to Northlight Retail Ltd"


@pytest.fixture
def sale(served: Served) -> Transition:
    """A sale announced five minutes ago, in a shop that is up."""
    return announced(timezone.now() - 5 * MINUTE)


def seen() -> dict[str, tuple[bool, str]]:
    return {one.path: (one.shown, one.why) for one in TransitionSighting.objects.all()}


# --- over HTTP ------------------------------------------------------------------------
def test_a_page_of_every_kind_carries_the_notice(sale: Transition) -> None:
    assert len(actions.look()) == len(KINDS)
    found = seen()
    product = next(path for path in found if path.startswith("/product/"))
    browsed = ("/", "/shop/cameras/", product, "/trolley/", "/checkout/")
    assert found == dict.fromkeys((*browsed, "/privacy/", "/no/such/page/"), (True, ""))
    (one,) = transitions.rounds_of(sale.reference)
    assert (one.good, one.bare) == (True, False)


@pytest.mark.parametrize(
    "path", ["/", "/shop/cameras/", "/trolley/", "/checkout/", "/privacy/", "/no/"]
)
def test_one_page_without_it_is_found(
    sale: Transition, served: Served, path: str
) -> None:
    def harm(answer: Answer) -> None:
        if answer.path == path or (path == "/no/" and answer.path.startswith(path)):
            answer.body = answer.body.replace(b"#T2026-1", b"")

    served.harm = harm
    actions.look()
    without = [where for where, (shown, why) in seen().items() if why == WITHOUT]
    assert len(without) == 1
    assert without[0].startswith(path)
    (one,) = transitions.rounds_of(sale.reference)
    assert (one.good, one.bare) == (False, True)


def test_the_notice_of_another_sale_is_not_this_one(
    sale: Transition, served: Served
) -> None:
    def harm(answer: Answer) -> None:
        answer.body = answer.body.replace(b"#T2026-1", b"#T2026-2")

    served.harm = harm
    actions.look()
    assert {why for _, why in seen().values()} == {WITHOUT}


def test_an_error_in_the_place_of_a_page_was_not_served(
    sale: Transition, served: Served
) -> None:
    def harm(answer: Answer) -> None:
        if answer.path == "/checkout/":
            answer.status = "500 Internal Server Error"

    served.harm = harm
    actions.look()
    assert seen()["/checkout/"] == (False, NOT_SERVED)
    (one,) = transitions.rounds_of(sale.reference)
    assert (one.good, one.bare) == (False, False)


def test_a_shop_that_does_not_answer_is_a_gap_and_no_bare_page(
    sale: Transition, settings: Settings
) -> None:
    settings.PROBE_ORIGIN = "http://127.0.0.1:1"
    actions.look()
    assert {(shown, why) for shown, why in seen().values()} == {(False, NOT_SERVED)}
    (one,) = transitions.rounds_of(sale.reference)
    assert (one.good, one.bare) == (False, False)


def test_with_everything_sold_out_the_order_form_cannot_be_seen(
    sale: Transition,
) -> None:
    Stock.objects.update(on_hand=0)
    actions.look()
    assert seen()["/checkout/"] == (False, NOT_SERVED)


# --- when it looks --------------------------------------------------------------------
def test_it_looks_hourly_and_sooner_after_trouble(
    sale: Transition, served: Served
) -> None:
    assert actions.look()
    assert actions.look() == []
    later = sale.announced_at + timedelta(minutes=61)
    # too far from the database's clock to be written: so it was tried
    with (
        time_machine.travel(later, tick=False),
        pytest.raises(IntegrityError, match="written when it is made"),
    ):
        actions.look()
    looked(
        sale,
        [transitions.Round(timezone.now() + MINUTE, good=False, bare=True)],
    )
    with time_machine.travel(timezone.now() + 2 * MINUTE, tick=False):
        assert len(actions.look()) == len(KINDS)


def test_it_waits_until_every_process_has_read_the_announcement(
    served: Served,
) -> None:
    announced(timezone.now() - timedelta(seconds=30))
    assert actions.look() == []


def test_without_a_sale_it_looks_at_nothing(served: Served) -> None:
    assert actions.look() == []
    assert served.asked == []


def test_an_ended_sale_is_no_longer_looked_for(served: Served) -> None:
    sale = announced(timezone.now() - 5 * MINUTE)
    actions.withdraw(reference=sale.reference, by="Member 1")
    assert actions.look() == []


# --- the probe that anybody may run ---------------------------------------------------
def test_the_probe_turns_the_promise_red_while_a_page_lacks_the_notice(
    sale: Transition, served: Served
) -> None:
    found = probes.run("notice-of-sale", probes.SCHEDULE)
    assert found.passed, found.findings
    assert found.findings == ["The notice T2026-1 stands on all 7 pages."]

    def harm(answer: Answer) -> None:
        if answer.path == "/trolley/":
            answer.body = answer.body.replace(b"#T2026-1", b"")

    served.harm = harm
    found = probes.run("notice-of-sale", probes.SCHEDULE)
    assert not found.passed
    assert found.findings == ["/trolley/: without the notice."]
    assert "P65" in probes.get("notice-of-sale").promises
    # a look of anybody's is no look of the record
    assert not TransitionSighting.objects.exists()


def test_without_a_sale_the_probe_is_not_asked(served: Served) -> None:
    assert probes.get("notice-of-sale").not_here() == "no sale is announced"
    assert probes.run("notice-of-sale", probes.VISITOR).passed
    assert served.asked == []


# --- what counts as showing it --------------------------------------------------------
def page(body: str) -> Page:
    return Page("http://localhost:8000/", 200, {}, (), body.encode())


NOTICE = f'<section><h2>{TITLE}</h2><p>x <a href="{LINK}">Read</a></p></section>'


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (NOTICE, True),
        (f"<br><img><p>unclosed<div>{NOTICE}</div>", True),
        (NOTICE.replace("Jessops is", "Jessops\n   is"), True),
        (NOTICE.replace("Northlight", "Northli&#103;ht"), True),
        (f"<!-- {NOTICE} -->", False),
        (f"<template>{NOTICE}</template>", False),
        (f"<noscript>{NOTICE}</noscript>", False),
        (f"<script>{NOTICE}</script>", False),
        (f"<div hidden>{NOTICE}</div>", False),
        (f'<div aria-hidden="true"><div>{NOTICE}</div></div>', False),
        (f"<title>{TITLE}</title>{NOTICE.replace(TITLE, '')}", False),
        (NOTICE.replace(LINK, "/privacy/transition/"), False),
        (NOTICE.replace("<a ", "<a hidden "), False),
        (TITLE, False),
        (f'<a href="{LINK}">Read</a>', False),
        (f'<p data-x="{TITLE}"></p><a href="{LINK}">Read</a>', False),
        ("", False),
    ],
)
def test_only_what_a_visitor_sees_counts(body: str, shown: bool) -> None:
    wanted = Wanted(link=LINK, words=TITLE)
    assert sightings.carries(page(body), wanted) is shown


@pytest.mark.django_db
def test_the_words_of_the_notice_name_the_buyer_and_the_day() -> None:
    sale = announce(
        buyer="<b>Bold</b> & Sons",
        planned_on=timezone.now().date() + 45 * timedelta(days=1),
    )
    assert transfer.title(sale) == "Jessops is to pass to <b>Bold</b> & Sons"
    day = sale.planned_on
    assert f"{day.day} {day:%B %Y}" in transfer.summary(sale)
