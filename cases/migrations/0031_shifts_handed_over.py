"""Let a shift be handed over, before it begins or in its midst, and never be lengthened."""

from django.db import migrations, models
from django.db.models import F, Q

SOONER = """
    DROP TRIGGER ends_once ON cases_shift;
    CREATE TRIGGER ends_once BEFORE UPDATE ON cases_shift
        FOR EACH ROW WHEN (
            OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at
            AND NOT (OLD.ends_at > now() AND NEW.ends_at IS NOT NULL AND NEW.ends_at < OLD.ends_at)
        )
        EXECUTE FUNCTION refuse_new_end()
"""
AS_BEFORE = """
    DROP TRIGGER ends_once ON cases_shift;
    CREATE TRIGGER ends_once BEFORE UPDATE ON cases_shift
        FOR EACH ROW WHEN (OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at)
        EXECUTE FUNCTION refuse_new_end()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0030_draft_of_risk")]

    operations = [
        migrations.RemoveConstraint("shift", "shift_ends_after_start"),
        migrations.AddConstraint(
            "shift",
            models.CheckConstraint(
                name="shift_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at"))
            ),
        ),
        migrations.RunSQL(SOONER, AS_BEFORE),
    ]
