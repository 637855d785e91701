"""Sealed columns: text on a row, ciphertext in the table, nothing in a query."""

import copy
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F, Max
from django.db.models.functions import Lower
from django.utils import timezone

from privacy import keys, sealed
from privacy.models import Copy

pytestmark = pytest.mark.django_db


@contextmanager
def questions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every question that is put to the key store."""
    put: list[str] = []
    real = keys.ask

    def noted(sql: str, values: Any) -> Any:
        put.append(sql)
        return real(sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(keys, "ask", noted)
        yield put


def a_copy(subject: str = "", content: str = "canary text", **fields: Any) -> Copy:
    return Copy(
        subject=subject or uuid.uuid4().hex * 2,
        token_hash=secrets.token_hex(32),
        policy_version=1,
        good_until=timezone.now() + timedelta(hours=1),
        content=content,
        **fields,
    )


def saved(subject: str = "", content: str = "canary text") -> Copy:
    row = a_copy(subject, content)
    row.save()
    return row


def stored(row: Copy, column: str = "content") -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM privacy_copy WHERE id = %s", [row.pk])
        names = [one.name for one in cursor.description]
        return str(dict(zip(names, cursor.fetchone(), strict=True))[column])


def store(row: Copy, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_copy SET content = %s WHERE id = %s", [text, row.pk]
        )


def raw_of(text: str) -> bytes:
    """Nonce, ciphertext and tag: what follows the mark and the key's id."""
    return urlsafe_b64decode(text[25:] + "==")


def letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def test_the_table_holds_ciphertext_and_the_row_reads_text() -> None:
    row = saved()

    assert "canary" not in stored(row)
    assert stored(row).startswith("s1:")
    assert Copy.objects.get(pk=row.pk).content == "canary text"
    assert row.content == "canary text"
    assert row.key_id == keys.of(row.subject).id == stored(row, "key_id")


def test_blank_stays_blank_and_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with questions(monkeypatch) as put:
        row = saved(content="")
        assert Copy.objects.get(pk=row.pk).content == ""

    assert stored(row) == ""
    assert row.key_id == ""
    assert put == []
    assert Copy.objects.filter(content="").count() == 1
    assert Copy.objects.exclude(content="").count() == 0


def test_the_same_text_is_never_the_same_ciphertext() -> None:
    row = saved()
    first = stored(row)
    row.save()

    assert stored(row) != first


@pytest.mark.parametrize(
    "text", ["s1:not sealed", "Ünïcode 漢字 \U0001f4f7", "a" * 70000]
)
def test_any_text_comes_back(text: str) -> None:
    assert Copy.objects.get(pk=saved(content=text).pk).content == text


# --- the ways of Django ---------------------------------------------------------------
def test_a_change_of_one_column_is_saved() -> None:
    row = Copy.objects.get(pk=saved().pk)
    row.content = "another text"
    row.save(update_fields=["content"])

    assert Copy.objects.get(pk=row.pk).content == "another text"


def test_saving_other_columns_leaves_the_text_alone() -> None:
    row = saved()
    before = stored(row)
    again = Copy.objects.get(pk=row.pk)
    again.taken_at = timezone.now()
    again.save(update_fields=["taken_at"])

    assert stored(row) == before


def test_deferred_columns_open_when_they_are_read() -> None:
    row = saved()

    assert Copy.objects.defer("content").get(pk=row.pk).content == "canary text"
    assert Copy.objects.only("pk").get(pk=row.pk).content == "canary text"
    assert Copy.objects.only("content").get(pk=row.pk).content == "canary text"


def test_refresh_reads_what_another_wrote() -> None:
    row = saved()
    other = Copy.objects.get(pk=row.pk)
    other.content = "newer"
    other.save(update_fields=["content"])

    row.refresh_from_db()
    assert row.content == "newer"


