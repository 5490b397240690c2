"""What of the engine's own record is sealed: the proofs of what was sent, and what the police answered."""

from alerts.models import MessageProof
from cases.audit import tables

# Of a mail about several children the first; about none, for a mail of the engine's own.
_CHILD = """(
    SELECT min(alert.child_id) FROM alerts_messageitem AS item JOIN alerts_alert AS alert ON alert.id = item.alert_id
    WHERE item.message_id = alerts_messageproof.message_id
)"""


def seal_too() -> None:
    """Have them sealed; a proof's words may be emptied after years, and then their digest stands for them."""
    tables.seal_too(
        tables.Table(
            MessageProof._meta.db_table,
            "at",
            owner=_CHILD,
            named=tables.child,
            emptied=(("text", "text_digest"),),
        ),
        tables.of_episodes("alerts_linkacknowledgement", "at"),
        tables.of_episodes("alerts_verification", "recorded_at"),
        tables.of_episodes("alerts_reply", "received_at"),
        tables.of_episodes("alerts_replyanswer", "at"),
        tables.Table("alerts_testcall", "at"),
    )
