"""A child who is found elsewhere is asked for by no home, and is not without a clock: every outcome of an ending."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import watching
from alerts.models import Clock, Message, MessageKind
from cases import absences, clock, episodes, homecomings
from cases.forms.typed import london
from cases.models import Absence, MissingEpisode, Placement, Trigger, User
from cases.states import EpisodeOutcome, IllegalMove
from tests.alerts.outgoing import tick
from tests.counts import counts
from tests.factories import AT, Watched, a_watched_child, knows, missing, seen, told_by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEFORE, NOW = AT - timedelta(days=60), AT + 3 * HOUR
ELSEWHERE = sorted(homecomings.ELSEWHERE)
BACK = {EpisodeOutcome.RETURNED: "", EpisodeOutcome.STILL_AT_RISK: "back"}


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def sought() -> Watched:
    """A child who has been missing for an hour."""
    found = a_watched_child(at=BEFORE)
    seen(found.child, by=found.carer, at=NOW - 3 * HOUR)
    seen(found.child, by=found.worker, at=NOW - 3 * HOUR)
    missing(found.child, by=found.carer, at=NOW - HOUR)
    tick(NOW - HOUR)
    return found


@pytest.fixture
def watched(sought: Watched) -> Watched:
    """It is found, and the police have closed their search."""
    parts(sought)
    return sought


def parts(w: Watched) -> MissingEpisode:
    episode = MissingEpisode.objects.get(child=w.child)
    episodes.confirm_with_child(
        episode, how="spoke", adult="Ward sister", phone="01632 960123", by=w.desk.person, at=NOW
    )
    return episodes.record_police_closing(
        episode, officer="PC 4821 Penrowe", closed_at=NOW, by=w.desk.second, at=NOW
    )


def over(w: Watched, outcome: str, *, bed: str = "") -> MissingEpisode:
    episode = MissingEpisode.objects.get(child=w.child)
    said = episodes.Ending(
        with_child="Ward sister", checked_by="D. Sorrel", decided_by="Custody", where_now="Ward 4, Ellwick"
    )
    if outcome == EpisodeOutcome.DIED:
        word = told_by("hospital", has_died=True, at=NOW)
        episode = episodes.hear_from_office(episode, word, by=w.desk.second, at=NOW)
    return homecomings.end(episode, outcome=outcome, ending=said, bed=bed, by=w.desk.person, at=NOW)


def contact(w: Watched) -> Clock:
    return Clock.objects.get(child=w.child, kind="contact")


def asked_home(w: Watched, *, until: datetime) -> bool:
    """Whether the home was asked about this child until then."""
    moment = NOW
    while moment < until:
        tick(moment)
        moment += counts(6, 2) * HOUR
    tick(until)
    mine = Message.objects.filter(post="home", items__alert__child=w.child, created_at__gt=NOW)
    return mine.exclude(kind=MessageKind.ENDING).exists()


def test_every_outcome_is_thought_of() -> None:
    known = {*ELSEWHERE, *BACK, EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.DIED}
    # Of a death that is taken back nobody says where the child is.
    assert known == set(EpisodeOutcome) - {EpisodeOutcome.ANOTHER_CHILD}


@pytest.mark.by_turns
def test_of_a_child_who_is_elsewhere_it_is_said_what_becomes_of_the_bed(watched: Watched) -> None:
    for outcome in ELSEWHERE:
        with pytest.raises(IllegalMove, match="what becomes of the bed"):
            over(watched, outcome)
    assert MissingEpisode.objects.open().filter(child=watched.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", counts(ELSEWHERE[::2], ELSEWHERE))
def test_a_bed_that_is_kept_is_asked_for_by_nobody_for_a_day_and_then_by_everybody(
    watched: Watched, outcome: str
) -> None:
    over(watched, outcome, bed="kept")
    out = Absence.objects.get(child=watched.child, ends_at=None)
    # Where the child is stands with the ending: the home does not read it.
    assert (out.kind, out.place, out.with_whom, out.until) == ("out", "", "", NOW + 24 * HOUR)
    assert Placement.objects.filter(child=watched.child, ends_at=None).exists()
    tick(NOW)
    assert contact(watched).due_at == NOW + 24 * HOUR
    assert not asked_home(watched, until=NOW + 23 * HOUR)
    # Nobody said where the child is by then: it has a clock all the same.
    assert asked_home(watched, until=NOW + 25 * HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", counts(ELSEWHERE[1::2], ELSEWHERE))
def test_a_bed_that_is_given_up_leaves_the_child_nowhere_recorded_and_on_a_clock_of_the_desk(
    watched: Watched, outcome: str
) -> None:
    over(watched, outcome, bed="given_up")
    assert not Placement.objects.filter(child=watched.child, ends_at=None).exists()
    tick(NOW)
    assert contact(watched).due_at is not None
    assert not asked_home(watched, until=NOW + 48 * HOUR)
    told = Message.objects.filter(items__alert__child=watched.child, created_at__gt=NOW, post="duty")
    assert told.exists()


@pytest.mark.by_turns(8)
def test_a_child_who_is_found_and_still_at_risk_is_watched_closer_and_its_bed_is_asked_about(
    watched: Watched,
) -> None:
    with pytest.raises(IllegalMove, match="what becomes of the bed"):
        over(watched, EpisodeOutcome.STILL_AT_RISK)
    for other in ("hospital", "safe_elsewhere"):
        assert "back" not in homecomings.beds(other)
    over(watched, EpisodeOutcome.STILL_AT_RISK, bed="kept")
    (trigger,) = Trigger.objects.filter(child=watched.child)
    assert (trigger.kind, trigger.watched) == ("still_risk", (NOW, NOW + 72 * HOUR))
    assert not trigger.is_open
    (absence,) = Absence.objects.filter(child=watched.child)
    assert absence.until == NOW + 4 * HOUR
    applies = watching.watch([watched.child.pk], at=NOW)[watched.child.pk].applies
    assert NOW + 72 * HOUR in [a.ends_at for a in applies if a.row.key == "first_30_days"]
    # Nobody is said to be anywhere: the clock is to be back within the four hours.
    tick(NOW)
    assert contact(watched).due_at == NOW + 4 * HOUR


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", BACK)
def test_a_child_who_is_back_is_asked_for_at_home(watched: Watched, outcome: str) -> None:
    before = Absence.objects.create(
        child=watched.child,
        kind="out",
        until=NOW + 20 * HOUR,
        starts_at=NOW - 2 * HOUR,
        recorded_by=watched.carer,
    )
    over(watched, outcome, bed=BACK[outcome])
    before.refresh_from_db()
    assert before.ends_at == NOW, "nobody reads that it is out until tomorrow"
    assert Absence.objects.filter(child=watched.child).count() == 1
    assert asked_home(watched, until=NOW + 36 * HOUR)


@pytest.mark.by_turns
def test_of_a_child_who_died_nobody_is_asked_and_no_bed(watched: Watched) -> None:
    over(watched, EpisodeOutcome.DIED)
    assert not asked_home(watched, until=NOW + 36 * HOUR)
    tick(NOW + 36 * HOUR)
    assert contact(watched).due_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("kind", "outcome", "hours"),
    [("out", EpisodeOutcome.HOSPITAL, 24), ("away", EpisodeOutcome.STILL_AT_RISK, 4)],
)
def test_whoever_was_gone_when_the_search_began_is_out_anew_and_the_clock_knows_it(
    watched: Watched, kind: str, outcome: str, hours: int
) -> None:
    agreed = {"place": "Aunt", "with_whom": "Aunt", "phone": "01632 960123", "agreed_by": watched.manager}
    before = Absence.objects.create(
        child=watched.child,
        kind=kind,
        until=NOW + 48 * HOUR if kind == "away" else NOW + HOUR,
        starts_at=NOW - 2 * HOUR,
        recorded_by=watched.worker,
        **(agreed if kind == "away" else {}),
    )
    over(watched, outcome, bed="kept")
    before.refresh_from_db()
    assert before.ends_at == NOW
    out = Absence.objects.get(child=watched.child, ends_at=None)
    assert (out.kind, out.until) == ("out", NOW + hours * HOUR)
    tick(NOW)
    assert contact(watched).due_at == NOW + hours * HOUR
    assert not asked_home(watched, until=NOW + (hours - 1) * HOUR)


@pytest.mark.by_turns
def test_the_form_asks_for_it_and_keeps_what_was_typed(client: Client, watched: Watched) -> None:
    episode = MissingEpisode.objects.get(child=watched.child)
    data: dict[str, Any] = {
        "outcome": "hospital",
        "found_at_when": "now",
        "where_now": "Ward 4, Ellwick",
        "condition": "unwell",
        "with_child": "Ward sister",
        "interview": "not_yet",
    }
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/end/"
    answer = client.post(address, data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Select what becomes of the bed" in page
    assert "Ward 4, Ellwick" in page
    assert client.post(address, data | {"bed": "kept"}).status_code == 302
    assert Absence.objects.get(child=watched.child).until == NOW + 24 * HOUR


@pytest.mark.by_turns(8)
def test_a_child_with_nowhere_recorded_is_asked_about_no_bed(client: Client, sought: Watched) -> None:
    watched = sought
    Placement.objects.filter(child=watched.child).update(ends_at=NOW - HOUR / 2)
    episode = parts(watched)
    client.force_login(watched.desk.person)
    assert 'name="bed"' not in client.get(f"/missing/{episode.reference}/end/").content.decode()
    over_again = homecomings.end(
        episode,
        outcome="hospital",
        ending=episodes.Ending(with_child="Ward sister"),
        by=watched.desk.person,
        at=NOW,
    )
    assert over_again.status == "ended"


@pytest.mark.by_turns
def test_a_bed_given_up_while_the_child_is_missing_warns_and_ends_nothing(
    client: Client, sought: Watched
) -> None:
    watched = sought
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/end/"
    assert "Giving up the bed ends nothing" in client.get(address).content.decode()
    (placement,) = Placement.objects.filter(child=watched.child)
    data = {"placement": placement.pk, "ends_at_when": "now", "reason": "Bed given up", "where": "Not known"}
    assert client.post(address, data).status_code == 302
    placement.refresh_from_db()
    assert placement.ends_at is not None
    assert MissingEpisode.objects.open().get(child=watched.child).status == "missing"
    assert Clock.objects.filter(child=watched.child, kind="call").exclude(next_at=None).exists()


def keep_longer(w: Watched, *, at: datetime) -> Absence:
    stay = absences.Stay(
        until=NOW + 72 * HOUR, place="Ward 4, Ellwick", with_whom="Ward sister", phone="01632 960123"
    )
    return absences.go_away(w.child, stay, agreed_by=w.manager, by=w.worker, at=at)


@pytest.mark.by_turns(8)
def test_a_bed_is_kept_longer_by_two_people_until_a_time_at_which_people_hear_and_nothing_ends(
    watched: Watched,
) -> None:
    over(watched, EpisodeOutcome.HOSPITAL, bed="kept")
    away = keep_longer(watched, at=NOW + HOUR)
    first, second = Absence.objects.filter(child=watched.child).order_by("starts_at")
    assert (first.kind, first.ends_at, second) == ("out", NOW + HOUR, away)
    assert not watched.child.events.filter(kind="came_back").exists()
    tick(NOW + HOUR)
    # The adult there confirms each day, and is asked for by 22:30.
    due_at = contact(watched).due_at
    assert due_at is not None
    assert NOW + HOUR < due_at < NOW + 24 * HOUR
    assert asked_home(watched, until=NOW + 73 * HOUR)
    worker = Message.objects.filter(items__alert__child=watched.child, created_at__gt=NOW, post="worker")
    assert worker.exists()
    assert Absence.objects.filter(pk=away.pk, ends_at=None).exists()
    assert Placement.objects.filter(child=watched.child, ends_at=None).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("hours", [24, 26])
def test_once_the_day_is_over_no_alarm_is_ended_by_keeping_the_bed_longer(
    watched: Watched, hours: int
) -> None:
    over(watched, EpisodeOutcome.HOSPITAL, bed="kept")
    with pytest.raises(IllegalMove):
        keep_longer(watched, at=NOW + hours * HOUR)
    assert Absence.objects.get(child=watched.child).ends_at is None


@pytest.mark.by_turns
def test_whoever_is_out_for_another_reason_goes_away_after_a_return_alone(watched: Watched) -> None:
    over(watched, EpisodeOutcome.RETURNED)
    seen(watched.child, by=watched.carer, at=NOW + HOUR)
    absences.go_out(watched.child, absences.Stay(until=NOW + 4 * HOUR), by=watched.carer, at=NOW + 2 * HOUR)
    with pytest.raises(IllegalMove, match="Record the return first"):
        keep_longer(watched, at=NOW + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_the_page_of_the_return_leads_to_keeping_the_bed_longer(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    over(watched, EpisodeOutcome.HOSPITAL, bed="kept")
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    client.force_login(watched.worker)
    path = f"/children/{watched.child.reference}/out/"
    page = client.get(f"/children/{watched.child.reference}/back/").content.decode()
    assert f'href="{path}"' in page
    assert "The bed is kept since the search ended" in client.get(path).content.decode()
    monkeypatch.setattr(clock, "now", lambda: NOW + 25 * HOUR)
    assert "The bed is kept" not in client.get(path).content.decode()


AUNT = {"with_whom": "Sela Maddern", "phone": "01632 960123"}


def stays(w: Watched, *, bed: str = "given_up", agreed_by: User | None = None) -> None:
    stay = absences.Stay(until=NOW + 72 * HOUR, place="Lille", **AUNT)
    said = {"stay": stay, "agreed_by": agreed_by, "by": w.desk.person, "at": NOW}
    episode = MissingEpisode.objects.get(child=w.child)
    homecomings.end(episode, outcome="abroad", ending=episodes.Ending(where_now="Lille"), bed=bed, **said)


@pytest.mark.by_turns
def test_whoever_stays_abroad_is_confirmed_by_an_adult_there_and_no_force_is_mailed_the_next_morning(
    watched: Watched,
) -> None:
    """The police who had closed the search the night before were mailed anew."""
    stays(watched, agreed_by=watched.manager)
    away = Absence.objects.get(child=watched.child, ends_at=None)
    assert (away.kind, away.with_whom, away.agreed_by) == ("away", "Sela Maddern", watched.manager)
    assert not Placement.objects.filter(child=watched.child, ends_at=None).exists()
    evening = london(NOW).replace(hour=22, minute=30)
    assert contact(watched).due_at in (evening, evening + 24 * HOUR)
    for hours in (16, 20, 21, 22, 23):
        if NOW + hours * HOUR < contact(watched).due_at:
            tick(NOW + hours * HOUR)
    assert not Message.objects.filter(force__isnull=False, created_at__gt=NOW).exclude(kind="ending").exists()


@pytest.mark.by_turns(8)
def test_it_takes_two_people_and_a_bed_that_is_given_up_to_stay_where_one_was_found(watched: Watched) -> None:
    for refused in ({}, {"agreed_by": watched.desk.person}, {"agreed_by": watched.carer}):
        with pytest.raises(IllegalMove):
            stays(watched, **refused)
    with pytest.raises(IllegalMove):
        stays(watched, bed="kept", agreed_by=watched.manager)
    assert MissingEpisode.objects.open().filter(child=watched.child).exists()
    assert not Absence.objects.filter(child=watched.child).exists()


ABROAD: dict[str, Any] = {
    "outcome": "abroad",
    "found_at_when": "now",
    "where_now": "4 Rue Basse, Lille",
    "condition": "well",
    "bed": "given_up",
    "interview": "not_yet",
}


def test_the_form_asks_who_there_confirms_it_and_the_desk_rings_that_adult(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(watched.manager, "three random words")
    client.force_login(watched.desk.person)
    address = f"/missing/{MissingEpisode.objects.get(child=watched.child).reference}/end/"
    lacking = client.post(address, ABROAD | {"with_whom": "Sela Maddern"})
    assert {"phone", "until", "second_email", "second_password"} <= lacking.context["form"].errors.keys()
    until = london(NOW + 72 * HOUR)
    said = ABROAD | AUNT | {f"until_{part}": str(getattr(until, part)) for part in ("day", "month", "year")}
    said |= {"until_time": "18:00"}
    signed = {"second_email": watched.manager.email, "second_password": "three random words"}
    wrong = client.post(address, said | signed | {"second_password": "not theirs"})
    assert wrong.status_code == 422
    assert "second_email" in wrong.context["form"].errors
    assert "4 Rue Basse, Lille" in wrong.content.decode()
    beside = client.post(address, said | signed | {"bed": "kept"})
    assert "with_whom" in beside.context["form"].errors
    answer = client.post(address, said | signed)
    assert answer.status_code == 302, answer.context["form"].errors
    away = Absence.objects.get(child=watched.child, ends_at=None)
    assert (away.place, away.agreed_by) == ("4 Rue Basse, Lille", watched.manager)
    due_at = contact(watched).due_at
    assert due_at is not None
    later = due_at + 10 * HOUR
    tick(later)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(watched.desk.person)
    desk = client.get("/duty/").content.decode()
    assert "Sela Maddern" in desk
    assert "01632 960123" in desk


@pytest.mark.by_turns(8)
def test_where_nobody_there_is_named_the_page_says_by_when_the_child_is_asked_for(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    address = f"/missing/{MissingEpisode.objects.get(child=watched.child).reference}/end/"
    page = client.post(address, ABROAD, follow=True).content.decode()
    assert (
        "Nowhere is recorded for the child, and nobody confirms where it is. Somebody must see it by" in page
    )
