"""The roles of staff are data that every `migrate` puts in force (H7)."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from jessops import roles


def rights(role: str) -> set[str]:
    return {
        f"{label}.{codename}"
        for label, codename in Permission.objects.filter(group__name=role).values_list(
            "content_type__app_label", "codename"
        )
    }


def meant(role: str) -> set[str]:
    return {
        f"{name.split('.')[0]}.{verb}_{name.split('.')[1]}"
        for name, verbs in roles.ROLES[role].items()
        for verb in verbs
    }


@pytest.mark.django_db
def test_every_role_has_the_rights_of_the_data_and_no_other() -> None:
    assert {role: rights(role) for role in roles.ROLES} == {
        role: meant(role) for role in roles.ROLES
    }


@pytest.mark.django_db
def test_a_right_given_by_hand_or_lost_is_put_right_by_the_next_migrate() -> None:
    role = Group.objects.get(name="Clubs Administrator")
    role.permissions.remove(Permission.objects.get(codename="view_club"))
    role.permissions.add(Permission.objects.get(codename="delete_member"))
    own = Group.objects.create(name="Our own")
    own.permissions.add(Permission.objects.get(codename="view_club"))
    call_command("migrate", verbosity=0, stdout=StringIO())
    assert rights("Clubs Administrator") == meant("Clubs Administrator")
    assert rights("Our own") == {"clubs.view_club"}


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_of_the_tests_has_the_roles_again() -> None:
    call_command("flush", verbosity=0, interactive=False)
    assert {role: rights(role) for role in roles.ROLES} == {
        role: meant(role) for role in roles.ROLES
    }


@pytest.mark.django_db
def test_a_right_that_no_model_has_stops_the_migrate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(roles.ROLES, "Clubs", {"clubs.club": ("fly",)})
    with pytest.raises(LookupError, match="fly_club"):
        roles.give(sender=apps.get_app_config("clubs"), apps=apps)
