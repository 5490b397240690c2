"""What is decided in a search and what is found out: each on record with who, when and why, and for whom."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from alerts import escalations, findings, policies, sweep
from alerts.duties import Duty, undecided
from alerts.models import AlertStep, DutyStep, PolicyVersion
from cases import episodes
from cases.episodes import decisions
from cases.models import EpisodeDecision, EpisodeFinding, MissingEpisode
from cases.templatetags.govuk import gov_time
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_watched_child, decided, ended, missing

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = {"decided_at_when": "now"}


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    """Reported four days ago, under a policy that asks for the steps."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))
    found = missing(watched.child, by=watched.worker, at=now - 4 * timedelta(days=1))
    sweep.sweep_all(now=now - 4 * timedelta(days=1))
    return found


def step(episode: MissingEpisode, duty: Duty) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind=duty)


def verified(episode: MissingEpisode, watched: Watched, *, at: datetime) -> None:
    episodes.record_police_reference(
        episode, force=watched.force, reference="4417/26", officer="PC Shah", by=watched.manager, at=at
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("duty", "standing", "waits_for"),
    [
        (Duty.PUBLICITY, {}, ["publicity", "rescue_alert"]),
        (Duty.PUBLICITY, {"publicity": "asked"}, ["rescue_alert"]),
        (Duty.PUBLICITY, {"publicity": "asked", "rescue_alert": "refused"}, []),
        (
            Duty.MISSING_PEOPLE,
            {"publicity": "asked", "missing_people": "offered"},
            ["missing_people", "publicity"],
        ),
        (Duty.MISSING_PEOPLE, {"publicity": "no", "missing_people": "referred"}, []),
        (Duty.RESCUE_ANSWER, {"rescue_alert": "asked"}, ["rescue_alert"]),
        (Duty.RESCUE_ANSWER, {"rescue_alert": "refused"}, []),
        (Duty.UKMPU, {"ukmpu": "not_told"}, ["ukmpu"]),
        (Duty.UKMPU, {"ukmpu": "told"}, []),
        (Duty.STRATEGY, {}, []),
    ],
)
def test_a_step_waits_for_its_decisions(duty, standing, waits_for) -> None:
    assert undecided(duty, standing) == waits_for


@pytest.mark.by_turns
def test_a_decision_closes_its_step_in_the_same_commit_and_nobody_hears_of_it(episode, watched) -> None:
    start = episode.opened_at
    decided(episode, "ukmpu", "not_told", by=watched.manager, at=start + HOUR)
    assert step(episode, Duty.UKMPU).done_at is None, "that they do not know yet is no answer"
    with events(watched.child, "episode_decided"):
        decided(episode, "ukmpu", "told", reference="UK-77", by=watched.manager, at=start + 2 * HOUR)
    found = step(episode, Duty.UKMPU)
    assert (found.done_at, found.done_by, found.answer) == (start + 2 * HOUR, watched.manager, "done")
    sweep.sweep_all(now=start + 80 * HOUR)
    climbed = AlertStep.objects.values_list("alert__clock__duty", flat=True)
    assert Duty.UKMPU not in climbed
    assert Duty.MISSING_PEOPLE in climbed, "nobody has decided on that"


@pytest.mark.by_turns
def test_a_decision_that_was_corrected_opens_its_step_again(episode, watched) -> None:
    start = episode.opened_at
    decided(episode, "ukmpu", "told", by=watched.manager, at=start + HOUR)
    sweep.sweep_all(now=start + 80 * HOUR)
    decided(episode, "ukmpu", "not_told", by=watched.manager, at=start + 80 * HOUR)
    found = step(episode, Duty.UKMPU)
    assert (found.done_at, found.answer, found.note) == (None, "", "")
    sweep.sweep_all(now=start + 80 * HOUR)
    climbed = AlertStep.objects.filter(alert__clock__duty=Duty.UKMPU).values_list("step", flat=True)
    assert list(climbed) == ["R5"]
    decided(episode, "ukmpu", "told", by=watched.manager, at=start + 81 * HOUR)
    assert step(episode, Duty.UKMPU).done_at == start + 81 * HOUR


def of_rescue() -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__duty=Duty.RESCUE_ANSWER)
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


