"""Who provides a placement, and all the types that the return on looked-after children knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0043_forces_in_charge"),
    ]

    operations = [
        migrations.AddField(
            model_name="placement",
            name="provided_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("PR0", "Parent or person with parental responsibility"),
                    ("PR1", "The responsible council itself"),
                    ("PR2", "Another council"),
                    ("PR3", "Another public body, such as the NHS"),
                    ("PR4", "A private provider"),
                    ("PR5", "A charity or other voluntary provider"),
                ],
                db_default="",
                default="",
                max_length=3,
            ),
        ),
        migrations.AlterField(
            model_name="placement",
            name="type",
            field=models.CharField(
                choices=[
                    ("K2", "Children’s home"),
                    ("K3", "Supported accommodation"),
                    ("U6", "Foster placement"),
                    ("U4", "Foster placement, long term"),
                    ("U1", "Foster placement with relative or friend, long term"),
                    ("U3", "Foster placement with relative or friend, not long term"),
                    ("P1", "With a parent or somebody with parental responsibility"),
                    ("P3", "Residential employment"),
                    ("K1", "Secure children’s home"),
                    ("R1", "Residential care home"),
                    ("R2", "Hospital or nursing home, for longer"),
                    ("R3", "Family centre, or mother and baby unit"),
                    ("R5", "Young offender institution or prison"),
                    ("S1", "Residential school"),
                    ("T1", "Temporary: hospital, at most 6 weeks"),
                    ("T2", "Temporary: on holiday"),
                    ("T3", "Temporary: the carer is on holiday, at most 3 weeks"),
                    ("T4", "Temporary: other, at most 7 days"),
                    ("Z1", "Other placement"),
                ],
                default="K2",
                max_length=3,
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("provided_by", ""),
                    models.Q(("provided_by", "PR0"), ("type", "P1")),
                    models.Q(
                        models.Q(("provided_by", "PR0"), _negated=True),
                        models.Q(("type__in", ("P1", "T1", "T2", "T3")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="placement_provided_as_the_return_has_it",
            ),
        ),
    ]
