"""A child can be kept from somebody without an account: a person who signs in nowhere, and has no role."""

from django.db import migrations, models
from django.db.models import Q

PARTS = ["relative", "companion", "interpreter", "carer", "other"]
# Whoever is outside has no role: PostgreSQL holds what the verbs refuse.
NO_ROLE = """
CREATE FUNCTION refuse_role_outside() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_user WHERE id = NEW.user_id AND outside <> '') THEN
        RAISE EXCEPTION 'person % has no account and no role', NEW.user_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'no_role_outside';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_role_outside BEFORE INSERT OR UPDATE OF user_id ON cases_membership
    FOR EACH ROW EXECUTE FUNCTION refuse_role_outside();
CREATE FUNCTION outside_stays_outside() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'who is outside, and who has an account, stays so: person %', NEW.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'outside_stays_outside';
END $$;
CREATE TRIGGER outside_stays_outside BEFORE UPDATE OF outside ON cases_user FOR EACH ROW
    WHEN ((OLD.outside = '') <> (NEW.outside = '')) EXECUTE FUNCTION outside_stays_outside()
"""
GONE = """
DROP TRIGGER no_role_outside ON cases_membership;
DROP FUNCTION refuse_role_outside();
DROP TRIGGER outside_stays_outside ON cases_user;
DROP FUNCTION outside_stays_outside()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0112_forces_end")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="outside",
            field=models.CharField(
                blank=True,
                choices=[
                    ("relative", "Relative"),
                    ("companion", "Companion or friend"),
                    ("interpreter", "Interpreter"),
                    ("carer", "Carer or host"),
                    ("other", "Somebody else"),
                ],
                db_default="",
                default="",
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="outside_mail",
            field=models.EmailField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                name="user_outside_signs_in_nowhere",
                condition=Q(outside="", outside_mail="")
                | (
                    Q(outside__in=PARTS, is_active=False, has_digest=False, last_login=None)
                    & Q(device_home=None, is_superuser=False)
                ),
            ),
        ),
        migrations.RunSQL(NO_ROLE, GONE),
    ]
