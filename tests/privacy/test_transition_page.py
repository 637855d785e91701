"""The pages about a sale and about the law's demands, for whoever reads them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from privacy import handover, transfer
from privacy.actions import transitions as actions
from privacy.models import LegalDisclosure
from privacy.transitions import Round
from tests.privacy.test_transitions import announce, stood
from tests.privacy.transition_days import HOUR, looked

pytestmark = pytest.mark.django_db
PAGE = "/privacy/transition/"
COUNTS = "/privacy/disclosures/"


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def test_with_no_sale_the_page_says_so_and_what_would_hold(client: Client) -> None:
    page = text(client)
    assert "No sale is announced" in page
    for words in (*transfer.NEVER, *list(transfer.REASONS.values())[:4]):
        assert words in page
    for table, columns in handover.moving_in_words():
        assert table in page
        assert columns.split(";")[0] in page


def test_the_page_of_a_sale_says_it_in_full(client: Client) -> None:
    sale = announce(
        buyer="Cut & Paste <Ltd>", notice="They take over.\n\nNothing else changes."
    )
    page = text(client)
    assert "Jessops is to pass to Cut &amp; Paste &lt;Ltd&gt;" in page
    assert f'id="{sale.reference}"' in page
    assert "<p>Nothing else changes.</p>" in page
    assert "0 unbroken days of 30" in page
    day = sale.planned_on
    assert f"{day.day} {day:%B %Y}" in page
    assert "You can object, or have them erased" not in page
    assert "object, or have them erased" in page
    assert transfer.REASONS["silent"] not in page


def test_a_new_use_is_asked_about_on_the_page(client: Client) -> None:
    announce(use_differs=True, question="May they write to you about insurance?")
    page = text(client)
    assert "May they write to you about insurance?" in page
    assert transfer.REASONS["silent"] in page
    assert "Your details move only if you say yes" in page


def test_days_and_dark_ones_are_listed(client: Client) -> None:
    sale = stood(12)
    bare = timezone.now() - 5 * 24 * HOUR
    looked(sale, [Round(bare, good=False, bare=True)])
    page = text(client)
    assert "4 unbroken days of 30" in page
    assert page.count("<td>No, dark</td><td>A page was served without the notice") == 1
    assert page.count("<td>Yes</td>") == 11
    earliest = timezone.now().date() + timedelta(days=26)
    assert f"{earliest.day} {earliest:%B %Y}" in page


def test_what_ended_stays_readable(client: Client) -> None:
    sale = announce()
    actions.withdraw(reference=sale.reference, by="Member 1")
    page = text(client)
    assert "No sale is announced" in page
    assert "Withdrawn" in page
    assert sale.buyer in page
    assert "Member 1" not in page


@pytest.mark.parametrize("path", [PAGE, COUNTS])
def test_the_pages_take_few_queries_however_much_there_is(
    client: Client, path: str
) -> None:
    sale = stood(60)
    for number in range(30):
        LegalDisclosure.objects.create(
            reference=f"D2026-{number}",
            basis="court-order",
            document="x",
            subject="0" * 64,
            fields=["x"],
            requested_by=1,
            tell_on=timezone.now().date(),
        )
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        page = text(client, path)
    assert len(queries) <= 6
    assert sale.reference in page or path == COUNTS
    for number in range(30):
        assert f"D2026-{number}" not in page or path == PAGE


def test_the_counts_say_what_is_not_in_them(client: Client) -> None:
    page = text(client, COUNTS)
    assert "until the day the seal ends" in page
    for basis in LegalDisclosure.Basis:
        assert basis.label in page


@pytest.mark.parametrize("path", [PAGE, COUNTS])
def test_the_pages_only_answer_questions(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


def test_the_policy_links_to_both(client: Client) -> None:
    policy = text(client, "/privacy/")
    assert 'href="/privacy/disclosures/"' in policy
    assert 'href="/privacy/transition/"' in policy
    assert "It has not happened" not in policy
