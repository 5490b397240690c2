"""Whose mail comes back: the verbs that say so, and that somebody is reached again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from cases import log
from cases.groups import person_group
from cases.models import (
    Child,
    ChildGroupPermission,
    ConfigurationChange,
    MailRefusal,
    Membership,
    ToldBy,
    User,
)
from cases.moves import isolated
from cases.signals import children_changed
from cases.states import IllegalMove
from cases.worded import Question

# A mail goes to them that looks whether their mailbox takes mail again: they are owed it by this being on record.
CHECKED = "mail_checked"
# [proposal] Sooner than this a second one shows nothing that the first does not.
CHECK_AGAIN = timedelta(hours=1)


def given_to(user_ids: Iterable[int]) -> Q:
    """The children who were given to these people alone, as a guardian's are: whoever says that they are gone locks them."""
    names = [person_group(user_id) for user_id in user_ids]
    granted = ChildGroupPermission.objects.filter(group__name__in=names)
    return Q(pk__in=granted.values("content_object"))


def begin(user_id: int, *, at: datetime) -> None:
    """Mail to this person is refused for good, or came back: it counts from the first on. The caller locks `given_to` them.

    Of whoever is told by text it says nothing.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.told_by != ToldBy.MAIL or MailRefusal.objects.filter(user=user, ends_at=None).exists():
        return
    MailRefusal.objects.create(user=user, starts_at=at)
    log.record_configuration(user, "mail_refused", by=None, at=at)
    # Looked up once more under the lock of `require_arrives`: whoever was given to them meanwhile nobody has locked yet.
    own = Child.objects.locked().filter(given_to([user.pk])).order_by("pk")
    _ring(own.values_list("pk", flat=True), at)


def end(refusal: MailRefusal, *, reason: str = "", by: User | None = None, at: datetime) -> bool:
    """What is told to them arrives again; false where that is known. Nobody in `by` where a mail says so by itself."""
    with transaction.atomic():
        own = Child.objects.locked().filter(given_to([refusal.user_id])).order_by("pk")
        watched = list(own.values_list("pk", flat=True))
        user = User.objects.select_for_update(no_key=True).get(pk=refusal.user_id)
        ends_at = max(at, refusal.starts_at + timedelta(microseconds=1))
        if not MailRefusal.objects.filter(pk=refusal.pk, ends_at=None).update(ends_at=ends_at):
            return False
        data = {"reason": reason} if reason else {}
        log.record_configuration(user, "mail_arrives", data=data, by=by, at=at)
        _ring(watched, at)
    return True


def say_taken(user: User, *, reason: str, by: User, at: datetime) -> None:
    """Somebody says that a mailbox takes mail again, and how they know; the next mail that comes back begins another time.

    Raises IllegalMove without a reason, and where mail arrives already.
    """
    if not reason.strip():
        raise IllegalMove("Enter how you know.")
    refusal = MailRefusal.objects.filter(user=user, ends_at=None).first()
    if refusal is None or not end(refusal, reason=reason.strip(), by=by, at=at):
        raise IllegalMove("No mail to this person is known to come back.")


def note_check(refusal: MailRefusal, *, by: User | None = None, at: datetime) -> None:
    """Put on record that their mailbox is looked at by a mail, which they are owed by that; nobody in `by`: the daily one."""
    data = {"since": refusal.starts_at.isoformat()}
    log.record_configuration(refusal.user, CHECKED, data=data, by=by, at=at)


def send_check(user: User, *, by: User, at: datetime) -> None:
    """Send such a mail now, at the word of somebody; the daily one goes a day after it.

    Raises IllegalMove where their mail arrives, where they have no role any more, and soon after another.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        refusal = MailRefusal.objects.filter(user=user, ends_at=None).first()
        if refusal is None:
            raise IllegalMove("No mail to this person is known to come back.")
        if not Membership.objects.current(at).filter(user=user).exists():
            raise IllegalMove("This person has no role now: no mail is sent to them.")
        last = checked_at(user)
        if last is not None and last > at - CHECK_AGAIN:
            raise IllegalMove(
                "The last test mail to them is less than an hour old. Wait for what becomes of it."
            )
        note_check(refusal, by=by, at=at)


def checked_at(user: User) -> datetime | None:
    """When their mailbox was last looked at by a mail; None where it never was."""
    said = ConfigurationChange.objects.filter(subject_type="user", subject_id=user.pk, kind=CHECKED)
    return said.aggregate(last=Max("at"))["last"]


def end_of(user: User, *, by: User, at: datetime) -> None:
    """The same of whoever is told by text from now on; nothing where their mail arrives."""
    with transaction.atomic():
        # In the order of `begin`, and looked up under its lock: a mail that comes back meanwhile is before this or after.
        list(Child.objects.locked().filter(given_to([user.pk])).order_by("pk").values_list("pk"))
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        refusal = MailRefusal.objects.filter(user=user, ends_at=None).first()
        if refusal is not None:
            end(refusal, by=by, at=at)


def require_arrives(user: User) -> None:
    """Raise IllegalMove where mail to this person comes back: of a child who is given to them they would hear nothing."""
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if person.told_by == ToldBy.MAIL and standing([person.pk]):
        raise IllegalMove(
            "Mail to %(name)s comes back. They choose text messages first, or the mailbox is mended.",
            name=isolated(person.name),
        )


def standing(user_ids: Iterable[int]) -> dict[int, datetime]:
    """Since when mail to these people comes back, by person; those whose mail arrives are not in it. One query."""
    people = {*user_ids}
    return dict(_STANDING(people)) if people else {}


_STANDING = Question(
    lambda people: MailRefusal.objects.filter(user__among=people, ends_at=None).values_list(
        "user", "starts_at"
    )
)


def _ring(ids: Iterable[int], at: datetime) -> None:
    found = tuple(ids)
    if found:
        children_changed.send(sender=None, ids=found, at=at)
