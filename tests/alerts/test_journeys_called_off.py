"""A journey that has become moot is called off with what made it so, and rings nobody; one that is late goes on."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts.models import Alert, AlertStep
from alerts.record_questions import untold_changes
from cases import ages, clock, journeys, links, mergers, responsibilities, transfers
from cases.deadlines import london_day
from cases.models import Child, Event, Journey, MissingEpisode, Transfer, Trigger
from cases.templatetags.govuk import gov_date
from tests import factories
from tests.alerts.test_silence_scenarios import contact_clock, steps, tick
from tests.alerts.test_transfer_pages import address, as_, boxes, page
from tests.counts import a_third, counts
from tests.factories import AT, Watched, accepted, confirmed, placed, planned, referred, seen

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
# Two in the afternoon of the second day; the home has seen the child at ten past one.
DEPARTS = AT + 29 * HOUR
SEEN = DEPARTS - 50 * MINUTE
TODAY = london_day(DEPARTS)
WHAT = ["withdrawn", "another day"]
MERGERS = [(kind, who) for kind in ("transfer", "other") for who in ("a person", "nobody")]


@pytest.fixture
def sender() -> Watched:
    found = factories.a_watched_child()
    factories.a_force_mailbox(found.placement.force)
    return found


@pytest.fixture
def receiver() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def brother(sender: Watched) -> Child:
    found = factories.a_child(sender.authority, team=sender.team, worker=sender.worker)
    placed(found, sender.home)
    said = links.Claim(kind="sibling", said_by="The child")
    links.say(sender.child, found, said, by=sender.worker, at=AT + HOUR)
    return found


@pytest.fixture
def going(sender: Watched, receiver: Watched) -> Transfer:
    """On a day that is agreed."""
    return agreed(sender, receiver, at=DEPARTS - 3 * HOUR)


@pytest.fixture
def made(sender: Watched, going: Transfer) -> Journey:
    """Its journey, which begins at two."""
    return there(sender)


@pytest.fixture
def taken(sender: Watched, receiver: Watched) -> Transfer:
    """Without a day."""
    at = DEPARTS - 3 * HOUR
    return accepted(
        referred(sender.child, receiver.authority, by=sender.worker, at=at), receiver.worker, at=at
    )


def agreed(sender: Watched, receiver: Watched, *, at: datetime) -> Transfer:
    offered = referred(sender.child, receiver.authority, by=sender.worker, at=at)
    taken = accepted(offered, receiver.worker, at=at)
    return transfers.agree_day(taken, london_day(at), by=receiver.worker, at=at)


def there(sender: Watched, *, kind: str = "transfer", departs_at: datetime = DEPARTS) -> Journey:
    at = DEPARTS - 2 * HOUR
    return planned(sender.child, by=sender.worker, departs_at=departs_at, at=at, kind=kind)


def drop(going: Transfer, sender: Watched, what: str, at: datetime) -> Transfer:
    if what == "withdrawn":
        return transfers.withdraw(going, reason="Stays", by=sender.worker, at=at)
    return transfers.agree_day(going, TODAY + 3 * DAY, by=sender.worker, at=at)


def no_alarm(sender: Watched, *, since: datetime = DEPARTS) -> None:
    for after in counts((31, 91), (16, 31, 61, 91)):
        tick(since + after * MINUTE)
    assert steps(sender) == []
    assert not MissingEpisode.objects.filter(child=sender.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("what", WHAT)
def test_with_the_transfer_or_its_day_its_journey_is_called_off_and_nobody_is_rung(sender, going, made, what):
    drop(going, sender, what, DEPARTS - HOUR)
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by) == (DEPARTS - HOUR, sender.worker)
    why = {
        "withdrawn": "The transfer was withdrawn",
        "another day": "Another day was agreed for the transfer",
    }
    assert made.reason == why[what]
    event = Event.objects.filter(child=sender.child, kind="journey_broken_off").get()
    assert (event.subject_id, event.actor) == (made.pk, sender.worker)
    seen(sender.child, by=sender.carer, at=SEEN)
    assert contact_clock(sender).window != "journey"
    no_alarm(sender)
    # The home is asked as ever, that evening.
    tick(DEPARTS + 5 * HOUR)
    assert "R1" in steps(sender)


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["declined", "accepted"])
def test_a_journey_that_was_planned_before_the_answer_is_called_off_with_a_refusal_alone(
    sender, receiver, brother, answer
):
    """Nobody took the child, and the police were rung because it had not been picked up."""
    offered = referred(sender.child, receiver.authority, by=sender.worker, at=DEPARTS - 3 * HOUR)
    departs_at = DEPARTS + 5 * DAY
    made = planned(
        sender.child,
        by=sender.worker,
        departs_at=departs_at,
        at=DEPARTS - 2 * HOUR,
        kind="transfer",
        parted="Tesfay is sad",
    )
    at = DEPARTS - HOUR
    if answer == "accepted":
        accepted(offered, receiver.worker, at=at)
    else:
        transfers.decline(offered, reason="No bed", by=receiver.manager, at=at)
    made.refresh_from_db()
    assert (made.ended_at is None) is (answer == "accepted")
    watched_for = Trigger.objects.filter(happens_at=departs_at, answered_at=None)
    is_watched = answer == "accepted"
    assert set(watched_for.values_list("child", flat=True)) == (
        {sender.child.pk, brother.pk} if is_watched else set()
    )
    if answer == "declined":
        assert made.reason == "The transfer was declined"
        theirs = Event.objects.filter(child=brother, actor=receiver.manager)
        assert not theirs.exists(), "who declined would say where the child was to go"


@pytest.mark.by_turns
def test_who_had_set_out_and_is_back_goes_on_another_day_without_the_journey_of_this_one(sender, going, made):
    at = DEPARTS - HOUR
    gone = transfers.set_out(going, left_at=at, expected_at=at + 2 * HOUR, by=sender.worker, at=at)
    drop(gone, sender, "another day", at + MINUTE)
    made.refresh_from_db()
    assert made.ended_at == at + MINUTE
    seen(sender.child, by=sender.carer, at=SEEN)
    no_alarm(sender)


@pytest.mark.by_turns
def test_the_day_of_the_journey_agreed_once_more_leaves_it_and_its_pick_up_owed(sender, going, made):
    seen(sender.child, by=sender.carer, at=SEEN)
    transfers.agree_day(going, TODAY, by=sender.worker, at=SEEN + MINUTE)
    made.refresh_from_db()
    assert made.ended_at is None
    assert contact_clock(sender).due_at == DEPARTS
    tick(DEPARTS + 16 * MINUTE)
    assert steps(sender) == ["R1"]


# That either calls it off is looked at above.
@pytest.mark.by_turns
@pytest.mark.parametrize("what", counts(WHAT[:1], WHAT))
def test_a_pick_up_that_is_late_is_ended_by_no_paper(sender, going, made, what):
    """The child may be with the escorts: whoever breaks it off says who has seen it since."""
    seen(sender.child, by=sender.carer, at=SEEN)
    tick(DEPARTS + 16 * MINUTE)
    drop(going, sender, what, DEPARTS + 20 * MINUTE)
    made.refresh_from_db()
    assert made.ended_at is None
    tick(DEPARTS + 31 * MINUTE)
    assert steps(sender) == ["R1", "R2"]
    at = DEPARTS + 40 * MINUTE
    said = journeys.Seen(escort="A. Carer", happened_at=at, knows_child=True)
    journeys.break_off(made, reason="He stays", seen=said, by=sender.worker, at=at)
    tick(at)
    assert not Alert.objects.open().filter(child=sender.child, clock__kind="contact").exists()
    tick(DEPARTS + 2 * HOUR)
    assert steps(sender) == ["R1", "R2"]


@pytest.mark.by_turns
@pytest.mark.parametrize("what", counts(WHAT[1:], WHAT))
def test_whom_the_escorts_have_is_asked_for_at_the_next_stop_all_the_same(sender, going, made, what):
    confirmed(made, 0, by=sender.worker, at=DEPARTS - 70 * MINUTE)
    drop(going, sender, what, DEPARTS - HOUR)
    made.refresh_from_db()
    assert made.ended_at is None
    assert contact_clock(sender).window == "journey"
    tick(DEPARTS + 2 * HOUR)
    assert {"R1", "R2"} <= set(steps(sender))


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", a_third(["move", "other"], "something else"))
def test_a_journey_for_something_else_goes_on(sender, going, kind):
    made = there(sender, kind=kind)
    drop(going, sender, "withdrawn", DEPARTS - HOUR)
    made.refresh_from_db()
    assert made.ended_at is None


@pytest.mark.by_turns
def test_the_day_of_the_journey_is_watched_no_more_for_who_goes_and_who_stays(sender, brother, taken):
    """A transfer without an agreed day: nothing but the journey has told of one."""
    at = DEPARTS - 3 * HOUR
    told = {"kind": "transfer", "parted": "Both are sad"}
    planned(sender.child, by=sender.worker, departs_at=DEPARTS + 10 * DAY, at=at, **told)
    assert around(sender.child)
    assert around(brother)
    transfers.withdraw(taken, reason="Stays", by=sender.worker, at=at + HOUR)
    assert not around(sender.child)
    assert not around(brother)


@pytest.mark.by_turns
@pytest.mark.parametrize(("kind", "who"), counts(MERGERS[:3], MERGERS))
def test_a_merger_that_withdraws_the_transfer_calls_its_journey_off_and_no_other(
    sender, receiver, brother, taken, kind, who
):
    """Nobody has agreed a day; the brother is another authority's child by then, and passes on with nobody."""
    at = DEPARTS - 3 * HOUR
    told = {"kind": kind, "parted": "Both are sad"}
    made = planned(sender.child, by=sender.worker, departs_at=DEPARTS + 10 * DAY, at=at, **told)
    third = factories.a_watched_child()
    responsibilities.start(brother, authority=third.authority, by=third.worker, at=at + MINUTE)
    by = sender.director if who == "a person" else None
    mergers.move(sender.authority, receiver.authority, by=by, at=at + HOUR)
    made.refresh_from_db()
    is_off = kind == "transfer"
    assert (made.ended_at, made.ended_by) == ((at + HOUR, by) if is_off else (None, None))
    assert Event.objects.filter(child=sender.child, kind="journey_broken_off").count() == int(is_off)
    assert around(sender.child) is not is_off
    assert not around(brother)
    assert list(untold_changes(at + HOUR)) == []
    if is_off:
        assert made.reason == "The transfer was withdrawn"
        rows = Trigger.objects.filter(child=brother, kind=Trigger.Kind.MOVE)
        assert rows.exists()
        assert not Event.objects.filter(child=brother, kind="trigger_answered", actor__isnull=False).exists()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("has", ["a late pick-up", "the child"])
