"""A referral for transfer and a supervision keep drafts, too: the latter of whom it is with."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0101_updates_sent_once"),
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
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint(model_name="draft", name="draft_once"),
        migrations.RemoveConstraint(model_name="draft", name="draft_of_a_child"),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                fields=("user", "form", "child", "person"), name="draft_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                name="draft_of_a_child",
                condition=Q(form="registration", child=None, person=None)
                | (Q(form="supervision", child=None) & ~Q(person=None))
                | (~Q(form__in=("registration", "supervision")) & ~Q(child=None) & Q(person=None)),
            ),
        ),
    ]
