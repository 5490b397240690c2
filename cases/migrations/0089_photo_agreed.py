"""Who agreed to a photo of a child, and when; of photos that are on record already nobody was asked."""

from django.db import migrations, models

from cases import schema

# A ground is said once: of what stood without one, and of what was taken before anybody was asked.
ONCE = """
CREATE FUNCTION refuse_other_ground() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'why photo % may be held is on record', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ground_once BEFORE UPDATE ON cases_photo FOR EACH ROW
    WHEN (OLD.basis IN ('agreed', 'safety') AND (OLD.basis, OLD.agreed_by, OLD.agreed_date)
          IS DISTINCT FROM (NEW.basis, NEW.agreed_by, NEW.agreed_date))
    EXECUTE FUNCTION refuse_other_ground();
"""
GONE = "DROP TRIGGER ground_once ON cases_photo; DROP FUNCTION refuse_other_ground()"
CHANGES = "withdrawn_at, withdrawn_by_id, withdrawn_reason, basis, agreed_by, agreed_date"

_GROUNDS = [
    ("", "Not recorded"),
    ("agreed", "The child agreed"),
    ("safety", "To keep the child safe: they could not be asked, or did not agree"),
    ("find", "Not asked yet: taken to find the child"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0088_guardian_invited"),
    ]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="agreed_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField(
            model_name="photo",
            name="agreed_date",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="photo",
            name="basis",
            field=models.CharField(blank=True, choices=_GROUNDS, max_length=6),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by", ""),
                    ("agreed_date", None),
                )
                | (
                    models.Q(("agreed_date__isnull", False), ("basis", "agreed"))
                    & ~models.Q(("agreed_by", ""))
                ),
                name="photo_agreed_by_whom_and_when",
            ),
        ),
        schema.changes_only(cases_photo=CHANGES),
        migrations.RunSQL(ONCE, GONE),
    ]
