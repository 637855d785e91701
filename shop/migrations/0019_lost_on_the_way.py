from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0018_money_of_the_day")]

    operations = [
        migrations.AlterField(
            model_name="stockmovement",
            name="reason",
            field=models.CharField(
                choices=[
                    ("opening", "Opening count"),
                    ("received", "Received from a supplier"),
                    ("bought-in", "Bought in, used"),
                    ("sold", "Sold"),
                    ("returned", "Returned by a customer"),
                    ("released", "Sale undone before dispatch"),
                    ("counted", "Stock-take difference"),
                    ("scrapped", "Scrapped"),
                    ("lost", "Lost on the way"),
                ],
                max_length=10,
            ),
        ),
    ]
