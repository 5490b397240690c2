"""Who a found child is, and whether it is one who is looked for, is asked once more after so long: figures of the policy."""

from django.db import migrations

from alerts import duty_additions
from alerts.duties import Duty


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0028_found_children"),
    ]

    operations = [
        duty_additions.asked_again(
            Duty.FOUND_ANSWER, Duty.FOUND_UNNAMED, reason="Found children asked again"
        ),
    ]
