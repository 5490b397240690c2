"""Ask from now on for what an ending opens; an episode that has ended already opens none."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import after, policies
from cases import clock

REASON = "What an ending opens, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts", "PolicyVersion").objects.create(
        key=policies.AFTER,
        version=1,
        data=policies.duty_data(after.DEFAULT_RULES),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.AFTER, reason=REASON)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0024_no_worker_clock"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dutystep",
            name="kind",
            field=models.CharField(
                choices=[
                    (
                        "keep_evidence",
                        "Leave the room, keep CCTV and door log, note if the phone still rings",
                    ),
                    ("police_reference", "Record police reference and police grade"),
                    ("publicity", "Ask the police for publicity and a Child Rescue Alert"),
                    ("strategy_by_phone", "Hold a strategy discussion by phone"),
                    ("nrm_referral", "Refer to the National Referral Mechanism"),
                    ("home_office", "Decide whether the Home Office is told"),
                    ("strategy", "Hold or book the strategy discussion"),
                    ("briefing", "Brief senior managers"),
                    ("missing_people", "Refer to Missing People (116 000), decide on publicity"),
                    ("ukmpu", "Have the police confirm that the UK Missing Persons Unit knows"),
                    ("nrm_considered", "Make or consider the referral to the National Referral Mechanism"),
                    ("director_briefing", "Brief the director"),
                    (
                        "prevention_interview",
                        "Have the police hold their prevention interview, and note who held it",
                    ),
                    ("interview_assigned", "Name who offers the return interview"),
                    ("return_interview", "Offer the return interview and write it down"),
                    ("risk_again", "Assess the risk again"),
                    ("repeated", "Hold a strategy meeting: three episodes in 90 days"),
                    ("watched_still", "Agree who watches over the child tonight, and mark the live concern"),
                    (
                        "with_child",
                        "Have somebody the child knows at the hospital, and give the ward our number",
                    ),
                    ("appropriate_adult", "Have an appropriate adult at the police station"),
                    ("solicitor", "Have a solicitor for the child before any interview"),
                    (
                        "trafficking_defence",
                        "Ask the solicitor about the defence for victims of trafficking (section 45)",
                    ),
                    ("visit_as_child", "Visit the child, and contest that they are treated as an adult"),
                    ("family_checked", "See the child at the family’s home, and check who they are"),
                    (
                        "abroad_seen",
                        "Ask the children’s services of that country to see the child, never its embassy",
                    ),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(store, remove),
    ]
