"""A missing report says more of the hours of the search: the child's phone, mind, weather, orders, and who collects it."""

from django.db import migrations, models


def _words(length: int, label: str = "", **options: object) -> models.CharField:
    labelled = {"verbose_name": label} if label else {}
    return models.CharField(blank=True, db_default="", max_length=length, **labelled, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0067_still_at_risk"),
    ]

    operations = [
        migrations.AddField("missingreport", "child_phone", _words(30, "the child’s phone")),
        migrations.AddField(
            "missingreport",
            "phone_state",
            _words(
                4,
                choices=[
                    ("on", "On: it rings"),
                    ("off", "Off, or it goes to voicemail at once"),
                    ("none", "The child has no phone with it"),
                ],
            ),
        ),
        migrations.AddField(
            "missingreport", "phone_used", _words(200, "when and how the phone was last used")
        ),
        migrations.AddField("missingreport", "state_of_mind", _words(300)),
        migrations.AddField(
            "missingreport", "weather", _words(200, "the weather, and whether the child is dressed for it")
        ),
        migrations.AddField("missingreport", "court_orders", _words(300)),
        migrations.AddField(
            "missingreport", "collected_by", _words(300, "who collects the child when it is found, and where")
        ),
    ]
