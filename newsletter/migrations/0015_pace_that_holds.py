"""No campaign faster than was measured: 3,600 letters a minute."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def slow_down(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    campaigns = apps.get_model("newsletter", "Campaign").objects.all()
    campaigns.filter(per_minute__gt=3600).update(per_minute=3600)


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0014_letters_at_the_desk")]

    operations = [
        migrations.RunPython(slow_down, migrations.RunPython.noop),
        migrations.RemoveConstraint("campaign", "campaign_per_minute"),
        migrations.AddConstraint(
            "campaign",
            models.CheckConstraint(
                condition=models.Q(("per_minute__gte", 1), ("per_minute__lte", 3600)),
                name="campaign_per_minute",
            ),
        ),
    ]
