"""Indexes by which the clocks of accounts and of staff acts find what is due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("members", "0007_teams"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                fields=["joined_at"],
                condition=models.Q(is_active=True, is_staff=False, last_login=None),
                name="member_unproved",
            ),
        ),
        # Django's own table: its model says nothing of ours.
        migrations.RunSQL(
            "CREATE INDEX staff_acts_by_day ON django_admin_log (action_time)",
            "DROP INDEX staff_acts_by_day",
        ),
    ]
