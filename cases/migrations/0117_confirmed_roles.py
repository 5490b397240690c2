"""A role in what several councils share waits for another's word, or opens each council's children by its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from cases import schema

# Whoever has a role with a force by now reads as before.
STANDING = """
INSERT INTO cases_officerconfirmation (membership_id, authority_id, confirmed_at, second)
SELECT held.id, council.id, now(), true FROM cases_membership held
JOIN cases_authority council ON council.force_id = held.force_id
WHERE held.role = 'police'
"""
ACTOR = Cast("actor", models.TextField())


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0116_arrivals_taken_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="awaits",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                name="membership_awaits_to_supervise",
                condition=Q(awaits=False) | (Q(role="guardian") & ~Q(reach="team")),
            ),
        ),
        migrations.AddConstraint(
            model_name="configurationchange",
            constraint=models.CheckConstraint(
                name="nobody_confirms_a_role_of_their_own",
                condition=~Q(kind="role_confirmed")
                | ~(
                    Q(Exact(KeyTextTransform("user", "data"), ACTOR))
                    | Q(Exact(KeyTextTransform("given_by", "data"), ACTOR))
                ),
            ),
        ),
        migrations.CreateModel(
            name="OfficerConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confirmed_at", models.DateTimeField()),
                ("second", models.BooleanField()),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.authority"
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="cases.membership",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="officerconfirmation",
            constraint=models.UniqueConstraint(
                fields=("membership", "authority"), name="officer_confirmed_once"
            ),
        ),
        migrations.RunSQL(STANDING, migrations.RunSQL.noop),
        schema.changes_only(cases_membership="ends_at, called_off_at, awaits"),
        # What was said stands in the log, which is sealed.
        schema.ForApplication("REVOKE UPDATE, DELETE, TRUNCATE ON cases_officerconfirmation FROM {role}"),
    ]
