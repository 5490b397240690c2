"""What one of two records of one child says of it, recorded with the other, and taken back there: see `cases.same_child`."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from cases import contacts
from cases.models import Child, ChildLink, Contact, MissingEpisode, User
from cases.strengths import NEVER_PROOF

# Of neither do the words say that there is another record: whoever reads this one may not read that.
NOT_OF_THIS_CHILD = "Found not to be of this child"
WITHDRAWN_THERE = "Withdrawn where it was recorded"

_CARRIED = (
    "outcome",
    "means",
    "witness",
    "witness_role",
    "witness_user",
    "organisation",
    "knows_child",
    "other_in_room",
    "told_by",
    "happened_at",
)


def report_seen(link: ChildLink, *, at: datetime) -> None:
    """Of whoever of the two is looked for, record the last proof of the other, once; their pages say who saw the child."""
    by = link.checked_by
    for sought, other in ((link.child, link.other), (link.other, link.child)):
        proof = _news(sought, other)
        if proof is None or by is None:
            continue
        sighting = contacts.Sighting(
            **{name: getattr(proof, name) for name in _CARRIED}, key=_key(link, proof.key)
        )
        contacts.record(sought, sighting, by=by, at=at)


def is_seen(link: ChildLink) -> bool:
    """Whether there is anything to report, as far as that can be said without a lock."""
    return any(_news(*pair) is not None for pair in ((link.child, link.other), (link.other, link.child)))


def is_withdrawn(link: ChildLink) -> bool:
    """Whether there is anything to withdraw, as far as that can be said without a lock."""
    return bool(_copies(link, _gone_since(link)))


def withdraw_withdrawn(link: ChildLink, *, at: datetime) -> None:
    """What was withdrawn on its own record since the two were confirmed is withdrawn on the other."""
    if link.checked_by is not None:
        _withdraw(_copies(link, _gone_since(link)), WITHDRAWN_THERE, by=link.checked_by, at=at)


def withdraw_all(link: ChildLink, *, by: User, at: datetime) -> None:
    """The two are not of one child: what either says because of the other holds no more."""
    _withdraw(_copies(link, Contact.objects.all()), NOT_OF_THIS_CHILD, by=by, at=at)


def _gone_since(link: ChildLink) -> QuerySet[Contact]:
    return Contact.objects.filter(withdrawn_at__gt=link.checked_at)


def _news(sought: Child, other: Child) -> Contact | None:
    """The last proof of the other record of whoever is looked for, where it does not stand with this one yet."""
    episode = MissingEpisode.objects.open().filter(child=sought).first()
    proof = _last_proof(other, episode) if episode is not None else None
    return None if proof is None or _is_known(sought, proof) else proof


def _last_proof(other: Child, episode: MissingEpisode) -> Contact | None:
    since = max(episode.since, episode.anew_at or episode.since)
    seen = Contact.objects.seen().believed([other.pk]).filter(happened_at__gt=since)
    return seen.exclude(means__in=NEVER_PROOF).order_by("happened_at", "pk").last()


def _is_known(sought: Child, proof: Contact) -> bool:
    """Whether it stands there: copied before, or what `proof` itself was copied from, withdrawn since or not."""
    same = Contact.objects.filter(child=sought, happened_at=proof.happened_at, witness=proof.witness)
    # What was withdrawn there, and recorded there anew since, is news.
    return same.exclude(withdrawn_reason__in=(NOT_OF_THIS_CHILD, WITHDRAWN_THERE)).exists()


def _key(link: ChildLink, of: uuid.UUID) -> uuid.UUID:
    """Of each confirmation its own, so that what was withdrawn with one can be recorded by a later one."""
    return uuid.uuid5(of, f"{link.pk} {link.checked_at.timestamp() if link.checked_at else ''}")


def _copies(link: ChildLink, sources: QuerySet[Contact]) -> list[Contact]:
    """What stands on either record because of these of the other."""
    keys = sources.filter(child__in=(link.child_id, link.other_id)).values_list("key", flat=True)
    found = Contact.objects.standing().filter(key__in=[_key(link, key) for key in keys])
    return list(found.order_by("pk"))


def _withdraw(copies: Iterable[Contact], reason: str, *, by: User, at: datetime) -> None:
    for one in copies:
        contacts.withdraw(one, reason=reason, by=by, at=at)
