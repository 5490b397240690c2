"""A force that handed a search on, or declined it, is not rung, not listed and has no buttons; who leads it comes first."""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.test import Client

from alerts import (
    added_forces,
    briefings,
    desk,
    escalations,
    force_offers,
    long_searches,
    police_links,
    police_profiles,
)
from alerts.emails import agreed
from alerts.models import LinkAcknowledgement, Message, PoliceLink, Verification
from cases import clock, episodes, incidents
from cases.models import EpisodeForce, EpisodeOfficer, MissingEpisode, PoliceForce, Role
from tests.alerts.outgoing import catch, send_all, tick
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_force,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_agreement,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


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


def verified(episode: MissingEpisode, force: PoliceForce, officer: str, w: Watched, at=NOW) -> Verification:
    return escalations.verify(
        episode, force=force, officer=officer, incident_reference="A/1", by=w.desk.person, at=at
    )


def handed(episode: MissingEpisode, to: PoliceForce, w: Watched, at=NOW - 10 * MINUTE, officer="DC Ward"):
    """The force in charge hands the search on: it has left from `at`."""
    given = force_offers.offer(
        episode, to=to, said_by="DS Harrow", reason="Seen there", by=w.desk.person, at=at - MINUTE
    )
    said = {"officer": officer, "reference": "SM/77"}
    force_offers.accept(given, **said, signed_in=False, by=w.desk.person, at=at)


def in_the_case(episode: MissingEpisode, force: PoliceForce) -> str:
    """The name in both places that hold it, which say the same."""
    row = EpisodeOfficer.objects.filter(episode=episode, force=force, ends_at=None).first()
    name = row.name if row is not None else ""
    assert EpisodeForce.objects.get(episode=episode, force=force).officer == name
    return name


def rung(w: Watched) -> list[PoliceForce]:
    """Whom the desk is shown for the one alert that is open."""
    (alert,) = desk.read(w.desk.person, now=NOW).alerts
    return [row.force for row in alert.forces]


@pytest.mark.by_turns
def test_a_call_handler_who_answers_does_not_take_the_case_from_a_named_officer(
    client: Client, episode: MissingEpisode, watched: Watched
) -> None:
    desk_person = watched.desk.person
    verified(episode, watched.force, "PC Ash", watched, NOW - 30 * MINUTE)
    said = {"name": "DC Birch", "collar_number": "88", "phone": "01632 960001"}
    episodes.name_officer(episode, force=watched.force, **said, by=desk_person, at=NOW - 20 * MINUTE)
    verified(episode, watched.force, "Call handler Cole", watched, NOW - 10 * MINUTE)
    assert in_the_case(episode, watched.force) == "DC Birch"
    # Nobody says who gave the new reference: whoever has the case has it still.
    given = {"force": watched.force, "reference": "A/2", "officer": ""}
    episodes.record_police_reference(episode, **given, by=desk_person, at=NOW - 9 * MINUTE)
    assert in_the_case(episode, watched.force) == "DC Birch"
    assert Verification.objects.filter(officer="Call handler Cole").exists()
    episodes.name_officer(episode, force=watched.force, name="DC Dale", by=desk_person, at=NOW - 8 * MINUTE)
    client.force_login(desk_person)
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "01632" in page
    episodes.officer_left(episode, force=watched.force, by=desk_person, at=NOW - 7 * MINUTE)
    assert in_the_case(episode, watched.force) == ""
    verified(episode, watched.force, "Call handler Cole", watched, NOW - 6 * MINUTE)
    assert in_the_case(episode, watched.force) == "Call handler Cole"


