from django.db import migrations, models

# Switched on where services run, nobody is late: it counts as if all had been discussed on that day.
FROM_NOW_ON = migrations.RunSQL(
    "UPDATE cases_guardianservice SET discussed_from = now()", migrations.RunSQL.noop
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_marks_come_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="guardianservice",
            name="discussed_from",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        FROM_NOW_ON,
    ]
