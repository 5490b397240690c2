"""What somebody said of two children is rewritten by nobody and stays: a check alone is written beside it."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0071_visits_and_papers_stay")]

    operations = [
        *schema.ends_only(
            cases_childlink="check_result, checked_how, may_be_danger, checked_at, checked_by_id"
        ),
    ]
