"""The key store: one living key a person, wrapped, and gone when destroyed."""

import pickle
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from jessops.lib import env
from privacy import key_cipher, key_store, keys
from tests.concurrency.race import at_once

pytestmark = pytest.mark.django_db


def somebody() -> str:
    return uuid.uuid4().hex * 2


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    """The key store is not there."""
    keys.forget_connections()
    settings.KEYS_DATABASE_URL = "postgres://keys:secret-word@127.0.0.1:1/keys"
    yield
    keys.forget_connections()


def test_the_same_person_has_the_same_key_and_another_has_another() -> None:
    subject = somebody()
    key = keys.of(subject)

    assert keys.of(subject) == key
    assert keys.of(somebody()).secret != key.secret
    assert keys.get([key.id]) == {key.id: key}


def test_twenty_who_ask_at_once_get_the_same_key() -> None:
    subject = somebody()

    made = at_once(lambda _: keys.of(subject).id, range(20))

    assert len(set(made)) == 1


def test_a_destroyed_key_is_nowhere_and_leaves_a_tombstone() -> None:
    subject = somebody()
    key = keys.of(subject)

    keys.destroy(subject)
    keys.destroy(subject)

    assert keys.get([key.id]) == {}
    assert [one.subject for one in keys.tombstones()] == [subject]
    [(wrapped,)] = keys.ask("SELECT wrapped FROM person_key WHERE id = %s", [key.id])
    assert wrapped is None


def test_who_never_had_a_key_leaves_a_tombstone_too() -> None:
    subject = somebody()

    keys.destroy(subject)
    keys.destroy(subject)

    assert [one.subject for one in keys.tombstones()] == [subject]
    found = keys.ask("SELECT id FROM person_key WHERE subject = %s", [subject])
    assert len(found) == 1


def test_who_comes_back_after_erasure_gets_a_new_key() -> None:
    subject = somebody()
    old = keys.of(subject)
    keys.destroy(subject)

    assert keys.of(subject).id != old.id
    assert len(keys.tombstones()) == 1


def test_nobody_has_no_key() -> None:
    for use in (keys.of, keys.destroy):
        with pytest.raises(ValueError, match="nobody"):
            use("")


def test_keys_follow_a_changed_address_and_die_with_the_new_one() -> None:
    old, new = somebody(), somebody()
    key = keys.of(old)

    keys.move(old, to=new)

    assert keys.of(new).id == key.id
    assert keys.of(old).id != key.id
    keys.destroy(new)
    assert keys.get([key.id]) == {}


def test_where_the_new_address_has_a_key_that_one_seals_on() -> None:
    old, new = somebody(), somebody()
    moved, own = keys.of(old), keys.of(new)

    keys.move(old, to=new)

    assert keys.of(new) == own
    assert keys.get([moved.id])[moved.id].retired
    keys.destroy(new)
    assert keys.get([moved.id, own.id]) == {}


def test_keys_lie_in_the_store_wrapped_and_bound_to_their_row() -> None:
    one, other = keys.of(somebody()), keys.of(somebody())
    [(wrapped, kek)] = keys.ask(
        "SELECT wrapped, kek FROM person_key WHERE id = %s", [one.id]
    )

    assert one.secret not in bytes(wrapped)
    keys.ask("UPDATE person_key SET wrapped = %s WHERE id = %s", [wrapped, other.id])
    with pytest.raises(keys.SealBroken):
        keys.get([other.id])
    assert kek == key_cipher.newest_kek()


def test_an_older_key_encryption_key_opens_still(settings: Any) -> None:
    key = keys.of(somebody())
    old = settings.KEY_ENCRYPTION_KEYS

    settings.KEY_ENCRYPTION_KEYS = [b"n" * 32, *old]
    assert keys.get([key.id])[key.id].secret == key.secret
    settings.KEY_ENCRYPTION_KEYS = [b"n" * 32]
    with pytest.raises(keys.KeyStoreAway, match="not in the settings"):
        keys.get([key.id])


def test_a_store_that_is_away_says_so_and_nothing_of_its_address(away: None) -> None:
    with pytest.raises(keys.KeyStoreAway) as told:
        keys.of(somebody())

    assert "secret-word" not in str(told.value)
    assert told.value.__suppress_context__


def test_a_connection_that_the_store_dropped_is_replaced() -> None:
    key = keys.of(somebody())
    [(backend,)] = keys.ask("SELECT pg_backend_pid()", [])
    with key_store.connected() as beside:
        beside.execute("SELECT pg_terminate_backend(%s)", [backend])

    assert key.id in keys.get([key.id])


def test_the_tables_are_made_once_by_many_at_once(settings: Any) -> None:
    url = settings.KEYS_DATABASE_URL

    at_once(lambda _: keys.make_schema(url), range(5))

    assert keys.answers()


def test_a_key_is_neither_shown_nor_written_anywhere() -> None:
    key = keys.of(somebody())

    assert repr(key.secret) not in repr(key)
    with pytest.raises(TypeError, match="never written"):
        pickle.dumps(key)


def test_the_setting_takes_keys_of_256_bits_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = urlsafe_b64encode(b"\xff" * 32).decode()
    monkeypatch.setenv("K", f"{good},{good}")
    assert env.keys("K") == [b"\xff" * 32] * 2

    for wrong in (good[:-8], "canary-value", f"{good},canary-value", ","):
        monkeypatch.setenv("K", wrong)
        with pytest.raises(ImproperlyConfigured, match="K must be keys") as told:
            env.keys("K")
        assert "canary" not in str(told.value)
