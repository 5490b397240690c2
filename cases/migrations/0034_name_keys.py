"""Give every child the keys by which its names are found, those on record included."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from cases import schema
from cases.search import folding

BATCH = 2000
NAMES = ("given_name", "family_name", "known_as", "script_name", "spellings")


def write_keys(apps, editor):
    Child, NameKey = apps.get_model("cases", "Child"), apps.get_model("cases", "NameKey")
    last = 0
    while children := list(Child.objects.filter(pk__gt=last).order_by("pk").values("pk", *NAMES)[:BATCH]):
        last = children[-1]["pk"]
        NameKey.objects.bulk_create(
            NameKey(child_id=child["pk"], **vars(key))
            for child in children
            for key in folding.keys(**{name: child[name] for name in NAMES})
        )


class Migration(migrations.Migration):
    dependencies = [("cases", "0033_triggers")]
    operations = [
        schema.trigrams(),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("name", "name"),
                            ("known_as", "known as"),
                            ("spelling", "other spelling"),
                            ("script", "own script"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=250)),
                ("fold", models.TextField()),
                ("bones", models.TextField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_keys",
                        to="cases.child",
                    ),
                ),
            ],
        ),
        migrations.RunPython(write_keys, migrations.RunPython.noop),
        # Built when the rows stand, which is the shorter way.
        *(
            migrations.AddIndex(
                "NameKey",
                django.contrib.postgres.indexes.GinIndex(
                    fields=[field], opclasses=["gin_trgm_ops"], name=f"name_by_{field}"
                ),
            )
            for field in ("fold", "bones")
        ),
    ]