def test_a_merger_ends_no_journey_that_has_begun(sender, receiver, taken, has):
    at = DEPARTS - 3 * HOUR
    made = there(sender)
    seen(sender.child, by=sender.carer, at=SEEN if has == "a late pick-up" else at + HOUR)
    moves_at = DEPARTS + 20 * MINUTE
    if has == "the child":
        moves_at = DEPARTS - HOUR
        confirmed(made, 0, by=sender.worker, at=moves_at)
    mergers.move(sender.authority, receiver.authority, by=None, at=moves_at)
    made.refresh_from_db()
    assert made.ended_at is None
    assert contact_clock(sender).window == "journey"


def decided(sender: Watched, status: str, *, at: datetime) -> None:
    said = {"decided_date": london_day(at), "decided_by": "Kent", "grounds": "x"}
    said |= {"place": "HMP Elmley"} if status == "treated_as_adult_elsewhere" else {}
    ages.decide(
        sender.child,
        ages.Decision(age_status=status, **said),
        seconded_by=sender.manager,
        by=sender.worker,
        at=at,
    )


@pytest.mark.by_turns
@pytest.mark.parametrize("status", ["assessed_adult", "treated_as_adult_elsewhere", "a search"])
def test_only_an_adult_for_whom_nobody_looks_leaves_nobody_watched_for_its_journey(sender, brother, status):
    at = DEPARTS - 3 * HOUR
    told = {"kind": "move", "parted": "Both are sad"}
    made = planned(sender.child, by=sender.worker, departs_at=DEPARTS + 10 * DAY, at=at, **told)
    assert (around(sender.child), around(brother)) == (True, True)
    decided(sender, "disputed", at=at + MINUTE)
    if status == "a search":
        factories.missing(sender.child, by=sender.worker, at=at + 2 * MINUTE)
    decided(
        sender,
        "treated_as_adult_elsewhere" if status == "treated_as_adult_elsewhere" else "assessed_adult",
        at=at + HOUR,
    )
    made.refresh_from_db()
    is_off = status == "assessed_adult"
    assert (made.ended_at is not None) is is_off
    assert (around(sender.child), around(brother)) == (not is_off, not is_off)
    if is_off:
        row = Trigger.objects.get(child=brother, kind="move", answered_at__isnull=False)
        assert row.answer == "The move was called off."
        told = Event.objects.get(child=brother, kind="trigger_answered", subject_id=row.pk)
        assert told.actor is None, "who it was would say whose move it is"


