"""Word to whoever's account was changed in how it is signed in to or reached: owed in the commit of the change."""

from alerts.models import Channel, Message, MessageKind
from alerts.urgency import LEAST_URGENT
from cases.models import ConfigurationChange, Membership, User
from cases.signals import configuration_changed

WORDING, POST = "account_changed", "account"
# What a thief, or an administrator who is one, would have to do [NCSC, protecting accounts: tell of each such change].
TOLD = frozenset(
    {
        "second_factor_added",
        "second_factor_removed",
        "second_factor_reset",
        "recovery_codes_made",
        "recovery_code_used",
        "password_changed",
        "first_password_chosen",
        "first_sign_in_offered",
        "person_corrected",
    }
)


def listen() -> None:
    """Answer every change of an account, in its commit."""
    configuration_changed.connect(_on_configuration_changed, dispatch_uid="alerts.account_words")


def _on_configuration_changed(sender: object, change: ConfigurationChange, **kwargs: object) -> None:
    if not _is_told(change):
        return
    # The address they sign in with is never changed, so what goes there reaches whom it reached before.
    person = User.objects.filter(pk=change.subject_id, is_active=True, device_home=None).first()
    if person is not None:
        _message(person, change).save(force_insert=True)


def _is_told(change: ConfigurationChange) -> bool:
    """Whether the person is to hear of it: not of their own invitation, nor of a letter more in their name."""
    if change.kind not in TOLD or change.subject_type != "user":
        return False
    if change.kind == "first_sign_in_offered":
        return bool(change.data.get("had_password"))
    return change.kind != "person_corrected" or "phone" in change.data.get("fields", ())


def _message(person: User, change: ConfigurationChange) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording=WORDING,
        step="account",
        channel=Channel.MAIL,
        post=POST,
        recipient=f"{Channel.MAIL}/user:{person.pk}",
        user=person,
        authority_id=_authority_of(person, change),
        change=change,
        # Behind everything that is owed about a child.
        urgency=LEAST_URGENT,
        owed_at=change.at,
        created_at=change.at,
        next_try_at=change.at,
    )


def _authority_of(person: User, change: ConfigurationChange) -> int | None:
    """Whose duty line is in the mail: somebody answers there at night, when no administrator does."""
    held = Membership.objects.standing(change.at).filter(user=person).order_by("pk")
    rows = held.values_list("team__authority", "home__authority", "authority")
    return next((pk for row in rows for pk in row if pk is not None), None)
