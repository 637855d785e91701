from django.db import migrations

from jessops.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("members", "0003_member_area")]

    operations = [
        append_only("members_enquiryevent"),
        append_only("members_datarequeststep"),
    ]
