"""A search that ended otherwise than was written: what the right outcome opens is asked for, and the other no more."""

import html
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import policies, sweep
from alerts.duties import Duty
from alerts.models import DutyStep, Message, PolicyVersion
from cases import episodes, homecomings
from cases.models import Absence, Event, MissingEpisode, Placement, Role, Trigger
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_person, a_watched_child, case_closed, ended, missing, seen, told_by

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WHY = "The custody sergeant rang: it is in a cell"


@pytest.fixture(autouse=True)
def _in_force(now: datetime) -> None:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=99))


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def back(watched: Watched, now: datetime) -> MissingEpisode:
    """Said to have returned three hours ago."""
    episode = missing(watched.child, by=watched.worker, at=now - 5 * HOUR)
    sweep.sweep_all(now=now - 5 * HOUR)
    episode = ended(episode, by=watched.desk.person, at=now - 3 * HOUR)
    sweep.sweep_all(now=now - 3 * HOUR)
    return episode


def put_right(
    episode: MissingEpisode, outcome: str, watched: Watched, *, at: datetime, **said
) -> MissingEpisode:
    given = {"reason": WHY, "bed": "kept", "by": watched.desk.person, "at": at}
    return homecomings.put_right(episode, outcome=outcome, **(given | said))


def asked(episode: MissingEpisode) -> set[str]:
    return set(DutyStep.objects.open().filter(episode=episode).values_list("kind", flat=True))


def heard(episode: MissingEpisode, duty: Duty) -> set[tuple[str, str]]:
    rows = Message.objects.filter(wording="duty_step", episode=episode, items__alert__clock__duty=duty)
    return set(rows.values_list("step", "post"))


@pytest.mark.by_turns
def test_what_the_right_outcome_opens_is_asked_for_and_is_as_late_as_it_is(watched, back, now):
    before = asked(back)
    written = back.ending.where_now
    with events(watched.child, "outcome_put_right", "went_out") as said:
        put_right(back, "arrested", watched, at=now)
    back.refresh_from_db()
    assert (back.outcome, back.status, back.ending.outcome) == ("arrested", "ended", "returned")
    assert back.ending.where_now == written
    assert said[0].data == {
        "episode": 1, "was": "returned", "outcome": "arrested", "who": "", "reason": WHY,
    }  # fmt: skip
    new = {Duty.APPROPRIATE_ADULT, Duty.SOLICITOR, Duty.TRAFFICKING_DEFENCE}
    assert asked(back) == before | new
    # An adult was owed an hour after the child was found: nobody has heard of it yet.
    assert not heard(back, Duty.APPROPRIATE_ADULT)
    sweep.sweep_all(now=now)
    assert heard(back, Duty.APPROPRIATE_ADULT) == {("R2", "manager")}
    sweep.sweep_all(now=now + 2 * HOUR)
    assert ("R4", "head") in heard(back, Duty.APPROPRIATE_ADULT)
    assert not heard(back, Duty.TRAFFICKING_DEFENCE)


@pytest.mark.by_turns
def test_what_the_other_outcome_alone_opened_is_asked_for_no_more_and_again_if_it_was_right(watched, now):
    episode = missing(watched.child, by=watched.worker, at=now - 5 * HOUR)
    episode = ended(episode, outcome="arrested", by=watched.desk.person, at=now - 3 * HOUR)
    sweep.sweep_all(now=now - HOUR)
    assert heard(episode, Duty.SOLICITOR)
    put_right(episode, "returned", watched, bed="", at=now)
    assert not {Duty.APPROPRIATE_ADULT, Duty.SOLICITOR} & asked(episode)
    assert {Duty.RETURN_INTERVIEW, Duty.PREVENTION_INTERVIEW} <= asked(episode)
    told = Message.objects.count()
    sweep.sweep_all(now=now + MINUTE)
    assert not Message.objects.filter(wording="duty_step", owed_at__gt=now).exists()
    put_right(episode, "arrested", watched, at=now + HOUR)
    assert {Duty.APPROPRIATE_ADULT, Duty.SOLICITOR} <= asked(episode)
    sweep.sweep_all(now=now + 26 * HOUR)
    assert Message.objects.count() > told


