"""What an ending opens, as rows with clocks of their own: planned with the end, climbing, closed by facts or an answer."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from alerts import duty_steps, emails, policies, standings, step_answers, sweep
from alerts.after import OF_DEATH
from alerts.call_ladder import CallTimes
from alerts.duties import Duty
from alerts.models import Alert, Clock, DemoWatch, DutyStep, Message, PolicyVersion
from alerts.tiers import by_day
from cases import children, clock, episodes, return_interviews
from cases.models import Child, MissingEpisode, Placement, User
from cases.return_interviews import Told
from tests.cases.expectations import refused
from tests.counts import a_third
from tests.factories import AT, Watched, a_watched_child, decided, ended, missing, seen, silent

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
GONE = AT + timedelta(days=50)
BACK = GONE + 5 * HOUR


@pytest.fixture(autouse=True)
def _in_force():
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=AT)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def gone(watched: Watched) -> MissingEpisode:
    """The child is missing, and those who are to be told at once are."""
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


def back(watched: Watched, episode: MissingEpisode, outcome: str = "returned") -> MissingEpisode:
    episode = ended(episode, outcome=outcome, at=BACK)
    # The contact clock begins anew and is another story.
    seen(watched.child, by=watched.carer, at=BACK)
    return episode


@pytest.fixture
def episode(watched: Watched, gone: MissingEpisode) -> MissingEpisode:
    """The child was missing for five hours, and is back."""
    return back(watched, gone)


@pytest.fixture
def owed(episode: MissingEpisode, watched: Watched) -> MissingEpisode:
    """Of what that opened the interview alone is still to be done."""
    for kind in (Duty.PREVENTION_INTERVIEW, Duty.RISK_AGAIN):
        duty_steps.answer(steps(episode)[kind], answer="done", note="Done", by=watched.worker, at=BACK + HOUR)
    return episode


@pytest.fixture
def death(gone: MissingEpisode) -> MissingEpisode:
    """The child was found dead."""
    episode = ended(gone, outcome="died", at=BACK)
    sweep.sweep_all(now=BACK)
    return episode


@pytest.fixture
def out(watched: Watched, gone: MissingEpisode) -> MissingEpisode:
    """The child is back, and what was published for it is still out."""
    return out_then_back(watched, gone)


@pytest.fixture
def named(watched: Watched) -> MissingEpisode:
    """The child is back, and people beside the policy had been told that it was gone."""
    return also_told(watched)


def steps(episode: MissingEpisode) -> dict[str, DutyStep]:
    return {step.kind: step for step in DutyStep.objects.filter(episode=episode)}


def outsiders(watched: Watched) -> tuple[User, ...]:
    """Who reads nothing of what the council has to do after an end."""
    return watched.guardian, watched.carer, watched.officer


def told(episode: MissingEpisode) -> list[tuple[str, str]]:
    rows = Message.objects.filter(wording="duty_step", episode=episode)
    return sorted(set(rows.values_list("step", "post")))


def interview(episode: MissingEpisode, watched: Watched, *, at, **given) -> None:
    held = {
        "offered_at": BACK + HOUR,
        "outcome": "held",
        "interviewer": "Dina Sorrel",
        "independence": "independent",
        "interpreter": "not_needed",
        "held_at": at,
        "sharing": "yes",
    }
    return_interviews.write(episode, Told(**{**held, **given}), version=0, by=watched.worker, at=at)


@pytest.mark.by_turns
def test_the_end_opens_its_steps_in_its_own_commit(episode):
    """Nothing went out about the child, and nobody was named who is to be told beside the policy."""
    found = steps(episode)
    assert set(found) == {
        Duty.PREVENTION_INTERVIEW,
        Duty.INTERVIEW_ASSIGNED,
        Duty.RETURN_INTERVIEW,
        Duty.RISK_AGAIN,
    }
    clocks = Clock.objects.filter(kind=Clock.Kind.DUTY, episode=episode, next_at__isnull=False)
    assert set(clocks.values_list("duty", flat=True)) == {
        Duty.PREVENTION_INTERVIEW,
        Duty.RETURN_INTERVIEW,
        Duty.RISK_AGAIN,
    }


@pytest.mark.by_turns
def test_the_interview_climbs_at_48_72_and_96_hours_and_stays_on_today_until_it_is_written(watched, owed):
    episode = owed
    sweep.sweep_all(now=BACK + 48 * HOUR - timedelta(minutes=1))
    assert told(episode) == []
    sweep.sweep_all(now=BACK + 48 * HOUR)
    assert told(episode) == [("R1", "duty"), ("R1", "worker")]
    sweep.sweep_all(now=BACK + 72 * HOUR)
    assert ("R2", "manager") in told(episode)
    assert ("R4", "head") not in told(episode)
    sweep.sweep_all(now=BACK + 96 * HOUR)
    assert ("R4", "head") in told(episode)
    long_after = BACK + 300 * HOUR
    standing = standings.of([watched.child.pk], now=long_after)[watched.child.pk]
    assert (standing.interview_by, standing.interview_of) == (BACK + 72 * HOUR, episode)
    interview(episode, watched, at=long_after)
    standing = standings.of([watched.child.pk], now=long_after)[watched.child.pk]
    assert (standing.interview_by, standing.interview_of) == (None, None)
    sweep.sweep_all(now=long_after)
    assert not Alert.objects.open().filter(clock__duty=Duty.RETURN_INTERVIEW).exists()


@pytest.mark.by_turns
def test_an_interview_that_the_child_did_not_want_closes_its_clock_too_and_an_offer_alone_does_not(
    watched, episode
):
    given = {"independence": "", "interpreter": "", "held_at": None, "sharing": ""}
    interview(episode, watched, at=BACK + 2 * HOUR, outcome="waiting", **given)
    found = steps(episode)
    assert found[Duty.INTERVIEW_ASSIGNED].done_at == BACK + 2 * HOUR
    assert found[Duty.RETURN_INTERVIEW].done_at is None
    told_of = Told(
        offered_at=BACK + HOUR,
        outcome="did_not_want",
        reason="“I am tired of questions”",
        interviewer="Dina Sorrel",
    )
    return_interviews.write(episode, told_of, version=1, by=watched.worker, at=BACK + 3 * HOUR)
    assert steps(episode)[Duty.RETURN_INTERVIEW].done_at == BACK + 3 * HOUR


@pytest.mark.by_turns
def test_a_new_grade_of_the_risk_answers_its_step(watched, episode):
    children.set_risk(
        watched.child, risk="high", reason="Met the same adult", by=watched.worker, at=BACK + HOUR
    )
    assert steps(episode)[Duty.RISK_AGAIN].done_at == BACK + HOUR


@pytest.mark.by_turns
def test_a_lower_grade_that_ends_by_itself_is_no_looking_again(watched):
    until, graded_at = BACK + 7 * HOUR, GONE - timedelta(days=10)
    given = {"reason": "A calm month", "by": watched.worker}
    children.set_risk(watched.child, "high", **given, at=graded_at - HOUR)
    children.set_risk(
        watched.child, "medium", **given, seconded_by=watched.manager, until=until, at=graded_at
    )
    episode = ended(missing(watched.child, by=watched.worker, at=GONE), at=BACK)
    sweep.sweep_all(now=until + HOUR)
    assert Child.objects.get(pk=watched.child.pk).risk == "high"
    assert steps(episode)[Duty.RISK_AGAIN].done_at is None
    children.set_risk(
        watched.child, "high", reason="Met the same adult", by=watched.worker, at=until + 2 * HOUR
    )
    assert steps(episode)[Duty.RISK_AGAIN].done_at == until + 2 * HOUR


@pytest.mark.by_turns(8)
def test_the_interview_is_answered_by_its_record_alone_and_the_others_by_an_answer(watched, episode):
    found = steps(episode)
    given = {"answer": "done", "note": "Done", "by": watched.worker, "at": BACK + HOUR}
    with refused(watched.child, "Write the return interview down: that answers it."):
        duty_steps.answer(found[Duty.RETURN_INTERVIEW], **given)
    duty_steps.answer(found[Duty.PREVENTION_INTERVIEW], **given)
    assert steps(episode)[Duty.PREVENTION_INTERVIEW].answer == "done"


@pytest.mark.by_turns
def test_while_the_child_is_missing_again_nobody_is_asked_for_the_interview_and_after_it_they_are(
    watched, owed
):
    episode = owed
    again = missing(watched.child, by=watched.worker, at=BACK + 40 * HOUR)
    sweep.sweep_all(now=BACK + 80 * HOUR)
    assert ("R2", "manager") not in told(episode)
    ended(again, at=BACK + 81 * HOUR)
    # As much later as nobody could be asked: 8 hours of the 48, and 32 of the 72, were left.
    sweep.sweep_all(now=BACK + 88 * HOUR)
    assert not told(episode)
    sweep.sweep_all(now=BACK + 89 * HOUR)
    assert ("R1", "worker") in told(episode)
    sweep.sweep_all(now=BACK + 112 * HOUR)
    assert ("R2", "manager") not in told(episode)
    sweep.sweep_all(now=BACK + 113 * HOUR)
    assert ("R2", "manager") in told(episode)


@pytest.mark.by_turns
def test_a_storys_child_is_asked_after_like_any_other_and_a_drills_about_nobody_is_not(watched):
    high = PolicyVersion.objects.filter(key="high").latest("version")
    version = PolicyVersion.objects.create(
        key="demo",
        version=1,
        data={**high.data, "call": policies.call_data(CallTimes())},
        takes_effect_at=AT,
        published_at=AT,
        reason="A story",
    )
    DemoWatch.objects.create(child=watched.child, policy=version)
    assert "return_interview" in steps(ended(missing(watched.child, by=watched.worker, at=GONE), at=BACK))
    other = a_watched_child()
    Child.objects.filter(pk=other.child.pk).update(is_drill=True)
    assert steps(ended(missing(other.child, by=other.worker, at=GONE), at=BACK)) == {}


def heard_after_the_death(episode: MissingEpisode) -> dict[tuple[str, str], datetime]:
    """When who was owed word of which step."""
    opened = [*OF_DEATH, Duty.TAKEN_DOWN]
    rows = Message.objects.filter(
        wording="duty_step", items__alert__clock__episode=episode, items__alert__clock__duty__in=opened
    )
    assert set(rows.values_list("channel", flat=True)) <= {"mail"}, "nobody is rung or texted"
    told = rows.values_list("items__alert__clock__duty", "post", "owed_at")
    return {(duty, post): owed_at for duty, post, owed_at in told}


@pytest.mark.by_turns
def test_of_a_step_after_a_death_that_is_late_whoever_leads_is_mailed_by_day_and_of_nothing_else(
    watched, death
):
    episode = death
    clocks = Clock.objects.filter(child=watched.child, next_at__isnull=False)
    assert set(clocks.values_list("duty", flat=True)) == OF_DEATH
    found = steps(episode)
    assert by_day(found[Duty.CORONER].due_at) == BACK + 24 * HOUR, "it was told by day"
    sweep.sweep_all(now=BACK + 24 * HOUR - timedelta(minutes=1))
    assert told(episode) == []
    panel = found[Duty.PANEL_NOTIFIED].due_at
    for moment in (BACK + 24 * HOUR, BACK + 48 * HOUR, panel, panel + timedelta(days=60)):
        sweep.sweep_all(now=moment)
    assert heard_after_the_death(episode) == {
        (Duty.CORONER, "manager"): BACK + 24 * HOUR,
        (Duty.CORONER, "head"): BACK + 48 * HOUR,
        (Duty.FRIENDS_TOLD, "manager"): BACK + 48 * HOUR,
        (Duty.FRIENDS_TOLD, "head"): BACK + 96 * HOUR,
        (Duty.PANEL_NOTIFIED, "manager"): by_day(panel - 24 * HOUR),
        (Duty.PANEL_NOTIFIED, "head"): by_day(panel),
        (Duty.PANEL_NOTIFIED, "director"): by_day(panel + 24 * HOUR),
    }
    assert (panel - timedelta(seconds=1)).hour in (22, 23), "the last day is over at midnight"
    assert by_day(panel) > panel, "nobody hears of it by night"
    since = Message.objects.filter(items__alert__child=watched.child, created_at__gte=BACK)
    assert set(since.values_list("wording", flat=True)) == {"director_died", "duty_step"}


@pytest.mark.by_turns
def test_a_step_after_a_death_stands_down_when_it_is_done_and_says_so_to_nobody(watched, death):
    episode = death
    sweep.sweep_all(now=BACK + 24 * HOUR)
    Message.objects.filter(wording="duty_step").update(status="sent", sent_at=BACK + 24 * HOUR)
    said = {"answer": "done", "note": "Rang the coroner's officer"}
    duty_steps.answer(steps(episode)[Duty.CORONER], **said, by=watched.manager, at=BACK + 25 * HOUR)
    sweep.sweep_all(now=BACK + 47 * HOUR)
    assert set(heard_after_the_death(episode)) == {(Duty.CORONER, "manager")}
    assert not Alert.objects.open().filter(child=watched.child).exists()
    endings = Message.objects.filter(kind="ending", created_at__gt=BACK).exclude(wording="director_died")
    assert not endings.exists()
    rung = Message.objects.filter(wording="director_died")
    assert set(rung.values_list("created_at", flat=True)) == {BACK}, "once, of the death"


@pytest.mark.by_turns
def test_a_closed_case_silences_no_step_of_a_death_and_one_taken_back_asks_for_none(watched, death):
    episode = death
    said = {"reason": "Died", "seconded_by": watched.head, "by": watched.manager}
    children.close(watched.child, **said, at=BACK + HOUR)
    sweep.sweep_all(now=BACK + 24 * HOUR)
    assert set(heard_after_the_death(episode)) == {(Duty.CORONER, "manager")}
    Message.objects.filter(wording="duty_step").update(status="sent", sent_at=BACK + 24 * HOUR)
    was = {"told_by": "Sgt Vale", "reason": "Other prints"}
    signed = {"seconded_by": watched.manager, "by": watched.desk.person}
    episodes.was_another(episode, **was, **signed, at=BACK + 25 * HOUR)
    sweep.sweep_all(now=BACK + 60 * HOUR)
    assert set(heard_after_the_death(episode)) == {(Duty.CORONER, "manager")}
    assert not Alert.objects.open().filter(clock__duty__in=OF_DEATH).exists()
    heard = Message.objects.filter(kind="ending", items__alert__clock__duty=Duty.CORONER)
    assert set(heard.values_list("user", flat=True)) == {watched.manager.pk}, "who was mailed hears the end"


@pytest.mark.by_turns
def test_what_was_asked_for_before_a_death_is_asked_for_no_more(watched, episode):
    first = episode
    second = missing(watched.child, by=watched.worker, at=BACK + HOUR)
    sweep.sweep_all(now=BACK + HOUR)
    ended(second, outcome="died", at=BACK + 2 * HOUR)
    sweep.sweep_all(now=BACK + timedelta(days=30))
    assert heard_after_the_death(first) == {}


@pytest.mark.by_turns
def test_a_death_opens_steps_to_tick_off_for_the_council_alone(watched, client, monkeypatch):
    episode = back_without_proof(watched, "died")
    long_after = BACK + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: long_after)
    client.force_login(watched.manager)
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    assert "Notify the Child Safeguarding Practice Review Panel" in page
    assert "Late" in page
    where = reverse("episode_step", args=[episode.reference, Duty.PANEL_NOTIFIED])
    assert client.post(where, {"answer": "done"}).status_code == 422
    said = {"answer": "done", "note": "Notified by the head of service, 3 March"}
    assert client.post(where, said).status_code == 302
    assert steps(episode)[Duty.PANEL_NOTIFIED].done_by == watched.manager
    assert steps(episode)[Duty.CORONER].done_at is None
    # Nobody but the council's own staff reads of them.
    for person in a_third(outsiders(watched), Duty.CORONER):
        client.force_login(person)
        page = client.get(reverse("episode", args=[episode.reference])).content.decode()
        assert "Tell the coroner" not in page


def also_told(watched: Watched, outcome: str = "returned") -> MissingEpisode:
    episode = missing(
        watched.child, by=watched.worker, at=GONE, tell_also="Aunt Sela, 01632 960777\nThe mosque"
    )
    sweep.sweep_all(now=GONE)
    return ended(episode, outcome=outcome, at=BACK)


@pytest.mark.by_turns(8)
def test_whoever_was_told_beside_the_policy_is_to_hear_of_the_end_and_the_manager_hears_if_nobody_says_so(
    watched, named, client, monkeypatch
):
    episode = named
    assert Duty.TELL_ENDED in steps(episode)
    monkeypatch.setattr(clock, "now", lambda: BACK + HOUR)
    client.force_login(watched.worker)
    where = reverse("episode_step", args=[episode.reference, Duty.TELL_ENDED])
    for address in (reverse("episode", args=[episode.reference]), where):
        page = client.get(address).content.decode()
        assert "Tell those who were told beside the policy that it has ended" in page
        assert "Aunt Sela, 01632 960777<br>The mosque" in page
    sweep.sweep_all(now=BACK + 4 * HOUR - timedelta(minutes=1))
    assert told(episode) == []
    sweep.sweep_all(now=BACK + 4 * HOUR)
    assert ("R2", "manager") in told(episode)
    message = Message.objects.filter(wording="duty_step", episode=episode, channel="mail")[0]
    assert "Sela" not in emails.compose(message, now=BACK + 4 * HOUR).text
    assert client.post(where, {"answer": "done", "note": "Rang both"}).status_code == 302
    sweep.sweep_all(now=BACK + 5 * HOUR)
    assert not Alert.objects.open().filter(clock__duty=Duty.TELL_ENDED).exists()


@pytest.mark.by_turns
def test_where_nobody_else_was_named_nobody_is_to_be_told_of_the_end(watched):
    episode = missing(watched.child, by=watched.worker, at=GONE, tell_also=" \n ")
    assert Duty.TELL_ENDED not in steps(ended(episode, outcome="returned", at=BACK))


@pytest.mark.by_turns
def test_after_a_death_those_are_told_in_person_with_the_friends(watched):
    assert Duty.TELL_ENDED not in steps(also_told(watched, "died"))


@pytest.mark.by_turns
def test_a_policy_signed_off_before_the_step_was_thought_of_opens_it_all_the_same(watched):
    version = PolicyVersion.objects.filter(key=policies.AFTER).latest("version")
    known = [row for row in version.data["steps"] if row["duty"] != Duty.TELL_ENDED]
    PolicyVersion.objects.filter(pk=version.pk).update(data={"steps": known})
    assert Duty.TELL_ENDED in steps(also_told(watched))


def back_without_proof(watched: Watched, outcome: str) -> MissingEpisode:
    return ended(missing(watched.child, by=watched.worker, at=GONE), outcome=outcome, at=BACK)


@pytest.mark.by_turns
def test_an_end_from_before_the_policy_opens_nothing_and_is_on_today_for_72_hours(watched, gone):
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=BACK + HOUR)
    episode = back(watched, gone)
    assert steps(episode) == {}
    standing = standings.of([watched.child.pk], now=BACK + 71 * HOUR)[watched.child.pk]
    assert standing.interview_by == BACK + 72 * HOUR
    assert standings.of([watched.child.pk], now=BACK + 72 * HOUR)[watched.child.pk].interview_by is None


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", a_third(["arrested", "hospital"], "the mail"))
def test_the_mail_about_what_an_ending_opened_does_not_tell_how_it_ended(watched, gone, outcome):
    episode = back(watched, gone, outcome)
    sweep.sweep_all(now=BACK + 24 * HOUR)
    message = Message.objects.filter(wording="duty_step", episode=episode, channel="mail")[0]
    text = emails.compose(message, now=BACK + 24 * HOUR).text
    assert "An episode has ended" in text
    for word in ("hospital", "police station", "solicitor", "defence", "A child is missing"):
        assert word not in text


@pytest.mark.by_turns
def test_an_interview_that_is_withdrawn_is_owed_again_and_those_who_should_have_heard_are_told_late(
    watched, owed
):
    episode = owed
    interview(episode, watched, at=BACK + 40 * HOUR)
    sweep.sweep_all(now=BACK + 73 * HOUR)
    assert told(episode) == []
    return_interviews.withdraw(episode, version=1, reason="A slip", by=watched.worker, at=BACK + 73 * HOUR)
    step = steps(episode)[Duty.RETURN_INTERVIEW]
    assert (step.done_at, step.due_at) == (None, BACK + 72 * HOUR)
    standing = standings.of([watched.child.pk], now=BACK + 73 * HOUR)[watched.child.pk]
    assert standing.interview_of == episode
    sweep.sweep_all(now=BACK + 73 * HOUR)
    assert {("R1", "duty"), ("R1", "worker"), ("R2", "manager")} <= set(told(episode))
    interview(episode, watched, at=BACK + 74 * HOUR)
    assert steps(episode)[Duty.RETURN_INTERVIEW].done_at is not None


def out_then_back(watched: Watched, episode: MissingEpisode, outcome: str = "returned") -> MissingEpisode:
    decided(episode, "publicity", "yes", by=watched.manager, at=GONE + HOUR)
    decided(episode, "missing_people", "referred", by=watched.manager, at=GONE + HOUR)
    ended(episode, outcome=outcome, at=BACK)
    if outcome != "died":
        seen(watched.child, by=watched.carer, at=BACK)
    return episode


def heard_of_what_is_out(episode: MissingEpisode) -> list[tuple[str, str]]:
    rows = Message.objects.filter(episode=episode, items__alert__clock__duty=Duty.TAKEN_DOWN)
    return sorted(set(rows.filter(kind="alert").values_list("step", "post")))


@pytest.mark.by_turns
def test_what_is_out_climbs_from_duty_and_worker_to_the_head_until_the_last_of_it_is_withdrawn(watched, out):
    episode = out
    sweep.sweep_all(now=BACK + 4 * HOUR - timedelta(minutes=1))
    assert heard_of_what_is_out(episode) == []
    sweep.sweep_all(now=BACK + 4 * HOUR)
    assert heard_of_what_is_out(episode) == [("R1", "duty"), ("R1", "worker")]
    decided(episode, "publicity", "withdrawn", by=watched.manager, at=BACK + 5 * HOUR)
    assert steps(episode)[Duty.TAKEN_DOWN].done_at is None
    sweep.sweep_all(now=BACK + 24 * HOUR)
    assert ("R2", "manager") in heard_of_what_is_out(episode)
    sweep.sweep_all(now=BACK + 48 * HOUR)
    assert ("R4", "head") in heard_of_what_is_out(episode)
    decided(episode, "missing_people", "withdrawn", by=watched.manager, at=BACK + 49 * HOUR)
    assert steps(episode)[Duty.TAKEN_DOWN].done_at == BACK + 49 * HOUR
    sweep.sweep_all(now=BACK + 49 * HOUR)
    assert not Alert.objects.open().filter(clock__duty=Duty.TAKEN_DOWN).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("answers", [["asked"], ["no"], ["yes", "withdrawn"]])
def test_nobody_is_asked_to_take_down_what_never_went_out_or_was_withdrawn_before_the_end(
    watched, gone, answers
):
    episode = gone
    for number, answer in enumerate(answers, 1):
        decided(episode, "publicity", answer, by=watched.manager, at=GONE + number * HOUR)
    ended(episode, at=BACK)
    assert Duty.TAKEN_DOWN not in steps(episode)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("outcome", a_third(["returned", "recording_late"], "written down late"))
def test_what_is_written_down_late_is_asked_for_from_then_on_and_again_after_a_withdrawal(watched, outcome):
    late = outcome == "recording_late"
    episode = silent(watched.child, at=GONE) if late else missing(watched.child, by=watched.worker, at=GONE)
    ended(episode, outcome=outcome, at=BACK)
    assert Duty.TAKEN_DOWN not in steps(episode)
    week = timedelta(days=7)

    def wrote(kind: str, answer: str, made_at, at) -> None:
        said = {
            "decided_by": "M. Reid",
            "reason": "So",
            "spoken_to": "PC Shah",
            "consent": "None",
            "risk": "Low",
        }
        episodes.decide(
            episode,
            kind,
            episodes.Decided(answer=answer, decided_at=made_at, **said),
            by=watched.worker,
            at=at,
        )

    wrote("publicity", "yes", GONE + HOUR, BACK + week)
    assert steps(episode)[Duty.TAKEN_DOWN].due_at == BACK + week + 24 * HOUR
    sweep.sweep_all(now=BACK + week)
    assert heard_of_what_is_out(episode) == []
    wrote("publicity", "withdrawn", BACK + week, BACK + week)
    assert steps(episode)[Duty.TAKEN_DOWN].done_at == BACK + week
    wrote("rescue_alert", "issued", GONE + HOUR, BACK + 2 * week)
    step = steps(episode)[Duty.TAKEN_DOWN]
    assert (step.done_at, step.due_at) == (None, BACK + 2 * week + 24 * HOUR)
    sweep.sweep_all(now=BACK + 2 * week + 4 * HOUR)
    assert heard_of_what_is_out(episode) == [("R1", "duty"), ("R1", "worker")]


@pytest.mark.by_turns
def test_after_a_death_what_is_out_is_heard_of_once_it_is_late_and_by_mail(watched, gone):
    episode = out_then_back(watched, gone, "died")
    sweep.sweep_all(now=BACK + 24 * HOUR - timedelta(minutes=1))
    assert heard_of_what_is_out(episode) == []
    sweep.sweep_all(now=BACK + timedelta(days=60))
    assert heard_of_what_is_out(episode) == [("R2", "manager"), ("R4", "head")]
    heard_after_the_death(episode)


@pytest.mark.by_turns(8)
def test_the_step_names_what_is_out_and_is_answered_by_its_withdrawal_alone(
    watched, out, client, monkeypatch
):
    episode = out
    with refused(watched.child, "Record that it is withdrawn: that answers it."):
        duty_steps.answer(
            steps(episode)[Duty.TAKEN_DOWN], answer="done", note="Done", by=watched.worker, at=BACK + HOUR
        )
    monkeypatch.setattr(clock, "now", lambda: BACK + HOUR)
    client.force_login(watched.worker)
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    assert "Publicity<br>Missing People (116 000)" in page
    where = reverse("episode_decision", args=[episode.reference, "publicity"])
    assert f'href="{where}"' in page
    step = reverse("episode_step", args=[episode.reference, Duty.TAKEN_DOWN])
    assert client.get(step).headers["Location"] == where
    decided(episode, "publicity", "withdrawn", by=watched.manager, at=BACK + HOUR)
    decided(episode, "missing_people", "withdrawn", by=watched.manager, at=BACK + HOUR)
    assert client.get(step).status_code == 404
    for person in a_third(outsiders(watched), Duty.TAKEN_DOWN):
        client.force_login(person)
        page = client.get(reverse("episode", args=[episode.reference])).content.decode()
        assert "taken down" not in page


@pytest.mark.by_turns
def test_while_the_child_is_missing_again_nobody_is_asked_to_take_down_what_is_out(watched, out):
    episode = out
    again = missing(watched.child, by=watched.worker, at=BACK + HOUR)
    sweep.sweep_all(now=BACK + 30 * HOUR)
    assert heard_of_what_is_out(episode) == []
    ended(again, at=BACK + 31 * HOUR)
    # Duty and the worker had three hours left, the manager 23.
    for hours, heard in ((31, set()), (34, {("R1", "duty"), ("R1", "worker")}), (54, {("R2", "manager")})):
        sweep.sweep_all(now=BACK + hours * HOUR)
        assert heard <= set(heard_of_what_is_out(episode))
        assert (("R2", "manager") in heard_of_what_is_out(episode)) == (hours == 54)
    assert not DutyStep.objects.get(episode=episode, kind=Duty.TAKEN_DOWN).is_late(BACK + 54 * HOUR)


def heard_of_the_record(episode: MissingEpisode) -> list[tuple[str, str]]:
    rows = Message.objects.filter(episode=episode, items__alert__clock__duty=Duty.HOME_RECORD)
    return sorted(set(rows.filter(kind="alert").values_list("step", "post")))


@pytest.mark.by_turns(8)
def test_a_home_is_asked_about_its_record_and_the_answer_stands_on_the_page_until_it_is_withdrawn(
    watched, gone, client, monkeypatch
):
    Placement.objects.filter(child=watched.child).update(type="K2")
    episode = back(watched, gone)
    due_at = steps(episode)[Duty.HOME_RECORD].due_at
    monkeypatch.setattr(clock, "now", lambda: BACK + HOUR)
    client.force_login(watched.worker)
    page = reverse("episode", args=[episode.reference])
    where = reverse("episode_step", args=[episode.reference, Duty.HOME_RECORD])
    assert f'href="{where}"' in client.get(page).content.decode()
    empty = client.post(where, {"answer": "done", "note": " "})
    assert empty.status_code == 422
    assert "Enter what the home did with its record, or why it was not asked" in empty.content.decode()
    assert (
        client.post(where, {"answer": "done", "note": "All written up, D. Sorrel, shown to him"}).status_code
        == 302
    )
    assert "All written up, D. Sorrel, shown to him" in client.get(page).content.decode()
    sweep.sweep_all(now=due_at)
    assert heard_of_the_record(episode) == []
    said = steps(episode)[Duty.HOME_RECORD].answers.get()
    step_answers.withdraw(said, reason="Of another child", by=watched.worker, at=due_at + HOUR)
    sweep.sweep_all(now=due_at + HOUR)
    assert heard_of_the_record(episode) == [("R2", "manager")]
    duty_steps.answer(
        steps(episode)[Duty.HOME_RECORD],
        answer="not_needed",
        note="The home has closed",
        by=watched.manager,
        at=due_at + 2 * HOUR,
    )
    sweep.sweep_all(now=due_at + 2 * HOUR)
    assert not Alert.objects.open().filter(clock__duty=Duty.HOME_RECORD).exists()
    # The home itself and its staff read nothing of it, nor do the guardian and the police.
    for person in outsiders(watched):
        client.force_login(person)
        assert client.get(where).status_code == 404
    for person in a_third(outsiders(watched), Duty.HOME_RECORD):
        client.force_login(person)
        assert "its own record" not in client.get(page).content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize(("kind", "asked"), [("K3", True), ("U6", False), ("P1", False)])
def test_no_foster_carer_and_no_parent_is_asked_for_the_record_of_a_home(watched, gone, kind, asked):
    Placement.objects.filter(child=watched.child).update(type=kind)
    assert (Duty.HOME_RECORD in steps(ended(gone, at=BACK))) == asked
