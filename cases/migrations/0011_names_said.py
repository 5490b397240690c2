from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_arrival_and_mood"),
    ]

    operations = [
        migrations.AddField(
            model_name="child",
            name="name_order",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=120, verbose_name="order of the names"
            ),
        ),
        migrations.AddField(
            model_name="child",
            name="said_as",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=120, verbose_name="how to say it"
            ),
        ),
    ]
