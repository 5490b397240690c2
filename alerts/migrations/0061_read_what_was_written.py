"""What the desk reads of a search is no reply alone: home and guardian write to it as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0060_tried_policies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dutytask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ring_home", "Ring this home"),
                    ("find_placement", "Where is this child?"),
                    ("ring_escort", "Ring the escorts: a stop is not confirmed"),
                    ("ring_police", "Ring the police and confirm"),
                    ("ring_101_again", "Ring 101 again"),
                    ("ring_inspector", "Ring the force duty inspector"),
                    ("ask_again", "Ask the police again"),
                    ("phone_them", "Phone them now"),
                    ("confirm_return", "Confirm with the child and the police"),
                    ("read_reply", "Read what was written about this search"),
                    ("wrong_codes", "Ring the force: ten wrong codes on its link"),
                    ("after_outage", "Ring round after an outage"),
                    ("nobody_to_tell", "Nobody to tell"),
                    ("after_death", "Seen or missed after a death: is the dead child another?"),
                    ("ring_about_check", "Ring this home: no building check"),
                ],
                max_length=20,
            ),
        ),
    ]
