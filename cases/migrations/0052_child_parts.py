"""Who told of a child that the placement cannot answer for, or of its death; episodes of before stay as they were."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0051_triggers_of_the_engine"),
    ]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_number_from",
            field=models.CharField(
                blank=True,
                choices=[
                    ("national", "101, and put through by the force"),
                    ("publish", "The office’s own website or switchboard"),
                    ("ours", "Our council’s own list of contacts"),
                    ("record", "The child’s record, written before this search began"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_number_where",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_office",
            field=models.CharField(
                blank=True,
                choices=[
                    ("police", "Police: custody suite or officer in the case"),
                    ("hospital", "Hospital or ambulance service"),
                    ("council", "Children’s services of a council"),
                    ("detained", "Whoever detains or houses the child as an adult"),
                    ("abroad", "Authority or consulate abroad"),
                    ("family", "The family the child is with"),
                    ("coroner", "Coroner, or procurator fiscal in Scotland"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_office_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="child_confirmed_unspoken",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="missingepisode",
            name="child_confirmed_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("saw", "Saw the child face to face"),
                    ("spoke", "Rang back on a number held, and spoke to the child and an adult there"),
                    ("office", "Rang whoever has the child, on a number not from the caller"),
                    ("death", "Rang an office that says that the child has died"),
                ],
                max_length=12,
            ),
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
                                ("child_confirmed_told_at__lte", models.F("child_confirmed_at")),
                                models.Q(("child_confirmed_adult", ""), _negated=True),
                                models.Q(("child_confirmed_phone", ""), _negated=True),
                                models.Q(("child_confirmed_office", ""), _negated=True),
                                models.Q(("child_confirmed_number_from", ""), _negated=True),
                                models.Q(("child_confirmed_number_where", ""), _negated=True),
                                models.Q(
                                    ("child_confirmed_office", "police"),
                                    models.Q(("child_confirmed_number_from", "national"), _negated=True),
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
                                ("child_confirmed_told_at__lte", models.F("child_confirmed_at")),
                                models.Q(("child_confirmed_adult", ""), _negated=True),
                                models.Q(("child_confirmed_phone", ""), _negated=True),
                                models.Q(("child_confirmed_office", ""), _negated=True),
                                models.Q(("child_confirmed_number_from", ""), _negated=True),
                                models.Q(("child_confirmed_number_where", ""), _negated=True),
                                models.Q(
                                    ("child_confirmed_office", "police"),
                                    models.Q(("child_confirmed_number_from", "national"), _negated=True),
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
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("outcome", "died"), _negated=True),
                        ("child_confirmed_how", "death"),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("child_confirmed_how", "death"), _negated=True),
                        ("outcome__in", ("", "died")),
                        _connector="OR",
                    ),
                ),
                name="episode_death_is_told_by_an_office",
            ),
        ),
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("child_confirmed_unspoken", ""),
                    ("outcome__in", ("", "hospital", "arrested", "treated_as_adult", "abroad")),
                    _connector="OR",
                ),
                name="episode_unspoken_child_is_held_by_an_office",
            ),
        ),
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("child_confirmed_office", "police"),
                        models.Q(
                            ("child_confirmed_how", "death"),
                            models.Q(("child_confirmed_unspoken", ""), _negated=True),
                            _connector="OR",
                        ),
                        _negated=True,
                    ),
                    ("police_closed_by", None),
                    models.Q(("police_closed_by", models.F("child_confirmed_by")), _negated=True),
                    _connector="OR",
                ),
                name="episode_word_of_police_alone_is_heard_by_two",
            ),
        ),
    ]
