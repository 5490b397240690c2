"""Give the rest of a registration a home: references, needs, signs of trafficking, a safe phone, the form's own key."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_triggers_look_in_public"),
    ]

    operations = [
        migrations.AddField(
            model_name="child",
            name="age_given",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="age given on arrival"
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="authority_reference",
            field=models.CharField(blank=True, max_length=40, verbose_name="the authority's own reference"),
        ),
        migrations.AddField(
            model_name="child",
            name="found_by",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="child",
            name="home_office_reference",
            field=models.CharField(blank=True, max_length=40, verbose_name="Home Office reference"),
        ),
        migrations.AddField(
            model_name="child",
            name="key",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="literacy",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not known"),
                    ("reads", "Reads their own language"),
                    ("english", "Reads English"),
                    ("no", "Does not read"),
                ],
                default="",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="needs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("health", "Health or injury"),
                        ("medicine", "Medicine that must not run out"),
                        ("disability", "Disability or communication need"),
                        ("pregnancy", "Pregnancy"),
                        ("other", "Something else"),
                        ("none", "None that is known"),
                    ],
                    max_length=10,
                ),
                blank=True,
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="needs_note",
            field=models.CharField(blank=True, max_length=500, verbose_name="what is needed"),
        ),
        migrations.AddField(
            model_name="child",
            name="nrm_reference",
            field=models.CharField(blank=True, max_length=40, verbose_name="NRM reference"),
        ),
        migrations.AddField(
            model_name="child",
            name="phone_seen_by",
            field=models.CharField(blank=True, max_length=200, verbose_name="who else sees the phone"),
        ),
        migrations.AddField(
            model_name="child",
            name="port_reference",
            field=models.CharField(blank=True, max_length=40, verbose_name="port or wristband reference"),
        ),
        migrations.AddField(
            model_name="child",
            name="safe_phone",
            field=models.CharField(blank=True, max_length=20, verbose_name="number that is safe to ring"),
        ),
        migrations.AddField(
            model_name="child",
            name="trafficking",
            field=models.CharField(
                choices=[("not_asked", "Not yet asked"), ("yes", "Yes"), ("no", "No")],
                default="not_asked",
                max_length=9,
                verbose_name="signs of trafficking",
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="trafficking_note",
            field=models.CharField(blank=True, max_length=500, verbose_name="which signs"),
        ),
        migrations.AddField(
            model_name="child",
            name="uucr_reference",
            field=models.CharField(blank=True, max_length=40, verbose_name="UUCR reference"),
        ),
        migrations.AddIndex(
            model_name="child",
            index=models.Index(
                django.db.models.functions.text.Upper("port_reference"),
                condition=models.Q(("port_reference", ""), _negated=True),
                name="child_by_port_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="child",
            constraint=models.CheckConstraint(
                condition=models.Q(("trafficking__in", ["not_asked", "yes", "no"])),
                name="child_trafficking_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="child",
            constraint=models.CheckConstraint(
                condition=models.Q(("age_given", None), ("age_given__lte", 25), _connector="OR"),
                name="child_age_given_plausible",
            ),
        ),
    ]
