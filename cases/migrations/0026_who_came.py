"""Who came near a child, found by plate and number, and the police reference that answers it."""

from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0025_what_comes_next"),
    ]

    operations = [
        migrations.AddField(
            model_name="trigger",
            name="how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("came", "Came to the door, or inside"),
                    ("waited", "Waited near the home, school or on the way"),
                    ("followed", "Followed the child"),
                    ("offered", "Offered a lift, work, money or a place to stay"),
                    ("rang", "Rang, or sent a message"),
                    ("online", "Wrote to the child online"),
                ],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="trigger",
            name="person",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="trigger",
            name="phone",
            field=models.CharField(blank=True, db_default="", max_length=30),
        ),
        migrations.AddField(
            model_name="trigger",
            name="phone_key",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="trigger",
            name="place",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="trigger",
            name="plate",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="trigger",
            name="plate_key",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="trigger",
            name="police_reference",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="trigger",
            name="police_told",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="trigger",
            index=models.Index(
                condition=models.Q(("plate_key", ""), _negated=True),
                fields=["plate_key"],
                name="trigger_by_plate",
            ),
        ),
        migrations.AddIndex(
            model_name="trigger",
            index=models.Index(
                condition=models.Q(("phone_key", ""), _negated=True),
                fields=["phone_key"],
                name="trigger_by_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "approach"),
                    models.Q(("how", ""), ("kind", "new_contact")),
                    models.Q(("how", ""), ("person", ""), ("phone", ""), ("place", ""), ("plate", "")),
                    _connector="OR",
                ),
                name="trigger_says_who_came_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("plate", ""), ("plate_key", "")),
                    models.Q(models.Q(("plate", ""), _negated=True), ("plate_key__regex", "^[A-Z0-9]+$")),
                    _connector="OR",
                ),
                name="trigger_is_found_by_its_plate",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone", ""), ("phone_key", "")),
                    models.Q(models.Q(("phone", ""), _negated=True), ("phone_key__regex", "^[0-9]+$")),
                    _connector="OR",
                ),
                name="trigger_is_found_by_its_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("police_reference", ""), ("police_told", None)),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("kind", "approach"),
                        ("police_reference", ""),
                        ("police_told", False),
                    ),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("kind", "approach"),
                        ("police_told", True),
                        models.Q(("police_reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="trigger_police_told_by_reference",
            ),
        ),
        schema.changes_only(
            cases_trigger="answered_at, answered_by_id, answer, police_told, police_reference"
        ),
    ]
