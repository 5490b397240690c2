"""A death stops every mail and timer at once, and the director is rung."""

from datetime import timedelta

import pytest

from alerts import channels, desk, duty_tasks, no_gap, sweep
from alerts.after import AFTER
from alerts.models import Alert, Clock, DutyStep, Message, MessageKind
from cases import episodes, worker_leaves
from cases.models import MissingEpisode
from tests.alerts import papers
from tests.alerts.outgoing import FIRST, broken, catch, send_all
from tests.factories import AT, a_watched_child, an_authority, ended, missing, referred

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.by_turns
def test_nobody_but_the_director_hears_of_a_death_and_no_timer_runs_on():
    watched = a_watched_child()
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    Message.objects.filter(wording="told_missing").update(status="sent", sent_at=AT + HOUR)
    ended(episode, outcome="died", at=AT + 2 * HOUR)
    sweep.sweep_all(now=AT + 2 * HOUR)
    after = Message.objects.filter(created_at__gt=AT + HOUR)
    assert {(m.wording, m.post) for m in after} == {("director_died", "director")}
    assert {m.user for m in after} == {watched.director}
    assert not Message.objects.filter(status="queued").exclude(wording="director_died").exists()
    assert not Alert.objects.open().filter(child=watched.child).exists()
    assert not Clock.objects.filter(child=watched.child, next_at__isnull=False).exists()
    assert not DutyStep.objects.filter(episode=episode, kind__in=AFTER).exists(), "of what it opens see there"
    sweep.sweep_all(now=AT + 100 * HOUR)
    assert Message.objects.filter(created_at__gt=AT + 2 * HOUR).count() == 0


@pytest.mark.by_turns
def test_any_other_ending_goes_to_everybody_who_was_told():
    watched = a_watched_child()
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    Message.objects.filter(wording="told_missing").update(status="sent", sent_at=AT + HOUR)
    ended(episode, outcome="hospital", at=AT + 2 * HOUR)
    sweep.sweep_all(now=AT + 2 * HOUR)
    endings = Message.objects.filter(kind=MessageKind.ENDING)
    assert {m.user for m in endings} >= {watched.worker, watched.guardian}
    assert not Message.objects.filter(wording="director_died").exists()


@pytest.mark.by_turns
def test_the_director_who_was_told_nothing_before_is_rung_of_the_death(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = catch(monkeypatch)
    watched = a_watched_child()
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    send_all(AT + HOUR)
    assert out.to[watched.director.phone] == 0
    ended(episode, outcome="died", at=AT + HOUR + MINUTE)
    sweep.sweep_all(now=AT + HOUR + MINUTE)
    send_all(AT + HOUR + 2 * MINUTE)
    assert {row["channel"] for row in out.texts if row["phone"] == watched.director.phone} == {
        "text",
        "voice",
    }
    assert not broken(AT + 2 * HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize("began", ["away", "silence"])
def test_the_director_is_rung_once_of_a_death_of_which_the_police_were_never_told(
    began: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    watched = a_watched_child()
    at = FIRST + timedelta(minutes=30)
    if began == "away":
        episode = episodes.report_away(
            watched.child, whereabouts="With a cousin", reason="Rang", by=watched.carer, at=at
        )
        sweep.sweep_all(now=at)
    else:
        sweep.sweep_all(now=at)
        episode = MissingEpisode.objects.get(child=watched.child)
    send_all(at)
    before = len(out.mails)
    assert episode.police_owed_at is None
    ended(episode, by=watched.desk.person, outcome="died", at=at + MINUTE)
    for minutes in (1, 2, 10):
        sweep.sweep_all(now=at + minutes * MINUTE)
        send_all(at + minutes * MINUTE)
    rung = [row["channel"] for row in out.texts if row["phone"] == watched.director.phone]
    assert sorted(rung) == ["text", "voice"]
    assert len(out.mails) == before


@pytest.mark.by_turns
def test_a_director_who_cannot_be_rung_of_a_death_stands_on_the_desk_until_somebody_has_phoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = catch(monkeypatch)
    watched = a_watched_child()

    def refuse(text: dict[str, str]) -> None:
        if text["phone"] == watched.director.phone:
            raise channels.Refused("410 No such number")

    out.on_text = refuse
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    ended(episode, outcome="died", at=AT + HOUR + MINUTE)
    sweep.sweep_all(now=AT + HOUR + MINUTE)
    send_all(AT + HOUR + 2 * MINUTE)
    duty = watched.desk.person
    (failed,) = desk.read(duty, now=AT + HOUR + 3 * MINUTE).failed
    assert {call.child for call in failed} == {watched.child}
    assert {call.task.message.user for call in failed if call.task.message} == {watched.director}
    for call in failed:
        task = desk.get_task(duty, call.task.pk, at=AT + HOUR + 3 * MINUTE)
        duty_tasks.finish(task, answer="Rang her at home", by=duty, at=AT + HOUR + 4 * MINUTE)
    assert not desk.read(duty, now=AT + HOUR + 5 * MINUTE).failed


@pytest.mark.by_turns(8)
def test_the_check_of_the_promise_lets_nobody_hear_of_a_child_who_has_died() -> None:
    """A transfer that waits and a worker who is away are told of while the child lives."""
    papers.asked_for()
    watched = a_watched_child()
    referred(watched.child, an_authority(), by=watched.worker, at=AT + HOUR)
    ill = {"kind": "sickness", "starts_at": AT + HOUR, "ends_at": None}
    worker_leaves.announce(watched.worker, **ill, by=watched.manager, at=AT + HOUR)
    later = AT + 200 * HOUR
    assert list(no_gap.unheard(later))
    assert list(no_gap.uncovered(later))
    ended(missing(watched.child, by=watched.carer, at=AT + 2 * HOUR), outcome="died", at=AT + 3 * HOUR)
    assert not list(no_gap.unheard(later))
    assert not list(no_gap.uncovered(later))
