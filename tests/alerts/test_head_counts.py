"""When one child is missing, who lives with it and who is said to belong to it is to be seen within half an hour."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings

from alerts import because_of_others, expected, head_counts, schedule, sweep, watching
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, Clock, DutyTask, Message, MessageKind
from alerts.schedule import Step
from cases import clock, concerns, contacts, episodes, links
from cases import head_counts as verbs
from cases.models import Child, ChildLink, Event, HeadCount, MissingEpisode
from tests.alerts.outgoing import broken, send_all, tick
from tests.alerts.strategies import children, instants, sighting
from tests.alerts.strategies import head_counts as head_count_facts
from tests.counts import FULL, counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    case_closed,
    confirmed,
    ended,
    missing,
    not_here,
    out,
    placed,
    planned,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Long after the first thirty days, so that the ordinary row alone is on; at eleven, between roll-calls.
BEFORE = AT - timedelta(days=60)
NOW = AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def somebody_else(**details: object) -> Watched:
    """A child of a home and a council of its own, who was seen an hour ago."""
    found = a_watched_child(at=BEFORE, **details)
    seen(found.child, by=found.carer, at=NOW - HOUR)
    seen(found.child, by=found.worker, at=NOW - HOUR / 2)
    return found


@pytest.fixture
def gone() -> Watched:
    """The child who goes missing."""
    return somebody_else(given_name="Yonas")


def mate(gone: Watched, **details: object) -> Child:
    child = a_child(gone.authority, team=gone.team, worker=gone.worker, at=BEFORE, **details)
    placed(child, gone.home)
    seen(child, by=gone.carer, at=NOW - HOUR)
    seen(child, by=gone.worker, at=NOW - HOUR / 2)
    return child


@pytest.fixture
def child(gone: Watched) -> Child:
    """One who lives with it."""
    return mate(gone, given_name="Filmon")


@pytest.fixture
def sought(gone: Watched, child: Child) -> MissingEpisode:
    """It is reported, and the one who lives with it is asked for."""
    return reported(gone)


@pytest.fixture
def second(gone: Watched, child: Child) -> Child:
    """Another who lives with it."""
    return mate(gone)


@pytest.fixture
def both_asked(gone: Watched, child: Child, second: Child) -> MissingEpisode:
    """It is reported, and both who live with it are asked for."""
    return reported(gone)


@pytest.fixture
def companion(gone: Watched) -> Watched:
    """A child of another home and council."""
    return somebody_else()


def reported(gone: Watched) -> MissingEpisode:
    episode = missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    return episode


def linked(child: Child, other: Child, by: object, **claim: object) -> ChildLink:
    said = links.Claim(**({"kind": ChildLink.Kind.COMPANION, "said_by": "Yonas himself"} | claim))
    return links.say(child, other, said, by=by, at=NOW - HOUR)


def asked() -> set[tuple[int, str]]:
    return set(HeadCount.objects.values_list("child", "reason"))


def due(child: Child) -> datetime | None:
    return Clock.objects.get(child=child, kind="contact").due_at


def wordings(**of: object) -> Counter[tuple[str, str, str]]:
    mine = Message.objects.filter(wording__endswith="_head_count", **of).exclude(kind=MessageKind.ENDING)
    return Counter(mine.values_list("wording", "post", "channel"))


@pytest.mark.by_turns
def test_every_child_of_the_house_is_due_within_half_an_hour_and_nobody_of_another(
    gone: Watched, companion: Watched, child: Child
) -> None:
    before = due(companion.child)
    reported(gone)
    assert asked() == {(child.pk, "home")}
    assert due(child) == NOW + 30 * MINUTE
    assert due(companion.child) == before
    assert not broken(NOW)


@pytest.mark.by_turns
def test_home_duty_worker_and_guardian_hear_at_once_and_as_one_house(
    gone: Watched, child: Child, second: Child, both_asked: MissingEpisode
) -> None:
    children = [child, second]
    assert asked() == {(one.pk, "home") for one in children}
    assert due(child) == due(second) == NOW + 30 * MINUTE
    told = wordings()
    assert told["home_head_count", "home", "text"] == 1
    assert told["duty_head_count", "duty", "text"] == told["duty_head_count", "duty", "mail"] == 1
    assert told["told_head_count", "worker", "mail"] == 1
    (text,) = Message.objects.filter(wording="home_head_count")
    assert {item.alert.child_id for item in text.items.all()} == {child.pk for child in children}
    words = compose_text(text, now=NOW)
    assert "another child is missing. See 2 children in your home now" in words
    assert gone.child.reference not in words
    assert "Yonas" not in words
    (mail,) = Message.objects.filter(wording="duty_head_count", channel="mail")
    written = compose(mail, now=NOW)
    assert "these 2 children are to be seen at once" in " ".join(written.text.split())
    for part in (written.subject, written.text, written.html):
        assert gone.child.reference not in part
        assert "Yonas" not in part
    assert DutyTask.objects.open().get(kind=DutyTask.Kind.RING_HOME).home_id == gone.home.pk


@pytest.mark.by_turns
def test_whoever_is_not_seen_by_then_climbs_from_the_half_hour_on_and_whoever_is_does_not(
    gone: Watched, child: Child, second: Child, both_asked: MissingEpisode
) -> None:
    lost, there = child, second
    seen(there, by=gone.carer, at=NOW + 10 * MINUTE, knows_child=True)
    tick(NOW + 10 * MINUTE)
    assert not Alert.objects.open().filter(child=there).exists()
    tick(NOW + 30 * MINUTE - timedelta(seconds=1))
    assert not Alert.objects.open().filter(child=lost, clock__kind="contact").exists()
    for minutes, steps in ((30, ["R0", "R1"]), (60, ["R2"]), (90, ["R3"]), (120, ["fail_safe"])):
        tick(NOW + minutes * MINUTE)
        alert = Alert.objects.open().get(child=lost, clock__kind="contact")
        assert [row.step for row in alert.climbed.all()][-len(steps) :] == steps
    assert MissingEpisode.objects.get(child=lost).police_owed_at == NOW + 120 * MINUTE
    assert not MissingEpisode.objects.filter(child=there).exists()


@pytest.mark.by_turns
def test_it_counts_from_when_it_is_asked_for_however_late_the_engine_is(gone: Watched, child: Child) -> None:
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW + 40 * MINUTE)
    assert due(child) == NOW + 70 * MINUTE
    assert not Alert.objects.filter(child=child, clock__kind="contact").exists()


@pytest.mark.by_turns
def test_who_was_looked_for_at_that_instant_or_since_is_accounted_for_and_nobody_is_told(
    gone: Watched, child: Child
) -> None:
    not_here(gone.child, by=gone.carer, at=NOW)
    seen(child, by=gone.carer, at=NOW, knows_child=True)
    tick(NOW)
    assert asked() == {(child.pk, "home")}, "and watched more closely for it"
    assert not wordings()
    assert not Alert.objects.filter(child=child).exists()


@pytest.mark.by_turns
def test_word_by_phone_or_hearsay_is_no_look_and_what_is_withdrawn_is_owed_again(
    gone: Watched, child: Child, sought: MissingEpisode
) -> None:
    for means in ("phone", "hearsay", "message"):
        seen(child, by=gone.carer, at=NOW + MINUTE, means=means, knows_child=True)
    tick(NOW + MINUTE)
    assert due(child) == NOW + 30 * MINUTE
    contact = seen(child, by=gone.carer, at=NOW + MINUTE, knows_child=True)
    tick(NOW + MINUTE)
    assert not Alert.objects.open().filter(child=child).exists()
    contacts.withdraw(contact, reason="The other boy", by=gone.carer, at=NOW + 2 * MINUTE)
    tick(NOW + 2 * MINUTE)
    assert due(child) == NOW + 30 * MINUTE
    assert Alert.objects.open().filter(child=child, clock__kind="head_count").exists()


@pytest.mark.by_turns
def test_for_72_hours_the_others_are_watched_as_in_the_first_30_days(gone: Watched, child: Child) -> None:
    def rows(at: datetime) -> set[str]:
        found = watching.watch([child.pk], at=at)[child.pk].applies
        return {a.row.key for a in found if a.covers(at)}

    assert "first_30_days" not in rows(NOW)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    seen(child, by=gone.carer, at=NOW + MINUTE, knows_child=True)
    assert "first_30_days" in rows(NOW + 71 * HOUR)
    assert "first_30_days" not in rows(NOW + 73 * HOUR)


@pytest.mark.by_turns
def test_who_is_said_to_belong_to_the_child_is_looked_for_in_another_home_and_council(
    gone: Watched, companion: Watched
) -> None:
    refuted = somebody_else()
    linked(companion.child, gone.child, gone.worker)
    wrong = linked(gone.child, refuted.child, gone.worker, kind=ChildLink.Kind.SIBLING)
    links.check(
        wrong,
        result="not_so",
        how="A DNA test",
        may_be_danger=False,
        seconded_by=gone.manager,
        by=gone.worker,
        at=NOW - MINUTE,
    )
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert asked() == {(companion.child.pk, "link")}
    assert due(companion.child) == NOW + 30 * MINUTE
    mails = Message.objects.filter(wording="duty_head_count", channel="mail")
    assert {mail.mailbox for mail in mails} == {companion.desk.mailbox}, "its own desk rings its own home"
    for mail in Message.objects.filter(wording__endswith="_head_count", channel="mail"):
        written = compose(mail, now=NOW)
        assert gone.child.reference not in written.subject + written.text + written.html


@pytest.mark.by_turns
def test_a_link_that_is_written_down_while_the_child_is_missing_asks_too_and_after_three_days_none(
    gone: Watched, companion: Watched
) -> None:
    first, late = companion, somebody_else()
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    links.say(
        gone.child,
        first.child,
        links.Claim(kind=ChildLink.Kind.FRIEND, said_by="The carer"),
        by=gone.worker,
        at=NOW + HOUR,
    )
    tick(NOW + HOUR)
    assert asked() == {(first.child.pk, "link")}
    assert HeadCount.objects.get().due_at == NOW + HOUR + 30 * MINUTE
    links.say(
        gone.child,
        late.child,
        links.Claim(kind=ChildLink.Kind.FRIEND, said_by="The carer"),
        by=gone.worker,
        at=NOW + 73 * HOUR,
    )
    tick(NOW + 73 * HOUR)
    assert HeadCount.objects.count() == 1


@pytest.mark.by_turns
def test_who_is_out_or_to_set_out_is_looked_for_as_well_and_nobody_of_a_closed_case_or_who_moved_in_since(
    gone: Watched, child: Child, second: Child
) -> None:
    out(child, by=gone.carer, at=NOW - MINUTE, until=NOW + 5 * HOUR)
    planned(second, by=gone.worker, departs_at=NOW + 2 * HOUR, at=NOW - 2 * HOUR)
    closed = mate(gone)
    case_closed(closed, reason="Assessed as an adult", at=NOW - MINUTE)
    missing(gone.child, by=gone.carer, at=NOW)
    new = a_child(gone.authority, team=gone.team, worker=gone.worker, at=NOW + MINUTE)
    placed(new, gone.home, at=NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    assert asked() == {(child.pk, "home"), (second.pk, "home")}
    assert due(child) == due(second) == NOW + 32 * MINUTE


@pytest.mark.by_turns
def test_who_is_missing_already_owes_nothing_and_is_not_late_when_it_is_back(
    gone: Watched, child: Child
) -> None:
    first = missing(child, by=gone.carer, at=NOW - 10 * MINUTE)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert not asked(), "who is looked for is not asked for as well, be it since two years ago"
    assert not Clock.objects.filter(child=child, kind="head_count", due_at__isnull=False).exists()
    ended(first, at=NOW + HOUR)
    tick(NOW + HOUR)
    assert asked() == {(child.pk, "home")}, "the other is missing yet: watched more closely for it"
    assert due(child) > NOW + HOUR
    assert not Alert.objects.open().filter(child=child, clock__kind__in=("contact", "head_count")).exists()


@pytest.mark.by_turns
def test_a_silence_asks_for_nobody_before_the_police_are_owed_word(gone: Watched, child: Child) -> None:
    episode = silent(gone.child, at=NOW)
    tick(NOW)
    assert not asked()
    with transaction.atomic():
        locked = Child.objects.locked().get(pk=gone.child.pk)
        episode.child = locked
        episodes.start_fail_safe(episode, owed_at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert asked() == {(child.pk, "home")}


@pytest.mark.by_turns
def test_where_the_record_was_late_nobody_was_missing_and_nothing_is_owed_any_more(
    gone: Watched, child: Child
) -> None:
    episode = silent(gone.child, at=NOW)
    with transaction.atomic():
        episode.child = Child.objects.locked().get(pk=gone.child.pk)
        episodes.start_fail_safe(episode, owed_at=NOW)
    tick(NOW)
    tick(NOW + 40 * MINUTE)
    closed = ended(episode, outcome="recording_late", at=NOW + 81 * MINUTE)
    assert closed.ended_at is not None
    tick(NOW + 81 * MINUTE)
    row = HeadCount.objects.get()
    assert row.ended_at == NOW + 81 * MINUTE
    applies = watching.watch([child.pk], at=NOW + 81 * MINUTE)[child.pk].applies
    closer = [(a.starts_at, a.ends_at) for a in applies if a.row.key == head_counts.CLOSER]
    assert (row.raised_at, row.ended_at) in closer, "and no longer"
    assert not Alert.objects.open().filter(child=child, clock__kind__in=("contact", "head_count")).exists()
    assert Alert.objects.get(child=child, clock__kind="contact").end_reason == "nobody_missing"
    assert not MissingEpisode.objects.filter(child=child).exists()
    assert not FULL or not broken(NOW + 81 * MINUTE)


@pytest.mark.by_turns
def test_an_episode_that_ends_otherwise_leaves_the_others_to_be_seen(
    gone: Watched, child: Child, sought: MissingEpisode
) -> None:
    episode = sought
    ended(episode, at=NOW + 20 * MINUTE)
    tick(NOW + 30 * MINUTE)
    assert Alert.objects.open().filter(child=child, clock__kind="contact").exists()


@pytest.mark.by_turns(8)
def test_each_is_asked_for_once_however_often_the_engine_looks(gone: Watched, child: Child) -> None:
    linked(gone.child, child, gone.worker)
    missing(gone.child, by=gone.carer, at=NOW)
    for _ in range(3):
        tick(NOW)
        send_all(NOW)
    assert HeadCount.objects.count() == 1
    assert Event.objects.filter(child=child, kind="head_count_asked").count() == 1
    assert wordings()["home_head_count", "home", "text"] == 1
    row = HeadCount.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="head_count_once"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.by_turns
def test_where_a_second_goes_missing_the_others_are_asked_for_anew_and_nobody_hears_of_an_end(
    gone: Watched, child: Child, second: Child, both_asked: MissingEpisode
) -> None:
    send_all(NOW)
    missing(second, by=gone.carer, at=NOW + 5 * MINUTE)
    for _ in range(2):
        # The one telling ends with one batch, the other begins with the next.
        tick(NOW + 5 * MINUTE)
    alerts = Alert.objects.filter(child=child, clock__kind="head_count").order_by("due_at")
    assert [(alert.status, alert.end_reason) for alert in alerts] == [("ended", "told_anew"), ("open", "")]
    assert not Message.objects.filter(kind=MessageKind.ENDING, items__alert__in=alerts).exists()
    assert due(child) == NOW + 30 * MINUTE, "the first half hour stands"


@pytest.mark.by_turns
def test_who_is_kept_from_the_missing_child_hears_of_it_by_no_other(gone: Watched, child: Child) -> None:
    reason = {"reason": "An allegation", "by": gone.manager, "at": NOW - MINUTE}
    concerns.keep_from(gone.child, gone.worker, **reason)
    missing(gone.child, by=gone.manager, at=NOW)
    tick(NOW)
    assert HeadCount.objects.get().child == child
    told = wordings()
    assert ("told_head_count", "worker", "mail") not in told
    assert ("home_head_count", "home", "text") in told
    other = missing(child, by=gone.manager, at=NOW + MINUTE)
    assert other.police_owed_at is not None


@pytest.mark.by_turns
def test_a_home_whose_only_carer_is_kept_from_the_missing_child_is_not_texted_of_it(
    gone: Watched, child: Child
) -> None:
    concerns.keep_from(gone.child, gone.carer, reason="An allegation", by=gone.manager, at=NOW - MINUTE)
    missing(gone.child, by=gone.manager, at=NOW)
    tick(NOW)
    assert "home_head_count" not in {wording for wording, _post, _channel in wordings()}
    assert ("duty_head_count", "duty", "text") in wordings()


@pytest.mark.by_turns
def test_the_roll_call_says_who_is_missing_and_by_when_the_others_are_to_be_seen(
    client: Client, gone: Watched, child: Child
) -> None:
    page = reverse("roll_call", args=[gone.home.pk])
    client.force_login(gone.carer)
    assert b"to be seen with your own eyes" not in client.get(page).content
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    found = client.get(page)
    shown = " ".join(found.content.decode().split())
    assert "1 child is to be seen with your own eyes by" in shown
    assert found.context["head_count"].missing == [gone.child]
    assert next(card for card in found.context["cards"] if card.child == child).to_record
    seen(child, by=gone.carer, at=NOW, knows_child=True)
    assert b"to be seen with your own eyes" not in client.get(page).content


@pytest.mark.by_turns
def test_the_roll_call_names_no_missing_child_whom_its_reader_may_not_see(
    client: Client, gone: Watched, child: Child
) -> None:
    other = a_person("placement_staff", home=gone.home)
    concerns.keep_from(gone.child, other, reason="An allegation", by=gone.manager, at=NOW - MINUTE)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    client.force_login(other)
    found = client.get(reverse("roll_call", args=[gone.home.pk]))
    assert "Another child is missing." in found.content.decode()
    assert found.context["head_count"].missing == []
    assert "Yonas" not in found.content.decode()
    assert gone.child.reference not in found.content.decode()


@pytest.mark.by_turns
def test_one_missing_child_brings_nobodys_second_pair_of_eyes_nearer(gone: Watched) -> None:
    child = a_child(gone.authority, team=gone.team, worker=gone.worker, at=BEFORE)
    placed(child, gone.home)
    visited_at = NOW - timedelta(days=4)
    seen(child, by=gone.worker, at=visited_at)
    seen(child, by=gone.carer, at=NOW - HOUR)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert child.head_counts.exists()
    seen(child, by=gone.carer, at=NOW + MINUTE, knows_child=True)
    for at in (NOW, NOW + MINUTE):
        tick(at)
        assert Clock.objects.get(child=child, kind="second_eyes").due_at == visited_at + timedelta(days=7)
    assert not Alert.objects.filter(child=child, clock__kind="second_eyes").exists()


@pytest.mark.by_turns(8)
def test_one_sweep_asks_for_so_many_after_the_clocks_and_the_next_for_the_rest(
    gone: Watched, child: Child, second: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    mate(gone)
    monkeypatch.setattr(because_of_others, "LOOKED_FOR_AT_MOST", 2)
    missing(gone.child, by=gone.carer, at=NOW)
    order: list[str] = []

    def spied(name: str, was: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object) -> object:
            order.append(name)
            return was(*given)

        return run

    for module, name in ((sweep, "_sweep_clocks"), (because_of_others, "tell")):
        monkeypatch.setattr(module, name, spied(name, getattr(module, name)))
    swept = sweep.sweep(now=NOW)
    assert order == ["_sweep_clocks", "tell"]
    assert (HeadCount.objects.count(), swept.more) == (2, True)
    tick(NOW)
    assert HeadCount.objects.count() == 3
    assert not sweep.sweep(now=NOW).more


@pytest.mark.by_turns
def test_a_sweep_asks_after_the_work_that_waits_and_no_other(
    gone: Watched, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def spy(module: ModuleType, name: str) -> None:
        was = getattr(module, name)

        def run(*given: object, **named: object) -> object:
            asked.append(f"{module.__name__} {name}")
            return was(*given, **named)

        monkeypatch.setattr(module, name, run)

    for name in ("_owing", "_needless_counts", "_untold_finds", "_needless_finds"):
        spy(because_of_others, name)
    because_of_others.tell(NOW, set())
    assert asked == []
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert set(asked) == {"alerts.because_of_others _owing"}, "nobody was found, and no record was late"
    assert HeadCount.objects.exists()
    asked.clear()
    because_of_others.tell(NOW, because_of_others.WORKS)
    assert len(set(asked)) == 4


@pytest.mark.by_turns
def test_what_keeps_it_from_finding_the_others_stops_no_clock(
    gone: Watched, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing(gone.child, by=gone.carer, at=NOW)
    monkeypatch.setattr(verbs, "asked", lambda *_given, **_kept: 1 / 0)
    tick(NOW)
    assert Alert.objects.open().filter(child=gone.child, clock__kind="call").exists()
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tick(NOW)
    assert HeadCount.objects.count() == 1


@pytest.mark.by_turns
def test_a_silence_that_a_head_count_began_asks_for_nobody_until_somebody_confirms_it(
    gone: Watched, companion: Watched, child: Child
) -> None:
    linked(child, companion.child, gone.worker)
    missing(gone.child, by=gone.carer, at=NOW)
    for minutes in (0, 30, 120, 121):
        tick(NOW + minutes * MINUTE)
    episode = MissingEpisode.objects.get(child=child)
    assert episode.police_owed_at == NOW + 120 * MINUTE
    assert asked() == {(child.pk, "home")}
    assert not HeadCount.objects.exclude(episode__child=gone.child).exists()
    later = NOW + 74 * HOUR
    episodes.confirm(episode, by=gone.worker, at=later)
    tick(later)
    assert (companion.child.pk, "link") in asked(), "for 72 hours from then on"


@pytest.mark.by_turns
def test_a_silence_of_who_was_seen_meanwhile_asks_as_any_other(
    gone: Watched, child: Child, second: Child, both_asked: MissingEpisode
) -> None:
    for one in (child, second):
        seen(one, by=gone.carer, at=NOW + MINUTE, knows_child=True)
    episode = silent(child, at=NOW + HOUR)
    with transaction.atomic():
        episode.child = Child.objects.locked().get(pk=child.pk)
        episodes.start_fail_safe(episode, owed_at=NOW + 2 * HOUR)
    tick(NOW + 2 * HOUR)
    assert HeadCount.objects.filter(child=second, episode=episode).exists()


@pytest.mark.by_turns
def test_of_a_child_whom_its_escorts_have_their_next_confirmation_is_the_look(
    gone: Watched, child: Child
) -> None:
    journey = planned(child, by=gone.worker, departs_at=NOW - 10 * MINUTE, at=NOW - 2 * HOUR)
    confirmed(journey, 0, by=gone.worker, at=NOW - 10 * MINUTE)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert due(child) == NOW + 50 * MINUTE, "by when the escorts are to confirm it"
    tick(NOW + 49 * MINUTE)
    assert not Alert.objects.filter(child=child).exists()
    assert not wordings()
    tick(NOW + 65 * MINUTE)
    alert = Alert.objects.open().get(child=child)
    assert alert.clock.window == "journey"
    assert not Alert.objects.filter(child=child, clock__kind="head_count").exists()
    confirmed(journey, 1, by=gone.worker, at=NOW + 66 * MINUTE)
    tick(NOW + 66 * MINUTE)
    assert not Alert.objects.open().filter(child=child).exists()


def test_whether_any_was_needless_is_asked_by_an_index_of_the_few_that_were() -> None:
    found = verbs.needless(NOW).order_by().values_list("pk")[:1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = found.explain()
    # Which of the two leads is the planner's to choose.
    assert "episode_needless_search" in plan or "head_count_open" in plan
    assert "Seq Scan" not in plan


def test_a_child_of_a_story_asks_for_nobody_and_nobody_asks_for_it(gone: Watched, child: Child) -> None:
    missing(gone.child, by=gone.carer, at=NOW)
    nobody, everybody = Child.objects.none(), Child.objects.filter(given_name="Yonas")
    assert verbs.asked(verbs.owing(NOW, without=nobody), without=lambda: nobody)
    assert not verbs.owing(NOW, without=everybody).exists()
    assert not verbs.owing(NOW, without=Child.objects.exclude(pk=gone.child.pk)).exists()


@given(children(), head_count_facts(), instants)
@settings(max_examples=counts(20, 100))
def test_whoever_was_seen_at_the_instant_or_since_owes_nothing_and_whoever_was_not_owes_it_by_then(
    facts: schedule.ChildFacts, one: schedule.HeadCount, seen_at: datetime
) -> None:
    seen_then = replace(facts, head_counts=(), rests=(), sightings=(sighting(seen_at),))
    facts = replace(seen_then, head_counts=(one,))
    bare, owed, told = expected.contact(seen_then), expected.contact(facts), expected.head_count(facts)
    if seen_at >= one.since:
        assert (owed, told) == (bare, None)
        return
    assert owed is not None
    assert told is not None
    assert told.due_at == one.raised_at
    assert owed.due_at <= one.due_at
    for step, at in head_counts.steps(one).items():
        if step != Step.R0 or facts.has_home:
            assert owed.steps[step] <= at, "nothing else puts it off"
    for step, at in (bare.steps if bare is not None else {}).items():
        assert step not in owed.steps or owed.steps[step] <= at, "what was owed sooner stays so"
