"""The policies that a council starts from, as the first versions of their rows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import after, default_policies, duties, paperwork, policies, review_ladder, transfer_policies
from alerts.call_ladder import CallTimes
from alerts.transfer_ladder import Limits as TransferLimits
from cases import clock
from guardians.coverage import Limits

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULTS = "The defaults that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    version = apps.get_model("alerts", "PolicyVersion")
    for key, data in of_watch():
        version.objects.create(
            key=key, version=1, data=data, takes_effect_at=FIRST, published_at=FIRST, reason=DEFAULTS
        )
    for key, data, reason in from_now_on():
        at = clock.now()
        version.objects.create(
            key=key, version=1, data=data, takes_effect_at=at, published_at=at, reason=reason
        )


def of_watch() -> Iterator[tuple[str, Any]]:
    for row in default_policies.ROWS:
        yield row.key, policies.row_data(row)
    yield policies.CALL, policies.call_data(CallTimes())


def from_now_on() -> Iterator[tuple[str, Any, str]]:
    """What asks somebody for something: nothing is owed for a time before there was anybody to ask."""
    duty = policies.duty_data(duties.DEFAULT_RULES)
    yield policies.DUTY, duty, "The steps that a council starts from, to be signed off"
    yield policies.GUARDIAN, policies.limits_data(Limits()), DEFAULTS
    yield policies.AFTER, policies.duty_data(after.DEFAULT_RULES), "What an ending opens, to be signed off"
    reviews = policies.review_data(review_ladder.DEFAULT_RUNGS)
    yield policies.REVIEW, reviews, "The reviews of a child who stays missing, to be signed off"
    yield policies.PAPER, policies.paper_data(paperwork.DEFAULT), DEFAULTS
    yield policies.TRANSFER, transfer_policies.data_of(TransferLimits()), DEFAULTS


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    first = apps.get_model("alerts", "PolicyVersion").objects.filter(version=1, published_by=None)
    first._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0005_default_policies"),
        ("alerts", "0011_building_checks_in_policy"),
        ("alerts", "0019_duty_steps_in_policy"),
        ("alerts", "0021_guardian_limits"),
        ("alerts", "0029_reviews_in_policy"),
        ("alerts", "0040_paperwork_policy"),
        ("alerts", "0041_seniors_who_come_later"),
        ("alerts", "0043_transfer_limits"),
        ("alerts", "0044_reviews_and_plans_in_policy"),
        ("alerts", "0045_find_me_in_policy"),
        ("alerts", "0046_handover_in_policy"),
        ("alerts", "0047_placement_papers_in_policy"),
        ("alerts", "0048_plans_in_policy"),
        ("alerts", "0049_sign_off_in_policy"),
        ("alerts", "0050_turning_18_in_policy"),
        ("alerts", "0051_nrm_in_policy"),
        ("alerts", "0055_every_child_in_policy"),
        ("alerts", "0056_worker_cover_in_policy"),
        ("alerts", "0058_supervision_in_policy"),
    ]
    dependencies = [("alerts", "0003_queues")]

    operations = [migrations.RunPython(store, remove)]
