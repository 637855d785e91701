"""Surveys and contests: what was published stands, and a draw is made once."""

import uuid
from typing import Any

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import privacy.sealed

# What people are asked, and for whom, is what they saw when they answered.
STAND = """
CREATE FUNCTION newsletter_survey_stands() RETURNS trigger AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN NEW;
    END IF;
    IF (NEW.kind, NEW.slug, NEW.title, NEW.intro, NEW.opens_on)
        IS DISTINCT FROM (OLD.kind, OLD.slug, OLD.title, OLD.intro, OLD.opens_on)
        OR NEW.threshold < OLD.threshold
        OR NEW.state = 'draft'
        OR (OLD.state = 'ended' AND NEW.state <> 'ended')
    THEN
        RAISE EXCEPTION 'what was published stands'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_survey_stands
    BEFORE UPDATE ON newsletter_survey
    FOR EACH ROW EXECUTE FUNCTION newsletter_survey_stands();

CREATE FUNCTION newsletter_question_stands() RETURNS trigger AS $$
DECLARE
    row newsletter_question;
BEGIN
    row := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    IF EXISTS (
        SELECT FROM newsletter_survey
            WHERE id = row.survey_id AND (state <> 'draft' OR kind <> 'survey')
    ) THEN
        RAISE EXCEPTION 'the questions of what was published stand'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN row;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_question_stands
    BEFORE INSERT OR UPDATE OR DELETE ON newsletter_question
    FOR EACH ROW EXECUTE FUNCTION newsletter_question_stands();

CREATE FUNCTION newsletter_contest_stands() RETURNS trigger AS $$
BEGIN
    IF OLD.awarded_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a contest is awarded once'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.sponsor, NEW.sponsor_policy, NEW.prize, NEW.places, NEW.rules)
        IS DISTINCT FROM
       (OLD.sponsor, OLD.sponsor_policy, OLD.prize, OLD.places, OLD.rules)
        AND EXISTS (
            SELECT FROM newsletter_survey
                WHERE id = NEW.survey_id AND state <> 'draft'
        )
    THEN
        RAISE EXCEPTION 'what was published stands'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_contest_stands
    BEFORE UPDATE ON newsletter_contest
    FOR EACH ROW EXECUTE FUNCTION newsletter_contest_stands();

CREATE FUNCTION newsletter_entry_stands() RETURNS trigger AS $$
BEGIN
    IF OLD.awarded_on IS NOT NULL
        AND (NEW.place, NEW.awarded_on, NEW.contest_id)
            IS DISTINCT FROM (OLD.place, OLD.awarded_on, OLD.contest_id)
    THEN
        RAISE EXCEPTION 'a draw is made once'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_entry_stands
    BEFORE UPDATE ON newsletter_entry
    FOR EACH ROW EXECUTE FUNCTION newsletter_entry_stands();
"""
STAND_BACK = "\n".join(
    f"DROP TRIGGER newsletter_{one}_stands ON newsletter_{one};"
    f" DROP FUNCTION newsletter_{one}_stands();"
    for one in ("survey", "question", "contest", "entry")
)
# By model: codename and name, as Django would write them.
RIGHTS = {
    "survey": {
        "add_survey": "Can add survey or contest",
        "change_survey": "Can change survey or contest",
        "delete_survey": "Can delete survey or contest",
        "view_survey": "Can view survey or contest",
        "publish_survey": "Can publish and end surveys and contests",
    },
    "question": {
        "add_question": "Can add question",
        "change_question": "Can change question",
        "delete_question": "Can delete question",
        "view_question": "Can view question",
    },
    "contest": {
        "add_contest": "Can add contest",
        "change_contest": "Can change contest",
        "view_contest": "Can view contest",
        "award_contest": "Can draw the winners of a contest",
        "share_contest": "Can make the link by which a sponsor gets the winners",
    },
    "entry": {"view_entry": "Can view entry"},
}


