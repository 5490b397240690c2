"""Who is said to have gone along: shown to whom, and looked for anew where the child was said to be back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cases import clock, contacts, episodes, incidents, links
from cases.models import Child, ChildLink, Contact, Incident, MissingEpisode, Role, User
from cases.states import EpisodeStatus
from tests.alerts.outgoing import tick
from tests.cases.expectations import events
from tests.counts import a_third, counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_sighting,
    a_watched_child,
    ended,
    missing,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE, NOW = AT - timedelta(days=60), AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=BEFORE, given_name="Samir")


@pytest.fixture
def mate(watched: Watched) -> Child:
    """A child of the same house, council and worker."""
    child = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=BEFORE, given_name="Tesfay"
    )
    placed(child, watched.home)
    return child


def sent(client: Client, person: User, child: Child, what: str, **more: Any) -> Any:
    client.force_login(person)
    return client.post(f"/children/{child.reference}/{what}", {"once": str(uuid.uuid4())} | more)


def reported(client: Client, w: Watched, child: Child, **more: Any) -> Any:
    facts = {
        "police_rung": "no",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "why_worried": "Both bags are gone",
    }
    return sent(client, w.carer, child, "missing/quick/", **facts, **more)


@pytest.mark.by_turns
@pytest.mark.parametrize("page", a_third(["missing/new/", "missing/quick/"], "reported along"))
def test_the_report_says_who_was_reported_along_already_and_ticks_nobody(
    client: Client, watched: Watched, mate: Child, page: str
) -> None:
    """Once the mate is said to be back a tick reports anew, so nothing is said of what is on record."""

    def field() -> str:
        client.force_login(watched.carer)
        text = client.get(f"/children/{watched.child.reference}/{page}").content.decode()
        return text[text.index('id="id_gone_with_0"') :][:400]

    said = f"{mate.reference}: reported already"
    assert "reported already" not in field()
    sent(client, watched.carer, watched.child, "not-here/", gone_with=[mate.reference])
    assert said in field()
    assert "checked" not in field()
    seen(mate, by=watched.carer, at=NOW)
    assert "reported already" not in field()


# --- who was said to be back


def back(mate: Child, w: Watched, how: str) -> MissingEpisode:
    """The mate went yesterday and is back by somebody's word, and the search for the mate has not ended."""
    episode = missing(mate, by=w.carer, at=NOW - 9 * HOUR)
    tick(NOW - 9 * HOUR)
    if how == "seen":
        seen(mate, by=w.carer, at=NOW - 2 * HOUR)
    elif how == "confirmed":
        episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=NOW - 2 * HOUR)
    else:
        closed = {"officer": "PC 4821 Penrowe", "closed_at": NOW - 2 * HOUR}
        episodes.record_police_closing(episode, **closed, by=w.desk.person, at=NOW - 2 * HOUR)
    episode.refresh_from_db()
    return episode


# In each run each way by a look that failed or by a report.
@pytest.mark.by_turns
@pytest.mark.parametrize("how", counts(["seen", "closed"], ["seen", "confirmed", "closed"]))
def test_a_mate_who_was_back_and_is_not_here_either_is_looked_for_as_by_a_press_of_its_own(
    client: Client, watched: Watched, mate: Child, how: str
) -> None:
    before = back(mate, watched, how)
    assert (
        sent(client, watched.carer, watched.child, "not-here/", gone_with=[mate.reference]).status_code == 302
    )
    assert Contact.objects.filter(child=mate, outcome="not_here").count() == 1
    found = MissingEpisode.objects.get(pk=before.pk)
    assert (found.status, found.not_here_at, found.back_since) == (EpisodeStatus.MISSING, NOW, None)
    assert (found.child_confirmed_at, found.police_closed_at) == (None, None)
    anew = NOW if how != "seen" else before.police_owed_at
    assert found.police_owed_at == anew, "the police are owed word anew of what had half ended"
    assert Incident.objects.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("how", counts(["confirmed"], ["seen", "confirmed", "closed"]))
def test_a_mate_who_was_back_and_is_reported_missing_too_is_reported_as_by_a_report_of_its_own(
    client: Client, watched: Watched, mate: Child, how: str
) -> None:
    before = back(mate, watched, how)
    voided = () if how == "seen" else ("ending_voided",)
    with events(mate, *voided, "missing_report_changed", "went_together"):
        assert reported(client, watched, watched.child, gone_with=[mate.reference]).status_code == 302
    found = MissingEpisode.objects.get(pk=before.pk)
    assert (found.status, found.back_since, found.reported_seen_at) == (EpisodeStatus.MISSING, None, None)
    assert (found.child_confirmed_at, found.police_closed_at) == (None, None)
    assert found.police_owed_at == (before.police_owed_at if how == "seen" else NOW)
    # When the other was last seen is not when this one was.
    assert found.last_seen_at == before.last_seen_at


