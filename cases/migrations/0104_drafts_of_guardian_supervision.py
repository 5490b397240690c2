"""A supervision of a guardian keeps a draft, too, of whom it is with."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0103_somebody_new_of_a_contact"),
    ]

    operations = [
        migrations.AlterField(
            model_name="draft",
            name="form",
            field=models.CharField(
                choices=[
                    ("note", "Case note"),
                    ("missing-report", "Missing report"),
                    ("missing-report-risk", "Missing report, what the police ask"),
                    ("return-interview", "Return interview"),
                    ("registration", "Registration"),
                    ("assessment", "Risk assessment"),
                    ("plan", "Safeguarding plan"),
                    ("journey", "Journey with escorts"),
                    ("meeting", "Meeting"),
                    ("nrm-referral", "Referral to the National Referral Mechanism"),
                    ("guardian-referral", "Referral to a guardian service"),
                    ("transfer-referral", "Referral for transfer"),
                    ("supervision", "Supervision"),
                    ("guardian-supervision", "Supervision of a guardian"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="draft", name="draft_of_a_child"),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                name="draft_of_a_child",
                condition=Q(form="registration", child=None, person=None)
                | (Q(form__in=("supervision", "guardian-supervision"), child=None) & ~Q(person=None))
                | (
                    ~Q(form__in=("registration", "supervision", "guardian-supervision"))
                    & ~Q(child=None)
                    & Q(person=None)
                ),
            ),
        ),
    ]