def give_rights(apps: Any, schema_editor: Any) -> None:
    """Let the role Newsletter hold surveys and contests; safe to run again."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Newsletter")
    for model, rights in RIGHTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="newsletter", model=model)
        for codename, name in rights.items():
            right, _ = Permission.objects.get_or_create(
                content_type=kind, codename=codename, defaults={"name": name}
            )
            role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0008_bounces"),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
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
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                "survey",
                                "Survey: questions, and nothing about who answers",
                            ),
                            (
                                "contest",
                                "Contest: contact details, and no question",
                            ),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        max_length=60, unique=True, verbose_name="address"
                    ),
                ),
                ("title", models.CharField(max_length=100)),
                (
                    "intro",
                    models.TextField(max_length=1500, verbose_name="what it is for"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("ended", "Ended"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("opens_on", models.DateField(verbose_name="first day")),
                ("closes_on", models.DateField(verbose_name="last day")),
                (
                    "threshold",
                    models.PositiveSmallIntegerField(
                        default=5,
                        verbose_name="fewest people behind a number that is shown",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "leads_to",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"kind": "contest"},
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="newsletter.survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey or contest",
                "verbose_name_plural": "surveys and contests",
                "permissions": [
                    ("publish_survey", "Can publish and end surveys and contests")
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
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
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("yesno", "Yes or no"),
                            ("one", "One of several"),
                            ("many", "Any of several"),
                            ("scale", "From 1 (poor) to 5 (very good)"),
                            ("district", "Where you live: first half of the postcode"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.CharField(max_length=200, verbose_name="question")),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="newsletter.survey",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "default_permissions": ("add", "change", "delete", "view"),
            },
        ),
        migrations.CreateModel(
            name="Contest",
            fields=[
                (
                    "survey",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="contest",
                        serialize=False,
                        to="newsletter.survey",
                    ),
                ),
                (
                    "sponsor",
                    models.CharField(
                        max_length=100, verbose_name="name of the sponsor's company"
                    ),
                ),
                (
                    "sponsor_policy",
                    models.URLField(verbose_name="the sponsor's privacy policy"),
                ),
                ("prize", models.CharField(max_length=200)),
                (
                    "places",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="how many win"
                    ),
                ),
                ("rules", models.TextField(max_length=4000, verbose_name="conditions")),
                ("awarded_on", models.DateField(blank=True, editable=False, null=True)),
                ("entrants", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "winners",
                    models.PositiveSmallIntegerField(default=0, editable=False),
                ),
            ],
            options={
                "permissions": [
                    ("award_contest", "Can draw the winners of a contest"),
                    (
                        "share_contest",
                        "Can make the link by which a sponsor gets the winners",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="newsletter.question",
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name_plural": "tallies",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SponsorLink",
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
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "made_by",
                    models.PositiveBigIntegerField(verbose_name="made by account"),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends_at", models.DateTimeField()),
                (
                    "fetched",
                    models.PositiveIntegerField(
                        default=0, verbose_name="times fetched"
                    ),
                ),
                (
                    "contest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="newsletter.contest",
                    ),
                ),
            ],
            options={
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("key_id", models.CharField(blank=True, editable=False, max_length=32)),
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
                        max_length=64, verbose_name="keyed hash of the address"
                    ),
                ),
                ("name", privacy.sealed.SealedText(max_length=100)),
                (
                    "email",
                    privacy.sealed.SealedText(
                        max_length=254, verbose_name="e-mail address"
                    ),
                ),
                (
                    "line1",
                    privacy.sealed.SealedText(max_length=100, verbose_name="address"),
                ),
                (
                    "line2",
                    privacy.sealed.SealedText(
                        blank=True, max_length=100, verbose_name="address, second line"
                    ),
                ),
                ("town", privacy.sealed.SealedText(max_length=60)),
                ("county", privacy.sealed.SealedText(blank=True, max_length=60)),
                ("postcode", privacy.sealed.SealedText(max_length=8)),
                (
                    "may_share",
                    models.BooleanField(
                        default=False, verbose_name="the sponsor may have it"
                    ),
                ),
                (
                    "unnamed",
                    models.BooleanField(
                        default=False, verbose_name="not to be named as a winner"
                    ),
                ),
                (
                    "place",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="won place"
                    ),
                ),
                ("entered_on", models.DateField()),
                ("awarded_on", models.DateField(blank=True, null=True)),
                ("policy_version", models.PositiveIntegerField()),
                (
                    "contest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="newsletter.contest",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "entries",
                "default_permissions": ("view",),
            },
        ),
        migrations.AddConstraint(
            model_name="contest",
            constraint=models.CheckConstraint(
                condition=models.Q(("places__gte", 1), ("places__lte", 100)),
                name="contest_places",
            ),
        ),
        migrations.AddConstraint(
            model_name="contest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sponsor", ""), _negated=True),
                    models.Q(("prize", ""), _negated=True),
                    models.Q(("sponsor_policy", ""), _negated=True),
                ),
                name="contest_names_its_sponsor",
            ),
        ),
        migrations.AddConstraint(
            model_name="contest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("awarded_on__isnull", False),
                    models.Q(("entrants", 0), ("winners", 0)),
                    _connector="OR",
                ),
                name="contest_counts_when_awarded",
            ),
        ),
        migrations.AddIndex(
            model_name="survey",
            index=models.Index(fields=["-opens_on", "-id"], name="survey_newest"),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_on__gte", models.F("opens_on"))),
                name="survey_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gte", 5)), name="survey_threshold"
            ),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["survey", "contest"])),
                name="survey_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("survey", "position"),
                name="question_position",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["yesno", "one", "many", "scale", "district"])
                ),
                name="question_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["one", "many"]), ("options__len__gte", 2)),
                    models.Q(
                        models.Q(("kind__in", ["one", "many"]), _negated=True),
                        ("options", []),
                    ),
                    _connector="OR",
                ),
                name="question_options_where_needed",
            ),
        ),
        migrations.AddConstraint(
            model_name="sponsorlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gte", models.F("made_at"))),
                name="sponsor_link_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["subject"], name="entry_subject"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["awarded_on"], name="entry_awarded"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["entered_on"], name="entry_entered"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                fields=("contest", "subject"), name="entry_one_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                fields=("contest", "place"), name="entry_one_a_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("place", None), ("awarded_on__isnull", False), _connector="OR"
                ),
                name="entry_wins_when_awarded",
            ),
        ),
        migrations.RunSQL(STAND, STAND_BACK),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
