"""Whether the guardian is invited to a meeting that is booked, and why not; unsaid of those that stand already."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0087_written_for_carers"),
    ]

    operations = [
        migrations.AddField(
            model_name="meetingbooking",
            name="guardian_invited",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="meetingbooking",
            name="why_not",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddConstraint(
            model_name="meetingbooking",
            constraint=models.CheckConstraint(
                name="meeting_booking_without_guardian_says_why",
                condition=~Q(guardian_invited=False) | ~Q(why_not=""),
            ),
        ),
    ]
