"""Seal the record batch by batch, and let nobody change a seal."""

from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0046_broken_glass")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(unique=True)),
                ("table", models.CharField(max_length=63)),
                ("after", models.BigIntegerField(null=True)),
                ("last", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("total", models.PositiveBigIntegerField()),
                ("columns", models.JSONField()),
                ("rows_digest", models.CharField(max_length=64)),
                ("marks", models.BinaryField()),
                ("heads", models.JSONField(default=dict)),
                ("sealed_at", models.DateTimeField()),
                ("previous_digest", models.CharField(max_length=64, unique=True)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["number"],
                "indexes": [models.Index(fields=["table", "-number"], name="seal_last_of_table")],
            },
        ),
        *schema.append_only("cases_seal"),
    ]
