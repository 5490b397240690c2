"""That somebody is new around a child may be said by a contact: it is the trigger, whether or not anybody says who."""

from django.db import migrations, models
from django.db.models import Q

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0102_drafts_of_supervision"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="trigger", name="trigger_of_a_contact_is_its_concern"),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                name="trigger_of_a_contact_is_its_concern",
                condition=Q(kind__in=("concern", "message"), contact__isnull=False)
                | Q(kind="new_contact")
                | (~Q(kind__in=("concern", "message")) & Q(contact=None)),
            ),
        ),
        # Who it is, is said of what the contact has entered; each change of a row stays in its history.
        schema.changes_only(
            cases_trigger="answered_at, answered_by_id, answer, police_told, police_reference, note, happens_at,"
            " person, phone, vehicle, plate, place, plate_key, phone_key, photo_id"
        ),
    ]
