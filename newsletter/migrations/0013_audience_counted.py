"""Who would get a campaign, as counted before it is sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0012_recipients")]

    operations = [
        migrations.AddField(
            model_name="sending",
            name="audience",
            field=models.JSONField(default=dict, verbose_name="audience when counted"),
        ),
        migrations.AddField(
            model_name="sending",
            name="counted_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="audience counted at"
            ),
        ),
    ]
