"""The demonstration's letter, survey and contest: fit to be shown, and added once."""

import pytest
from django.core.management import call_command
from django.test import Client

from jessops.management.commands.demo import OWNER
from members.models import Member
from newsletter import proofs
from newsletter.actions import demo, surveys
from newsletter.models import Campaign, Message, Survey

pytestmark = pytest.mark.django_db


def test_they_are_there_once_and_nothing_stands_against_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Member.objects.create_superuser(OWNER, "a long enough password")
    call_command("demo")
    assert "3 demonstration letters" in capsys.readouterr().out
    call_command("demo")
    assert "0 demonstration letters" in capsys.readouterr().out
    letter = Campaign.objects.get()
    assert letter.state == Campaign.State.DRAFT
    assert proofs.faults(letter) == []
    assert not Message.objects.exists()
    assert all(row.is_open(surveys.today()) for row in Survey.objects.all())
    listed = Client().get("/surveys/").content.decode()
    for slug in (demo.SURVEY, demo.CONTEST):
        assert f"/surveys/{slug}/" in listed
        assert Client().get(f"/surveys/{slug}/").status_code == 200
    assert (
        "Threeleg Tripods Ltd"
        in Client().get(f"/surveys/{demo.CONTEST}/").content.decode()
    )


def test_without_an_owner_there_is_nobody_to_write_them() -> None:
    call_command("demo")
    assert not Campaign.objects.exists()
    assert not Survey.objects.exists()