@pytest.mark.by_turns(8)
def test_a_step_that_is_let_go_stays_so_whatever_is_recorded_after(watched, back, now):
    put_right(back, "abroad", watched, at=now)
    assert Duty.PREVENTION_INTERVIEW not in asked(back)
    assert {Duty.ABROAD_SEEN, Duty.RETURN_INTERVIEW} <= asked(back)
    seen(watched.child, by=watched.worker, at=now)
    assert Duty.PREVENTION_INTERVIEW not in asked(back)
    put_right(back, "returned", watched, bed="", reason="It was the cousin", at=now + MINUTE)
    assert Duty.PREVENTION_INTERVIEW in asked(back)
    assert Duty.ABROAD_SEEN not in asked(back)


@pytest.mark.by_turns
def test_what_was_answered_stays_answered(watched, back, now):
    step = DutyStep.objects.get(episode=back, kind=Duty.PREVENTION_INTERVIEW)
    DutyStep.objects.filter(pk=step.pk).update(
        done_at=now, done_by=watched.worker, answer="done", note="PC Shah held it"
    )
    put_right(back, "abroad", watched, at=now)
    put_right(back, "returned", watched, bed="", reason="It was the cousin", at=now + MINUTE)
    step.refresh_from_db()
    assert (step.answer, step.done_by) == ("done", watched.worker)


@pytest.mark.by_turns(8)
def test_the_bed_of_a_child_who_is_elsewhere_after_all_is_asked_about(watched, back, now):
    with refused(watched.child, "Select what becomes of the bed."):
        put_right(back, "hospital", watched, who="Key worker", bed="", at=now)
    put_right(back, "hospital", watched, who="Key worker", bed="kept", at=now)
    out = Absence.objects.current(now + MINUTE).get(child=watched.child)
    assert out.until == now + timedelta(days=1)
    # Out already: where else it is asks for no other bed.
    put_right(back, "safe_elsewhere", watched, bed="", reason="It was a clinic", at=now + HOUR)
    other = a_watched_child(at=now - timedelta(days=60))
    gone = ended(missing(other.child, by=other.worker, at=now - 5 * HOUR), at=now - 3 * HOUR)
    put_right(gone, "with_family", other, who="Dina Sorrel", bed="given_up", at=now)
    assert not Placement.objects.filter(child=other.child, ends_at=None).exists()


@pytest.mark.by_turns
def test_who_was_found_elsewhere_and_is_back_in_its_bed_by_now_is_asked_for_there(
    client: Client, watched: Watched, back: MissingEpisode, now: datetime
) -> None:
    seen(watched.child, by=watched.carer, at=now - HOUR)
    client.force_login(watched.desk.person)
    said = {"outcome": "hospital", "with_child": "Key worker", "bed": "back", "reason": "Ward 4 rang"}
    assert client.post(f"/missing/{back.reference}/outcome/", said).status_code == 302
    back.refresh_from_db()
    assert back.outcome == "hospital"
    assert not Absence.objects.filter(child=watched.child).exists()
    assert Placement.objects.filter(child=watched.child, ends_at=None).exists()


@pytest.mark.by_turns(8)
def test_who_is_found_and_still_at_risk_after_all_is_watched_closer(watched, back, now):
    put_right(back, "still_at_risk", watched, bed="back", at=now)
    assert Trigger.objects.get(child=watched.child, kind="still_risk").happens_at == now
    assert Duty.WATCHED_STILL in asked(back)