@pytest.mark.by_turns
def test_a_rescue_alert_that_was_asked_for_is_chased_until_the_police_have_decided(episode, watched) -> None:
    asked_at = episode.opened_at + HOUR
    decided(episode, "rescue_alert", "asked", by=watched.manager, at=asked_at)
    found = step(episode, Duty.RESCUE_ANSWER)
    assert (found.due_at, found.done_at) == (asked_at + HOUR, None)
    sweep.sweep_all(now=asked_at + HOUR - MINUTE)
    assert of_rescue() == []
    sweep.sweep_all(now=asked_at + HOUR)
    sweep.sweep_all(now=asked_at + 2 * HOUR)
    assert of_rescue() == ["R1", "R2"]
    decided(episode, "rescue_alert", "refused", by=watched.manager, at=asked_at + 3 * HOUR)
    assert step(episode, Duty.RESCUE_ANSWER).done_at == asked_at + 3 * HOUR
    sweep.sweep_all(now=asked_at + 9 * HOUR)
    assert of_rescue() == ["R1", "R2"]


@pytest.mark.by_turns
def test_a_rescue_alert_that_is_asked_for_again_is_chased_from_then(episode, watched) -> None:
    asked_at = episode.opened_at + HOUR
    decided(episode, "rescue_alert", "asked", by=watched.manager, at=asked_at)
    decided(episode, "rescue_alert", "refused", by=watched.manager, at=asked_at + MINUTE)
    sweep.sweep_all(now=asked_at + 9 * HOUR)
    assert of_rescue() == []
    again = asked_at + 10 * HOUR
    decided(episode, "rescue_alert", "asked", by=watched.manager, at=again)
    found = step(episode, Duty.RESCUE_ANSWER)
    assert (found.due_at, found.done_at) == (again + HOUR, None)
    sweep.sweep_all(now=again + HOUR)
    assert of_rescue() == ["R1"]


@pytest.mark.by_turns
def test_a_rescue_alert_decided_at_once_is_chased_by_nobody(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "rescue_alert", "no", by=watched.manager, at=at)
    assert not DutyStep.objects.filter(episode=episode, kind=Duty.RESCUE_ANSWER).exists()


@pytest.mark.by_turns
def test_what_was_answered_before_decisions_had_a_record_stays_answered(episode, watched) -> None:
    at = episode.opened_at + HOUR
    answered = {"done_at": at, "done_by": watched.manager, "answer": "done", "note": "By phone"}
    DutyStep.objects.filter(episode=episode, kind=Duty.UKMPU).update(**answered)
    decided(episode, "publicity", "no", by=watched.manager, at=at + MINUTE)
    assert step(episode, Duty.UKMPU).done_at == at


def test_a_decision_of_before_that_is_written_down_late_takes_no_answer_back(episode, watched) -> None:
    start = episode.opened_at
    decided(episode, "ukmpu", "told", by=watched.manager, at=start + 2 * HOUR)
    recorded(episode, "ukmpu", "not_told", watched, made_at=start + HOUR, at=start + 3 * HOUR)
    assert step(episode, Duty.UKMPU).done_at == start + 2 * HOUR


@pytest.mark.by_turns
def test_publicity_alone_does_not_answer_for_missing_people(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "publicity", "no", by=watched.manager, at=at)
    assert step(episode, Duty.MISSING_PEOPLE).done_at is None
    decided(episode, "missing_people", "referred", by=watched.manager, at=at + MINUTE)
    assert step(episode, Duty.MISSING_PEOPLE).done_at == at + MINUTE


@pytest.mark.by_turns
def test_the_home_office_hears_of_a_search_with_a_police_reference_alone_and_of_no_ended_one(
    episode, watched
) -> None:
    at = episode.opened_at + HOUR
    words = "The Home Office hears only of a confirmed missing episode with a police reference."
    with refused(watched.child, words):
        decided(episode, "home_office", "told", by=watched.manager, at=at)
    verified(episode, watched, at=at)
    decided(episode, "home_office", "told", by=watched.manager, at=at + MINUTE)
    assert step(episode, Duty.HOME_OFFICE).done_by == watched.manager
    ended(episode, at=at + 2 * HOUR)
    with refused(watched.child, "This episode had ended by then.", decisions.WrongMoment):
        decided(episode, "home_office", "told", by=watched.manager, at=at + 3 * HOUR)


