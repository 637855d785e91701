"""P99, P104, P15, P106: every version stays readable, is announced, and is for all."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from newsletter.models import Message
from privacy import policies
from privacy.models import PolicyVersion
from privacy.policies import pdf
from shop.models import Order
from tests.builders import draft_token, product
from tests.privacy.drafts import draft, publish

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 11, 20, 12, tzinfo=UTC)


def test_a_new_version_is_announced_and_the_old_one_stays_at_its_address(
    client: Client, tmp_path: Path
) -> None:
    with time_machine.travel(NOW, tick=False):
        draft(tmp_path)
        publish(tmp_path, days=34)
        first = client.get("/privacy/versions/1/").content.decode()
        assert "no cookie at all" in first
        policy = client.get("/privacy/").content.decode()
        assert "Version 2 starts on 24 December 2027" in policy
        assert re.search(r"<del>\s*all\.</del>|<del>at all\.</del>", policy)
        assert "<ins>whatever.</ins>" in policy
        difference = client.get("/privacy/compare/1/2/").content.decode()
        assert "1 clause changed" in difference
        assert "<ins>whatever.</ins>" in difference
        for place in ("/", "/orders/find/"):
            assert "/privacy/compare/1/2/" in client.get(place).content.decode()
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        policies.forget()
        assert "no cookie at all" in client.get("/privacy/versions/1/").content.decode()
        assert "no cookie whatever" in client.get("/privacy/").content.decode()


def test_compared_with_itself_nothing_differs_and_order_does_not_matter(
    client: Client, tmp_path: Path
) -> None:
    draft(tmp_path)
    publish(tmp_path)
    same = client.get("/privacy/compare/1/1/").content.decode()
    assert "Nothing differs" in same
    assert "<ins>" not in same
    one, other = (
        client.get(f"/privacy/compare/{way}/").content for way in ("1/2", "2/1")
    )
    assert one == other


def test_a_change_for_the_time_to_come_mails_nobody(
    client: Client, tmp_path: Path
) -> None:
    """P104: the notice on the site is all that this type of change asks for."""
    draft_token(client, {product().sku: 1})
    draft(tmp_path)
    publish(tmp_path)
    assert "/privacy/compare/1/2/" in client.get("/").content.decode()
    assert Message.objects.count() == 0


def test_one_version_holds_for_guests_and_members_of_the_same_minute(
    client: Client, tmp_path: Path
) -> None:
    """P15, also in the last second of one version and the first of the next."""
    with time_machine.travel(NOW, tick=False):
        draft(tmp_path)
        publish(tmp_path, days=34)
    midnight = datetime(2027, 12, 24, tzinfo=UTC)
    sku = product().sku
    for moment, version in ((midnight - timedelta(seconds=1), 1), (midnight, 2)):
        with time_machine.travel(moment, tick=False):
            token = draft_token(Client(), {sku: 1})
            member = get_user_model().objects.create_user(f"m{version}@example.com")
        assert Order.objects.get(token=token).policy_version == version
        assert member.policy_version == version


def test_a_version_is_kept_as_a_tagged_pdf_with_its_clauses(client: Client) -> None:
    answer = client.get("/privacy/versions/1/policy.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "jessops-privacy-policy-1.pdf" in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert b"/MarkInfo" in answer.content
    assert b"pdfuaid" in answer.content
    assert len(answer.content) > 20_000
    assert pdf.of(1) == pdf.of(1)


def test_versions_cost_few_queries_however_many_there_are(
    client: Client,
    tmp_path: Path,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in (2, 3, 4):
        head, now = "change cookies: editorial", f"Cookies, told the {number}th time."
        draft(tmp_path, number=number, head=head, now=now)
        publish(tmp_path, number=number, days=0)
    assert PolicyVersion.objects.count() == 4
    client.get("/privacy/")  # the frame around every page is asked for once
    for path in ("", "versions/", "versions/2/", "compare/2/3/"):
        policies.forget()
        with django_assert_max_num_queries(6):
            assert client.get(f"/privacy/{path}").status_code == 200, path


def test_all_ways_to_reach_us_say_whom_to_ask_for(client: Client) -> None:
    """P106, P107: telephone, fax, e-mail and post, each with its mark."""
    company = django_settings.COMPANY
    for path in ("/privacy/", "/help/contact/"):
        page = client.get(path).content.decode()
        for way in ("telephone", "fax", "email", "address"):
            assert company[way] in page, (path, way)
        assert re.search(r'href="tel:\+?\d+"', page), path
        assert page.count("Web Design") >= 3, path


def test_the_outside_parties_are_those_that_version_1_was_written_for() -> None:
    """A new party is a new version of the policy, never a line of code alone (P57)."""
    row = PolicyVersion.objects.get(number=1)
    told = {name for name in row.facts["meaning"] if name.startswith("recipient ")}
    assert told == {
        "recipient bank",
        "recipient addresses",
        "recipient parcelforce",
        "recipient royal-mail",
        "recipient courier",
        "recipient sponsors",
    }
