"""The organisations that may refer to the National Referral Mechanism: the country's own facts, of use from the first day."""

import csv
from datetime import date
from pathlib import Path

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FILE = Path(__file__).resolve().parent.parent / "reference" / "first_responders.csv"


def load(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Those of the country's own facts: a referral can be recorded as soon as one is asked for."""
    model = apps.get_model("cases", "FirstResponder")
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
            model.objects.create(code=row["code"], name=row["name"], valid_to=last)


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    apps.get_model("cases", "FirstResponder").objects.all()._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0081_nrm"),
    ]
    dependencies = [("cases", "0007_destructions")]

    operations = [migrations.RunPython(load, remove)]
