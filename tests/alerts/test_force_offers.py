"""A search is handed from one force to another by its acceptance, and its officer in the case is asked for."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from alerts import force_offers, policies
from alerts.emails.composition import compose
from alerts.models import Alert, Message, PolicyVersion, Verification
from cases import access, clock, episodes
from cases.access import Permission
from cases.models import (
    EpisodeForce,
    EpisodeOfficer,
    ForceInCharge,
    ForceOffer,
    MissingEpisode,
    PoliceForce,
    Role,
)
from tests.alerts.outgoing import tick
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_force, a_force_mailbox, a_person, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 3 * HOUR
GIVEN = {"said_by": "DS Harrow", "reason": "She was seen in Southmere"}


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _in_force(_moment: None) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    return found


@pytest.fixture
def other() -> PoliceForce:
    force = a_force("Southmere Police")
    a_force_mailbox(force)
    return force


def offered(episode: MissingEpisode, to: PoliceForce, w: Watched, at: datetime = NOW) -> ForceOffer:
    return force_offers.offer(episode, to=to, **GIVEN, by=w.desk.person, at=at)


def accepted(given: ForceOffer, w: Watched, at: datetime = NOW) -> None:
    force_offers.accept(given, officer="DC Ward", reference="SM/77", signed_in=False, by=w.desk.person, at=at)


def told(wording: str) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording=wording)
    return set(rows.values_list("post", "force"))


def leads(episode: MissingEpisode, at: datetime = NOW) -> PoliceForce:
    start = episodes.in_charge(episode, at=at)
    assert start is not None
    return start.force


@pytest.mark.by_turns
def test_the_first_force_leads_from_when_it_is_alerted(episode: MissingEpisode, watched: Watched) -> None:
    assert leads(episode) == watched.force
    (start,) = ForceInCharge.objects.filter(episode=episode)
    assert (start.starts_at, start.offer) == (NOW - HOUR, None)


@pytest.mark.by_turns(8)
def test_an_offer_changes_nothing_until_it_is_accepted_and_both_forces_hear_of_it(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    with events(watched.child, "force_offered", "force_added"):
        offered(episode, other, watched)
    tick(NOW)
    assert leads(episode) == watched.force
    assert told("police_offered") == {("force", watched.force.pk), ("force", other.pk)}
    assert told("police_alert") == {("force", watched.force.pk), ("force", other.pk)}
    assert told("force_offered") == {("duty", None)}
    for after in (119, 120, 481):
        tick(NOW + after * MINUTE)
    assert {post for post, _ in told("force_offered")} == {"duty", "manager", "head"}
    mail = Message.objects.filter(wording="police_offered", force=other).first()
    assert mail is not None
    words = compose(mail, now=NOW).text
    assert f"{watched.force.name} asks Southmere Police to take this search over" in " ".join(words.split())
    assert "She was seen in Southmere" not in words
    assert "DS Harrow" not in words


@pytest.mark.by_turns
def test_accepted_the_other_force_leads_and_the_first_is_told_for_the_last_time(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    given = offered(episode, other, watched)
    tick(NOW)
    accepted(given, watched, NOW + MINUTE)
    assert (leads(episode), leads(episode, NOW + MINUTE)) == (watched.force, other)
    row = EpisodeForce.objects.get(episode=episode, force=other)
    assert (row.incident_reference, row.officer, row.left_at) == ("SM/77", "DC Ward", None)
    assert Verification.objects.get(episode=episode).force == other
    tick(NOW + 2 * MINUTE)
    assert told("police_lead") == {("force", watched.force.pk), ("force", other.pk)}
    assert told("force_answered") == {("duty", None)}
    assert not Alert.objects.open().filter(clock__duty="force_answer").exists()
    for mail in Message.objects.filter(wording="police_lead"):
        words = " ".join(compose(mail, now=NOW + 2 * MINUTE).text.split())
        assert "Southmere Police leads this search." in words
        assert ("You will hear no more of it from us" in words) == (mail.force == watched.force)
    before = Message.objects.filter(force=watched.force).count()
    tick(NOW + 10 * HOUR)
    assert Message.objects.filter(force=watched.force).count() == before
    assert {post for post, _ in told("force_offered")} == {"duty"}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("answer", [force_offers.decline, force_offers.take_back])
def test_refused_the_first_force_leads_on_and_the_other_hears_no_more(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, answer
) -> None:
    given = offered(episode, other, watched)
    tick(NOW)
    with refused(watched.child, "Enter the reason."):
        answer(given, officer="DC Ward", reason=" ", by=watched.desk.person, at=NOW + MINUTE)
    answer(given, officer="DC Ward", reason="Not ours", by=watched.desk.person, at=NOW + MINUTE)
    assert leads(episode, NOW + MINUTE) == watched.force
    with refused(watched.child, "Somebody has answered this already."):
        accepted(given, watched, NOW + 2 * MINUTE)
    tick(NOW + 2 * MINUTE)
    before = Message.objects.filter(force=other).count()
    tick(NOW + 10 * HOUR)
    assert Message.objects.filter(force=other).count() == before
    left = dict(EpisodeForce.objects.filter(episode=episode).values_list("force", "left_at"))
    assert left == {watched.force.pk: None, other.pk: NOW + MINUTE}
    # It may be asked again.
    offered(episode, other, watched, NOW + 11 * HOUR)
    assert EpisodeForce.objects.get(episode=episode, force=other).left_at is None
    alerts = Message.objects.filter(wording="police_alert", force=other)
    assert set(alerts.values_list("step", flat=True)) == {f"force:{other.pk}", f"force:{other.pk}.2"}


@pytest.mark.by_turns(8)
def test_what_may_not_be_offered(episode: MissingEpisode, watched: Watched, other: PoliceForce) -> None:
    with refused(watched.child, f"{watched.force.name} leads this search already."):
        offered(episode, watched.force, watched)
    for wrong, words in (
        ("said_by", "Enter the officer who says so."),
        ("reason", "Enter why the search is to be led elsewhere."),
    ):
        with refused(watched.child, words):
            force_offers.offer(episode, to=other, **{**GIVEN, wrong: " "}, by=watched.desk.person, at=NOW)
    offered(episode, other, watched)
    with refused(watched.child, "An offer waits for its answer already."):
        offered(episode, a_force(), watched)
    said = {"force": watched.force, "reference": "A/1", "officer": "PC Ash"}
    episodes.record_police_reference(episode, **said, by=watched.desk.person, at=NOW)
    ended(episode, at=NOW + MINUTE)
    with refused(watched.child, "This episode has ended."):
        accepted(ForceOffer.objects.get(), watched, NOW + 2 * MINUTE)
    tick(NOW + 2 * MINUTE)
    assert not Alert.objects.open().filter(clock__kind="duty", clock__duty="force_answer").exists()


@pytest.mark.by_turns(8)
def test_the_database_keeps_one_force_in_charge(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    """No start without an acceptance, none backdated, none of a force that was never alerted, and none taken away."""
    given = offered(episode, other, watched)
    start = {"episode": episode, "force": other}
    wrong = (
        {**start, "starts_at": NOW},
        {**start, "starts_at": NOW, "offer": given},
        {**start, "starts_at": NOW - 2 * HOUR, "offer": given},
        {"episode": episode, "force": a_force(), "starts_at": NOW, "offer": given},
    )
    for one in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            ForceInCharge.objects.create(**one)
    accepted(given, watched, NOW + MINUTE)
    with pytest.raises(IntegrityError), transaction.atomic():
        ForceOffer.objects.filter(pk=given.pk).update(answer="declined", answer_reason="x")
    assert ForceInCharge.objects.filter(episode=episode).count() == 2


@pytest.mark.by_turns(8)
def test_an_officer_of_each_force_answers_for_their_own(
    client: Client, episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    base = f"/missing/{episode.reference}/"
    present, asked = a_person(Role.POLICE, force=watched.force), a_person(Role.POLICE, force=other)
    third = a_person(Role.POLICE, force=a_force())
    for person in (asked, third, watched.guardian, watched.carer):
        client.force_login(person)
        assert client.get(f"{base}offer/").status_code == 404
    client.force_login(present)
    page = client.post(f"{base}offer/", {"to": other.pk, "said_by": "DS Harrow", "reason": ""})
    assert (page.status_code, "DS Harrow" in page.content.decode()) == (422, True)
    assert client.post(f"{base}offer/", {"to": other.pk, **GIVEN}).status_code == 302
    given = {"answer": "accepted", "officer": "DC Ward", "reference": "SM/77", "reason": ""}
    # The one that offers cannot accept for the other.
    assert client.post(f"{base}offer/answer/", given).status_code == 422
    client.force_login(third)
    assert client.get(f"{base}offer/answer/").status_code == 404
    client.force_login(asked)
    assert "Southmere Police" in client.get(base).content.decode()
    assert client.post(f"{base}offer/answer/", {**given, "reference": ""}).status_code == 422
    assert client.post(f"{base}offer/answer/", given).status_code == 302
    assert leads(episode) == other
    assert Verification.objects.get(episode=episode).method == Verification.Method.SIGNED_IN
    client.force_login(present)
    assert client.get(base).status_code == 200
    later = NOW + timedelta(days=31)
    person = type(present).objects.get(pk=present.pk)
    assert not access.may(person, watched.child, Permission.SEE_EPISODE, at=later)
    assert access.may(type(asked).objects.get(pk=asked.pk), watched.child, Permission.SEE_EPISODE, at=later)


@pytest.mark.by_turns(8)
def test_an_officer_changes_and_whoever_had_the_case_before_stays(
    client: Client, episode: MissingEpisode, watched: Watched
) -> None:
    episodes.record_police_reference(
        episode,
        force=watched.force,
        reference="A/1",
        officer="PC Ash",
        by=watched.desk.person,
        at=NOW - MINUTE,
    )
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/officer/"
    given = {"force": watched.force.pk, "name": "DC Birch", "collar_number": "88", "phone": "01632 960001"}
    assert client.post(address, {**given, "name": ""}).status_code == 422
    assert client.post(address, {**given, "gone": "on"}).status_code == 422
    assert client.post(address, given).status_code == 302
    first, second = EpisodeOfficer.objects.filter(episode=episode)
    assert (first.name, first.starts_at, first.ends_at) == ("PC Ash", NOW - MINUTE, NOW)
    assert (second.name, second.phone, second.ends_at) == ("DC Birch", "01632 960001", None)
    assert EpisodeForce.objects.get(episode=episode).officer == "DC Birch"
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "DC Birch" in page
    assert "PC Ash" in page


@pytest.mark.by_turns(8)
def test_an_officer_who_left_is_asked_for_until_another_is_named(
    episode: MissingEpisode, watched: Watched
) -> None:
    desk = watched.desk.person
    episodes.record_police_reference(
        episode, force=watched.force, reference="A/1", officer="PC Ash", grade="low", by=desk, at=NOW
    )
    tick(NOW + 25 * HOUR)
    assert not Alert.objects.filter(clock__duty="police_officer").exists()
    episodes.officer_left(episode, force=watched.force, by=desk, at=NOW + 30 * HOUR)
    with refused(watched.child, "No officer in the case is named."):
        episodes.officer_left(episode, force=watched.force, by=desk, at=NOW + 31 * HOUR)
    tick(NOW + 53 * HOUR)
    assert not Alert.objects.filter(clock__duty="police_officer").exists()
    tick(NOW + 54 * HOUR)
    tick(NOW + 78 * HOUR)
    alert = Alert.objects.open().get(clock__duty="police_officer")
    assert {one.step for one in alert.climbed.all()} == {"R1", "R2"}
    episodes.name_officer(episode, force=watched.force, name="DC Birch", by=desk, at=NOW + 79 * HOUR)
    tick(NOW + 79 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="police_officer").exists()


def stood(page: str) -> str:
    (found,) = re.findall(r'name="stood" value="(\d+)"', page)
    return str(found)


@pytest.mark.by_turns
def test_an_answer_to_an_offer_that_was_taken_back_answers_no_other(
    client: Client, episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    first = offered(episode, other, watched, NOW - 30 * MINUTE)
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/offer/answer/"
    said = {"answer": "accepted", "officer": "DC Ward of Southmere", "reference": "SM/77", "reason": ""}
    said |= {"stood": stood(client.get(address).content.decode())}
    at = NOW - 20 * MINUTE
    force_offers.take_back(first, officer="DS Harrow", reason="No", by=watched.desk.person, at=at)
    third = a_force("Westmere Police")
    second = offered(episode, third, watched, NOW - 10 * MINUTE)
    answer = client.post(address, said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is another offer than the one you opened" in page
    assert "Westmere Police" in page
    assert "DC Ward of Southmere" in page, "what was typed stays"
    assert ForceOffer.objects.get(pk=second.pk).answer == ""
    assert leads(episode) == watched.force
    assert client.post(address, said | {"stood": stood(page)}).status_code == 302
    assert leads(episode) == third


@pytest.mark.by_turns
def test_the_offer_that_stood_there_is_answered(
    client: Client, episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    offered(episode, other, watched, NOW - 30 * MINUTE)
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/offer/answer/"
    said = {"answer": "accepted", "officer": "DC Ward", "reference": "SM/77", "reason": ""}
    assert (
        client.post(address, said | {"stood": stood(client.get(address).content.decode())}).status_code == 302
    )
    assert leads(episode) == other


def named(episode: MissingEpisode, w: Watched, name: str, minutes: int) -> EpisodeOfficer:
    at = NOW - minutes * MINUTE
    return episodes.name_officer(episode, force=w.force, name=name, by=w.desk.person, at=at)


def test_an_officer_who_was_named_since_has_not_left(
    client: Client, episode: MissingEpisode, watched: Watched
) -> None:
    named(episode, watched, "PC Ash", 30)
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/officer/"
    page = client.get(address).content.decode()
    assert "PC Ash</bdi> has it now" in page
    gone = {"force": watched.force.pk, "gone": "on", "name": "", "collar_number": "", "phone": ""}
    said = gone | {"stood": stood(page)}
    named(episode, watched, "DC Birch", 10)
    answer = client.post(address, said)
    assert answer.status_code == 422
    assert "Another officer has been named since you opened this page" in answer.content.decode()
    assert "DC Birch</bdi> has it now" in answer.content.decode()
    assert EpisodeOfficer.objects.get(episode=episode, ends_at=None).name == "DC Birch"
    again = gone | {"stood": stood(answer.content.decode())}
    assert client.post(address, again).status_code == 302
    assert not EpisodeOfficer.objects.filter(episode=episode, ends_at=None).exists()


@pytest.mark.by_turns(8)
def test_the_next_officer_is_named_from_a_page_of_before_too(
    client: Client, episode: MissingEpisode, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/officer/"
    said = {"force": watched.force.pk, "name": "DC Birch", "collar_number": "", "phone": ""}
    said |= {"stood": stood(client.get(address).content.decode())}
    named(episode, watched, "PC Ash", 10)
    for _ in range(2):
        assert client.post(address, said).status_code == 302
    assert EpisodeOfficer.objects.get(episode=episode, ends_at=None).name == "DC Birch"
    assert EpisodeOfficer.objects.filter(episode=episode).count() == 2
