"""Let an escort be sent their link, and duty hear that an escort is not to take the child."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0056_worker_cover_in_policy"),
        ("cases", "0087_escort_links_sent"),
        ("guardians", "0007_council_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="message_has_an_address",
        ),
        migrations.AddField(
            model_name="message",
            name="journey",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="cases.journey",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("journey__isnull", False)),
                fields=("journey", "step", "recipient"),
                name="message_of_journey_owed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("channel", "mail"),
                        ("phone", ""),
                        models.Q(
                            models.Q(("mailbox", None), ("user__isnull", False)),
                            models.Q(("mailbox__isnull", False), ("user", None)),
                            models.Q(("mailbox", None), ("probe__isnull", False), ("user", None)),
                            models.Q(
                                ("journey__isnull", False),
                                ("mailbox", None),
                                ("post", "escort"),
                                ("user", None),
                            ),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("channel__in", ("text", "voice")),
                        ("mailbox", None),
                        models.Q(("phone", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="message_has_an_address",
            ),
        ),
    ]
