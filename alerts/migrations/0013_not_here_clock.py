"""Give *not here* a clock of its own: it is another alarm than the silence that may have been told before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0012_home_alerts_kept"),
        ("cases", "0022_episode_not_here_at"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="clock", name="clock_of_an_episode_has_one"),
        migrations.AlterField(
            model_name="clock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("contact", "Contact"),
                    ("second_eyes", "Second pair of eyes"),
                    ("call", "Police call"),
                    ("away", "Away reported"),
                    ("seen", "Reported seen"),
                    ("not_here", "Not here"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("episode__isnull", False), ("kind__in", ("call", "away", "seen", "not_here"))),
                    models.Q(("episode", None), ("kind__in", ("contact", "second_eyes"))),
                    _connector="OR",
                ),
                name="clock_of_an_episode_has_one",
            ),
        ),
    ]
