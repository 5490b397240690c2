"""What a sender is asked of a child who is recorded as arrived and of whom nobody had recorded that it left."""

from django.db import migrations, models
from django.db.models import Q

_KINDS = [
    ("breach", "Data breach"),
    ("complaint", "Complaint"),
    ("worry", "Worry about a colleague"),
    ("restrict", "Restricted record"),
    ("found", "Found child"),
    ("link", "Sibling or companion asked for"),
    ("link_now", "Sibling or companion asked for, urgent"),
    ("arrival", "Arrival of a child who had not left"),
]
_ENTRIES = [
    ("assessed", "Assessed: whom it concerns, and the risk to them"),
    ("notified", "Told the Information Commissioner"),
    ("not_notified", "Decided not to tell the Information Commissioner"),
    ("told_people", "Told the people concerned, or decided not to"),
    ("acknowledged", "Acknowledged to whoever complained"),
    ("answered", "Answered"),
    ("lado_has_it", "The LADO has it"),
    ("outcome", "What the LADO decided"),
    ("looked_at", "Looked at, and what was decided"),
    ("closed", "Closed: who the child is, or who has the child"),
    ("left", "The child has left the sender"),
    ("not_arrived", "The child has not arrived"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0115_a_lead_passes_to_a_successor")]

    operations = [
        migrations.AlterField(
            model_name="matter", name="kind", field=models.CharField(choices=_KINDS, max_length=9)
        ),
        migrations.AlterField(
            model_name="matterentry", name="kind", field=models.CharField(choices=_ENTRIES, max_length=12)
        ),
        migrations.RemoveConstraint(model_name="matter", name="matter_worry_has_its_own_limit"),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                name="matter_worry_has_its_own_limit",
                condition=Q(kind__in=("worry", "restrict"), limit_at__isnull=False)
                | (
                    Q(kind__in=("link", "link_now"), limit_at__isnull=False)
                    & Q(senior=None, about=None, child=None, phone="")
                )
                | (
                    Q(kind="arrival", limit_at__isnull=False, child__isnull=False)
                    & Q(senior=None, about=None, phone="")
                )
                | (
                    ~Q(kind__in=("worry", "restrict", "link", "link_now", "arrival"))
                    & Q(limit_at=None, senior=None, about=None, child=None, phone="")
                ),
            ),
        ),
    ]
