"""What was open before it climbed further is looked at once more, and old words of an end are on no desk."""

from django.db import migrations

# A return, a visitor or a concern that was told of by one step and waits: the next sweep reads its facts and finds the rest.
LOOKED_AT = """
    UPDATE alerts_clock c SET next_at = now()
     WHERE c.kind IN ('seen', 'approach', 'concern') AND c.next_at IS NULL
       AND EXISTS (SELECT 1 FROM alerts_alert a WHERE a.clock_id = c.id AND a.status = 'open');
"""
# Somebody took it before a task was held for an hour.
HELD = """
    UPDATE alerts_dutytask SET next_at = now() + interval '1 hour'
     WHERE done_at IS NULL AND taken_at IS NOT NULL AND next_at IS NULL AND home_alert_id IS NULL AND outage_id IS NULL
       AND kind IN ('phone_them', 'read_reply', 'wrong_codes', 'nobody_to_tell');
"""
# No desk showed them, so nobody could close them, and who waited for the word has long asked.
UNSEEN = """
    UPDATE alerts_dutytask t SET done_at = now(), next_at = NULL, answer = 'Closed unseen: no desk showed it'
      FROM alerts_message m
     WHERE m.id = t.message_id AND m.kind = 'ending' AND m.step <> 'died' AND t.kind = 'phone_them' AND t.done_at IS NULL
       AND t.opened_at < now() - interval '1 day';
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0009_nowhere_recorded")]

    operations = [migrations.RunSQL([LOOKED_AT, HELD, UNSEEN], migrations.RunSQL.noop)]
