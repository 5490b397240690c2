"""A message from a missing child is a trigger of the contact that it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0028_head_counts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="trigger",
            name="trigger_of_a_contact_is_its_concern",
        ),
        migrations.AlterField(
            model_name="trigger",
            name="kind",
            field=models.CharField(
                choices=[
                    ("approach", "Somebody came, rang or waited for the child"),
                    ("new_contact", "A new phone, or a new visitor"),
                    ("friend", "A friend has gone missing"),
                    ("move", "A move, or its announcement"),
                    ("age", "An age decision"),
                    ("home_office", "A Home Office interview or refusal"),
                    ("turning_18", "17 years and 9 months"),
                    ("concern", "Serious concern about the child"),
                    ("message", "A message from the missing child"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contact__isnull", False), ("kind__in", ("concern", "message"))),
                    models.Q(
                        models.Q(("kind__in", ("concern", "message")), _negated=True), ("contact", None)
                    ),
                    _connector="OR",
                ),
                name="trigger_of_a_contact_is_its_concern",
            ),
        ),
    ]
