"""The Clubs Administrator: a role that edits clubs and nothing else (P25, H7)."""

from typing import Any

from django.db import migrations

ROLE = "Clubs Administrator"
RIGHTS = {
    "club": ("Can {} club", ("add", "change", "delete", "view")),
    "contactdetail": (
        "Can {} contact detail",
        ("add", "change", "delete", "view"),
    ),
    "clubcontact": ("Can {} contact", ("view",)),
    "submission": ("Can {} submission", ("change", "view")),
    "clubevent": ("Can {} club event", ("view",)),
}


def make_role(apps: Any, schema_editor: Any) -> None:
    """Make the group with its rights; safe to run again.

    Django writes the permissions after all migrations: those needed are written
    here, and Django then finds them.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    role, _ = Group.objects.get_or_create(name=ROLE)
    for model, (words, verbs) in RIGHTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="clubs", model=model)
        for verb in verbs:
            right, _ = Permission.objects.get_or_create(
                content_type=kind,
                codename=f"{verb}_{model}",
                defaults={"name": words.format(verb)},
            )
            role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("clubs", "0002_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_role, migrations.RunPython.noop)]
