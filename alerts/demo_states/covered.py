"""A child to look at for whose guardian a colleague was asked to be there, one cover of each answer."""

from alerts.demo_states.lot import WORKS_SINCE, Lot, Shown, arrive, seen
from cases import people
from cases.models import Child, Membership, Role, User
from cases.states import CoverStage
from guardians import assignments, covers
from guardians.models import GuardianAssignment, GuardianCover

MACHINE = "Cover for a guardian"


def _live(lot: Lot, shown: Shown) -> Child:
    """One is over, one was declined, one called off; one of next month is accepted, and one after it waits.

    All of it since yesterday: the guardian of the demo is one no longer than that.
    """
    child, colleague = arrive(lot, shown, trafficking="yes"), _colleague(lot)
    guardian, manager = lot.stage.cast["guardian"], lot.stage.cast["manager"]
    held = assignments.assign(child, guardian, service=lot.stage.service, by=manager, at=lot.ago(0.9))
    over = _ask(lot, held, colleague, asked=0.8, starts=0.7, ends=0.5)
    _answer(over, colleague, lot, days=0.75, accepted=True)
    declined = _ask(lot, held, colleague, asked=0.7, starts=-5, ends=-8)
    _answer(declined, colleague, lot, days=0.6, accepted=False)
    off = _ask(lot, held, colleague, asked=0.5, starts=-20, ends=-22)
    covers.end(off, reason="The week was put off.", by=guardian, at=lot.ago(0.4))
    coming = _ask(lot, held, colleague, asked=0.3, starts=-30, ends=-37)
    _answer(coming, colleague, lot, days=0.2, accepted=True)
    _ask(lot, held, colleague, asked=0, starts=-60, ends=-64)
    return seen(lot, child)


def _ask(
    lot: Lot, held: GuardianAssignment, colleague: User, *, asked: float, starts: float, ends: float
) -> GuardianCover:
    """All in days before now; less than none is to come."""
    guardian, at = lot.stage.cast["guardian"], lot.ago(asked)
    starts_at, ends_at = lot.ago(starts), lot.ago(ends)
    found = covers.ask([held], colleague, starts_at=starts_at, ends_at=ends_at, by=guardian, at=at)
    return found.covers[0]


def _answer(cover: GuardianCover, colleague: User, lot: Lot, *, days: float, accepted: bool) -> None:
    reason = "" if accepted else "I am at a course on those days."
    covers.answer([cover], accepted=accepted, reason=reason, by=colleague, at=lot.ago(days))


def _colleague(lot: Lot) -> User:
    """Another guardian of the service with whom nobody signs in, made once."""
    colleague, _ = User.objects.get_or_create(
        email="states.guardian@lantern.example",
        defaults={
            "name": "Corin Elvaston",
            "phone": "01632 960117",
            "joined_at": lot.at,
            "has_digest": False,
        },
    )
    if not Membership.objects.current(lot.at).filter(user=colleague).exists():
        since = lot.at - WORKS_SINCE
        people.join(colleague, Role.GUARDIAN, service=lot.stage.service, at=since)
    return colleague


CHILDREN = (
    Shown(
        "Samira",
        "Daqqaq",
        ("Arabic",),
        MACHINE,
        CoverStage.WAITING,
        _live,
        beside=(CoverStage.ACCEPTED, CoverStage.DECLINED, CoverStage.CALLED_OFF, CoverStage.OVER),
    ),
)
