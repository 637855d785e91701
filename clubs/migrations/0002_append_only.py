"""What happened to the entries cannot be rewritten."""

from django.db import migrations

from jessops.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("clubs", "0001_initial")]

    operations = [append_only("clubs_clubevent")]