@pytest.mark.by_turns
def test_whoever_had_the_case_before_a_force_left_has_it_no_more_when_it_comes_back(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    verified(episode, watched.force, "PC Ash", watched, NOW - 30 * MINUTE)
    handed(episode, other, watched, NOW - 20 * MINUTE)
    handed(episode, watched.force, watched, NOW - 10 * MINUTE, officer="DC Elm")
    assert in_the_case(episode, watched.force) == "DC Elm"


@pytest.mark.by_turns
def test_the_page_after_a_report_offers_what_the_force_in_charge_gave(
    client: Client, episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    verified(episode, watched.force, "PC Ash", watched, NOW - 30 * MINUTE)
    handed(episode, other, watched)
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/sent/"
    page = client.get(address).content.decode()
    assert 'value="SM/77"' in page
    assert "A/1" not in page
    client.post(address, {"incident_reference": "SM/77", "officer": "DC Ward"})
    held = EpisodeForce.objects.filter(episode=episode).values_list("force", "incident_reference")
    assert dict(held) == {watched.force.pk: "A/1", other.pk: "SM/77"}


@pytest.mark.by_turns
def test_duty_rings_the_force_in_charge_and_none_that_left(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    third = a_force("Westmere Police")
    EpisodeForce.objects.create(episode=episode, force=third, added_at=NOW - 50 * MINUTE)
    assert rung(watched) == [watched.force, third]
    handed(episode, other, watched)
    assert rung(watched) == [other, third]
    rows = dict(briefings.of(episode, by_part=True, now=NOW).rows)
    assert list(rows).index(other.name) < list(rows).index(watched.force.name)
    assert "until" in rows[watched.force.name]
    assert "until" not in rows[other.name]


@pytest.mark.by_turns(8)
def test_the_long_list_names_no_force_that_left(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    handed(episode, other, watched)
    (row,) = long_searches.of_manager(watched.manager, now=NOW + timedelta(days=60))
    assert [one.force for one in row.forces] == [other]


@pytest.mark.by_turns
def test_a_mail_names_nobody_beside_the_child_for_whom_the_force_looks_no_more(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    mate = a_watched_child(at=AT - timedelta(days=60), home=watched.home)
    theirs = missing(mate.child, by=mate.worker, at=NOW - HOUR)
    EpisodeForce.objects.get_or_create(episode=theirs, force=watched.force, defaults={"added_at": NOW - HOUR})
    incidents.join(episode, theirs, by=watched.desk.person, at=NOW - 30 * MINUTE)
    an_agreement(watched.force, watched.authority)
    box = a_force_mailbox(watched.force)
    assert agreed.together(episode, watched.force, box, now=NOW) == [theirs.reference]
    EpisodeForce.objects.filter(episode=theirs, force=watched.force).update(left_at=NOW)
    assert agreed.together(episode, watched.force, box, now=NOW) == []


@pytest.mark.by_turns(8)
def test_an_officer_of_a_force_that_left_has_no_buttons_and_no_pages_behind_them(
    client: Client, episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    base = f"/missing/{episode.reference}/"
    pages = ("officer/", "police/", "compact/", "police-closing/", "profile/")
    client.force_login(watched.officer)
    page = client.get(base).content.decode()
    assert [name for name in ("officer", "verify", "profile") if f'id="{name}"' not in page] == []
    assert [client.get(base + one).status_code for one in pages] == [200] * len(pages)
    handed(episode, other, watched)
    page = client.get(base).content.decode()
    hidden = ("officer", "verify", "profile", "compact", "close", "offer", "offer-answer")
    assert [name for name in hidden if f'id="{name}"' in page] == []
    assert 'id="tell"' in page
    assert [client.get(base + one).status_code for one in pages] == [404] * len(pages)
    for one in ("officer/", "police/", "compact/", "police-closing/"):
        assert client.post(base + one, {"officer": "PC Ash", "closed_at_when": "now"}).status_code == 404
    episode.refresh_from_db()
    assert episode.police_closed_at is None
    client.force_login(a_person(Role.POLICE, force=other))
    assert [client.get(base + one).status_code for one in pages] == [200] * len(pages)


@pytest.mark.by_turns(8)
def test_nothing_is_recorded_of_a_force_that_left_as_of_one_that_searches(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    handed(episode, other, watched)
    given = {"force": watched.force, "by": watched.desk.person, "at": NOW}
    for name, said in (("name_officer", {"name": "DC Fir"}), ("record_compact", {"number": "7"})):
        with refused(watched.child, "This force is not searching for the child."):
            getattr(episodes, name)(episode, **said, **given)
    with refused(watched.child, "This force is not alerted."):
        said = {"officer": "Fir", "collar_number": "1", "by": watched.desk.person, "at": NOW}
        police_profiles.give(episode, watched.force, **said)


def link_of(message: Message, *, at: datetime) -> str:
    return urlsplit(police_links.issue(message, now=at)).path


def mail_to(force: PoliceForce) -> Message:
    return Message.objects.filter(force=force, channel="mail").order_by("created_at", "pk")[0]


@pytest.mark.by_turns(8)
def test_the_links_of_a_force_that_handed_the_search_on_are_closed_and_the_page_says_why(
    client: Client, episode, other, watched
):
    sent = mail_to(watched.force)
    before = link_of(sent, at=NOW - HOUR)
    assert client.get(before).status_code == 200
    handed(episode, other, watched)
    closed = PoliceLink.objects.filter(force=watched.force)
    assert set(closed.values_list("revoked_at", flat=True)) == {NOW - 10 * MINUTE}
    # The last mail says that it was handed on, and its own link says no more.
    for path in (before, link_of(sent, at=NOW)):
        shown = client.get(path)
        page = shown.content.decode()
        assert shown.status_code == 410
        assert "Your force does not lead this search" in page
        assert watched.child.given_name not in page
        assert other.name not in page
        assert client.post(path, {"name": "PC Shah", "collar_number": "1"}).status_code == 410
        assert client.get(f"{path}profile/").status_code == 410
    assert not LinkAcknowledgement.objects.exists()
    theirs = link_of(mail_to(other), at=NOW)
    assert client.get(theirs).status_code == 200


@pytest.mark.by_turns
def test_a_force_that_turns_out_to_be_the_right_one_reads_by_its_new_link_alone(
    client: Client, episode, other, watched
):
    before = link_of(mail_to(watched.force), at=NOW - HOUR)
    handed(episode, other, watched)
    added_forces.add(episode, watched.force, by=watched.desk.person, at=NOW)
    assert client.get(before).status_code == 410
    assert client.get(link_of(mail_to(watched.force), at=NOW)).status_code == 200


@pytest.mark.by_turns
@pytest.mark.parametrize("way", ["added", "asked to lead", "leads"])
def test_the_new_mail_to_a_force_that_comes_back_brings_a_link_that_works(
    way: str, client: Client, episode, other, watched, monkeypatch: pytest.MonkeyPatch
):
    out = catch(monkeypatch)
    send_all(NOW - HOUR)
    old = {link for mail in out.mails for link in links_in(mail, to=watched.control_room.address)}
    assert old
    handed(episode, other, watched)
    send_all(NOW - 10 * MINUTE)
    out.mails.clear()
    if way == "added":
        added_forces.add(episode, watched.force, by=watched.desk.person, at=NOW)
    elif way == "leads":
        handed(episode, watched.force, watched, at=NOW)
    else:
        said = {"said_by": "DS Harrow", "reason": "Seen there", "by": watched.desk.person}
        force_offers.offer(episode, to=watched.force, **said, at=NOW)
    send_all(NOW)
    fresh = {link for mail in out.mails for link in links_in(mail, to=watched.control_room.address)}
    assert fresh
    assert not fresh & old
    assert {client.get(link).status_code for link in fresh} == {200}
    assert {client.get(link).status_code for link in old} == {410}


def links_in(mail: EmailMessage, *, to: str) -> list[str]:
    """The ways to the page of the alert in a mail to this address."""
    body = mail.get_body(("plain",))
    if to not in str(mail["To"]) or body is None:
        return []
    return re.findall(r"https?://[^/\s]+(/a/[^/\s]+/)", body.get_content())
