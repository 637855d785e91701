from django.db import migrations

from jessops.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("privacy", "0007_member_area")]

    operations = [append_only("privacy_look")]