def recorded(episode, kind: str, answer: str, watched: Watched, *, made_at: datetime, at: datetime):
    """A decision that is written down later than it was made."""
    said = {"decided_by": "M. Reid", "reason": "Agreed", "spoken_to": "PC Shah", "consent": "Vane and Co"}
    made = episodes.Decided(answer=answer, decided_at=made_at, risk="Seen by the uncle", **said)
    return episodes.decide(episode, kind, made, by=watched.manager, at=at)


@pytest.mark.by_turns
def test_what_was_decided_in_the_search_is_written_down_after_its_end(episode, watched) -> None:
    at = episode.opened_at + HOUR
    verified(episode, watched, at=at)
    ended(episode, at=at + 4 * HOUR)
    row = recorded(episode, "home_office", "told", watched, made_at=at + HOUR, at=at + 6 * HOUR)
    assert decisions.standing(episode)["home_office"] == row


@pytest.mark.by_turns(8)
def test_of_a_search_that_had_no_police_reference_the_home_office_heard_nothing(episode, watched) -> None:
    ended(episode, at=episode.opened_at + 4 * HOUR)
    words = "The Home Office hears only of a confirmed missing episode with a police reference."
    with refused(watched.child, words):
        made_at = episode.opened_at + HOUR
        recorded(episode, "home_office", "told", watched, made_at=made_at, at=episode.opened_at + 6 * HOUR)


@pytest.mark.by_turns
def test_nothing_goes_out_about_a_child_who_is_back(episode, watched) -> None:
    over = episode.opened_at + 2 * HOUR
    ended(episode, at=over)
    for kind, answer in (
        ("publicity", "yes"),
        ("publicity", "asked"),
        ("rescue_alert", "issued"),
        ("missing_people", "referred"),
        ("missing_people", "offered"),
        ("ukmpu", "told"),
    ):
        with refused(watched.child, "This episode had ended by then.", decisions.WrongMoment):
            decided(episode, kind, answer, by=watched.manager, at=over + MINUTE)
        # By then it was lawful, and is on record late.
        with transaction.atomic():
            recorded(episode, kind, answer, watched, made_at=over - MINUTE, at=over + MINUTE)
            transaction.set_rollback(True)


@pytest.mark.by_turns
def test_that_nothing_is_done_is_decided_after_the_end_as_well(episode, watched) -> None:
    ended(episode, at=episode.opened_at + 2 * HOUR)
    decided(episode, "publicity", "no", by=watched.manager, at=episode.opened_at + 3 * HOUR)
    assert decisions.standing(episode)["publicity"].answer == "no"


@pytest.mark.by_turns(8)
def test_a_time_outside_the_search_is_said_at_its_field(client: Client, episode, watched, now) -> None:
    ended(episode, at=now - HOUR)
    client.force_login(watched.manager)
    page = f"/missing/{episode.reference}/decisions/publicity/"
    given = {"answer": "yes", "decided_by": "M. Reid", "reason": "Agreed", "consent": "Hers", "risk": "None"}
    shown = client.post(page, given | NOW)
    assert shown.status_code == 422
    assert shown.context["form"].errors["decided_at"] == ["This episode had ended by then."]


@pytest.mark.by_turns(8)
def test_a_time_before_the_search_is_said_beside_all_that_is_left_out(
    client: Client, episode, watched
) -> None:
    client.force_login(watched.manager)
    day = gov_time(episode.since - 24 * HOUR).split()
    early = {"decided_at_when": "earlier", "decided_at_time": "9am"}
    early |= dict(zip(("decided_at_day", "decided_at_month", "decided_at_year"), day, strict=False))
    shown = client.post(f"/missing/{episode.reference}/decisions/publicity/", early)
    errors = shown.context["form"].errors
    assert errors["decided_at"] == ["The decision must be after the child was last seen."]
    assert "reason" in errors


@pytest.mark.by_turns
def test_a_mistake_is_said_at_its_field_also_where_a_decision_stands_already(
    client: Client, episode, watched, now
) -> None:
    decided(episode, "ukmpu", "told", by=watched.manager, at=now - HOUR)
    client.force_login(watched.manager)
    shown = client.post(f"/missing/{episode.reference}/decisions/ukmpu/", {"reason": "Typed once"})
    assert shown.status_code == 422
    assert "There is a problem" in shown.content.decode()
    assert "Typed once" in shown.content.decode()
    assert 'class="govuk-button"' in shown.content.decode()


