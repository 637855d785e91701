"""The stock ledger and the orders' history cannot be rewritten."""

from django.db import migrations

from jessops.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        append_only("shop_stockmovement"),
        append_only("shop_orderevent"),
    ]
