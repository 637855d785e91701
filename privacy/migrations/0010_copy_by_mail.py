from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0009_two_people")]

    operations = [
        migrations.AddField(
            model_name="copy",
            name="by_mail",
            field=models.BooleanField(default=False),
        ),
    ]
