"""The step of a strategy meeting is named after both kinds of episode that ask for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0058_pasts_of_steps"),
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
                    ("rescue_answer", "Have the police decide on the Child Rescue Alert"),
                    ("strategy_by_phone", "Hold a strategy discussion by phone"),
                    ("nrm_referral", "Refer to the National Referral Mechanism"),
                    ("home_office", "Decide whether the Home Office is told"),
                    ("strategy", "Hold or book the strategy discussion"),
                    ("briefing", "Brief senior managers"),
                    ("missing_people", "Refer to Missing People (116 000), decide on publicity"),
                    ("ukmpu", "Have the police confirm that the UK Missing Persons Unit knows"),
                    ("nrm_considered", "Make or consider the referral to the National Referral Mechanism"),
                    ("director_briefing", "Brief the director"),
                    ("ofsted_home", "Have the children’s home decide whether Ofsted is told (regulation 40)"),
                    (
                        "ofsted_supported",
                        "Have the supported accommodation decide whether Ofsted is told (regulation 27, 24 hours)",
                    ),
                    (
                        "bed_kept",
                        "Ask whoever runs the placement to keep the bed longer, or say what becomes of it",
                    ),
                    (
                        "turned_18",
                        "18th birthday: tell police, worker and guardian that the search goes on, and who leads it here",
                    ),
                    ("police_officer", "Name the officer in the case"),
                    ("force_answer", "Have the other force say whether it takes the search over"),
                    ("found_answer", "Say whether a found child is this one"),
                    ("found_unnamed", "Find out who a found child is, and who looks after them"),
                    (
                        "prevention_interview",
                        "Have the police hold their prevention interview, and note who held it",
                    ),
                    ("interview_assigned", "Name who offers the return interview"),
                    ("return_interview", "Offer the return interview and write it down"),
                    ("risk_again", "Assess the risk again"),
                    ("repeated", "Hold a strategy meeting: missing or away again and again"),
                    (
                        "home_record",
                        "Ask the home what it did with its own record of the child and of this episode",
                    ),
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
                    ("tell_ended", "Tell those who were told beside the policy that it has ended"),
                    (
                        "others_told",
                        "Ask the child about those who went along, and ring the desks that look for them",
                    ),
                    (
                        "taken_down",
                        "Have what is out about the child taken down, and record that it is withdrawn",
                    ),
                    ("coroner", "Tell the coroner"),
                    ("friends_told", "Tell friends, carers and the guardian in person"),
                    ("panel_notified", "Notify the Child Safeguarding Practice Review Panel"),
                    (
                        "death_unsaid",
                        "Tell all who heard of the death that it was another child: police, coroner, Panel, friends, carers, guardian",
                    ),
                ],
                max_length=20,
            ),
        ),
    ]
