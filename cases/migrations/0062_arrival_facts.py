"""What a child looks like, and that a child has no phone: answers that the list of an arrival asks for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0061_transfers"),
    ]

    operations = [
        migrations.AddField(
            model_name="child",
            name="description",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="description"
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="has_no_phone",
            field=models.BooleanField(db_default=False, default=False, verbose_name="the child has no phone"),
        ),
        migrations.AddConstraint(
            model_name="child",
            constraint=models.CheckConstraint(
                condition=models.Q(("has_no_phone", False), ("phone", ""), _connector="OR"),
                name="child_phone_or_none",
            ),
        ),
    ]
