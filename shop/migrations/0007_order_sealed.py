from django.db import migrations, models

import privacy.sealed

COLUMNS = {
    "title": (20, True),
    "full_name": (100, False),
    "email": (254, False),
    "telephone": (30, True),
    "line1": (100, False),
    "line2": (100, True),
    "town": (60, False),
    "county": (60, True),
    "postcode": (8, False),
    "billing_line1": (100, False),
    "billing_line2": (100, True),
    "billing_town": (60, False),
    "billing_county": (60, True),
    "billing_postcode": (8, False),
}


class Migration(migrations.Migration):
    dependencies = [("shop", "0006_telephone_due")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="key_id",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=32
            ),
            preserve_default=False,
        ),
        *(
            migrations.AlterField(
                model_name="order",
                name=name,
                field=privacy.sealed.SealedText(
                    max_length=length, **({"blank": True} if blank else {})
                ),
            )
            for name, (length, blank) in COLUMNS.items()
        ),
    ]
