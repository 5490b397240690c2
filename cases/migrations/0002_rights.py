"""What the application's role may do: read and write, remove no fact, and of some rows change a few columns alone."""

from django.db import migrations

from cases import schema

WITHDRAWN = "withdrawn_at, withdrawn_by_id, withdrawn_reason"


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0002_application_role"),
        ("cases", "0006_contacts_as_written"),
        ("cases", "0012_building_checks_kept"),
    ]
    dependencies = [("cases", "0001_tables"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        schema.ForApplication(
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        ),
        # Facts end, they are not deleted.
        schema.kept(
            "cases_absence",
            "cases_allocation",
            "cases_arrivalgroup",
            "cases_authority",
            "cases_child",
            "cases_episodeforce",
            "cases_firstresponder",
            "cases_home",
            "cases_liveconcern",
            "cases_missingepisode",
            "cases_placement",
            "cases_policeforce",
            "cases_referenceserial",
            "cases_riskgrade",
            "cases_rollcallshift",
            "cases_seenreport",
            "cases_transfer",
            "cases_user",
        ),
        # A right over a child is given and taken away as a row: none is turned into another.
        schema.ForApplication("REVOKE UPDATE, TRUNCATE ON cases_childgrouppermission FROM {role}"),
        # What was written stands: it is withdrawn with a reason, and written anew beside.
        schema.changes_only(
            cases_buildingcheck=WITHDRAWN,
            cases_contact=WITHDRAWN,
            cases_discussion=WITHDRAWN,
            cases_document=WITHDRAWN,
            cases_photo=WITHDRAWN,
            cases_supervision=WITHDRAWN,
        ),
        schema.changes_only(
            cases_namedperson="ends_at, ended_by_id",
            cases_nrmreferral="status, starts_at, ends_at",
            cases_workercover="starts_at, ends_at, answered_at, accepted, reason, called_off_at",
            cases_workerleave="ends_at, called_off_at, looked_at, looked_by_id",
        ),
    ]
