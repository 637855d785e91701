from django.db import migrations, models
from django.db.models import Q

from jessops.lib.hashing import email_hash


def fill(apps, schema_editor):
    rows = apps.get_model("clubs", "ContactDetail").objects.filter(kind="email")
    for row in rows.iterator():
        row.email_hash = email_hash(row.value)
        row.save(update_fields=["email_hash"])


class Migration(migrations.Migration):
    dependencies = [("clubs", "0005_email")]

    operations = [
        migrations.AddField(
            "contactdetail",
            "email_hash",
            models.CharField(
                blank=True, default="", editable=False, max_length=64
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "contactdetail",
            models.Index(
                fields=["email_hash"],
                condition=~Q(email_hash=""),
                name="contact_detail_email_hash",
            ),
        ),
    ]
