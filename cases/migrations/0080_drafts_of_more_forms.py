"""A journey, a meeting and the two referrals keep drafts, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0079_plan_fields"),
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
                ],
                max_length=20,
            ),
        ),
    ]
