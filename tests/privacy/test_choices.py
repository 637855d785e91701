"""What people agreed to: written once, with the words and the version they saw."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from privacy import choices
from privacy.models import Choice, LedgerError, Wording
from shop.models import Status
from tests.builders import draft_token, move_order, product

pytestmark = pytest.mark.django_db

WHO = "canary@example.com"
WORDING = "Tick to say no to e-mail about things like the ones you buy."


def answer(said: str, email: str = WHO) -> Choice:
    return choices.record(
        email=email,
        purpose="marketing-email",
        answer=said,
        where="checkout",
        wording=WORDING,
        about="order:J26-0000-0001",
    )


def test_the_latest_answer_counts() -> None:
    assert choices.current(WHO, "marketing-email") is None
    for said in ("soft", "no", "yes"):
        answer(said)
        assert choices.current(WHO, "marketing-email") == said
    assert Choice.objects.count() == 3


def test_an_answer_keeps_wording_and_policy_version_but_no_address() -> None:
    entry = answer("no")
    assert entry.policy_version == 1
    assert Wording.objects.get(sha256=entry.wording_sha256).text == WORDING
    assert WHO not in str(Choice.objects.values())
    answer("no", "other@example.com")
    assert Wording.objects.count() == 1


def test_spellings_of_one_mailbox_are_one_person() -> None:
    answer("no", " Canary@EXAMPLE.com")
    assert choices.current(WHO, "marketing-email") == "no"


def test_the_hash_cannot_be_made_without_the_key(settings: object) -> None:
    before = email_hash(WHO)
    settings.DATA_HASH_KEY = "another"  # type: ignore[attr-defined]
    assert email_hash(WHO) != before


def test_what_is_not_an_address_has_a_hash_all_the_same() -> None:
    assert len({email_hash(text) for text in ("", "nobody", "a@\u2028", WHO)}) == 4


@pytest.mark.parametrize(
    ("earlier", "ticked", "then"),
    [
        (None, False, "soft"),
        (None, True, "no"),
        ("soft", False, "soft"),
        ("soft", True, "no"),
        ("yes", False, "yes"),
        ("yes", True, "no"),
        ("no", False, "no"),
        ("no", True, "no"),
    ],
)
def test_the_opt_out_box_refuses_and_never_subscribes_against_a_no(
    earlier: str | None, ticked: bool, then: str
) -> None:
    if earlier:
        answer(earlier)
    choices.record_opt_out_box(
        email=WHO, ticked=ticked, where="checkout", wording=WORDING
    )
    assert choices.current(WHO, "marketing-email") == then


def test_a_form_without_the_box_records_nothing() -> None:
    assert choices.current(WHO, "marketing-email") is None
    assert not Choice.objects.exists()


def test_nonsense_is_refused() -> None:
    with pytest.raises(choices.UnknownPurpose):
        choices.record(
            email=WHO, purpose="profiling", answer="yes", where="x", wording="x"
        )
    with pytest.raises(ValueError, match="not an answer"):
        answer("maybe")
    with pytest.raises(ValueError, match="words"):
        choices.record(
            email=WHO, purpose="newsletter", answer="yes", where="x", wording=" "
        )


@pytest.mark.parametrize("table", ["privacy_choice", "privacy_wording"])
def test_the_database_refuses_to_rewrite_the_ledger(table: str) -> None:
    entry = answer("no")
    with pytest.raises(LedgerError):
        entry.save()
    with pytest.raises(LedgerError):
        entry.delete()
    column = "purpose" if table == "privacy_choice" else "text"
    for sql in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):  # noqa: S608
        with (
            pytest.raises(Exception, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.parametrize(
    "table", ["privacy_choice", "privacy_wording", "privacy_receipt"]
)
def test_the_database_refuses_to_empty_a_ledger(table: str) -> None:
    with (
        pytest.raises(Exception, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table}")


def test_a_person_reads_every_answer_with_the_words_that_were_shown(
    client: Client,
) -> None:
    token = draft_token(client, {product().sku: 1}, email=WHO)
    now = timezone.now()
    times = {"placed_at": now, "closed_at": now, "authorised_at": now}
    move_order(token, Status.CANCELLED, **times)
    page = client.get(f"/orders/{token}/").content.decode()
    assert "What it was for" in page
    assert "Every answer you gave" not in page
    for answer, wording in (("yes", "May we <b>write</b>?"), ("no", "Tick to say no")):
        choices.record(
            email=WHO,
            purpose=choices.MARKETING_EMAIL,
            answer=answer,
            where="checkout",
            wording=wording,
        )
    page = client.get(f"/orders/{token}/").content.decode()
    assert "May we &lt;b&gt;write&lt;/b&gt;?" in page
    assert page.index("Tick to say no") < page.index("May we &lt;b&gt;")
    assert [entry.answer for entry in choices.history(WHO)] == ["no", "yes"]
    assert choices.history("somebody.else@example.com") == []


def test_a_person_reads_the_time_on_a_uk_clock() -> None:
    with time_machine.travel(datetime(2027, 7, 1, 23, 30, tzinfo=UTC)):
        answer("no")
    assert [entry.when for entry in choices.history(WHO)] == ["2 Jul 2027, 00:30"]
