"""A legal hold keeps the text of whatever names the child or is about it, be it about no alert."""

from django.db import migrations

_EMPTY = """
    CREATE OR REPLACE FUNCTION empty_old_texts(before timestamptz, most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        emptied int;
    BEGIN
        UPDATE alerts_messageproof SET text = '' WHERE id IN (
            SELECT proof.id FROM alerts_messageproof AS proof
            WHERE proof.at < least(before, now() - interval '1 year') AND proof.text <> ''
                AND proof.text_digest = encode(sha256(convert_to(proof.text, 'UTF8')), 'hex')
                AND NOT EXISTS (
                    SELECT FROM alerts_messageitem AS item
                    JOIN alerts_alert AS alert ON alert.id = item.alert_id
                    JOIN cases_legalhold AS hold ON hold.child_id = alert.child_id AND hold.ends_at IS NULL
                    WHERE item.message_id = proof.message_id
                ) {more}
            ORDER BY proof.id LIMIT most
        );
        GET DIAGNOSTICS emptied = ROW_COUNT;
        RETURN emptied;
    END $$
"""
# A mail about no alert is of a child by what it is about; a list of several has their references alone.
_NAMED = """
                AND NOT EXISTS (
                    SELECT FROM alerts_message AS message
                    LEFT JOIN cases_missingepisode AS episode ON episode.id = message.episode_id
                    LEFT JOIN cases_journey AS journey ON journey.id = message.journey_id
                    LEFT JOIN cases_matter AS matter ON matter.id = message.matter_id
                    LEFT JOIN cases_linkmatter AS asking ON asking.matter_id = message.matter_id
                    LEFT JOIN cases_linkrequest AS request ON request.id = asking.request_id
                    LEFT JOIN cases_foundchild AS found ON found.matter_id = message.matter_id
                    LEFT JOIN cases_missingepisode AS sought ON sought.id = found.episode_id
                    LEFT JOIN guardians_councilconcern AS concern ON concern.id = message.concern_id
                    LEFT JOIN guardians_guardianassignment AS watch ON watch.id = message.assignment_id
                    JOIN cases_legalhold AS hold ON hold.ends_at IS NULL AND hold.child_id IN (
                        episode.child_id, journey.child_id, matter.child_id, request.child_id, sought.child_id,
                        concern.child_id, watch.child_id
                    )
                    WHERE message.id = proof.message_id
                )
                AND NOT EXISTS (
                    SELECT FROM cases_legalhold AS hold
                    JOIN cases_child AS child ON child.id = hold.child_id
                    WHERE hold.ends_at IS NULL AND strpos(proof.text, child.reference) > 0
                )
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0056_release_mails_found")]

    operations = [migrations.RunSQL(_EMPTY.format(more=_NAMED), _EMPTY.format(more=""))]