@pytest.mark.by_turns
def test_not_to_tell_the_home_office_is_a_decision_too(episode, watched) -> None:
    at = episode.opened_at + HOUR
    verified(episode, watched, at=at)
    decided(episode, "home_office", "not_told", by=watched.manager, at=at + MINUTE)
    assert step(episode, Duty.HOME_OFFICE).answer == DutyStep.Answer.NOT_NEEDED


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("kind", "answer", "fields", "words"),
    [
        ("publicity", "yes", {"consent": ""}, "Enter whose consent there is, or why it is done without."),
        ("publicity", "no", {"risk": " "}, "Enter what publicity may do to the child."),
        ("publicity", "withdrawn", {}, "There is nothing to withdraw."),
        ("ukmpu", "told", {"spoken_to": ""}, "Enter who was spoken to."),
        ("ukmpu", "yes", {}, "Select what was decided."),
        ("rescue_alert", "asked", {"reason": ""}, "Enter who decided it and why."),
    ],
)
def test_a_decision_says_what_its_kind_asks_for(kind, answer, fields, words, episode, watched) -> None:
    with refused(watched.child, words):
        decided(episode, kind, answer, by=watched.manager, at=episode.opened_at + HOUR, **fields)


@pytest.mark.by_turns(8)
def test_the_same_decision_sent_twice_is_one(episode, watched) -> None:
    at = episode.opened_at + HOUR
    with events(watched.child, "episode_decided"):
        once = decided(episode, "publicity", "yes", by=watched.manager, at=at)
        # "Now" is later with each press.
        for later in (timedelta(), MINUTE):
            assert decided(episode, "publicity", "yes", by=watched.manager, at=at + later) == once
    with refused(watched.child, "This decision is recorded already."):
        decided(episode, "publicity", "yes", by=watched.worker, at=at)


@pytest.mark.by_turns
def test_the_same_answer_with_other_words_later_or_after_another_is_a_decision_of_its_own(
    episode, watched
) -> None:
    at = episode.opened_at + HOUR
    for minutes, answer, reason in (
        (0, "yes", "A"),
        (1, "yes", "B"),
        (10, "yes", "B"),
        (11, "withdrawn", "C"),
    ):
        decided(episode, "publicity", answer, reason=reason, by=watched.manager, at=at + minutes * MINUTE)
    decided(episode, "publicity", "yes", reason="B", by=watched.manager, at=at + 12 * MINUTE)
    assert EpisodeDecision.objects.filter(episode=episode, kind="publicity").count() == 5
    assert decisions.standing(episode)["publicity"].answer == "yes"


@pytest.mark.by_turns
def test_what_is_recorded_late_does_not_stand_over_what_was_decided_after_it(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "publicity", "no", by=watched.manager, at=at + HOUR)
    late = episodes.Decided(
        answer="asked", decided_at=at, decided_by="M. Reid", reason="Early", spoken_to="PC Shah"
    )
    episodes.decide(episode, "publicity", late, by=watched.manager, at=at + 2 * HOUR)
    assert episodes.decisions.standing(episode)["publicity"].answer == "no"


