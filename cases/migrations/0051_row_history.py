"""Keep what stood in each row that may be written over: a trigger of every such table writes it, whoever changes it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# A plain trigger: those of a library stand aside for any session that sets a variable.
KEEP_HISTORY = migrations.RunSQL(
    """
    CREATE FUNCTION keep_row_history() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        whose_column CONSTANT text := TG_ARGV[0];
        without_weight CONSTANT text[] := string_to_array(TG_ARGV[1], ' ');
        secret CONSTANT text[] := string_to_array(TG_ARGV[2], ' ');
        before CONSTANT jsonb := to_jsonb(OLD);
        now_is CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) ELSE '{}'::jsonb END;
        changed jsonb;
        whose bigint := before ->> whose_column;
    BEGIN
        SELECT jsonb_object_agg(name, CASE WHEN name = ANY (secret) THEN '[]'::jsonb
                ELSE jsonb_build_array(before -> name, now_is -> name) END)
            INTO changed FROM jsonb_object_keys(before) AS name
            WHERE before -> name IS DISTINCT FROM now_is -> name AND name <> ALL (without_weight);
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
        IF whose_column = 'episode_id' THEN
            SELECT child_id INTO whose FROM cases_missingepisode WHERE id = whose;
        END IF;
        INSERT INTO cases_rowchange
            (at, "table", "row", removed, child_id, fields, "values", values_digest, actor_id, request)
        SELECT clock_timestamp(), TG_TABLE_NAME, (before ->> 'id')::bigint, TG_OP = 'DELETE', whose,
            (SELECT jsonb_agg(name) FROM jsonb_object_keys(changed) AS name), changed::text,
            encode(sha256(convert_to(changed::text, 'UTF8')), 'hex'),
            nullif(current_setting('rollcall.actor', true), '')::bigint,
            coalesce(current_setting('rollcall.request', true), '');
        RETURN NULL;
    END $$
    """,
    "DROP FUNCTION keep_row_history()",
)
_OF_CHILD = (
    "absence",
    "allocation",
    "brokenglass",
    "contact",
    "keepfrom",
    "liveconcern",
    "missingepisode",
    "note",
    "photo",
    "placement",
    "riskgrade",
    "trigger",
)
_OF_EPISODE = ("episodeforce", "missingreview", "returninterview", "seenreport")
_OF_NO_CHILD = (
    "arrivalgroup",
    "authority",
    "buildingcheck",
    "forceagreement",
    "guardianservice",
    "home",
    "mailbox",
    "membership",
    "policeforce",
    "provider",
    "rollcallshift",
    "shift",
    "team",
)


def _tables(*names: str) -> list[str]:
    return [f"cases_{name}" for name in names]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0050_disclosures"),
    ]

    operations = [
        migrations.CreateModel(
            name="RowChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("table", models.CharField(max_length=63)),
                ("row", models.BigIntegerField()),
                ("removed", models.BooleanField()),
                ("fields", models.JSONField()),
                ("values", models.TextField()),
                ("values_digest", models.CharField(max_length=64)),
                ("request", models.CharField(blank=True, max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.child",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["child", "-id"], name="row_changes_of_child"),
                    models.Index(fields=["table", "row"], name="row_changes_of_row"),
                ],
            },
        ),
        *schema.append_only("cases_rowchange"),
        KEEP_HISTORY,
        *schema.history("cases_child", of="id"),
        *schema.history(*_tables(*_OF_CHILD), of="child_id"),
        *schema.history(*_tables(*_OF_EPISODE), of="episode_id"),
        *schema.history(*_tables(*_OF_NO_CHILD)),
        # When somebody signed in stands with the attempts; a password is known to nobody, its digest included.
        *schema.history("cases_user", without_weight="last_login digest_next_at", secret="password"),  # noqa: S106
    ]
