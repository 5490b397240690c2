"""That two areas adjoin may have been said by mistake: then the director is asked and approves all the same."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0040_findings_corrected"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="placementapproval", name="placement_is_approved_once"),
        migrations.AddConstraint(
            model_name="placementapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "approved")),
                fields=("placement",),
                name="placement_is_approved_once",
            ),
        ),
    ]