def test_create_get_or_create_and_bulk_create_seal() -> None:
    fields = {"policy_version": 1, "good_until": timezone.now(), "content": "canary"}
    one = Copy.objects.create(subject="a" * 64, token_hash="1" * 64, **fields)
    two, made = Copy.objects.get_or_create(
        token_hash="2" * 64, defaults={"subject": "a" * 64, **fields}
    )
    [three] = Copy.objects.bulk_create([a_copy("a" * 64)])

    assert made
    for row in (one, two, three):
        assert "canary" not in stored(row)
        assert Copy.objects.get(pk=row.pk).content.startswith("canary")
        assert "_sealing" not in row.__dict__  # the key is not kept with the row


def test_a_copied_row_may_take_another_name() -> None:
    row = Copy.objects.get(pk=saved().pk)
    other = copy.copy(row)
    other.pk, other.token_hash, other._state.adding = None, "c" * 64, True
    other.save()

    assert Copy.objects.get(pk=other.pk).content == "canary text"
    assert Copy.objects.get(pk=row.pk).content == "canary text"


def test_a_row_renamed_unread_is_refused_rather_than_lost() -> None:
    row = Copy.objects.get(pk=saved().pk)
    row.pk, row.token_hash, row._state.adding = None, "c" * 64, True

    with pytest.raises(keys.SealBroken):
        row.save()


def test_a_row_that_becomes_another_persons_changes_its_key() -> None:
    row = saved()
    old = row.key_id
    again = Copy.objects.get(pk=row.pk)
    again.subject = "f" * 64
    again.content = "hers"
    again.save(update_fields=["subject", "content"])

    assert again.key_id == keys.of("f" * 64).id != old
    keys.destroy(row.subject)
    assert Copy.objects.get(pk=row.pk).content == "hers"


# --- what a query may not -------------------------------------------------------------
@pytest.mark.parametrize(
    "ask",
    [
        lambda rows: rows.filter(content="canary text"),
        lambda rows: rows.filter(content__icontains="canary"),
        lambda rows: rows.filter(content__in=["canary text"]),
        lambda rows: rows.exclude(content__startswith="s1:"),
        lambda rows: rows.filter(content__lower="x"),
        lambda rows: rows.order_by("-content"),
        lambda rows: rows.order_by(Lower("content").desc()),
        lambda rows: rows.values("content"),
        lambda rows: rows.values(),
        lambda rows: rows.values_list("pk", "content"),
        lambda rows: rows.values_list(Lower("content")),
        lambda rows: rows.annotate(low=Lower("content")),
        lambda rows: rows.alias(low=F("content")),
        lambda rows: rows.aggregate(last=Max("content")),
        lambda rows: rows.update(content="canary text"),
        lambda rows: rows.bulk_update(list(rows), ["content"]),
    ],
)
def test_no_query_compares_orders_or_hands_out_ciphertext(ask: Any) -> None:
    saved()

    with pytest.raises(FieldError, match="sealed"):
        list(ask(Copy.objects.all()))


def test_what_slips_out_of_a_query_all_the_same_is_of_no_use() -> None:
    saved()
    [found] = Copy._base_manager.values_list("content", flat=True)

    for use in (str, len, list, lambda text: text == "x", lambda text: f"{text}"):
        with pytest.raises(FieldError, match="sealed"):
            use(found)


def test_a_query_may_blank_the_column() -> None:
    row = saved()
    Copy.objects.filter(pk=row.pk).update(content="")

    assert stored(row) == ""
    assert Copy.objects.get(pk=row.pk).content == ""


# --- questions to the store -----------------------------------------------------------
def test_a_list_of_fifty_rows_takes_one_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(50):
        saved(content=f"text {number}")

    with questions(monkeypatch) as put:
        read = [row.content for row in Copy.objects.order_by("pk")]

    assert read == [f"text {number}" for number in range(50)]
    assert len(put) == 1


def test_saving_takes_one_question_and_rows_unread_take_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with questions(monkeypatch) as put:
        row = saved()
        assert len(put) == 1
        list(Copy.objects.all())
        assert len(put) == 1
        row.content = "other"
        row.save(update_fields=["content"])
        assert len(put) == 2


