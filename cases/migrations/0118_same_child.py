"""Two records may be of one child: said by one person, and confirmed by another."""

from django.db import migrations, models
from django.db.models import F, Q

KINDS = [
    ("sibling", "Brother or sister"),
    ("relative", "Another relative"),
    ("companion", "Travelled together"),
    ("friend", "Friend"),
    ("same", "The same child, on record twice"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0117_confirmed_roles")]

    operations = [
        migrations.AlterField(
            model_name="childlink",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=9),
        ),
        migrations.AlterField(
            model_name="linkrequest",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=9),
        ),
        migrations.AddConstraint(
            model_name="childlink",
            constraint=models.CheckConstraint(
                name="link_same_child_said_by_two",
                condition=~Q(kind="same", check_result="confirmed") | ~Q(checked_by=F("recorded_by")),
            ),
        ),
    ]