@pytest.mark.by_turns
def test_whom_the_day_of_another_leaves_stays_watched_beside_an_assessed_adult(sender, brother):
    sister = factories.a_child(sender.authority, team=sender.team, worker=sender.worker)
    placed(sister, sender.home)
    links.say(sister, brother, links.Claim(kind="sibling", said_by="x"), by=sender.worker, at=AT + HOUR)
    at = DEPARTS - 3 * HOUR
    for who in (sender.child, sister):
        told = {"kind": "move", "parted": "Both are sad"}
        planned(who, by=sender.worker, departs_at=DEPARTS + 10 * DAY, at=at, **told)
    decided(sender, "disputed", at=at + MINUTE)
    decided(sender, "assessed_adult", at=at + HOUR)
    assert (around(sender.child), around(sister), around(brother)) == (False, True, True)


def around(child: Child) -> bool:
    rows = Trigger.objects.filter(child=child, kind=Trigger.Kind.MOVE, answered_at=None)
    return rows.filter(happens_at=DEPARTS + 10 * DAY).exists()


@pytest.mark.by_turns
def test_a_placement_elsewhere_calls_a_move_off_that_is_to_begin_yet(sender):
    made = there(sender, kind="move")
    at = DEPARTS - 10 * MINUTE
    home = factories.a_home()
    factories.a_force_mailbox(home.force)
    placed(sender.child, home, starts_at=at, at=at)
    made.refresh_from_db()
    assert (made.ended_at, made.reason) == (at, "The child was placed before it began")
    seen(sender.child, by=sender.worker, at=at + 5 * MINUTE)
    no_alarm(sender)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("kind", "starts_at", "at"),
    [
        # Where it lived already when the move was planned: it is picked up from there.
        ("move", DEPARTS - 5 * HOUR, DEPARTS - HOUR),
        # The arrival with the other authority says where it lives.
        ("transfer", DEPARTS - HOUR, DEPARTS - HOUR),
        ("other", DEPARTS - HOUR, DEPARTS - HOUR),
        # Nobody has confirmed the pick-up: the escorts are asked for the child.
        ("move", DEPARTS + 10 * MINUTE, DEPARTS + 10 * MINUTE),
    ],
)
def test_a_placement_that_says_nothing_of_the_journey_leaves_its_pick_up_owed(sender, kind, starts_at, at):
    made = there(sender, kind=kind)
    seen(sender.child, by=sender.carer, at=SEEN)
    placed(sender.child, starts_at=starts_at, at=at)
    made.refresh_from_db()
    assert made.ended_at is None
    assert contact_clock(sender).due_at == DEPARTS
    tick(DEPARTS + 20 * MINUTE)
    assert AlertStep.objects.filter(
        alert__child=sender.child, alert__clock__kind="contact", step="R1"
    ).exists()


