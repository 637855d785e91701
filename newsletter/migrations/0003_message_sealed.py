from django.db import migrations, models

import privacy.sealed


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0002_message_policy_version")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="key_id",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=32
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="message",
            name="to_hash",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="message",
            name="to",
            field=privacy.sealed.SealedText(max_length=254),
        ),
        migrations.AlterField(
            model_name="message",
            name="subject",
            field=privacy.sealed.SealedText(max_length=200),
        ),
        migrations.AlterField(
            model_name="message", name="text", field=privacy.sealed.SealedText()
        ),
        migrations.AlterField(
            model_name="message",
            name="html",
            field=privacy.sealed.SealedText(blank=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="headers",
            field=privacy.sealed.SealedJson(blank=True, default=dict),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["to_hash"], name="message_to_hash"),
        ),
    ]
