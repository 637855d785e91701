from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from jessops.lib.hashing import email_hash
from privacy import sealing

COLUMNS = ["to", "subject", "text", "html", "headers"]


def seal(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute("UPDATE newsletter_message SET headers = '' WHERE headers = '{}'")
    sealing.seal_table(
        editor,
        table="newsletter_message",
        columns=COLUMNS,
        others=[],
        subject=lambda row: email_hash(row["to"]) if row["to"] else "",
        name=lambda row: str(row["id"]),
        subject_column="to_hash",
    )


class Migration(migrations.Migration):
    # Each batch by itself: an outbox with many messages goes on sending meanwhile.
    atomic = False
    dependencies = [("newsletter", "0003_message_sealed")]

    operations = [migrations.RunPython(seal)]
