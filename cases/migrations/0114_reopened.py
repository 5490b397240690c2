"""A closing can be taken back: from when the child is watched again, which only a later closing follows."""

from django.db import migrations, models
from django.db.models import F, Q

FORWARD = """
CREATE FUNCTION case_reopens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reopened_at IS NULL OR NEW.reopened_at < OLD.closed_at THEN
        RAISE EXCEPTION 'a case opens again from a moment after it closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_reopens';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_reopens BEFORE UPDATE OF closed_at ON cases_child
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL) EXECUTE FUNCTION case_reopens();
"""
BACK = "DROP TRIGGER case_reopens ON cases_child; DROP FUNCTION case_reopens();"


class Migration(migrations.Migration):
    dependencies = [("cases", "0113_kept_from_outside")]

    operations = [
        migrations.AddField(
            model_name="child",
            name="reopened_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="child",
            constraint=models.CheckConstraint(
                name="child_reopened_before_closed",
                condition=Q(closed_at=None) | Q(reopened_at=None) | Q(closed_at__gte=F("reopened_at")),
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