# --- when keys go, and when somebody meddles ------------------------------------------
def test_a_destroyed_key_ends_it_at_once_for_rows_read_before() -> None:
    row, other = saved(), saved()
    before = Copy.objects.get(pk=row.pk)
    keys.destroy(row.subject)

    with pytest.raises(keys.KeyGone):
        _ = before.content
    with pytest.raises(keys.KeyGone):
        _ = Copy.objects.get(pk=row.pk).content
    assert Copy.objects.get(pk=other.pk).content == "canary text"


def test_one_dead_row_in_a_list_spoils_no_other() -> None:
    rows = [saved() for _ in range(3)]
    keys.destroy(rows[1].subject)
    found = list(Copy.objects.order_by("pk"))

    assert found[0].content == found[2].content == "canary text"
    with pytest.raises(keys.KeyGone):
        _ = found[1].content


def test_two_ciphertexts_swapped_are_refused() -> None:
    subject = "e" * 64  # even of the same person, under the same key
    one, other = saved(subject, "one"), saved(subject, "other")
    texts = stored(one), stored(other)
    store(one, texts[1])
    store(other, texts[0])

    for row in (one, other):
        with pytest.raises(keys.SealBroken):
            _ = Copy.objects.get(pk=row.pk).content


def test_control_without_the_place_a_swap_would_be_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("privacy.opening.place", lambda *_: b"anywhere")
    subject = "e" * 64
    one, other = saved(subject, "one"), saved(subject, "other")
    store(one, stored(other))

    assert Copy.objects.get(pk=one.pk).content == "other"


def test_every_flipped_bit_is_refused() -> None:
    row = saved(content="1234")
    text = stored(row)
    raw = raw_of(text)
    for bit in range(len(raw) * 8):
        bent = bytearray(raw)
        bent[bit // 8] ^= 1 << bit % 8
        store(row, text[:25] + letters(bytes(bent)))
        with pytest.raises((keys.SealBroken, keys.KeyGone)):
            _ = Copy.objects.get(pk=row.pk).content


@pytest.mark.parametrize("text", ["plain text", "s1:", "s1:short", "s1:é" + "A" * 60])
def test_what_is_no_ciphertext_is_refused(text: str) -> None:
    row = saved()
    store(row, text)

    with pytest.raises((keys.SealBroken, keys.KeyGone)):
        _ = Copy.objects.get(pk=row.pk).content


def test_no_nonce_is_used_twice() -> None:
    subject = "b" * 64
    nonces = set()
    for number in range(300):
        row = saved(subject, f"text {number}")
        nonces.add(raw_of(stored(row))[:12])

    assert len(nonces) == 300


# --- what the law keeps ---------------------------------------------------------------
def test_kept_for_the_law_it_outlives_its_persons_key() -> None:
    row = saved()
    old = stored(row)
    sealed.keep_for_law(row, ["content"])
    keys.destroy(row.subject)

    assert Copy.objects.get(pk=row.pk).content == row.content == "canary text"
    store(row, old)  # as an old backup has it
    with pytest.raises(keys.KeyGone):
        _ = Copy.objects.get(pk=row.pk).content


def test_what_the_law_does_not_keep_is_blanked_and_twice_is_once() -> None:
    row = saved()
    sealed.keep_for_law(row, ["content"])
    own = row.key_id
    sealed.keep_for_law(row, ["content"])
    assert row.key_id == own

    sealed.keep_for_law(row, [])
    assert stored(row) == row.content == ""


def test_a_row_kept_for_the_law_keeps_its_own_key_when_saved() -> None:
    row = saved()
    sealed.keep_for_law(row, ["content"])
    again = Copy.objects.get(pk=row.pk)
    again.content = "corrected"
    again.save(update_fields=["content"])

    assert again.key_id == row.key_id
