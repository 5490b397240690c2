"""Paper that nobody records climbs past the council's own people and never to the police, until somebody records it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import clocks, integrity, policies, publications, sweep, watching
from alerts.emails import compose
from alerts.models import Alert, Clock, DutyTask, Message, MessageKind, PolicyVersion
from cases import clock as time_of_day
from cases import details, episodes, mergers, people, photos, transfers
from cases.models import Acknowledgement, Child
from tests.alerts import outgoing, papers
from tests.alerts.outgoing import named_by, send_all
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_team,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    case_closed,
    ended,
    membership_of,
    missing,
    photographed,
    placed,
    referred,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANSWERS = {
    "looks": {"description": "Tall, short black hair, a scar over the left eye"},
    "phones": {"has_no_phone": True},
    "languages": {"languages": ["Tigrinya"]},
}


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def answer(one: Watched, topic: str, *, at, **other) -> None:
    version = details.version_of(one.child, topic)
    values = other or ANSWERS[topic]
    details.change(one.child, values, topic=topic, version=version, by=one.worker, at=at)


def complete(one: Watched, *, at) -> None:
    for topic in ANSWERS:
        answer(one, topic, at=at)
    photographed(one.child, by=one.worker, at=at)


def swept(one: Watched, at) -> None:
    """A sweep at `at`, of a child whom somebody has just seen: one of whom nobody knows is looked for, and paper rests."""
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


def told(one: Watched) -> list[tuple[str, str]]:
    rows = Message.objects.filter(wording="paper_due", items__alert__child=one.child)
    return sorted(rows.values_list("post", "step").distinct())


@pytest.mark.by_turns
def test_the_list_of_an_arrival_climbs_by_the_clock_and_goes_to_no_police(watched: Watched) -> None:
    due_at = watched.child.registered_at + DAY
    clock = papers.clock_of(watched.child, "checklist")
    assert (clock.due_at, clock.next_at) == (due_at, due_at)
    swept(watched, due_at - timedelta(seconds=1))
    assert papers.steps(watched.child, "checklist") == []
    for after, wanted in ((0 * HOUR, ["R1"]), (4 * HOUR, ["R1", "R2"]), (24 * HOUR, ["R1", "R2", "R4"])):
        swept(watched, due_at + after)
        assert papers.steps(watched.child, "checklist") == wanted
    assert {post for post, _step in told(watched)} >= {"duty", "worker", "manager", "head"}
    # However high it has climbed, it goes behind what is owed of a child who may be gone.
    mails = Message.objects.filter(wording="paper_due")
    assert set(mails.values_list("urgency", flat=True)) == {clocks.urgency_of("R0")}
    assert not {post for post, _step in told(watched)} & {"force", "home", "guardian", "host_duty"}


@pytest.mark.by_turns
def test_the_fact_ends_it_and_everybody_told_hears_the_ending(watched: Watched, monkeypatch) -> None:
    outgoing.catch(monkeypatch)
    due_at = watched.child.registered_at + DAY
    swept(watched, due_at)
    send_all(due_at)
    for topic in ANSWERS:
        answer(watched, topic, at=due_at + HOUR)
    swept(watched, due_at + HOUR)
    assert papers.is_open(watched.child, "checklist"), "there is no photo yet"
    photographed(watched.child, by=watched.worker, at=due_at + HOUR)
    swept(watched, due_at + HOUR)
    alert = Alert.objects.get(child=watched.child, clock__duty="checklist")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    endings = Message.objects.filter(kind=MessageKind.ENDING, items__alert=alert)
    mails = Message.objects.filter(kind=MessageKind.ALERT, items__alert=alert)
    assert sorted(endings.values_list("recipient", flat=True)) == sorted(
        mails.values_list("recipient", flat=True)
    )


@pytest.mark.by_turns
def test_a_rung_of_paper_that_nobody_stands_on_rings_nobody_before_the_morning(watched: Watched) -> None:
    late = a_watched_child(at=AT + 11 * HOUR)
    people.leave(membership_of(late.manager), at=AT + 12 * HOUR)
    midnight = late.child.registered_at + DAY + 4 * HOUR
    swept(late, midnight)
    empty = DutyTask.objects.get(child=late.child, kind=DutyTask.Kind.NOBODY_TO_TELL, step="R2")
    assert empty.next_at == midnight + 8 * HOUR
    instead = Message.objects.filter(user=late.head, created_at=midnight)
    assert set(instead.values_list("channel", "wording")) == {("mail", "paper_due")}
    swept(late, midnight + 7 * HOUR)
    assert not Message.objects.filter(wording="second_person", items__alert__child=late.child).exists()
    swept(late, midnight + 8 * HOUR)
    assert Message.objects.filter(wording="second_person", items__alert__child=late.child).exists()


@pytest.mark.by_turns(8)
def test_a_list_that_is_complete_in_time_tells_nobody_and_a_photo_taken_back_asks_anew(
    watched: Watched,
) -> None:
    complete(watched, at=AT + 2 * HOUR)
    assert papers.clock_of(watched.child, "checklist").next_at is None
    swept(watched, AT + 9 * DAY)
    assert papers.steps(watched.child, "checklist") == []
    photo = watched.child.photos.get()
    photos.withdraw(photo, reason="Of another child", by=watched.worker, at=AT + 10 * DAY)
    assert papers.clock_of(watched.child, "checklist").due_at == AT + 11 * DAY


@pytest.mark.by_turns(8)
def test_taking_out_an_answer_puts_nothing_off_that_was_due(watched: Watched) -> None:
    answer(watched, "phones", at=AT + 2 * HOUR)
    answer(watched, "phones", at=AT + 3 * HOUR, has_no_phone=False)
    assert papers.clock_of(watched.child, "checklist").due_at == watched.child.registered_at + DAY


@pytest.mark.by_turns
def test_one_mail_names_every_paper_and_child_of_an_instant_by_reference_alone(watched: Watched) -> None:
    other = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=watched.child.registered_at
    )
    placed(other, watched.home)
    seen(other, by=watched.carer, at=watched.child.registered_at + DAY)
    swept(watched, watched.child.registered_at + DAY)
    mail = Message.objects.get(wording="paper_due", user=watched.worker)
    text = compose(mail, now=watched.child.registered_at + DAY).text
    for one in (watched.child, other):
        assert one.reference in text
        assert one.given_name not in text
    assert text.count("Checklist of the arrival") == 2


@pytest.mark.by_turns
def test_a_search_rests_it_and_the_return_counts_anew(watched: Watched) -> None:
    gone = AT + 5 * HOUR
    episode = missing(watched.child, by=watched.worker, at=gone)
    assert papers.clock_of(watched.child, "checklist").due_at is None
    ended(episode, by=a_person("duty_desk", team=watched.desk.team), at=gone + 9 * DAY)
    clock = papers.clock_of(watched.child, "checklist")
    assert clock.due_at == gone + 10 * DAY


@pytest.mark.by_turns
def test_who_is_away_and_known_to_be_somewhere_is_owed_paper_by_the_same_day(watched: Watched) -> None:
    due_at = watched.child.registered_at + DAY
    episode = episodes.report_away(
        watched.child, whereabouts="At an uncle's", reason="Rang", by=watched.worker, at=due_at - HOUR
    )
    assert papers.clock_of(watched.child, "checklist").due_at == due_at
    ended(episode, at=due_at + HOUR)
    assert papers.clock_of(watched.child, "checklist").due_at == due_at


@pytest.mark.by_turns
def test_a_silence_that_nobody_has_confirmed_puts_nothing_off(watched: Watched) -> None:
    due_at = watched.child.registered_at + DAY
    silent(watched.child, at=due_at - HOUR)
    episode = missing(watched.child, by=watched.worker, at=due_at + HOUR)
    ended(episode, at=due_at + 2 * HOUR)
    assert papers.clock_of(watched.child, "checklist").due_at == due_at


@pytest.mark.by_turns
def test_a_closed_case_and_a_drill_owe_none(watched: Watched) -> None:
    drilled = a_child(watched.authority, by=watched.worker)
    Child.objects.filter(pk=drilled.pk).update(is_drill=True)
    clocks.recompute([drilled.pk], at=AT + HOUR)
    assert not Clock.objects.filter(child=drilled, kind="paperwork", next_at__isnull=False).exists()
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=AT + 2 * HOUR)
    assert papers.clock_of(watched.child, "checklist").next_at is None


@pytest.mark.by_turns
def test_before_there_is_a_policy_nobody_is_asked() -> None:
    one = a_watched_child()
    assert not Clock.objects.filter(child=one.child, kind="paperwork").exists()


@pytest.mark.by_turns
def test_a_contact_asks_no_question_about_paper(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT + 2 * HOUR)
    with CaptureQueriesContext(connection) as found:
        seen(watched.child, by=watched.carer, at=AT + 3 * HOUR)
    asked = [query["sql"] for query in found.captured_queries]
    assert asked
    # Whether a birth date was ever corrected is asked with all that is seldom there, and none of them is read.
    for table in ("cases_photo", '"cases_detailschange"'):
        assert not [sql for sql in asked if table in sql], table


@pytest.mark.by_turns
def test_the_questions_of_paper_do_not_grow_with_the_children(watched: Watched) -> None:
    def asked(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as found:
            clocks.recompute(ids, at=AT + 2 * HOUR)
        return len(found)

    one = asked([watched.child.pk])
    more = [
        a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT + HOUR) for _ in range(5)
    ]
    for child in more:
        placed(child, watched.home)
    assert asked([watched.child.pk, *(child.pk for child in more)]) <= one + 1


@pytest.mark.by_turns(8)
def test_a_new_version_is_read_by_the_sweep_at_once(watched: Watched) -> None:
    data = PolicyVersion.objects.get(key=policies.PAPER).data
    data["papers"]["checklist"]["due"]["start"] = [6, "hours"]
    publications.publish_figures(
        policies.PAPER,
        data,
        reason="Sooner",
        takes_effect_at=AT + 3 * HOUR,
        seconded_by=watched.head,
        by=watched.director,
        at=AT + 2 * HOUR,
    )
    sweep.sweep_all(now=AT + 2 * HOUR)
    clock = papers.clock_of(watched.child, "checklist")
    assert (clock.due_at, clock.next_at) == (AT + 7 * HOUR, AT + 7 * HOUR)


@pytest.mark.by_turns
def test_integrity_holds_and_says_which_clock_is_wrong(watched: Watched) -> None:
    def wrong() -> list[str]:
        found = integrity.check(AT + 2 * HOUR)
        return [ref for one in found if one.references for ref in one.references if "paperwork" in ref]

    assert wrong() == []
    Clock.objects.filter(child=watched.child, kind="paperwork").update(due_at=AT + 30 * DAY, next_at=None)
    assert set(wrong()) == {f"{watched.child.reference} paperwork"}


@pytest.mark.by_turns(8)
def test_integrity_names_each_paper_that_is_owed_and_not_asked_for_or_asked_for_and_not_owed(
    watched: Watched,
) -> None:
    due_at = watched.child.registered_at + DAY
    then = due_at + timedelta(minutes=3)
    clocks_of, reference = Clock.objects.filter(child=watched.child), watched.child.reference

    def adrift() -> tuple[str, ...]:
        return named_by("papers whose clock or alert is not what is owed", then)

    swept(watched, due_at)
    assert adrift() == ()
    clocks_of.filter(duty="visit").update(duty="handover")
    assert adrift() == (f"{reference} handover", f"{reference} visit")
    clocks_of.filter(duty="handover").update(duty="visit")
    late = Alert.objects.filter(child=watched.child, clock__duty="checklist")
    late.update(status="ended", ended_at=due_at)
    assert adrift() == (f"{reference} checklist",), "a rung has passed, and nobody has heard"
    late.update(status="open", ended_at=None)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=then)
    sweep.sweep_all(now=then)
    assert adrift() == ()
    clocks_of.filter(duty="visit").update(next_at=due_at + 9 * DAY)
    assert adrift() == (f"{reference} visit",), "of a closed case"


@pytest.mark.by_turns(8)
def test_the_page_of_what_is_due_says_it_with_what_the_list_lacks_and_is_for_who_reads_the_record(
    watched: Watched, client, monkeypatch
) -> None:
    monkeypatch.setattr(time_of_day, "now", lambda: AT + 2 * HOUR)
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/due/"
    html = client.get(address).content.decode()
    for said in (
        "Checklist of the arrival",
        "To be done by Tuesday 3 March",
        "A photo",
        "the child has none",
    ):
        assert said in html, said
    complete(watched, at=AT + 2 * HOUR)
    html = client.get(address).content.decode()
    assert "Complete: photo" in html
    assert "First risk assessment" in html
    assert "To be done by Monday 9 March" in html, "a visit"
    client.force_login(watched.carer)
    assert client.get(address).status_code == 404


@pytest.mark.by_turns(8)
def test_a_number_and_the_word_that_there_is_none_are_not_both_said(
    watched: Watched, client, monkeypatch
) -> None:
    monkeypatch.setattr(time_of_day, "now", lambda: AT + 2 * HOUR)
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/details/phones/"
    both = {"version": 0, "phone": "07700 900982", "has_no_phone": "on"}
    assert client.post(address, both).status_code == 422
    assert client.post(address, both | {"phone": ""}).status_code == 302
    watched.child.refresh_from_db()
    assert watched.child.has_no_phone
    assert client.get(f"/children/{watched.child.reference}/details/").content.decode().count("Not recorded")


@pytest.mark.by_turns
def test_the_word_to_the_authority_of_the_area_counts_from_when_the_area_became_anothers(
    watched: Watched,
) -> None:
    """After a transfer within five working days of it, and after a merger never."""
    new, at = a_watched_child(risk="low"), AT + 40 * DAY
    child = watched.child
    transfer = accepted(referred(child, new.authority, at=at), new.worker, at=at)
    arrived(transfer, at=at)
    assert owed_of(child, at)["host_notice"] == datetime(2026, 4, 17, 22, 59, 59, tzinfo=UTC)
    # The receiver is merged into the sender: the area is its own again.
    mergers.move(new.authority, watched.authority, by=watched.director, at=at + DAY)
    mergers.move(watched.authority, an_authority(), by=watched.director, at=at + 2 * DAY)
    assert "host_notice" not in owed_of(child, at + 3 * DAY)


def owed_of(child: Child, at: datetime) -> dict[str, datetime]:
    papers_of = watching.watch([child.pk], papers=True, at=at)[child.pk].papers
    return {one.paper.value: one.due_at for one in papers_of.owed}


@pytest.mark.by_turns
def test_what_came_with_a_child_and_nobody_reads_climbs_at_those_who_have_the_child_now(
    watched: Watched,
) -> None:
    there = a_watched_child()
    moved_at = AT + 30 * HOUR
    transfer = accepted(
        referred(watched.child, there.authority, at=AT + 2 * HOUR), there.worker, at=AT + 3 * HOUR
    )
    transfer = arrived(transfer, read=("risks", "episodes"), at=moved_at)
    clock = papers.clock_of(watched.child, "handover")
    assert clock.due_at > moved_at + DAY
    sweep.sweep_all(now=clock.due_at)
    assert papers.steps(watched.child, "handover") == ["R1"]
    told = Message.objects.filter(items__alert__clock=clock)
    assert there.worker in {message.user for message in told}
    assert watched.worker not in {message.user for message in told}
    transfers.acknowledge(transfer, list(Acknowledgement.Item)[2:], by=there.worker, at=clock.due_at + HOUR)
    sweep.sweep_all(now=clock.due_at + 2 * HOUR)
    assert not papers.is_open(watched.child, "handover")


@pytest.mark.by_turns(8)
def test_what_came_with_a_child_waits_to_be_read_whatever_transfer_comes_after_it(
    watched: Watched, client, monkeypatch
) -> None:
    there, onward = a_watched_child(), an_authority()
    transfer = accepted(
        referred(watched.child, there.authority, at=AT + 2 * HOUR), there.worker, at=AT + 3 * HOUR
    )
    arrived(transfer, read=("risks", "episodes"), at=AT + 4 * HOUR)
    late = papers.clock_of(watched.child, "handover").due_at
    tried = referred(watched.child, onward, by=there.worker, at=AT + 5 * HOUR)
    assert papers.clock_of(watched.child, "handover").due_at == late
    tried = transfers.decline(
        tried, reason="No room", by=a_person("team_manager", team=a_team(onward)), at=AT + 6 * HOUR
    )
    assert papers.clock_of(watched.child, "handover").due_at == late
    monkeypatch.setattr(time_of_day, "now", lambda: AT + 7 * HOUR)
    client.force_login(there.worker)
    address = f"/children/{watched.child.reference}/transfer/"
    assert "act-read" in client.get(address).content.decode(), "the page leads to it beside the later one"
    for item in Acknowledgement.Item.values[2:]:
        page = f"{address}read/{item}/?of={transfer.pk}"
        shown = client.get(page)
        done = client.post(page, {"version": shown.context["form"].initial["version"]})
        assert done.status_code == 302
    assert papers.clock_of(watched.child, "handover").due_at is None
    assert "act-read" not in client.get(address).content.decode()
    tried.refresh_from_db()
    assert tried.status == "declined"


@pytest.mark.by_turns
def test_what_nobody_read_before_the_child_went_on_is_asked_of_nobody_there(watched: Watched) -> None:
    """Whoever the child is with now never had it to read, and has a list of their own."""
    first, second = a_watched_child(), a_watched_child()
    transfer = accepted(
        referred(watched.child, first.authority, at=AT + 2 * HOUR), first.worker, at=AT + 3 * HOUR
    )
    arrived(transfer, read=("risks", "episodes"), at=AT + 4 * HOUR)
    on = referred(watched.child, second.authority, by=first.worker, at=AT + 5 * HOUR)
    arrived(accepted(on, second.worker, at=AT + 6 * HOUR), at=AT + 7 * HOUR)
    assert papers.clock_of(watched.child, "handover").due_at is None
