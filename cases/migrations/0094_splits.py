"""An authority that is split: what passes to which successor, and nobody is its child any more afterwards."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# Looked at when it commits: whoever began it while the split was signed waits for that, and is refused.
STANDS = """
CREATE FUNCTION refuse_split_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_authority WHERE id = NEW.authority_id FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM cases_authority WHERE id = NEW.authority_id AND keeper_id IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM cases_responsibility r
                       WHERE r.child_id = NEW.child_id AND r.starts_at > NEW.starts_at) THEN
        RAISE EXCEPTION 'authority % was split and is responsible for nobody', NEW.authority_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER responsibility_of_one_that_stands AFTER INSERT OR UPDATE OF authority_id
    ON cases_responsibility DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_split_authority();

CREATE FUNCTION refuse_share() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_split s WHERE s.id = NEW.split_id
               AND (s.done_at IS NOT NULL OR s.called_off_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'split % is over', NEW.split_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM cases_split_successors s WHERE s.split_id = NEW.split_id
                   AND s.authority_id = NEW.successor_id) THEN
        RAISE EXCEPTION 'authority % takes nothing of split %', NEW.successor_id, NEW.split_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER share_of_an_open_split BEFORE INSERT OR UPDATE ON cases_splitshare
    FOR EACH ROW EXECUTE FUNCTION refuse_share();
"""
GONE = """
DROP TRIGGER share_of_an_open_split ON cases_splitshare;
DROP FUNCTION refuse_share();
DROP TRIGGER responsibility_of_one_that_stands ON cases_responsibility;
DROP FUNCTION refuse_split_authority();
"""
PLANNED = "placement_id, ended_at, ended_by_id, ended_why"


def _to(model: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model, **options
    )


def _pk() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0091_guardian_invited_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="authority",
            name="keeper",
            field=_to("cases.authority", blank=True, null=True, editable=False),
        ),
        migrations.CreateModel(
            name="Split",
            fields=[
                ("id", _pk()),
                ("begun_at", models.DateTimeField()),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="splits",
                        to="cases.authority",
                    ),
                ),
                ("begun_by", _to(settings.AUTH_USER_MODEL)),
                ("called_off_by", _to(settings.AUTH_USER_MODEL, blank=True, null=True)),
                ("keeper", _to("cases.authority", blank=True, null=True)),
                ("successors", models.ManyToManyField(related_name="+", to="cases.authority")),
            ],
            options={
                "ordering": ["-begun_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("called_off_at", None), ("done_at", None)),
                        fields=("authority",),
                        name="split_one_open_per_authority",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("called_off_at", None), ("called_off_by", None)),
                            models.Q(
                                ("called_off_at__isnull", False),
                                ("called_off_by__isnull", False),
                                ("done_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="split_ends_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("keeper__isnull", False), _connector="OR"),
                        name="split_done_says_who_keeps",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SplitShare",
            fields=[
                ("id", _pk()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("team", "Teams with their people"),
                            ("home", "Homes in its area"),
                            ("child", "Its children"),
                            ("area", "Children of other authorities at addresses in its area"),
                            ("transfer", "Transfers that were offered to it"),
                        ],
                        max_length=8,
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                ("said_at", models.DateTimeField()),
                ("said_by", _to(settings.AUTH_USER_MODEL)),
                (
                    "split",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="cases.split",
                    ),
                ),
                ("successor", _to("cases.authority")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("split", "kind", "subject_id"), name="split_share_said_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(STANDS, GONE),
        schema.kept("cases_split", "cases_splitshare", "cases_split_successors"),
        schema.changes_only(
            cases_split="keeper_id, called_off_at, called_off_by_id, done_at",
            cases_splitshare="successor_id, said_at, said_by_id",
        ),
        # Where a child is to live is in the area of another authority from the split on.
        schema.changes_only(cases_plannedplacement=f"authority_id, {PLANNED}"),
        *schema.history("cases_split", "cases_splitshare", "cases_split_successors"),
    ]
