"""The teams as roles: each sees its own queue of enquiries, Privacy the requests too."""

from typing import Any

from django.db import migrations

ENQUIRIES = {
    "enquiry": ("enquiry", ("change", "view")),
    "enquiryevent": ("enquiry event", ("view",)),
}
REQUESTS = {
    "datarequest": ("data request", ("add", "change", "view")),
    "datarequeststep": ("data request step", ("view",)),
}
TEAMS = {
    "Web Sales": ENQUIRIES,
    "Web Design": ENQUIRIES,
    "Clubs": ENQUIRIES,
    "Privacy": ENQUIRIES | REQUESTS,
    "Customer Liaison": ENQUIRIES,
}


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Make the groups with their rights; safe to run again.

    Django writes the permissions after all migrations: those needed are written
    here, and Django then finds them.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    for name, rights in TEAMS.items():
        role, _ = Group.objects.get_or_create(name=name)
        for model, (words, verbs) in rights.items():
            kind, _ = ContentType.objects.get_or_create(
                app_label="members", model=model
            )
            for verb in verbs:
                right, _ = Permission.objects.get_or_create(
                    content_type=kind,
                    codename=f"{verb}_{model}",
                    defaults={"name": f"Can {verb} {words}"},
                )
                role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0006_sessions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
