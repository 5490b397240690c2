"""The verb of a disclosure, and how those are found that an authority answers for."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from cases import access, log
from cases.clock import TOLERANCE, as_read_at
from cases.models import Child, Disclosure, EpisodeDecision, KeepFrom, Responsibility, User
from cases.moves import require_same
from cases.states import IllegalMove

# Whether such a body hears of a child is a manager's decision of its own, on the episode, and nothing else.
_ITS_NAME = re.compile(
    # Ho is a name too: in capitals, alone, or before what the office does.
    r"(?i:home[\s-]+office|border\s+force|\bUK(VI|BA)\b|swyddfa\s+gartref|^\s*ho\s*$|\bho\s+(asylum|case|decision))|\bHO\b",
)
_OF_ITS_WORK = re.compile(r"immigration|mewnfudo|\bvisas?\b|fisâu", re.IGNORECASE)
# A child's own solicitor, a tribunal and who advises have the word in their names, and are told what they need.
_BESIDE_THE_CHILD = re.compile(
    r"solicitor|\blaw(yer)?s?\b|\blegal|barrister|chambers?\b|tribunal|court\b|advice|adviser|advisor|advocacy|"
    r"detainees|cyfreith|cyfreithwyr|bargyfreith|tribiwnlys|\bllys\b|cyngor\s+cyfreith|cynghor",
    re.IGNORECASE,
)


def record(
    child: Child,
    *,
    outcome: str,
    body: str,
    person: str,
    what: str,
    reason: str,
    basis: str,
    happened_at: datetime,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Disclosure:
    """Put on record what was shared or refused; the same key again returns what stands.

    IllegalMove for a time ahead, for sharing without a basis, and for an immigration body; `SentBefore` for the same
    key with other words.
    """
    if happened_at > at + TOLERANCE:
        raise IllegalMove("The time of a disclosure must be now or in the past.")
    if outcome == Disclosure.Outcome.SHARED and basis == Disclosure.Basis.NONE:
        raise IllegalMove("Without a basis that holds nothing is shared.")
    if is_immigration(body) and outcome == Disclosure.Outcome.SHARED:
        raise IllegalMove("Whether the Home Office hears of a child is a manager’s decision, on the episode.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said = {
            "body": body.strip(),
            "person": person.strip(),
            "what": what.strip(),
            "reason": reason.strip(),
        }
        chosen = {"outcome": outcome, "basis": basis, "happened_at": min(happened_at, at)}
        standing = Disclosure.objects.filter(key=key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            _require_same(standing, said | chosen, happened_at, at)
            return standing
        made = Disclosure.objects.create(
            child=child,
            key=key,
            recorded_by=by,
            recorded_at=at,
            **chosen,
            **said,
        )
        data = {"outcome": made.outcome, "basis": made.basis}
        log.record(
            child,
            "disclosed",
            subject=made,
            data=data,
            fields=said | data,
            happened_at=made.happened_at,
            by=by,
            at=at,
        )
    return made


def _require_same(
    standing: Disclosure, said: Mapping[str, object], happened_at: datetime, at: datetime
) -> None:
    first = standing.recorded_at
    moment = min(as_read_at(first, happened_at), at)
    require_same(standing, {**said, "happened_at": moment}, sent=(first, at))


def is_immigration(body: str) -> bool:
    """Whether this names a body that decides about who may stay."""
    if _ITS_NAME.search(body):
        return True
    return bool(_OF_ITS_WORK.search(body)) and not _BESIDE_THE_CHILD.search(body)


def of_authorities(authority_ids: Sequence[int], *, by: User, at: datetime) -> QuerySet[Disclosure]:
    """Those recorded while one of these authorities was responsible for the child, unless `by` is kept from it."""
    rows = _answered_for(Disclosure.objects.all(), "child", authority_ids, by, at)
    return rows.select_related("child", "recorded_by")


def decided_by_authorities(
    authority_ids: Sequence[int], *, by: User, at: datetime
) -> QuerySet[EpisodeDecision]:
    """What was decided about telling others of a missing child, of the same children: the latest recorded first."""
    rows = _answered_for(EpisodeDecision.objects.all(), "episode__child", authority_ids, by, at)
    return rows.select_related("episode__child", "recorded_by").order_by("-recorded_at", "-pk")


def _answered_for(
    rows: QuerySet[Any], child: str, authority_ids: Sequence[int], by: User, at: datetime
) -> QuerySet[Any]:
    then = Responsibility.objects.filter(child=OuterRef(child), starts_at__lte=OuterRef("recorded_at"))
    rows = rows.alias(authority=Subquery(then.order_by("-starts_at").values("authority")[:1]))
    kept = KeepFrom.objects.current(at).filter(user=by).values("child")
    # A restricted record stands in no list and no file but those of the people it is open to.
    hidden = Child.objects.filter(access.restricted(by, at)).values("pk")
    rows = rows.filter(authority__in=authority_ids)
    return rows.exclude(**{f"{child}__in": kept}).exclude(**{f"{child}__in": hidden})


def without_names(text: str, child: Child) -> str:
    """A text as somebody may read it who knows a child by reference alone: each part of the child's names is left out."""
    names = " ".join(
        (child.given_name, child.family_name, child.known_as, child.script_name, *child.spellings)
    )
    parts = sorted({part for part in re.split(r"[\s\-]+", names) if len(part) > 1}, key=len, reverse=True)
    if not parts:
        return text
    pattern = "|".join(re.escape(part) for part in parts)
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", "…", text, flags=re.IGNORECASE)
