"""A child to look at of whose plan there is an action in each state."""

import uuid
from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, live_at, seen
from cases import action_words, placements, plans
from cases.action_owners import Owner
from cases.deadlines import london_day
from cases.models import Child, Placement, PlanAction
from cases.models.plans import OwnerKind
from cases.plan_states import ActionStage
from guardians import assignments

MACHINE = "Action of the plan"


def _live(lot: Lot, shown: Shown) -> Child:
    """What the first home could not keep is over with it; of what is done since, the guardian's waits for an answer."""
    child, guardian = arrive(lot, shown, placed=False), lot.stage.cast["guardian"]
    live_at(lot, child, lot.homes["Age"], since=lot.ago(50), by=lot.worker)
    first = Placement.objects.get(child=child, ends_at=None)
    _ask(lot, child, "Nobody is in the house before four in the afternoon", days=45, placement=first)
    why = "A home nearer to his college."
    placements.end(first, ends_at=lot.ago(40), reason=why, by=lot.worker, at=lot.ago(40))
    live_at(lot, child, lot.homes[MACHINE], since=lot.ago(40), by=lot.worker)
    done = _ask(lot, child, "Buy him a phone of his own", days=20)
    plans.end(
        done, ActionStage.DONE, said="Bought, and the number is on record.", by=lot.worker, at=lot.ago(15)
    )
    given_up = _ask(lot, child, "Ask the mosque for somebody who walks him home", days=14)
    said = "His friend from class walks with him."
    plans.end(given_up, ActionStage.WITHDRAWN, said=said, by=lot.worker, at=lot.ago(12))
    manager, service = lot.stage.cast["manager"], lot.stage.service
    assignments.assign(child, guardian, service=service, by=manager, at=lot.ago(0.9))
    hers = Owner(kind=OwnerKind.GUARDIAN, user=guardian)
    told = _ask(lot, child, "Tell him in his language whom to ring at night", days=0.8, owner=hers)
    word = "Told him on Sunday; the number stands on the door of his room."
    action_words.say_done(told, said=word, key=uuid.uuid4(), by=guardian, at=lot.ago(0.1))
    _ask(lot, child, "Ask the college to ring when he is not in class", days=0.05)
    return seen(lot, child)


def _ask(
    lot: Lot,
    child: Child,
    what: str,
    *,
    days: float,
    owner: Owner | None = None,
    placement: Placement | None = None,
) -> PlanAction:
    return plans.ask(
        child,
        what,
        owner=owner or lot.worker,
        by_date=london_day(lot.at + timedelta(days=21)),
        placement=placement,
        by=lot.worker,
        at=lot.ago(days),
    )


CHILDREN = (
    Shown(
        "Hewa",
        "Kerim",
        ("Kurdish Sorani",),
        MACHINE,
        ActionStage.ASKED,
        _live,
        beside=(ActionStage.SAID_DONE, ActionStage.LAPSED, ActionStage.DONE, ActionStage.WITHDRAWN),
    ),
)
