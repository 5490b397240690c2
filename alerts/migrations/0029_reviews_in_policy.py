"""Let the reviews that fall due from now on climb, of the searches that are open already too: theirs are read again at once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import policies, review_ladder
from cases import clock

REASON = "The reviews of a child who stays missing, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts", "PolicyVersion").objects.create(
        key=policies.REVIEW,
        version=1,
        data=policies.review_data(review_ladder.DEFAULT_RUNGS),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )
    # Nothing may be written about a child for months: the next sweep reads these children's facts and makes the clocks.
    sought = apps.get_model("cases", "MissingEpisode").objects.filter(status="missing").values("child")
    apps.get_model("alerts", "Clock").objects.filter(kind="contact", child__in=sought).update(next_at=at)


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.REVIEW, reason=REASON)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0028_review_clock")]

    operations = [migrations.RunPython(store, remove)]