@pytest.fixture
def today(now: datetime) -> tuple[Watched, Watched, Transfer]:
    one, other = (factories.a_watched_child(at=now - 50 * HOUR) for _ in range(2))
    return one, other, agreed(one, other, at=now - 3 * HOUR)


def after(client: Client, where: str, said: dict[str, object]) -> str:
    """The page to which whoever says this comes."""
    done = client.post(where, said)
    assert done.status_code == 302, done.content.decode()
    return client.get(done.headers["Location"]).content.decode()


def day_of(journey: Journey) -> str:
    return gov_date(london_day(journey.stops.earliest("position").due_at))


@pytest.mark.by_turns(8)
def test_the_pages_name_the_journey_before_and_after(today, now):
    one, other, _going = today
    assert "journey planned for" not in page(one.worker, one, "withdraw")
    made = planned(one.child, by=one.worker, departs_at=now + HOUR, at=now - HOUR, kind="transfer")
    off = f"The journey planned for {day_of(made)} is called off with it."
    other_day = f"If you agree another day, the journey planned for {day_of(made)} is called off with it."
    assert off in page(one.worker, one, "withdraw")
    for reader in (one.worker, other.worker):
        assert other_day in page(reader, one, "day")
    later = boxes("day", london_day(now) + 3 * DAY)
    assert off in after(as_(other.worker), address(one, "day"), later)
    made.refresh_from_db()
    assert made.ended_by == other.worker
    assert "called off" not in page(one.worker, one, "day")


