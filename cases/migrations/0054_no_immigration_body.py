"""Let no mailbox and no account be of a body that enforces immigration law."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("cases", "0053_restrictions"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "address__iregex",
                        "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                    ),
                    _negated=True,
                ),
                name="mailbox_of_no_immigration_body",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "email__iregex",
                            "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                        ),
                        _negated=True,
                    ),
                    models.Q(
                        (
                            "drill_mail_to__iregex",
                            "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                        ),
                        _negated=True,
                    ),
                ),
                name="user_of_no_immigration_body",
            ),
        ),
    ]
