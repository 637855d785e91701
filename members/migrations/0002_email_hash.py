from django.db import migrations, models

from jessops.lib.hashing import email_hash


def fill(apps, schema_editor):
    for member in apps.get_model("members", "Member").objects.iterator():
        member.email_hash = email_hash(member.email)
        member.save(update_fields=["email_hash"])


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [
        migrations.AddField(
            "member",
            "email_hash",
            models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            "member",
            "email_hash",
            models.CharField(editable=False, max_length=64, unique=True),
        ),
    ]
