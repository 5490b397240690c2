"""Other placements by the four codes that the return on looked-after children has had for them since 2025-26."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0099_mail_refused"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="placement", name="placement_provided_as_the_return_has_it"),
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
                    ("Z11", "Other placement, code Z11 of the return"),
                    ("Z12", "Other placement, code Z12 of the return"),
                    ("Z13", "Other placement, code Z13 of the return"),
                    ("Z14", "Other placement, code Z14 of the return"),
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
                        models.Q(
                            ("type__in", ("P1", "T1", "T2", "T3", "Z11", "Z12", "Z13", "Z14")), _negated=True
                        ),
                    ),
                    _connector="OR",
                ),
                name="placement_provided_as_the_return_has_it",
            ),
        ),
    ]
