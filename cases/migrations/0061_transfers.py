"""Transfers of responsibility, which PostgreSQL holds against the responsibilities themselves."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# An open transfer is the responsible authority's own, and one whose child has arrived made the receiver responsible at
# that instant: looked at when the commit comes, under the child's lock.
AGREES = """
CREATE FUNCTION transfer_agrees() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_child WHERE id = NEW.child_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM cases_transfer AS t
         WHERE t.child_id = NEW.child_id
           AND (t.status IN ('referred', 'allocated', 'declined', 'accepted', 'date_set', 'in_transit')
                AND t.sender_id IS DISTINCT FROM (
                    SELECT r.authority_id FROM cases_responsibility AS r
                     WHERE r.child_id = t.child_id ORDER BY r.starts_at DESC LIMIT 1)
             OR t.status IN ('arrived', 'completed')
                AND NOT EXISTS (
                    SELECT FROM cases_responsibility AS r
                     WHERE r.child_id = t.child_id AND r.authority_id = t.receiver_id
                       AND r.starts_at = t.confirmed_at))
    ) THEN
        RAISE EXCEPTION 'a transfer of child % is not what its responsibilities say', NEW.child_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfer_agrees AFTER INSERT OR UPDATE ON cases_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transfer_agrees();
CREATE CONSTRAINT TRIGGER transfer_agrees AFTER INSERT ON cases_responsibility
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transfer_agrees()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0060_restricted_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("nts", "National Transfer Scheme"),
                            ("agreed", "Agreed between the two authorities"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("referred", "Referred, no authority has it yet"),
                            ("allocated", "Offered, nobody has answered yet"),
                            ("declined", "Declined"),
                            ("accepted", "Accepted"),
                            ("date_set", "Day agreed"),
                            ("in_transit", "On the way"),
                            ("arrived", "Arrived"),
                            ("completed", "Completed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="referred",
                        max_length=10,
                    ),
                ),
                ("needs", models.TextField()),
                ("wishes", models.TextField()),
                ("wishes_language", models.CharField(max_length=60)),
                ("proposed_date", models.DateField()),
                ("referred_at", models.DateTimeField()),
                ("allocated_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("decline_reason", models.TextField(blank=True)),
                ("moves_date", models.DateField(blank=True, null=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("expected_at", models.DateTimeField(blank=True, null=True)),
                ("arrived_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("handed_to", models.CharField(blank=True, max_length=120)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdraw_reason", models.TextField(blank=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="cases.child",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.authority",
                    ),
                ),
                (
                    "referred_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.authority"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.team",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-referred_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("risks", "Risks that stand open"),
                            ("episodes", "Missing episodes that are open"),
                            ("profile", "Who the child is, to be found by"),
                            ("documents", "Photos and documents"),
                        ],
                        max_length=9,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acknowledgements",
                        to="cases.transfer",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("referred", "allocated", "declined", "accepted", "date_set", "in_transit"),
                    )
                ),
                fields=["receiver"],
                name="transfer_coming",
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("referred", "allocated", "declined", "accepted", "date_set", "in_transit"),
                    )
                ),
                fields=["sender"],
                name="transfer_going",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ("referred", "allocated", "declined", "accepted", "date_set", "in_transit"),
                    )
                ),
                fields=("child",),
                name="transfer_one_open_per_child",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("receiver", None),
                    models.Q(("receiver", models.F("sender")), _negated=True),
                    _connector="OR",
                ),
                name="transfer_between_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("referred", "withdrawn")),
                    models.Q(("allocated_at__isnull", False), ("receiver__isnull", False)),
                    _connector="OR",
                ),
                name="transfer_offered_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "referred"), _negated=True), ("receiver", None), _connector="OR"
                ),
                name="transfer_referred_to_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ("accepted", "date_set", "in_transit", "arrived", "completed")),
                        _negated=True,
                    ),
                    models.Q(
                        ("answered_at__isnull", False), ("team__isnull", False), ("worker__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="transfer_accepted_with_a_named_worker",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "declined"), _negated=True),
                    models.Q(models.Q(("decline_reason", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="transfer_declined_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("date_set", "in_transit")), _negated=True),
                    ("moves_date__isnull", False),
                    _connector="OR",
                ),
                name="transfer_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "in_transit"), _negated=True),
                    models.Q(
                        ("expected_at__gt", models.F("left_at")),
                        ("expected_at__isnull", False),
                        ("left_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="transfer_on_the_way_is_expected",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("arrived_at__isnull", False),
                        ("arrived_at__lte", models.F("confirmed_at")),
                        ("confirmed_at__isnull", False),
                        ("status__in", ("arrived", "completed")),
                        models.Q(("handed_to", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status__in", ("arrived", "completed")), _negated=True),
                        ("arrived_at", None),
                        ("confirmed_at", None),
                    ),
                    _connector="OR",
                ),
                name="transfer_arrived_when_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("completed_at__isnull", False), ("status", "completed")),
                    models.Q(models.Q(("status", "completed"), _negated=True), ("completed_at", None)),
                    _connector="OR",
                ),
                name="transfer_completed_when_completed",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status", "withdrawn"),
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdraw_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "withdrawn"), _negated=True),
                        ("withdraw_reason", ""),
                        ("withdrawn_at", None),
                    ),
                    _connector="OR",
                ),
                name="transfer_withdrawn_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("needs", ""), _negated=True),
                    models.Q(("wishes", ""), _negated=True),
                    models.Q(("wishes_language", ""), _negated=True),
                ),
                name="transfer_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                fields=("transfer", "item", "at"), name="acknowledged_once_at_a_time"
            ),
        ),
        migrations.RunSQL(
            AGREES,
            "DROP TRIGGER transfer_agrees ON cases_responsibility; DROP TRIGGER transfer_agrees ON cases_transfer;"
            " DROP FUNCTION transfer_agrees()",
        ),
        schema.kept("cases_transfer"),
        *schema.history("cases_transfer", of="child_id"),
        *schema.append_only("cases_acknowledgement"),
    ]
