"""An escort's address of a body that enforces immigration law, refused as that of an account or a mailbox is."""

from django.db import migrations, models
from django.db.models import Q

# As cases.mail_domains had it then.
PATTERN = r"[@.](homeoffice\.gov\.uk|borderforce\.gov\.uk|ukvi\.gov\.uk|ukba\.gov\.uk)\.*([^a-z0-9.-]|$)"
# One that was kept before the page refused it: the link goes nowhere, and the journey can still be ended.
EMPTY = f"""
    UPDATE cases_journey
       SET first_email = CASE WHEN first_email ~* '{PATTERN}' THEN '' ELSE first_email END,
           second_email = CASE WHEN second_email ~* '{PATTERN}' THEN '' ELSE second_email END
     WHERE first_email ~* '{PATTERN}' OR second_email ~* '{PATTERN}'
"""  # noqa: S608 - nothing of it was typed


def none_of(*fields: str) -> Q:
    condition = Q()
    for field in fields:
        condition &= ~Q(**{f"{field}__iregex": PATTERN})
    return condition


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_names_said"),
    ]

    operations = [
        migrations.RunSQL(EMPTY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=none_of("first_email", "second_email"),
                name="journey_escorts_of_no_immigration_body",
            ),
        ),
        migrations.RemoveConstraint(model_name="mailbox", name="mailbox_of_no_immigration_body"),
        migrations.RemoveConstraint(model_name="user", name="user_of_no_immigration_body"),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.CheckConstraint(
                condition=none_of("address"), name="mailbox_of_no_immigration_body"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=none_of("email", "drill_mail_to"), name="user_of_no_immigration_body"
            ),
        ),
    ]