def test_the_same_words_twice_are_one_and_the_same_outcome_is_none(watched, back, now):
    for minute in (0, 1):
        put_right(back, "arrested", watched, at=now + minute * MINUTE)
    assert Event.objects.filter(child=watched.child, kind="outcome_put_right").count() == 1
    with refused(watched.child, "That is how it ended already."):
        put_right(back, "arrested", watched, reason="Once more", at=now + 2 * MINUTE)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("outcome", "said", "words"),
    [
        ("arrested", {"reason": " "}, "Enter why it is put right."),
        ("hospital", {}, "Enter who is with the child in hospital."),
        ("died", {}, "Select how the episode ended."),
        ("recording_late", {}, "Select how the episode ended."),
        ("another_child", {}, "Select how the episode ended."),
        ("", {}, "Select how the episode ended."),
    ],
)
def test_what_cannot_be_put_right_so(watched, back, now, outcome, said, words):
    with refused(watched.child, words):
        put_right(back, outcome, watched, at=now, **said)


NOT_HERE = "This ending cannot be put right here. Write a note, and ring whoever must know."


@pytest.mark.by_turns(8)
def test_only_the_last_search_that_ended_alive_of_an_open_case(watched, back, now):
    open_one = missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    for episode in (back, open_one):
        with refused(watched.child, NOT_HERE):
            put_right(episode, "arrested", watched, at=now - HOUR)
    ended(open_one, outcome="died", at=now - HOUR)
    with refused(watched.child, NOT_HERE):
        put_right(open_one, "arrested", watched, at=now)
    other = a_watched_child(at=now - timedelta(days=60))
    gone = ended(missing(other.child, by=other.worker, at=now - 5 * HOUR), at=now - 3 * HOUR)
    case_closed(other.child, reason="Reunited", by=other.manager, at=now - HOUR)
    with pytest.raises(IllegalMove):
        put_right(gone, "arrested", other, at=now)


@pytest.mark.by_turns
def test_an_outcome_needs_what_the_first_part_of_the_ending_bears(watched, now):
    episode = missing(watched.child, by=watched.worker, at=now - 5 * HOUR)
    word = told_by("hospital", at=now - 4 * HOUR, unspoken="In an operation")
    episodes.hear_from_office(episode, word, by=watched.desk.person, at=now - 4 * HOUR)
    closing = {"officer": "PC Shah", "closed_at": now - 4 * HOUR}
    episodes.record_police_closing(episode, **closing, by=watched.desk.second, at=now - 4 * HOUR)
    ending = episodes.Ending(with_child="Key worker")
    end = {"outcome": "hospital", "bed": "kept", "ending": ending}
    homecomings.end(episode, **end, by=watched.desk.person, at=now - 3 * HOUR)
    words = "Nobody has spoken to the child: see the child, or ring again and speak to the child, first."
    with refused(watched.child, words):
        put_right(episode, "returned", watched, at=now)
    assert put_right(episode, "arrested", watched, at=now).outcome == "arrested"


@pytest.mark.by_turns(8)
def test_duty_puts_it_right_on_the_page_and_the_page_says_what_was_written(
    client: Client, watched: Watched, back: MissingEpisode
) -> None:
    here = f"/missing/{back.reference}/"
    client.force_login(watched.desk.person)
    assert f"{here}outcome/" in client.get(here).content.decode()
    short = client.post(f"{here}outcome/", {"outcome": "hospital"})
    assert short.status_code == 422
    for words in ("Enter who is with the child in hospital", "Select what becomes of the bed", "Enter why"):
        assert words in short.content.decode()
    said = {"outcome": "hospital", "with_child": "Key worker", "bed": "kept", "reason": "Ward 4 rang"}
    assert client.post(f"{here}outcome/", said).status_code == 302
    page = html.unescape(client.get(here).content.decode())
    for words in ("In hospital", "It was written: Returned", "Ward 4 rang", "Key worker"):
        assert words in page
    for person in (watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert f"{here}outcome/" not in client.get(here).content.decode()
        assert client.post(f"{here}outcome/", said).status_code == 404


@pytest.mark.by_turns(8)
def test_there_is_no_such_page_of_a_search_that_runs_nor_of_a_death(
    client: Client, watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - 5 * HOUR)
    client.force_login(watched.desk.person)
    where = f"/missing/{episode.reference}/outcome/"
    assert client.get(where).status_code == 404
    ended(episode, outcome="died", by=a_person(Role.DUTY_DESK), at=now - HOUR)
    assert client.get(where).status_code == 404
