"""The verbs of an action between being asked and its end: said to be done, sent back, not done yet, given to another."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases import action_owners, log
from cases.action_owners import Owner
from cases.models import ActionWord, Child, PlanAction, User
from cases.moves import require_open, require_same
from cases.states import IllegalMove

Kind = ActionWord.Kind
_EVENTS = {
    Kind.DONE: "action_said_done",
    Kind.SENT_BACK: "action_sent_back",
    Kind.NOT_YET: "action_not_yet",
}


def say_done(action: PlanAction, *, said: str, key: uuid.UUID, by: User, at: datetime) -> ActionWord:
    """Say, as its owner of the home or as the guardian, that it is done; the child's social worker is asked to confirm it.

    It ends nothing. The same form again returns what stands. Raises `IllegalMove` without a word of what was done, once it
    has ended, and where it is not (or no more) for `by` to do; `SentBefore` for the same key with other words.
    """
    return _say(action, Kind.DONE, said=said, key=key, by=by, at=at)


def send_back(action: PlanAction, *, said: str, key: uuid.UUID, by: User, at: datetime) -> ActionWord:
    """Send back what its owner calls done, with what is still to be done; raises `IllegalMove` where nobody said so."""
    return _say(action, Kind.SENT_BACK, said=said, key=key, by=by, at=at)


def not_yet(action: PlanAction, *, said: str, key: uuid.UUID, by: User, at: datetime) -> ActionWord:
    """Write down what somebody without an account said of it, who has not done it yet: it stays due as it was."""
    return _say(action, Kind.NOT_YET, said=said, key=key, by=by, at=at)


def give(action: PlanAction, owner: Owner, *, by: User, at: datetime) -> PlanAction:
    """Give it to another owner; its day stays. What the one before said of it waits no more.

    The same owner again changes nothing. Raises `IllegalMove` once it has ended, and for an owner who cannot do it.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=action.child_id)
        row = PlanAction.objects.get(pk=action.pk)
        _require_stands(row, child)
        action_owners.require(owner, child, at=at)
        columns = owner.columns
        if all(getattr(row, name) == value for name, value in columns.items()):
            return row
        for name, value in columns.items():
            setattr(row, name, value)
        row.given_at = max(at, row.owned_since)
        row.save(update_fields=[*columns, "given_at"])
        data = {"kind": row.owner_kind, "by": row.by_date.isoformat(), "of": row.owned_by}
        fields = {name: getattr(value, "pk", value) for name, value in columns.items()}
        log.record(child, "action_given", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def latest(action: PlanAction) -> ActionWord | None:
    """The latest word of the time of its owner; one query, or none where the words are prefetched."""
    return next((one for one in action.words.all() if one.recorded_at >= action.owned_since), None)


@dataclass(frozen=True)
class Asked:
    """An action that is for its reader to do, and the latest that was said of it."""

    action: PlanAction
    word: ActionWord | None


def with_words(actions: Iterable[PlanAction]) -> list[Asked]:
    """Each of these with its latest word; of prefetched words without a query more."""
    return [Asked(one, latest(one)) for one in actions]


def waiting_since(words: Iterable[ActionWord], owned_since: datetime) -> datetime | None:
    """Since when its owner has called it done and nobody has answered; None where nothing waits.

    `words` are the action's, the latest first; what was said before the owner had it waits no more.
    """
    since = None
    for one in words:
        if one.recorded_at < owned_since or one.kind != Kind.DONE:
            break
        since = one.recorded_at
    return since


def _say(action: PlanAction, kind: str, *, said: str, key: uuid.UUID, by: User, at: datetime) -> ActionWord:
    if not said.strip():
        raise IllegalMove("Enter what was done, or what is still to be done.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=action.child_id)
        row = PlanAction.objects.select_related("owner_placement", "placement").get(pk=action.pk)
        standing = ActionWord.objects.filter(key=key).first()
        if standing is not None:
            if standing.action_id != row.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(standing, {"kind": kind, "said": said.strip()})
            return standing
        _require_stands(row, child)
        _require_kind(row, kind, by, at)
        word = ActionWord.objects.create(
            key=key, child=child, action=row, kind=kind, said=said.strip(), recorded_at=at, recorded_by=by
        )
        log.record(child, _EVENTS[Kind(kind)], subject=word, fields={"said": word.said}, by=by, at=at)
    return word


def _require_stands(row: PlanAction, child: Child) -> None:
    if not row.stands:
        raise IllegalMove("Somebody has recorded its end already.")
    require_open(child.closed_at)


def _require_kind(row: PlanAction, kind: str, by: User, at: datetime) -> None:
    if kind == Kind.DONE and not action_owners.holds(row, by, at=at):
        raise IllegalMove("This is not for you to do any more. Ring the child’s social worker if it is done.")
    if kind == Kind.SENT_BACK and waiting_since(row.words.all(), row.owned_since) is None:
        raise IllegalMove("Nobody has said that it is done.")
    if kind == Kind.NOT_YET and not row.is_outside:
        raise IllegalMove("Whoever does it has an account, and says so there.")
