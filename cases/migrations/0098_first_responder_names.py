"""Without regard to case an organisation stands once on the list of those that may refer to the NRM."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Upper


def tell_apart(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Both may be in use where an administrator added what the reference data bring: the administrator's is told apart.

    Whichever came first: the reference data keep their names, or reading them anew would meet the other.
    """
    seen: set[str] = set()
    rows = apps.get_model("cases", "FirstResponder").objects.order_by("pk")
    for row in sorted(rows, key=lambda row: row.code.startswith("own-")):
        if row.name.upper() in seen:
            row.name = f"{row.name[:98]} ({row.code})"
            row.save(update_fields=["name"])
        seen.add(row.name.upper())


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0097_link_requests"),
    ]

    operations = [
        migrations.RunPython(tell_apart, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="firstresponder",
            constraint=models.UniqueConstraint(Upper("name"), name="first_responder_name_once"),
        ),
    ]
