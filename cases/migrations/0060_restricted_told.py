"""Tell one senior of each restriction: a matter of its own kind, which they answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0059_destroyed_by_an_officer"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="matter",
            name="matter_worry_has_its_own_limit",
        ),
        migrations.AlterField(
            model_name="matter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("breach", "Data breach"),
                    ("complaint", "Complaint"),
                    ("worry", "Worry about a colleague"),
                    ("restrict", "Restricted record"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="matterentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assessed", "Assessed: whom it concerns, and the risk to them"),
                    ("notified", "Told the Information Commissioner"),
                    ("not_notified", "Decided not to tell the Information Commissioner"),
                    ("told_people", "Told the people concerned, or decided not to"),
                    ("acknowledged", "Acknowledged to whoever complained"),
                    ("answered", "Answered"),
                    ("lado_has_it", "The LADO has it"),
                    ("outcome", "What the LADO decided"),
                    ("looked_at", "Looked at, and what was decided"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("worry", "restrict")), ("limit_at__isnull", False)),
                    models.Q(
                        models.Q(("kind__in", ("worry", "restrict")), _negated=True),
                        ("about", None),
                        ("child", None),
                        ("limit_at", None),
                        ("phone", ""),
                        ("senior", None),
                    ),
                    _connector="OR",
                ),
                name="matter_worry_has_its_own_limit",
            ),
        ),
    ]
