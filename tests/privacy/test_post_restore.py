"""A restored backup forgets again before it serves anybody (C14, R23)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from jessops import restored
from jessops.lib.hashing import email_hash
from members.actions import leaving
from members.models import Address, Member
from privacy import canary, erasure, keys
from privacy.actions import erasures
from privacy.keys import KeyStoreAway
from privacy.models import Erasure
from shop.models import Order
from tests.members.cast import member
from tests.privacy.restoring import dump, restore
from tests.privacy.test_erasure import delivered, due

pytestmark = pytest.mark.django_db(transaction=True)

FIVE = [f"zyxperson{number}@example.co.uk" for number in range(5)]
STAYS = "zyxstays@example.co.uk"


@pytest.fixture(autouse=True)
def _a_process_that_has_not_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    monkeypatch.setattr(restored, "_clean", [])
    yield
    Erasure.objects.all().delete()


def people() -> None:
    for email in (*FIVE, STAYS):
        who = member(email=email, full_name="Zyx Restored")
        Address(
            member=who,
            full_name="Zyx Restored",
            line1="1 High Street",
            town="Marlow",
            postcode="SL7 1EY",
            policy_version=1,
        ).save()
    delivered(FIVE[0])


def erased() -> None:
    for email in FIVE:
        due(email)
    assert leaving.sweep() == 5


def left() -> int:
    """How many rows of any table show one of the five."""
    found = canary.look_in_database(canary.Values(addresses=set(FIVE)))
    return sum(sum(kinds.values()) for kinds in found.values())


def failing() -> list[str]:
    return list(Client().get("/readyz").json()["failing"])


def test_five_come_back_with_the_backup_and_are_erased_before_anybody_is_served(
    tmp_path: Path,
) -> None:
    people()
    backup = tmp_path / "backup"
    dump(backup)
    erased()
    assert "erasures" not in failing()
    order = Order.objects.get()
    restore(backup)
    restored._clean.clear()  # whatever runs now started after the restore

    assert left() >= 10  # the control: without the replay they are all back
    assert Member.objects.filter(email__in=FIVE).count() == 5
    with pytest.raises(keys.KeyGone):  # what was sealed opens no more even so
        _ = Address.objects.get(member__email=FIVE[1]).line1
    assert "erasures" in failing()
    refused = Client().get("/")
    assert refused.status_code == 503
    assert refused["Retry-After"]
    assert Client().get("/healthz").status_code == 200

    call_command("post_restore")
    assert left() == 0
    assert not Member.objects.filter(email__in=FIVE).exists()
    assert Member.objects.filter(email=STAYS).exists()
    assert Address.objects.get().full_name == "Zyx Restored"
    assert "erasures" not in failing()
    assert Client().get("/").status_code == 200
    doors = Erasure.objects.values_list("door", "state")
    assert set(doors) == {("restore", "done")}
    assert len(doors) == 5
    # Sealed in the backup with a key that is gone: nobody can read it any more.
    order = Order.objects.get(pk=order.pk)
    assert (order.full_name, order.email, order.email_hash) == ("", "", "")
    assert order.total_pence

    call_command("post_restore")  # safe to repeat
    assert Erasure.objects.count() == 5


def test_a_backup_with_the_erasures_in_it_needs_no_replay(tmp_path: Path) -> None:
    people()
    erased()
    backup = tmp_path / "backup"
    dump(backup)
    restore(backup)
    assert erasures.not_replayed() == []
    assert "erasures" not in failing()
    stones = keys.tombstones()
    assert {stone.subject for stone in stones} == {email_hash(e) for e in FIVE}
    member(email=FIVE[0])  # who comes back is not erased again
    call_command("post_restore")
    assert Member.objects.filter(email=FIVE[0]).exists()


def test_killed_in_the_middle_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people()
    backup = tmp_path / "backup"
    dump(backup)
    erased()
    restore(backup)
    real = erasures.look
    seen: list[int] = []

    def killed(*args: object) -> object:
        if len(seen) == 2:
            raise SystemExit
        seen.append(1)
        return real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(erasures, "look", killed)
        with pytest.raises(SystemExit):
            call_command("post_restore")
    assert len(erasures.not_replayed()) == 3
    assert "erasures" in failing()
    call_command("post_restore")
    assert erasures.not_replayed() == []
    assert left() == 0


def test_what_is_left_makes_the_command_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people()
    backup = tmp_path / "backup"
    dump(backup)
    erased()
    restore(backup)
    monkeypatch.setattr(erasure, "forget", lambda people: {})
    with pytest.raises(CommandError, match="something is left of"):
        call_command("post_restore")


def test_a_key_store_that_does_not_answer_is_no_good_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> None:
        raise KeyStoreAway("down")

    monkeypatch.setattr(keys, "tombstones", away)
    assert "erasures" in failing()
    assert Client().get("/").status_code == 200  # what needs no key goes on
