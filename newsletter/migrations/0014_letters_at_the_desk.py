"""Why a campaign did not begin, and a class of its own for tests of letters."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0013_audience_counted")]

    operations = [
        migrations.AddField(
            model_name="sending",
            name="stopped",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="why it did not begin"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="message_class",
            field=models.CharField(
                choices=[
                    ("order", "Order"),
                    ("account", "Account"),
                    ("legal", "Legal"),
                    ("enquiry", "Enquiry"),
                    ("service", "Service announcement"),
                    ("marketing", "Offers"),
                    ("launches", "Product launches"),
                    ("news", "Site news"),
                    ("newsletter", "Newsletter"),
                    ("confirm", "Confirmation of a sign-up"),
                    ("change", "Question about a new use of data"),
                    ("staff", "Alarm to our own staff"),
                    ("test", "Test of a letter, to who writes it"),
                ],
                max_length=12,
            ),
        ),
    ]
