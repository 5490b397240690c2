"""Of a death, and of the police's word alone, two people here have heard; episodes of before stay as they were."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0059_moves_of_the_engine"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "ended"), _negated=True),
                    models.Q(
                        ("child_confirmed_how", "death"),
                        models.Q(
                            ("child_confirmed_office", "police"),
                            models.Q(
                                ("child_confirmed_how", "death"),
                                models.Q(("child_confirmed_unspoken", ""), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                        _negated=True,
                    ),
                    models.Q(
                        ("ended_by__isnull", False),
                        models.Q(("ended_by", models.F("child_confirmed_by")), _negated=True),
                    ),
                    models.Q(
                        ("police_closed_by__isnull", False),
                        models.Q(("police_closed_by", models.F("child_confirmed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="episode_death_is_heard_by_two",
            ),
        ),
    ]
