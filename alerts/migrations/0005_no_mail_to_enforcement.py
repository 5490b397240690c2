"""No automatic answer to a body that enforces immigration law; what was answered before is a record, and stays."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# As cases.mail_domains had it then.
PATTERN = r"[@.](homeoffice\.gov\.uk|borderforce\.gov\.uk|ukvi\.gov\.uk|ukba\.gov\.uk)\.*([^a-z0-9.-]|$)"


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0004_policies"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="replyanswer",
            constraint=models.CheckConstraint(
                condition=~models.Q(address__iregex=PATTERN), name="reply_answer_to_no_immigration_body"
            ),
        ),
    ]
