"""A found child who does not say who they are is matched against every open search, and its owners are asked at once."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from alerts import policies
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, MatterClock, Message, PolicyVersion
from cases import clock, concerns, details, found, restrictions
from cases.models import AccessRecord, Child, FoundChild, FoundMatch, Matter, MissingEpisode, Role
from cases.search import found as searching
from tests.alerts.outgoing import tick
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_authority,
    ended,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 30 * HOUR
LOOKS = "Burn scar on her forearm, a swallow tattooed on the neck"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    w = a_watched_child(at=AT - timedelta(days=60), given_name="Selam", family_name="Tesfay", sex="F")
    details.change(w.child, {"description": LOOKS}, topic="looks", version=0, by=w.worker, at=AT)
    a_force_mailbox(w.force)
    return w


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, wearing="yellow raincoat", at=AT)
    tick(AT)
    return episode


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


def a_found(desk: DutyDesk, *, at: datetime = NOW, **said: object) -> FoundChild:
    given = {"found_at": at - HOUR, "place": "Southmere station", "found_by": "A guard", "sex": "F"}
    described = found.Described(**{**given, "looks": "A burn scar, a tattoo of a swallow", **said})
    return found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=at)


def told(wording: str) -> set[tuple[str, str]]:
    return set(Message.objects.filter(wording=wording).values_list("post", "channel"))


def test_a_search_of_another_council_is_found_by_looks_and_by_how_the_name_sounds(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    a_child(watched.authority, given_name="Rania", at=AT)
    (row,) = searching.candidates(a_found(desk, names=("Sellam Tesfai",)), desk.person, at=NOW).rows
    assert row.episode == episode
    assert row.match.agree == ("name", "marks", "sex")
    assert row.authority == watched.authority
    assert row.forces == (watched.force.name,)
    assert not row.is_own
    # Nothing agrees but the sex.
    assert not searching.candidates(a_found(desk, looks="Freckles"), desk.person, at=NOW).rows


def test_asking_opens_no_record_and_tells_the_owners_at_once_until_they_answer(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert "Selam" not in page
    assert AccessRecord.objects.filter(child=watched.child, user=desk.person, page="found_child").exists()
    assert client.get(f"/missing/{episode.reference}/").status_code == 404
    asked = client.post(f"/found/{row.matter_id}/ask/{episode.pk}/", follow=True).content.decode()
    assert watched.authority.name in asked
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 302
    (match,) = FoundMatch.objects.all()
    tick(NOW)
    assert told("duty_found") == {("duty", "text"), ("duty", "mail")}
    assert told("told_found") == {("worker", "mail")}
    assert told("police_found") == {("force", "mail")}
    tick(NOW + 30 * MINUTE)
    tick(NOW + 4 * HOUR)
    assert {post for post, _ in told("duty_found")} >= {"duty", "manager", "head"}
    assert client.get(f"/missing/{episode.reference}/found/{match.pk}/").status_code == 404
    client.force_login(watched.desk.person)
    assert row.reference in client.get(f"/missing/{episode.reference}/").content.decode()
    address = f"/missing/{episode.reference}/found/{match.pk}/"
    assert "Southmere station" in client.get(address).content.decode()
    assert client.post(address, {"answer": "it_is", "note": ""}).status_code == 422
    assert client.post(address, {"answer": "it_is", "note": "Her worker knows the scar"}).status_code == 302
    episode.refresh_from_db()
    assert (episode.status, episode.child_confirmed_at) == ("missing", None)
    tick(NOW + 5 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="found_answer").exists()
    for message in Message.objects.filter(wording__endswith="_found"):
        words = (
            compose_text(message, now=NOW) if message.channel == "text" else compose(message, now=NOW).text
        )
        assert "Southmere" not in words
        assert "Selam" not in words


def test_who_could_not_say_says_it_later_and_who_has_said_it_once_does_not_again(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    match = found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    given = {"by": watched.desk.person, "at": NOW + MINUTE}
    with refused(watched.child, "Enter how you know, or why you cannot say."):
        found.answer(match, answer="it_is", note=" ", **given)
    with events(watched.child, "found_answered", "found_answered"):
        found.answer(match, answer="cannot_say", note="A photo is needed", **given)
        found.answer(match, answer="it_is_not", note="She has no tattoo", **given)
    with refused(watched.child, "Somebody has answered this already."):
        found.answer(match, answer="it_is", note="After all", **given)
    with pytest.raises(IntegrityError), transaction.atomic():
        FoundMatch.objects.filter(pk=match.pk).update(answer="it_is")


def test_a_restricted_search_is_a_line_without_a_child_and_one_kept_from_the_reader_is_none(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    named = [watched.worker, watched.manager]
    restrictions.restrict(watched.child, reason="A cousin works here", named=named, by=watched.manager, at=AT)
    (one,) = searching.candidates(row, desk.person, at=NOW).rows
    assert (one.is_restricted, one.age, one.sex) == (True, None, "")
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert "swallow tattooed" not in page
    concerns.keep_from(
        watched.child,
        desk.person,
        reason="Said to know the driver",
        phone="01632 960001",
        by=watched.manager,
        at=AT,
    )
    reader = type(desk.person).objects.get(pk=desk.person.pk)
    assert not searching.candidates(row, reader, at=NOW).rows


def test_a_search_that_begins_later_is_compared_and_shown_on_both_pages(
    client: Client, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk, at=NOW - HOUR)
    later = missing(watched.child, by=watched.worker, at=NOW)
    client.force_login(desk.person)
    assert later.reference in client.get(f"/found/{row.matter_id}/").content.decode()
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{later.reference}/").content.decode()
    assert row.reference in page
    assert "Harrowfen County" in page
    client.force_login(watched.carer)
    assert row.reference not in client.get(f"/missing/{later.reference}/").content.decode()


def test_who_looks_after_the_child_is_asked_upwards_and_after_48_hours_for_the_unit(desk: DutyDesk) -> None:
    row = a_found(desk)
    since = NOW - HOUR
    tick(since + 6 * HOUR - MINUTE)
    assert not told("found_waits")
    tick(since + 6 * HOUR)
    assert told("found_waits")
    assert {post for post, _ in told("found_waits")} == {"duty"}
    tick(since + 48 * HOUR)
    mail = Message.objects.filter(wording="found_waits", matter=row.matter, channel="mail").first()
    assert mail is not None
    early, late = (" ".join(compose(mail, now=since + after).text.split()) for after in (7 * HOUR, 48 * HOUR))
    assert "Missing Persons Unit" not in early
    assert "Missing Persons Unit" in late
    assert "Southmere" not in late
    found.close(
        row, outcome="handed", reason="PC Ash took her to Fenside", by=desk.person, at=since + 49 * HOUR
    )
    count = Message.objects.filter(wording="found_waits").count()
    tick(since + 100 * HOUR)
    assert Message.objects.filter(wording="found_waits").count() == count
    assert MatterClock.objects.get(matter=row.matter).ended_at is not None


def test_it_is_closed_as_a_sought_child_by_the_owners_word_alone_and_asks_nobody_on(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    close = {"reason": "Her council has her", "by": desk.person, "at": NOW + HOUR}
    with refused(watched.child, "Those who look for the child have not said that it is this one."):
        found.close(row, outcome="identified", episode=episode, **close)
    for wrong in ({"outcome": "identified"}, {"outcome": "handed", "episode": episode}):
        with refused(watched.child, "Select which search it was."):
            found.close(row, **wrong, **close)
    tick(NOW)
    with events(watched.child, "found_closed"):
        found.close(row, outcome="no_child", **close)
    tick(NOW + HOUR)
    assert not Alert.objects.open().filter(clock__duty="found_answer").exists()
    with refused(watched.child, "This was closed already."):
        found.propose(row, episode, by=desk.person, at=NOW + HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        FoundChild.objects.filter(pk=row.pk).update(outcome="handed")
    other = a_found(desk)
    match = found.propose(other, episode, by=desk.person, at=NOW + HOUR)
    found.answer(match, answer="it_is", note="Seen by her worker", by=watched.worker, at=NOW + HOUR)
    found.close(other, outcome="identified", episode=episode, **close)
    episode.refresh_from_db()
    assert episode.status == "missing"


def test_whoever_works_on_no_desk_of_it_finds_no_found_child(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    strangers = (watched.worker, watched.carer, watched.guardian, watched.officer)
    for person in strangers:
        client.force_login(person)
        for address in (
            "/found/",
            "/found/new/",
            f"/found/{row.matter_id}/",
            f"/found/{row.matter_id}/close/",
        ):
            assert client.get(address).status_code in (403, 404)
    client.force_login(watched.desk.person)
    assert client.get(f"/found/{row.matter_id}/").status_code == 404
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 404
    officer = a_person(Role.DPO, authority=desk.team.authority)
    client.force_login(officer)
    assert client.get(f"/data-protection/{row.matter_id}/").status_code == 404
    assert row.reference not in client.get("/data-protection/").content.decode()


def test_a_search_that_is_not_shown_cannot_be_asked_about(
    client: Client, episode: MissingEpisode, desk: DutyDesk
) -> None:
    row = a_found(desk, looks="Freckles")
    client.force_login(desk.person)
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 404
    ended(episode, at=NOW)
    again = a_found(desk)
    assert client.post(f"/found/{again.matter_id}/ask/{episode.pk}/").status_code == 404
    assert not FoundMatch.objects.exists()


def test_the_form_keeps_what_was_typed_and_is_sent_once(client: Client, desk: DutyDesk) -> None:
    client.force_login(desk.person)
    day = NOW - HOUR
    given = {
        "authority": desk.team.authority.pk, "found_at_0": f"{day:%-d %-m %Y}",
        "place": "Southmere station", "found_by": "A guard",
        "names": "Selam\nSellam T.", "sex": "F", "age_from": "15", "age_to": "14", "looks": "A scar", "once": uuid.uuid4(),
    }  # fmt: skip
    page = client.post("/found/new/", given)
    assert page.status_code == 422
    assert "Sellam T." in page.content.decode()
    assert not Matter.objects.exists()
    assert not Child.objects.filter(given_name="Selam").exists()