@pytest.mark.by_turns(8)
def test_nothing_of_a_decision_is_rewritten(episode, watched) -> None:
    row = decided(episode, "publicity", "no", by=watched.manager, at=episode.opened_at + HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        EpisodeDecision.objects.filter(pk=row.pk).update(reason="Another")


@pytest.mark.by_turns
def test_what_is_still_out_after_the_end_is_asked_for_until_it_is_withdrawn(
    client: Client, episode, watched, now
) -> None:
    decided(episode, "publicity", "yes", by=watched.manager, at=now - 3 * HOUR)
    ended(episode, at=now - 2 * HOUR)
    client.force_login(watched.manager)
    address = f"/missing/{episode.reference}/"
    assert "Still out after the end" in client.get(address).content.decode()
    decided(episode, "publicity", "withdrawn", by=watched.manager, at=now - HOUR)
    assert "Still out after the end" not in client.get(address).content.decode()


# Each kind, what goes out, and what is decided since.
GONE_OUT = [
    ("publicity", "yes", ("asked", "no")),
    ("missing_people", "referred", ("offered", "no")),
    ("rescue_alert", "issued", ("asked", "refused")),
]


@pytest.mark.by_turns(8)
def test_what_is_out_stays_out_whatever_is_decided_since_until_it_is_withdrawn(
    client: Client, episode, watched, now
) -> None:
    def out() -> set[str]:
        return {one.kind for one in episodes.still_out(episode)}

    by = watched.manager
    for kind, gone, since in GONE_OUT:
        decided(episode, kind, gone, by=by, at=now - 4 * HOUR)
        for number, answer in enumerate(since):
            decided(episode, kind, answer, by=by, at=now - 3 * HOUR + number * MINUTE)
            assert kind in out(), answer
    ended(episode, at=now - 2 * HOUR)
    client.force_login(by)
    address = f"/missing/{episode.reference}/"
    for kind, *_ in GONE_OUT:
        page = client.get(f"{address}decisions/{kind}/").content.decode()
        assert "Still out until it is withdrawn" in page, kind
    for number, (kind, *_) in enumerate(GONE_OUT):
        assert "Still out after the end" in client.get(address).content.decode(), kind
        decided(episode, kind, "withdrawn", by=by, at=now - HOUR + number * MINUTE)
        assert out() == {later for later, *_ in GONE_OUT[number + 1 :]}
    assert "Still out after the end" not in client.get(address).content.decode()


@pytest.mark.by_turns
def test_what_was_written_late_of_before_the_withdrawal_is_not_out_again(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "publicity", "yes", by=watched.manager, at=at)
    decided(episode, "publicity", "withdrawn", by=watched.manager, at=at + 2 * HOUR)
    recorded(episode, "publicity", "yes", watched, made_at=at + HOUR, at=at + 3 * HOUR)
    assert episodes.still_out(episode) == []
    with refused(watched.child, "There is nothing to withdraw."):
        decided(episode, "publicity", "withdrawn", by=watched.manager, at=at + 4 * HOUR)


@pytest.mark.by_turns(8)
def test_nothing_is_withdrawn_before_it_went_out(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "publicity", "yes", by=watched.manager, at=at)
    with refused(watched.child, "It was not out yet at that time.", decisions.WrongMoment):
        recorded(episode, "publicity", "withdrawn", watched, made_at=at - MINUTE, at=at + MINUTE)
    recorded(episode, "publicity", "withdrawn", watched, made_at=at, at=at + MINUTE)
    assert episodes.still_out(episode) == []


def test_the_briefing_says_what_is_out_beside_what_was_decided_since(episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "publicity", "yes", by=watched.manager, at=at)
    decided(episode, "publicity", "no", by=watched.manager, at=at + HOUR)
    said = dict(findings.briefed(episode))["Publicity"]
    assert [part.split(",")[0] for part in said.split("; ")] == ["Yes", "No"]


@pytest.mark.by_turns
def test_the_notice_to_the_home_office_says_when_the_police_heard_of_it(episode, watched) -> None:
    heard = episode.opened_at + 3 * HOUR
    assert "missing to the police." in findings.notice(episode)
    for officer, at in (("PC Shah", heard), ("PC Vale", heard + HOUR)):
        given = {"force": watched.force, "incident_reference": "4417/26", "by": watched.manager, "at": at}
        escalations.verify(episode, officer=officer, **given)
    said = findings.notice(episode)
    assert f"missing to the police on {gov_time(heard)}." in said
    assert gov_time(episode.opened_at) not in said


@pytest.mark.by_turns
def test_the_step_leads_to_the_decision_and_the_page_shows_who_decided_what_and_why(
    client: Client, episode, watched
) -> None:
    client.force_login(watched.desk.person)
    page = f"/missing/{episode.reference}/decisions/publicity/"
    led = client.get(f"/missing/{episode.reference}/steps/publicity/")
    assert led["Location"] == page
    given = {"answer": "no", "decided_by": "Inspector Vale", "reason": "Not safe"} | NOW
    shown = client.post(page, given)
    assert shown.status_code == 422
    assert "Enter what publicity may do to the child" in shown.content.decode()
    assert "Not safe" in shown.content.decode(), "everything typed is still there"
    shown = client.post(page, given | {"risk": "Seen by the uncle"}, follow=True).content.decode()
    for words in ("Inspector Vale", "Not safe", "Seen by the uncle"):
        assert words in shown
    assert EpisodeDecision.objects.get().recorded_by == watched.desk.person


@pytest.mark.by_turns(8)
def test_only_a_manager_decides_whether_the_home_office_is_told(
    client: Client, episode, watched, now
) -> None:
    verified(episode, watched, at=now - HOUR)
    address = f"/missing/{episode.reference}/decisions/home_office/"
    for person in (watched.desk.person, watched.worker, watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(address).status_code == 404
        assert client.post(address, {"answer": "not_told"}).status_code == 404
        told = client.get(f"/missing/{episode.reference}/text/").content.decode()
        assert "Home Office" not in told
    client.force_login(watched.manager)
    assert "no loss of contact with the claim" in client.get(address).content.decode()
    given = {"answer": "told", "decided_by": "A. Manager", "reason": "Agreed", "spoken_to": "Duty"} | NOW
    shown = client.post(address, given).content.decode()
    assert "Enter which solicitor has the copy" in shown
    assert "Select that the notice says both" in shown
    client.post(address, given | {"consent": "Vane and Co", "worded": "on"})
    assert EpisodeDecision.objects.get().consent == "Vane and Co"
    assert client.get(f"/missing/{episode.reference}/decisions/nothing/").status_code == 404


@pytest.mark.by_turns
def test_the_briefing_says_what_was_decided_and_the_police_read_it(client: Client, episode, watched) -> None:
    at = episode.opened_at + HOUR
    decided(episode, "ukmpu", "told", reference="UK-77", by=watched.manager, at=at)
    decided(episode, "rescue_alert", "refused", by=watched.manager, at=at)
    for person in (watched.manager, watched.officer):
        client.force_login(person)
        told = client.get(f"/missing/{episode.reference}/text/").content.decode()
        assert "UK Missing Persons Unit: Told" in told
        assert "reference UK-77" in told
        assert "Child Rescue Alert: The police said no" in told
    for person in (watched.carer, watched.guardian):
        client.force_login(person)
        assert (
            "UK Missing Persons Unit"
            not in client.get(f"/missing/{episode.reference}/text/").content.decode()
        )


@pytest.mark.by_turns(8)
def test_what_a_force_found_is_on_the_page_and_intelligence_on_one_of_its_own(
    client: Client, episode, watched
) -> None:
    client.force_login(watched.worker)
    told = {"source": "police", "told_by": "PC Shah", "heard_at_when": "now"}
    address = f"/missing/{episode.reference}/found-out/"
    assert client.post(address, told | {"text": ""}).status_code == 422
    with events(watched.child, "episode_found_out", "episode_found_out"):
        client.post(address, told | {"text": "Phone used in Leeds"})
        # Sent twice by an impatient hand.
        client.post(address, told | {"text": "Phone used in Leeds"})
        client.post(address, told | {"text": "Driver is the uncle", "is_intelligence": "on"})
    assert EpisodeFinding.objects.filter(is_intelligence=True).count() == 1
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "Phone used in Leeds" in page
    assert "Driver is the uncle" not in page
    own = client.get(f"/missing/{episode.reference}/intelligence/").content.decode()
    assert own.count("Driver is the uncle") == 2, "on the page and as text"
    assert "Phone used in Leeds" not in own
    text = client.get(f"/missing/{episode.reference}/text/").content.decode()
    assert "Phone used in Leeds" in text
    assert "Driver is the uncle" not in text
    timeline = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Driver is the uncle" not in timeline


@pytest.mark.by_turns
def test_neither_home_nor_guardian_reads_what_was_found(client: Client, episode, watched, now) -> None:
    found = {"source": "police", "told_by": "PC Shah", "heard_at": now, "by": watched.worker, "at": now}
    episodes.find_out(episode, text="Phone used in Leeds", **found)
    episodes.find_out(episode, text="Driver is the uncle", is_intelligence=True, **found)
    for person in (watched.carer, watched.guardian):
        client.force_login(person)
        for page in ("", "briefing/", "text/"):
            words = client.get(f"/missing/{episode.reference}/{page}").content.decode()
            assert "Leeds" not in words
            assert "Driver" not in words
        assert client.get(f"/missing/{episode.reference}/intelligence/").status_code == 404
        assert client.post(f"/missing/{episode.reference}/found-out/", {}).status_code == 404
