"""Readers of the newsletter, suppressed addresses, and a class of mail for each list."""

import uuid

import django.utils.timezone
from django.db import migrations, models

import privacy.sealed


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0009_surveys")]

    operations = [
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        max_length=64,
                        unique=True,
                        verbose_name="keyed hash of the e-mail address",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("hard-bounce", "There is no such mailbox"),
                            (
                                "soft-bounces",
                                "Several of our letters could not be delivered",
                            ),
                            ("complaint", "A letter of ours was marked as spam"),
                            ("staff", "Our staff stopped all letters"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="evidence"
                    ),
                ),
                ("policy_version", models.PositiveIntegerField(default=1)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(fields=["-since", "-id"], name="suppression_newest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject__regex", "^[0-9a-f]{64}$")),
                        name="suppression_subject_is_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["hard-bounce", "soft-bounces", "complaint", "staff"],
                            )
                        ),
                        name="suppression_reason_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "key_id",
                    models.CharField(blank=True, editable=False, max_length=32),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        max_length=64,
                        unique=True,
                        verbose_name="keyed hash of the e-mail address",
                    ),
                ),
                ("name", privacy.sealed.SealedText(blank=True, max_length=100)),
                (
                    "email",
                    privacy.sealed.SealedText(
                        max_length=254, verbose_name="e-mail address"
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("policy_version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at", None)),
                        fields=["asked_at"],
                        name="subscription_pending",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject__regex", "^[0-9a-f]{64}$")),
                        name="subscription_subject_is_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at", None),
                            ("confirmed_at__gte", models.F("asked_at")),
                            _connector="OR",
                        ),
                        name="subscription_confirmed_later",
                    ),
                ],
            },
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
                ],
                max_length=12,
            ),
        ),
    ]
