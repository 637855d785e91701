"""P51 and P52: nothing goes to the law without its papers and two people (C17)."""

import ast
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from members.models import Member
from privacy.models import DisclosureApproval, DisclosureEvent, LegalDisclosure
from tests.meta.test_imports import OURS
from tests.privacy.test_disclosures import ADD, LONG_AGO, WHO, form
from tests.privacy.test_transitions import paid
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> list[Member]:
    return [
        Member.objects.create_superuser(
            f"m{number}@jessops.example", joined_at=LONG_AGO
        )
        for number in range(2)
    ]


def press(member: Member, path: str, **data: object) -> str:
    client = Client()
    sign_in(client, member)
    answer = client.post(path, {**data, "sure": "1"}, follow=True)
    return answer.content.decode()


def test_a_demand_goes_from_record_to_agreement_to_file(
    tmp_path: Path, staff: list[Member]
) -> None:
    first, second = staff
    order = paid(WHO)
    paid("other@example.com")
    tmp_path.chmod(0o700)
    to = str(tmp_path / "out")

    def export(reference: str) -> None:
        call_command("export_disclosure", reference, to=to, by=first.email)

    with pytest.raises(CommandError, match="no record"):
        export("D2026-AAAAA")
    press(first, ADD, **form())
    made = LegalDisclosure.objects.get()
    base = f"/admin/privacy/legaldisclosure/{made.pk}/"
    with pytest.raises(CommandError, match="no second person"):
        export(made.reference)
    assert "a second person must agree" in press(first, f"{base}approve/")
    with pytest.raises(CommandError, match="no second person"):
        export(made.reference)
    assert not (tmp_path / "out").exists()
    press(second, f"{base}approve/")
    export(made.reference)
    (row,) = map(json.loads, (tmp_path / "out").read_text().splitlines())
    assert row["about"] == order.about
    assert set(row["fields"]) == {"full_name", "postcode"}
    assert DisclosureApproval.objects.get().approved_by == second.pk
    assert DisclosureEvent.objects.get().at.date() == timezone.now().date()


def test_only_the_three_grounds_are_offered(
    client: Client, staff: list[Member]
) -> None:
    assert set(LegalDisclosure.Basis.labels) == {
        "A current judicial proceeding",
        "A court order",
        "Other legal process",
    }
    page = press(staff[0], ADD, **form(basis="request"))
    assert "not one of the available choices" in page
    assert not LegalDisclosure.objects.exists()


def writers(name: str) -> set[str]:
    """Return which modules of the shop mention the only way to write people out."""
    return {
        module.name
        for module in OURS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and name in (getattr(node, "attr", ""), getattr(node, "id", ""))
    }


def test_there_is_one_door_for_each_kind_of_handing_over() -> None:
    """A second way to write people's rows to a file would have to come through here."""
    assert writers("PrivateFile") <= {
        "jessops.lib.private_file",
        "privacy.actions.disclosures",
        "privacy.actions.transitions",
    }
    assert writers("EXPORTED") <= {
        "privacy.models.disclosures",
        "privacy.models.transitions",
        "privacy.disclosures",
        "privacy.letters",
        "privacy.actions.disclosures",
        "privacy.actions.transitions",
    }
