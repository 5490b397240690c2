from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0108_nothing_begins_where_it_ended")]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="dated_anew_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="last_seen_was",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
