from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from privacy import sealing

COLUMNS = (
    "title full_name email telephone line1 line2 town county postcode billing_line1"
    " billing_line2 billing_town billing_county billing_postcode"
).split()


def seal(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    sealing.seal_table(
        editor,
        table="shop_order",
        columns=COLUMNS,
        others=["number", "email_hash"],
        subject=lambda row: row["email_hash"],
        name=lambda row: row["number"],
    )


class Migration(migrations.Migration):
    # Each batch by itself: a shop with many orders is locked for none of it.
    atomic = False
    dependencies = [("shop", "0007_order_sealed")]

    operations = [migrations.RunPython(seal)]
