"""Nobody gives themselves a role; what was on record before stays, and whoever looks there finds it."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Exact


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_host_told_again"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="configurationchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    Exact(KeyTextTransform("user", "data"), Cast("actor", models.TextField())),
                    ("kind", "role_given"),
                    _negated=True,
                ),
                name="nobody_gives_themselves_a_role",
            ),
        ),
    ]
