"""Make the event log and the access log append-only, and keep facts from being deleted."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_application_role")]

    operations = [
        schema.REFUSE,
        *schema.append_only("cases_event", "cases_accessrecord"),
        schema.kept(
            "cases_absence",
            "cases_allocation",
            "cases_authority",
            "cases_child",
            "cases_contact",
            "cases_episodeforce",
            "cases_home",
            "cases_keepfrom",
            "cases_liveconcern",
            "cases_membership",
            "cases_missingepisode",
            "cases_placement",
            "cases_policeforce",
            "cases_referenceserial",
            "cases_riskgrade",
            "cases_rollcallshift",
            "cases_seenreport",
            "cases_user",
        ),
    ]
