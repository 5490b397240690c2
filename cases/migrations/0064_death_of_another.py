"""A death that was recorded can be that of another child: its episode then counts for none, and keeps what was written."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

OUTCOMES = [
    ("recording_late", "Was not missing, recording was late"),
    ("returned", "Returned"),
    ("safe_elsewhere", "Safe elsewhere"),
    ("still_at_risk", "Found, still at risk"),
    ("hospital", "In hospital"),
    ("arrested", "Arrested"),
    ("treated_as_adult", "Detained or housed as an adult"),
    ("with_family", "With family"),
    ("abroad", "Abroad"),
    ("died", "Died"),
    ("another_child", "Recorded as died, which was another child"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0063_ofsted_decided"),
    ]

    operations = [
        migrations.AlterField(
            model_name="missingepisode",
            name="outcome",
            field=models.CharField(blank=True, choices=OUTCOMES, max_length=16),
        ),
        migrations.AlterField(
            model_name="episodeending",
            name="outcome",
            field=models.CharField(choices=OUTCOMES, max_length=16),
        ),
        migrations.RemoveConstraint(
            model_name="missingepisode",
            name="episode_death_is_told_by_an_office",
        ),
        # Episodes of before stay as they were, as when it was first asked for.
        AddConstraintNotValid(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                name="episode_death_is_told_by_an_office",
                condition=(~Q(outcome="died") | Q(child_confirmed_how="death"))
                & (~Q(child_confirmed_how="death") | Q(outcome__in=("", "died", "another_child"))),
            ),
        ),
    ]
