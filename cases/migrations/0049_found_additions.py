"""What was learnt of a found child after it was written down."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0048_found_children"),
    ]

    operations = [
        migrations.CreateModel(
            name="FoundAddition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                ("looks", models.CharField(blank=True, max_length=500)),
                ("clothing", models.CharField(blank=True, max_length=300)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("said", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "found",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="additions",
                        to="cases.foundchild",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~models.Q(names=[], looks="", clothing="", languages=[], phone="", said=""),
                        name="found_addition_says_something",
                    )
                ],
            },
        ),
        *schema.append_only("cases_foundaddition"),
    ]
