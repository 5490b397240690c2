"""One of a group is found: whoever looks for the others hears at once, and their searches go on."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from alerts import duty_steps, others_told, policies
from alerts.duties import Duty
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, AlertStep, Clock, DutyStep, Message, MessageKind, PolicyVersion
from cases import changes, clock, concerns, episodes, found_mates, incidents, restrictions, triggers
from cases.models import Child, MissingEpisode, Restriction, Role, Trigger
from tests.alerts.outgoing import tick
from tests.counts import a_third, counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    ended,
    missing,
    not_here,
    placed,
    silent,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE, NOW = AT - timedelta(days=60), AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    """Of one council; the others of the group are of another."""
    return a_watched_child(at=BEFORE, given_name="Samir")


@pytest.fixture
def other() -> Watched:
    return a_watched_child(at=BEFORE, given_name="Hewad")


@pytest.fixture
def pair(watched: Watched, other: Watched) -> tuple[MissingEpisode, MissingEpisode]:
    return together(watched, other.child, by=other)


def together(w: Watched, child: Child, *, by: Watched) -> tuple[MissingEpisode, MissingEpisode]:
    one, two = missing(w.child, by=w.carer, at=NOW - HOUR), missing(child, by=by.carer, at=NOW - HOUR)
    incidents.join(one, two, by=w.carer, at=NOW - HOUR)
    tick(NOW - HOUR)
    return one, two


def found(episode: MissingEpisode, w: Watched, *, at: datetime = NOW) -> None:
    episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=at)


@pytest.fixture
def one_found(pair: tuple[MissingEpisode, MissingEpisode], other: Watched) -> None:
    """One of the two is found, and whoever looks for the other has been told."""
    found(pair[1], other)
    tick(NOW)


@pytest.fixture
def one_died(pair: tuple[MissingEpisode, MissingEpisode]) -> None:
    """One of the two is dead, and whoever looks for the other has been told."""
    ended(pair[1], outcome="died", at=NOW)
    tick(NOW)


@pytest.fixture
def step(pair: tuple[MissingEpisode, MissingEpisode], other: Watched) -> DutyStep:
    """A restricted find: the child's own desk is to ring those who look for the other."""
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=BEFORE)
    restrictions.restrict(other.child, reason="x", named=[other.manager], by=other.manager, at=NOW)
    episodes.confirm_with_child(
        MissingEpisode.objects.get(pk=pair[1].pk), how="saw", by=other.manager, at=NOW
    )
    tick(NOW)
    return DutyStep.objects.get(episode=pair[1], kind=Duty.OTHERS_TOLD)


def climbs_no_more(**of: object) -> bool:
    """Whether no alert of these clocks is open, and no sweep will ever look at one of them."""
    clocks = Clock.objects.filter(**of)
    assert clocks.exists()
    is_open = Alert.objects.open().filter(clock__in=clocks).exists()
    return not is_open and not clocks.filter(next_at__isnull=False).exists()


def told(child: Child) -> set[tuple[str, str, str]]:
    mine = Message.objects.filter(wording__endswith="_mate_found", items__alert__child=child)
    return set(mine.exclude(kind=MessageKind.ENDING).values_list("wording", "post", "channel"))