@pytest.mark.by_turns
def test_the_day_of_the_journey_is_agreed_without_a_word_of_it(today, now):
    one, _other, _going = today
    departs_at = clock.now() + 2 * DAY
    made = planned(one.child, by=one.worker, departs_at=departs_at, at=now - HOUR, kind="transfer")
    said = boxes("day", london_day(departs_at))
    assert "called off" not in after(as_(one.worker), address(one, "day"), said)
    made.refresh_from_db()
    assert made.ended_at is None


@pytest.mark.by_turns(8)
def test_the_pages_say_that_a_late_journey_goes_on(today, now):
    one, _other, _going = today
    planned(one.child, by=one.worker, departs_at=now - HOUR, at=now - 2 * HOUR, kind="transfer")
    goes_on = "is open and goes on: whoever breaks it off says who has seen the child since."
    for act in ("withdraw", "day"):
        assert goes_on in page(one.worker, one, act)
    assert goes_on in after(as_(one.worker), address(one, "withdraw"), {"reason": "He stays"})


def test_the_page_of_a_placement_names_the_move_that_it_calls_off(now):
    one = factories.a_watched_child(at=now - 50 * HOUR)
    made = planned(one.child, by=one.worker, departs_at=now + HOUR, at=now - HOUR)
    where = f"/children/{one.child.reference}/placements/new/"
    asked = as_(one.worker).get(where).content.decode()
    assert (
        f"The journey planned for {day_of(made)} is called off with it, unless the child lived here" in asked
    )
    said = {"placement_type": "K2", "starts_at_when": "now", "host_notified": "no"}
    done = after(as_(one.worker), where, said | {"where": factories.a_home(one.authority).pk})
    assert f"The journey planned for {day_of(made)} is called off with it." in done
