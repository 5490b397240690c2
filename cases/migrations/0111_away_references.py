"""A force may give a reference for a child who is away: kept apart from those of forces that are alerted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# Of a child who is looked for a reference is that of a force that is alerted, and stands there.
OF_AWAY = """
CREATE FUNCTION away_reference_of_a_child_away() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cases_missingepisode
                   WHERE id = NEW.episode_id AND status = 'away' AND police_owed_at IS NULL) THEN
        RAISE EXCEPTION 'episode % is not of a child who is away', NEW.episode_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'away_reference_of_a_child_away';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER away_reference_of_a_child_away BEFORE INSERT ON cases_awayreference
    FOR EACH ROW EXECUTE FUNCTION away_reference_of_a_child_away()
"""
NOT_OF_AWAY = """
DROP TRIGGER away_reference_of_a_child_away ON cases_awayreference;
DROP FUNCTION away_reference_of_a_child_away()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0110_who_reported")]

    operations = [
        migrations.CreateModel(
            name="AwayReference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=60, verbose_name="police reference")),
                ("officer", models.CharField(blank=True, max_length=150)),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="away_references",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.policeforce",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["episode", "recorded_at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="awayreference",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True), name="away_reference_is_given"
            ),
        ),
        migrations.RunSQL(OF_AWAY, NOT_OF_AWAY),
        *schema.append_only("cases_awayreference"),
    ]
