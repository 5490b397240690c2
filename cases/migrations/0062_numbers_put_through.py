"""101 is rung to be put through by the force, and in no other way; an office rung again is the same find."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0061_extra_reviews"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="missingepisode",
            name="episode_child_part_says_how",
        ),
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("child_confirmed_at", None),
                        ("child_confirmed_how", ""),
                        ("child_confirmed_number_from", ""),
                        ("child_confirmed_number_where", ""),
                        ("child_confirmed_office", ""),
                        ("child_confirmed_office_name", ""),
                        ("child_confirmed_reference", ""),
                        ("child_confirmed_told_at", None),
                        ("child_confirmed_unspoken", ""),
                    ),
                    models.Q(
                        ("child_confirmed_at__isnull", False),
                        models.Q(
                            models.Q(
                                ("child_confirmed_how", "saw"),
                                ("child_confirmed_number_from", ""),
                                ("child_confirmed_number_where", ""),
                                ("child_confirmed_office", ""),
                                ("child_confirmed_office_name", ""),
                                ("child_confirmed_reference", ""),
                                ("child_confirmed_told_at", None),
                                ("child_confirmed_unspoken", ""),
                            ),
                            models.Q(
                                ("child_confirmed_how", "spoke"),
                                ("child_confirmed_number_from", ""),
                                ("child_confirmed_number_where", ""),
                                ("child_confirmed_office", ""),
                                ("child_confirmed_office_name", ""),
                                ("child_confirmed_reference", ""),
                                ("child_confirmed_told_at", None),
                                ("child_confirmed_unspoken", ""),
                                models.Q(("child_confirmed_adult", ""), _negated=True),
                                models.Q(("child_confirmed_phone", ""), _negated=True),
                            ),
                            models.Q(
                                ("child_confirmed_how", "office"),
                                ("child_confirmed_told_at__isnull", False),
                                models.Q(
                                    ("ended_at", None),
                                    ("child_confirmed_told_at__lte", models.F("ended_at")),
                                    _connector="OR",
                                ),
                                models.Q(("child_confirmed_adult", ""), _negated=True),
                                models.Q(("child_confirmed_phone", ""), _negated=True),
                                models.Q(("child_confirmed_office", ""), _negated=True),
                                models.Q(("child_confirmed_number_from", ""), _negated=True),
                                models.Q(("child_confirmed_number_where", ""), _negated=True),
                                models.Q(
                                    models.Q(
                                        ("child_confirmed_number_from", "national"),
                                        ("child_confirmed_office", "police"),
                                        ("child_confirmed_phone", "101"),
                                    ),
                                    models.Q(
                                        models.Q(("child_confirmed_number_from", "national"), _negated=True),
                                        models.Q(("child_confirmed_phone", "101"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                models.Q(("child_confirmed_office", "coroner"), _negated=True),
                                models.Q(
                                    models.Q(
                                        models.Q(("child_confirmed_office", "family"), _negated=True),
                                        models.Q(("child_confirmed_office_name", ""), _negated=True),
                                        models.Q(("child_confirmed_reference", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("child_confirmed_number_from", "record"),
                                        ("child_confirmed_office", "family"),
                                        ("child_confirmed_unspoken", ""),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            models.Q(
                                ("child_confirmed_how", "death"),
                                ("child_confirmed_told_at__isnull", False),
                                models.Q(
                                    ("ended_at", None),
                                    ("child_confirmed_told_at__lte", models.F("ended_at")),
                                    _connector="OR",
                                ),
                                models.Q(("child_confirmed_adult", ""), _negated=True),
                                models.Q(("child_confirmed_phone", ""), _negated=True),
                                models.Q(("child_confirmed_office", ""), _negated=True),
                                models.Q(("child_confirmed_number_from", ""), _negated=True),
                                models.Q(("child_confirmed_number_where", ""), _negated=True),
                                models.Q(
                                    models.Q(
                                        ("child_confirmed_number_from", "national"),
                                        ("child_confirmed_office", "police"),
                                        ("child_confirmed_phone", "101"),
                                    ),
                                    models.Q(
                                        models.Q(("child_confirmed_number_from", "national"), _negated=True),
                                        models.Q(("child_confirmed_phone", "101"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                ("child_confirmed_office__in", ("police", "hospital", "coroner", "abroad")),
                                ("child_confirmed_unspoken", ""),
                                models.Q(("child_confirmed_office", "family"), _negated=True),
                                models.Q(("child_confirmed_office_name", ""), _negated=True),
                                models.Q(("child_confirmed_reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="episode_child_part_says_how",
            ),
        ),
    ]