@pytest.mark.by_turns
def test_who_is_reported_with_another_and_was_seen_after_that_other_is_gone_all_the_same(
    client: Client, watched: Watched, mate: Child
) -> None:
    before = back(mate, watched, "seen")
    report = episodes.Report(last_seen_at=NOW - 3 * HOUR)
    first = episodes.report_missing(watched.child, report, by=watched.carer, at=NOW)
    incidents.report(first, [mate], said=report, by=watched.carer, at=NOW)
    assert MissingEpisode.objects.get(pk=before.pk).back_since is None
    # What was seen since that sighting is a return that is said anew.
    late = NOW + 10 * MINUTE
    seen(mate, by=watched.worker, at=late, happened_at=NOW - HOUR)
    assert MissingEpisode.objects.get(pk=before.pk).back_since == late


@pytest.mark.by_turns
def test_a_mate_of_whom_somebody_looked_in_vain_since_is_looked_for_and_told_to_nobody_twice(
    client: Client, watched: Watched, mate: Child
) -> None:
    before = back(mate, watched, "seen")
    contacts.look_failed(mate, a_sighting(watched.carer, at=NOW - HOUR), by=watched.carer, at=NOW - HOUR)
    before.refresh_from_db()
    with events(mate, "went_together"):
        sent(client, watched.carer, watched.child, "not-here/", gone_with=[mate.reference])
    assert MissingEpisode.objects.get(pk=before.pk) == before


@pytest.mark.by_turns(8)
def test_the_same_form_again_looks_for_nobody_anew_who_was_found_since(
    client: Client, watched: Watched, mate: Child
) -> None:
    form = {"gone_with": [mate.reference], "once": str(uuid.uuid4())}
    assert sent(client, watched.carer, watched.child, "not-here/", **form).status_code == 302
    theirs = MissingEpisode.objects.get(child=mate)
    episodes.confirm_with_child(theirs, how="saw", by=watched.desk.person, at=NOW + MINUTE)
    sent(client, watched.carer, watched.child, "not-here/", **form)
    theirs.refresh_from_db()
    assert theirs.child_confirmed_at == NOW + MINUTE
    ended(theirs, at=NOW + HOUR)
    sent(client, watched.carer, watched.child, "not-here/", **form)
    assert MissingEpisode.objects.filter(child=mate).count() == 1


# --- who lives together


FORMS = ("missing/quick/", "missing/new/", "not-here/")


def named(client: Client, person: User, child: Child, other: Child) -> set[str]:
    """On which of the forms about the child the other one stands."""
    client.force_login(person)
    pages = {form: client.get(f"/children/{child.reference}/{form}") for form in FORMS}
    told = {form: page.content.decode() for form, page in pages.items() if page.status_code == 200}
    assert told, "some form is open to them"
    return {form for form, page in told.items() if other.reference in page or other.given_name in page}


@pytest.mark.by_turns
def test_who_lives_with_the_child_is_named_to_those_alone_who_read_where_both_live(
    client: Client, watched: Watched, mate: Child
) -> None:
    for person in (watched.carer, watched.worker, watched.manager, watched.desk.person):
        assert named(client, person, watched.child, mate), person
    other_team = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    for person in (other_team, a_person(Role.SOCIAL_WORKER, team=watched.team), watched.guardian):
        assert named(client, person, watched.child, mate) == set(), person
        assert (
            sent(client, person, watched.child, "missing/quick/", gone_with=[mate.reference]).status_code
            == 422
        )
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns
def test_whoever_works_with_one_alone_does_not_learn_there_where_the_other_lives(
    client: Client, watched: Watched
) -> None:
    theirs = a_person(Role.SOCIAL_WORKER, team=watched.team)
    mate = a_child(watched.authority, team=watched.team, worker=theirs, at=BEFORE, given_name="Tesfay")
    placed(mate, watched.home)
    assert named(client, watched.worker, watched.child, mate) == set()
    assert named(client, theirs, mate, watched.child) == set()
    # Each reports it still, and joins the two by reference.
    missing(watched.child, by=watched.worker, at=NOW - HOUR)
    own = missing(mate, by=theirs, at=NOW - HOUR)
    client.force_login(theirs)
    address = f"/missing/{own.reference}/together/"
    assert client.post(address, {"reference": watched.child.reference}).status_code == 302
    assert Incident.objects.count() == 1


@pytest.mark.by_turns
def test_a_link_that_was_checked_and_is_none_names_nobody(watched: Watched) -> None:
    other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=BEFORE)
    claim = links.Claim(kind=ChildLink.Kind.COMPANION, said_by="Samir")
    link = links.say(watched.child, other, claim, by=watched.worker, at=BEFORE)
    assert incidents.mates(watched.child, reporter=watched.worker, at=NOW) == [other]
    found = {"result": ChildLink.Check.NOT_SO, "how": "Asked both", "may_be_danger": False}
    links.check(link, **found, by=watched.worker, at=NOW - HOUR)
    assert incidents.mates(watched.child, reporter=watched.worker, at=NOW) == []
