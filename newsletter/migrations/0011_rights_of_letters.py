"""The role Newsletter sees readers, bounces and suppressions, and lifts the last."""

from typing import Any

from django.db import migrations

RIGHTS = {
    "bounce": {"view_bounce": "Can view bounce or complaint"},
    "subscription": {"view_subscription": "Can view subscription"},
    "suppression": {
        "change_suppression": "Can change suppression",
        "view_suppression": "Can view suppression",
    },
}


def give_rights(apps: Any, schema_editor: Any) -> None:
    """Let the role Newsletter hold them; safe to run again."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Newsletter")
    for model, rights in RIGHTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="newsletter", model=model)
        for codename, name in rights.items():
            right, _ = Permission.objects.get_or_create(
                content_type=kind, codename=codename, defaults={"name": name}
            )
            role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0010_letters")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
