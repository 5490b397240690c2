"""A safeguarding plan says how the child travels, who may know its address, how its guardian is met, and who has a copy."""

from django.db import migrations, models


def _said(name: str, field: type[models.Field], **options: int) -> migrations.AddField:  # type: ignore[type-arg]
    return migrations.AddField(
        model_name="safetyplan", name=name, field=field(blank=True, db_default="", default="", **options)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0078_transfer_reason"),
    ]

    operations = [
        _said("travel_rules", models.TextField),
        _said("address_secrecy", models.TextField),
        _said("guardian_contact", models.TextField),
        _said("copied_to", models.CharField, max_length=300),
    ]