@pytest.mark.by_turns
@pytest.mark.usefixtures("one_found")
def test_the_others_owners_hear_at_once_and_who_it_is_stands_in_no_message(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    assert told(watched.child) == {
        ("duty_mate_found", "duty", "text"),
        ("duty_mate_found", "duty", "mail"),
        ("told_mate_found", "worker", "mail"),
    }
    assert not told(other.child)
    for message in Message.objects.filter(wording__endswith="_mate_found"):
        if message.channel == "text":
            words = compose_text(message, now=NOW)
        else:
            written = compose(message, now=NOW)
            words = written.subject + written.text + written.html
        assert "The search goes on" in words or "the search goes on" in " ".join(words.split())
        assert other.child.reference not in words
        assert "Hewad" not in words
    pair[0].refresh_from_db()
    assert pair[0].status == "missing"
    assert pair[0].child_confirmed_at is None


@pytest.mark.by_turns
def test_it_is_told_once_and_climbs_until_somebody_answers(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    found(pair[1], other)
    for after in (0, 30):
        tick(NOW + after * MINUTE)
    (trigger,) = Trigger.objects.filter(kind="mate_found")
    assert (trigger.child, trigger.mate) == (watched.child, pair[1])
    assert ("duty_mate_found", "manager", "text") in told(watched.child)
    answered_at = NOW + 31 * MINUTE
    triggers.answer(trigger, answer="They parted at the station", by=watched.desk.person, at=answered_at)
    tick(answered_at)
    assert ("duty_mate_found", "head", "mail") not in told(watched.child)
    assert climbs_no_more(kind="mate_found")
    assert Trigger.objects.filter(kind="mate_found").count() == 1


@pytest.mark.by_turns
@pytest.mark.usefixtures("one_found")
def test_whoever_is_found_as_well_is_asked_about_nobody(
    client: Client, watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    client.force_login(watched.desk.person)
    assert "Found: somebody who went missing" in client.get("/").content.decode()
    found(pair[0], watched, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert not {post for _, post, _ in told(watched.child)} & {"manager", "second"}
    assert climbs_no_more(kind="mate_found")
    assert "Found: somebody who went missing" not in client.get("/").content.decode()
    assert not Trigger.objects.filter(child=other.child, kind="mate_found").exists()


@pytest.mark.by_turns
def test_two_who_are_found_are_one_question_and_the_second_is_told_once_it_is_answered(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    third = a_watched_child(at=BEFORE)
    last = missing(third.child, by=third.carer, at=NOW - HOUR)
    incidents.join(pair[0], last, by=watched.carer, at=NOW - HOUR)
    found(pair[1], other)
    found(last, third)
    tick(NOW)
    (trigger,) = Trigger.objects.filter(child=watched.child, kind="mate_found")
    triggers.answer(trigger, answer="Knows nothing", by=watched.desk.person, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert set(Trigger.objects.filter(child=watched.child).values_list("mate", flat=True)) == {
        pair[1].pk,
        last.pk,
    }


def gone_again(other: Watched, how: str, *, at: datetime) -> None:
    if how == "not here":
        not_here(other.child, by=other.carer, at=at)
    elif how == "reported":
        missing(other.child, by=other.carer, at=at)
    else:
        confirmed_by = MissingEpisode.objects.open().get(child=other.child).child_confirmed_by
        concerns.keep_from(other.child, user=confirmed_by, reason="x", by=other.head, at=at)


EACH_WAY = [(how, answered) for how in ("not here", "reported", "kept") for answered in (False, True)]


# Each way of being gone again, and whether it was answered by then in turn.
@pytest.mark.by_turns
@pytest.mark.usefixtures("one_found")
@pytest.mark.parametrize(("how", "answered"), counts([EACH_WAY[1], EACH_WAY[2], EACH_WAY[4]], EACH_WAY))
def test_whoever_is_found_a_second_time_in_one_search_is_told_of_anew(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], how: str, answered: bool
) -> None:
    (first,) = Trigger.objects.filter(kind="mate_found")
    if answered:
        triggers.answer(first, answer="Knows nothing", by=watched.desk.person, at=NOW + MINUTE)
    gone_again(other, how, at=NOW + 10 * MINUTE)
    tick(NOW + 10 * MINUTE)
    first.refresh_from_db()
    assert first.answered_at == NOW + (1 if answered else 10) * MINUTE
    assert not {post for _, post, _ in told(watched.child)} & {"manager", "second", "head"}
    assert climbs_no_more(child=watched.child, kind="mate_found")
    second = a_person(Role.DUTY_DESK, authority=other.authority)
    episodes.confirm_with_child(pair[1], how="saw", by=second, at=NOW + 61 * MINUTE)
    tick(NOW + 61 * MINUTE)
    again = Trigger.objects.exclude(pk=first.pk).get(kind="mate_found")
    assert (again.child, again.mate, again.answered_at) == (watched.child, pair[1], None)
    tick(NOW + 91 * MINUTE)
    assert ("duty_mate_found", "manager", "text") in told(watched.child)


@pytest.mark.by_turns
@pytest.mark.usefixtures("one_found")
def test_gone_and_found_again_between_two_sweeps_is_one_question_and_it_is_new(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    gone_again(other, "not here", at=NOW + MINUTE)
    found(pair[1], other, at=NOW + 2 * MINUTE)
    tick(NOW + 2 * MINUTE)
    first, again = Trigger.objects.filter(kind="mate_found").order_by("pk")
    assert (first.answered_at, again.answered_at) == (NOW + 2 * MINUTE, None)
    assert "not confirmed as found" in first.answer


@pytest.mark.by_turns
@pytest.mark.usefixtures("one_found")
def test_one_find_that_one_person_sends_twice_is_told_once(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    found(pair[1], other, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    (trigger,) = Trigger.objects.filter(kind="mate_found")
    assert trigger.answered_at is None


@pytest.mark.by_turns
def test_a_record_that_was_late_is_no_find(watched: Watched, other: Watched) -> None:
    one = missing(watched.child, by=watched.carer, at=NOW - HOUR)
    two = silent(other.child, since=NOW - 2 * HOUR, at=NOW - HOUR)
    incidents.join(one, two, by=watched.carer, at=NOW - HOUR)
    ended(two, outcome="recording_late", at=NOW)
    tick(NOW)
    assert not Trigger.objects.filter(kind="mate_found").exists()


def was_another(death: MissingEpisode, w: Watched, *, at: datetime) -> MissingEpisode:
    said = {"told_by": "Sgt Vale", "reason": "The prints are those of another"}
    return episodes.was_another(death, **said, seconded_by=w.manager, by=w.desk.person, at=at)


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("one_died")
def test_a_death_is_told_in_the_same_words_and_where_it_was_of_another_child_nothing_is_asked_any_more(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    assert told(watched.child)
    asked = Trigger.objects.get(kind="mate_found", child=watched.child)
    was_another(pair[1], other, at=NOW + MINUTE)
    for _ in range(2):
        tick(NOW + MINUTE)
    asked.refresh_from_db()
    assert asked.answered_at == NOW + MINUTE
    assert Trigger.objects.filter(kind="mate_found").count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("first", a_third([0, 1], "whose death"))
def test_whose_death_was_that_of_another_is_still_looked_for_with_those_who_went_along(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], first: int
) -> None:
    whose, mates = ((watched, other), (other, watched))[first]
    ended(pair[first], outcome="died", at=NOW)
    anew = was_another(pair[first], whose, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert anew in incidents.others(pair[1 - first])
    assert list(incidents.others(anew).exclude(child=whose.child)) == [pair[1 - first]]
    found(pair[1 - first], mates, at=NOW + HOUR)
    tick(NOW + HOUR)
    assert Trigger.objects.filter(kind="mate_found", child=whose.child, recorded_at__gte=NOW + HOUR).exists()


@pytest.mark.by_turns(8)
def test_nobody_is_joined_to_a_search_that_the_death_of_another_ended(
    watched: Watched, other: Watched
) -> None:
    one, two = (missing(w.child, by=w.carer, at=NOW - HOUR) for w in (watched, other))
    ended(two, outcome="died", at=NOW)
    was_another(two, other, at=NOW + MINUTE)
    with pytest.raises(incidents.IllegalMove, match="Open the search that runs"):
        incidents.join(one, two, by=watched.carer, at=NOW + 2 * MINUTE)


@pytest.mark.by_turns
def test_one_that_was_found_before_it_is_said_that_they_went_together_is_told_then(
    watched: Watched, other: Watched
) -> None:
    one = missing(watched.child, by=watched.carer, at=NOW - 2 * HOUR)
    two = missing(other.child, by=other.carer, at=NOW - 2 * HOUR)
    ended(two, at=NOW - HOUR)
    tick(NOW)
    assert not told(watched.child)
    incidents.join(one, MissingEpisode.objects.get(pk=two.pk), by=watched.carer, at=NOW)
    tick(NOW)
    assert told(watched.child)


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("one_found")
def test_taken_back_nobody_is_asked_any_more(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    incidents.leave(pair[1], reason="Was in hospital all the time", by=other.worker, at=NOW + MINUTE)
    (trigger,) = Trigger.objects.filter(kind="mate_found")
    assert trigger.answered_at == NOW + MINUTE
    # The reason stands in the record of the child who did not go along.
    assert "hospital" not in trigger.answer
    tick(NOW + MINUTE)
    assert climbs_no_more(kind="mate_found")
    assert not {post for _, post, _ in told(watched.child)} & {"manager", "second", "head"}


@pytest.mark.by_turns
def test_of_a_restricted_record_nobody_is_told(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    restrictions.restrict(other.child, reason="x", named=[other.manager], by=other.manager, at=NOW)
    found(pair[1], other)
    tick(NOW)
    assert not Trigger.objects.filter(kind="mate_found").exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("is_restricted", "is_sought", "outcome", "is_asked"),
    [
        (True, True, "returned", True),
        (True, True, "died", True),
        (True, False, "returned", False),
        (False, True, "returned", False),
    ],
)
def test_the_end_of_a_restricted_childs_search_asks_its_own_desk_to_ring_those_who_look_for_the_others(
    client: Client,
    watched: Watched,
    other: Watched,
    pair: tuple[MissingEpisode, MissingEpisode],
    is_restricted: bool,
    is_sought: bool,
    outcome: str,
    is_asked: bool,
) -> None:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=BEFORE)
    if is_restricted:
        restrictions.restrict(other.child, reason="x", named=[other.manager], by=other.manager, at=NOW)
    if not is_sought:
        ended(pair[0], at=NOW)
    episode = ended(MissingEpisode.objects.get(pk=pair[1].pk), outcome=outcome, at=NOW)
    steps = DutyStep.objects.filter(episode=episode, kind=Duty.OTHERS_TOLD)
    assert steps.exists() == is_asked
    tick(NOW)
    asked = Message.objects.filter(items__alert__clock__duty=Duty.OTHERS_TOLD)
    hears = is_asked and outcome != "died"
    assert set(asked.values_list("post", flat=True)) == ({"duty", "worker"} if hears else set())
    assert not asked.exclude(items__alert__child=other.child).exists()
    if not is_restricted or not is_sought:
        return
    # Those who look for the other read and hear nothing of it.
    assert not told(watched.child)
    assert not Trigger.objects.filter(kind="mate_found").exists()
    address = f"/missing/{episode.reference}/steps/{Duty.OTHERS_TOLD}/"
    readers = (watched.desk.person, watched.worker, watched.manager)
    for person in readers:
        client.force_login(person)
        assert client.get(address).status_code == 404
    for person in a_third(readers, outcome):
        client.force_login(person)
        assert "went along" not in client.get(f"/missing/{pair[0].reference}/").content.decode()
    client.force_login(other.manager)
    assert client.get(address).status_code == 200
    duty_steps.answer(steps.get(), answer="done", note="Rang both", by=other.manager, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert not Alert.objects.open().filter(clock__duty=Duty.OTHERS_TOLD).exists()
    assert not Clock.objects.filter(duty=Duty.OTHERS_TOLD, next_at__isnull=False).exists()


@pytest.mark.by_turns(8)
def test_a_restricted_find_asks_about_the_others_as_soon_as_the_child_is_confirmed(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep
) -> None:
    assert (step.due_at, step.done_at) == (NOW + HOUR, None)
    asked = Message.objects.filter(items__alert__clock__duty=Duty.OTHERS_TOLD)
    assert set(asked.values_list("post", flat=True)) == {"duty", "worker"}
    duty_steps.answer(step, answer="done", note="Rang both", by=other.manager, at=NOW + MINUTE)
    over = ended(MissingEpisode.objects.get(pk=pair[1].pk), at=NOW + HOUR)
    kinds = DutyStep.objects.filter(episode=over).values_list("kind", flat=True)
    assert Duty.RETURN_INTERVIEW in kinds, "the end opens what it opens"
    step.refresh_from_db()
    assert step.done_at == NOW + MINUTE, "and asks about the others once"


@pytest.mark.by_turns
@pytest.mark.parametrize("fact", ["found", "open again"])
def test_of_those_who_went_along_it_is_asked_no_more_once_nobody_is_left_to_be_told_of(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep, fact: str
) -> None:
    assert others_told.close(now=NOW + MINUTE) == 0, "the other is looked for"
    if fact == "found":
        ended(MissingEpisode.objects.get(pk=pair[0].pk), at=NOW + 2 * MINUTE)
    else:
        by = {"by": other.manager, "seconded_by": other.head, "at": NOW + 2 * MINUTE}
        restrictions.lift(Restriction.objects.get(child=other.child), reason="Over", **by)
        tick(NOW + 2 * MINUTE)
        assert told(watched.child)
    assert others_told.close(now=NOW + 3 * MINUTE) == 1
    step.refresh_from_db()
    assert (step.answer, step.done_by) == ("not_needed", None)
    tick(NOW + 3 * MINUTE)
    assert climbs_no_more(duty=Duty.OTHERS_TOLD)
    climbed = AlertStep.objects.filter(alert__clock__duty=Duty.OTHERS_TOLD)
    assert set(climbed.values_list("step", flat=True)) == {"R1"}


def lifted(other: Watched, *, at: datetime) -> None:
    by = {"by": other.manager, "seconded_by": other.head, "at": at}
    restrictions.lift(Restriction.objects.get(child=other.child), reason="Over", **by)


@pytest.mark.by_turns
def test_a_record_that_is_open_again_too_late_for_us_to_tell_leaves_the_others_to_people(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep
) -> None:
    late = NOW + found_mates.LATELY + HOUR
    lifted(other, at=late)
    tick(late)
    assert not Trigger.objects.filter(kind="mate_found").exists(), "their desk hears nothing by us"
    assert others_told.close(now=late + MINUTE) == 0
    step.refresh_from_db()
    assert step.done_at is None
    ended(MissingEpisode.objects.get(pk=pair[0].pk), at=late + HOUR)
    assert others_told.close(now=late + HOUR) == 1, "and once nobody is looked for it is over"


def test_one_that_was_told_of_in_time_stays_told(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep
) -> None:
    lifted(other, at=NOW + HOUR)
    tick(NOW + HOUR)
    assert told(watched.child)
    late = NOW + found_mates.LATELY + HOUR
    assert others_told.close(now=late) == 1
    assert others_told.ask_again(now=late + MINUTE) == 0
    step.refresh_from_db()
    assert step.answer == "not_needed"


@pytest.mark.by_turns(8)
def test_one_whom_we_were_to_tell_and_did_not_is_left_to_people_again(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep
) -> None:
    lifted(other, at=NOW + HOUR)
    assert others_told.close(now=NOW + HOUR) == 1, "the next sweep tells them"
    assert others_told.ask_again(now=NOW + 2 * HOUR) == 0
    assert others_told.ask_again(now=NOW + found_mates.LATELY + HOUR) == 1
    step.refresh_from_db()
    assert (step.done_at, step.answer, step.note) == (None, "", "")


# Each way is looked at of who is found a second time as well.
@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", a_third(["not here", "reported", "kept"], "gone again"))
def test_who_went_along_and_is_gone_again_is_asked_about_again(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep, how: str
) -> None:
    found(pair[0], watched, at=NOW + MINUTE)
    assert others_told.close(now=NOW + 2 * MINUTE) == 1
    assert others_told.ask_again(now=NOW + 3 * MINUTE) == 0, "somebody is with the other"
    gone_again(watched, how, at=NOW + 10 * MINUTE)
    assert others_told.ask_again(now=NOW + 11 * MINUTE) == 1
    assert others_told.close(now=NOW + 12 * MINUTE) == 0
    assert others_told.ask_again(now=NOW + 12 * MINUTE) == 0
    step.refresh_from_db()
    assert step.done_at is None
    tick(NOW + 30 * HOUR)
    climbed = AlertStep.objects.filter(alert__clock__duty=Duty.OTHERS_TOLD)
    assert {"R1", "R2", "R4"} <= set(climbed.values_list("step", flat=True))


@pytest.mark.by_turns
def test_what_somebody_answered_stays_answered(
    watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode], step: DutyStep
) -> None:
    duty_steps.answer(step, answer="not_needed", note="Rang them", by=other.manager, at=NOW + MINUTE)
    found(pair[0], watched, at=NOW + 2 * MINUTE)
    gone_again(watched, "reported", at=NOW + 10 * MINUTE)
    assert others_told.ask_again(now=NOW + 11 * MINUTE) == 0


@pytest.mark.by_turns(8)
def test_whoever_is_kept_from_the_one_who_was_found_learns_nothing_of_it(
    client: Client, watched: Watched
) -> None:
    mate = a_child(watched.authority, team=watched.team, worker=watched.worker, at=BEFORE)
    placed(mate, watched.home)
    _one, two = together(watched, mate, by=watched)
    concerns.keep_from(mate, user=watched.worker, reason="x", by=watched.manager, at=NOW)
    found(two, watched)
    tick(NOW)
    assert {post for _, post, _ in told(watched.child)} == {"duty"}
    client.force_login(watched.worker)
    page = client.get(f"/children/{watched.child.reference}/")
    assert page.status_code == 200
    assert "has been found" not in page.content.decode()
    client.force_login(watched.manager)
    assert "has been found" in client.get(f"/children/{watched.child.reference}/").content.decode()
    (trigger,) = Trigger.objects.filter(kind="mate_found")
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/triggers/{trigger.key}/"
    assert client.get(address).status_code == 404
    not_here(mate, by=watched.carer, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    for reader, reads in ((watched.worker, False), (watched.manager, True)):
        shown = changes.of_child(watched.child, reader, at=NOW + MINUTE).rows
        assert ("cases_trigger" in {one.row.table for one in shown}) == reads


def test_the_database_holds_that_such_a_trigger_names_who_was_found_and_no_other_does(
    watched: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    said = {
        "child": watched.child,
        "happens_at": NOW,
        "note": "x",
        "recorded_at": NOW,
        "recorded_by": watched.worker,
    }
    for wrong in ({"kind": "mate_found"}, {"kind": "friend", "mate": pair[1]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Trigger.objects.create(**said, **wrong)
    Trigger.objects.create(**said, kind="mate_found", mate=pair[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        Trigger.objects.create(**said, kind="mate_found", mate=pair[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.create(child=watched.child, kind="mate_found")


@pytest.mark.usefixtures("one_found")
def test_the_desk_reads_the_child_where_it_may_and_else_whom_to_ring(
    client: Client, watched: Watched, other: Watched, pair: tuple[MissingEpisode, MissingEpisode]
) -> None:
    client.force_login(watched.desk.person)
    page = client.get("/").content.decode()
    assert f"/missing/{pair[1].reference}/" not in page
    assert "Hewad" not in page
    assert pair[1].reference in page
    assert other.authority.name in page
    client.force_login(other.desk.person)
    assert "has been found" not in client.get("/").content.decode()
    restrictions.restrict(other.child, reason="x", named=[other.manager], by=other.manager, at=NOW)
    client.force_login(watched.desk.person)
    page = client.get("/").content.decode()
    assert other.child.reference not in page
    assert other.authority.name not in page
