"""A live concern, a keep-from mark or a restriction may be lifted until a day, after which it counts again."""

from django.db import migrations, models

from cases import schema

MARKS = ("cases_keepfrom", "cases_liveconcern", "cases_restriction")


def back_once(table: str) -> migrations.RunSQL:
    """From when on a mark counts again is said once, and that it does stays."""
    return migrations.RunSQL(
        f"""
            CREATE TRIGGER back_once BEFORE UPDATE ON {table}
                FOR EACH ROW WHEN (
                    OLD.ends_at IS NOT NULL AND NEW.back_at IS DISTINCT FROM OLD.back_at
                    OR OLD.is_back AND NOT NEW.is_back
                )
                EXECUTE FUNCTION refuse_new_end()
        """,
        f"DROP TRIGGER back_once ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0014_restricted_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="keepfrom",
            name="back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="keepfrom",
            name="is_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="liveconcern",
            name="back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="liveconcern",
            name="is_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="restriction",
            name="back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="restriction",
            name="is_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="keepfrom",
            index=models.Index(
                condition=models.Q(("back_at__isnull", False), ("is_back", False)),
                fields=["back_at"],
                name="keep_from_comes_back",
            ),
        ),
        migrations.AddIndex(
            model_name="liveconcern",
            index=models.Index(
                condition=models.Q(("back_at__isnull", False), ("is_back", False)),
                fields=["back_at"],
                name="concern_comes_back",
            ),
        ),
        migrations.AddIndex(
            model_name="restriction",
            index=models.Index(
                condition=models.Q(("back_at__isnull", False), ("is_back", False)),
                fields=["back_at"],
                name="restriction_comes_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="keepfrom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("back_at", None), ("is_back", False)),
                    models.Q(("back_at__gt", models.F("ends_at")), ("ends_at__isnull", False)),
                    _connector="OR",
                ),
                name="keep_from_is_back_after_its_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="liveconcern",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("back_at", None), ("is_back", False)),
                    models.Q(("back_at__gt", models.F("ends_at")), ("ends_at__isnull", False)),
                    _connector="OR",
                ),
                name="concern_is_back_after_its_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="restriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("back_at", None), ("is_back", False)),
                    models.Q(("back_at__gt", models.F("ends_at")), ("ends_at__isnull", False)),
                    _connector="OR",
                ),
                name="restriction_is_back_after_its_end",
            ),
        ),
        schema.ForApplication(
            "GRANT UPDATE (back_at, is_back) ON cases_keepfrom TO {role}",
            "GRANT UPDATE (back_at, is_back) ON cases_restriction TO {role}",
        ),
        *(back_once(table) for table in MARKS),
    ]
