"""What of the engine's own record is sealed: the proofs of what was sent, and what the police answered."""

from datetime import timedelta

from alerts.models import MessageProof
from cases import clock
from cases.audit import tables

# Of a mail about several children the first; about none, for a mail of the engine's own.
_CHILD = """(
    SELECT min(alert.child_id) FROM alerts_messageitem AS item JOIN alerts_alert AS alert ON alert.id = item.alert_id
    WHERE item.message_id = alerts_messageproof.message_id
)"""

_OF_RELEASE = """(
    SELECT episode.child_id FROM alerts_release AS release
    JOIN cases_missingepisode AS episode ON episode.id = release.episode_id
    WHERE release.id = alerts_releaseread.release_id
)"""


# The database empties nothing younger [alerts/migrations/0002], whoever asks.
_KEPT_FOR = timedelta(days=365)


def _old() -> str:
    return f"at < '{clock.now() - _KEPT_FOR:%Y-%m-%dT%H:%M:%S%z}'"


def seal_too() -> None:
    """Have them sealed; a proof's words may be emptied after years, and then their digest stands for them."""
    tables.seal_too(
        tables.Table("guardians_guardianterms", "recorded_at"),
        tables.Table("guardians_councilconcern", "recorded_at"),
        tables.Table("guardians_councilconcernending", "recorded_at"),
        tables.Table("guardians_guardiansupervision", "recorded_at"),
        tables.Table("guardians_guardiandiscussion", "recorded_at", owner="child_id", named=tables.child),
        tables.Table("guardians_guardiandiscussionwithdrawal", "recorded_at"),
        tables.Table("guardians_guardianlook", "recorded_at", owner="child_id", named=tables.child),
        tables.Table("guardians_guardianreferralstep", "recorded_at", owner="child_id", named=tables.child),
        tables.Table(
            MessageProof._meta.db_table,
            "at",
            owner=_CHILD,
            named=tables.child,
            emptied=(("text", "text_digest", _old),),
        ),
        tables.of_episodes("alerts_linkacknowledgement", "at"),
        tables.of_episodes("alerts_verification", "recorded_at"),
        tables.of_episodes("alerts_reply", "received_at"),
        tables.of_episodes("alerts_replyanswer", "at"),
        tables.Table("alerts_releaseread", "read_at", owner=_OF_RELEASE, named=tables.child),
        tables.Table("alerts_testcall", "at"),
    )
