"""Children who leave together are one incident, with an episode for each: said at once or later, and taken back."""

import html
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from alerts.emails import police
from alerts.models import Message
from cases import changes, clock, concerns, incidents, links, restrictions
from cases.models import (
    AccessRecord,
    Authority,
    Child,
    ChildLink,
    EpisodeForce,
    Event,
    Incident,
    IncidentEpisode,
    MissingEpisode,
    Responsibility,
    Role,
    RowChange,
    Team,
    User,
)
from cases.states import IllegalMove
from tests.alerts.outgoing import broken, tick
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_person,
    a_team,
    a_watched_child,
    an_agreement,
    an_authority,
    away,
    case_closed,
    ended,
    missing,
    placed,
    seen,
    silent,
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
    """A child of the same house and council."""
    return mate_of(watched, given_name="Tesfay")


@pytest.fixture
def stranger(watched: Watched) -> Child:
    """A child of the same house for whom another council is responsible."""
    elsewhere = a_team(an_authority())
    child = a_child(elsewhere.authority, team=elsewhere, at=BEFORE, given_name="Hewad")
    placed(child, watched.home)
    return child


@pytest.fixture
def together(watched: Watched, mate: Child) -> list[MissingEpisode]:
    """The child and the other of its council, missing together."""
    return gone(watched, mate)


@pytest.fixture
def three(watched: Watched, mate: Child, stranger: Child) -> list[MissingEpisode]:
    """And the one of the other council."""
    return gone(watched, mate, stranger)


def mate_of(w: Watched, **details: Any) -> Child:
    child = a_child(w.authority, team=w.team, worker=w.worker, at=BEFORE, **details)
    placed(child, w.home)
    return child


def gone(w: Watched, *others: Child, by: User | None = None) -> list[MissingEpisode]:
    """The child and these others, missing together."""
    first = missing(w.child, by=by or w.carer, at=NOW - HOUR)
    found = [first, *(missing(one, by=by or w.carer, at=NOW - HOUR) for one in others)]
    for other in found[1:]:
        incidents.join(first, other, by=by or w.carer, at=NOW - HOUR)
    return found


def answers(**more: Any) -> dict[str, Any]:
    return {
        "police_rung": "no",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "why_worried": "Samir had said that he was afraid of his uncle",
        "vehicle": "White van",
        "once": str(uuid.uuid4()),
    } | more


def sent(client: Client, person: User, child: Child, what: str, data: dict[str, Any]) -> Any:
    client.force_login(person)
    return client.post(f"/children/{child.reference}/{what}", data)


def text_of(client: Client, person: User, address: str) -> str:
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def page(client: Client, person: User, episode: MissingEpisode) -> str:
    return text_of(client, person, f"/missing/{episode.reference}/")


def readers(episode: MissingEpisode, *people: User) -> list[set[str]]:
    return [
        {one.child.given_name for one in incidents.others_for(episode, reader=one_of, at=NOW)}
        for one_of in people
    ]


# --- said with the report


@pytest.mark.by_turns
def test_one_report_opens_an_episode_for_each_and_one_incident(
    client: Client, watched: Watched, mate: Child, stranger: Child
) -> None:
    data = answers(gone_with=[mate.reference, stranger.reference])
    assert sent(client, watched.carer, watched.child, "missing/quick/", data).status_code == 302
    found = {one.child.given_name: one for one in MissingEpisode.objects.all()}
    assert set(found) == {"Samir", "Tesfay", "Hewad"}
    assert len({one.reference for one in found.values()}) == 3
    assert {one.status for one in found.values()} == {"missing"}
    assert Incident.objects.count() == 1
    assert {one.vehicle for one in found.values()} == {"White van"}
    # What somebody is worried about of one child is nothing for the readers of another.
    assert [one.why_worried for name, one in found.items() if name != "Samir"] == ["", ""]
    tick(NOW)
    assert not broken(NOW)


@pytest.mark.by_turns(8)
def test_the_same_report_twice_is_one_and_with_others_named_it_is_sent_anew(
    client: Client, watched: Watched, mate: Child
) -> None:
    other = mate_of(watched, given_name="Aron")
    data = answers(gone_with=[mate.reference])
    for _ in range(2):
        assert sent(client, watched.carer, watched.child, "missing/quick/", data).status_code == 302
    assert MissingEpisode.objects.count() == 2
    more = data | {"gone_with": [mate.reference, other.reference]}
    again = sent(client, watched.carer, watched.child, "missing/quick/", more)
    assert again.status_code == 422
    assert not MissingEpisode.objects.filter(child=other).exists()


@pytest.mark.by_turns
def test_the_same_report_reports_nobody_anew_who_was_found_since(
    client: Client, watched: Watched, mate: Child
) -> None:
    data = answers(gone_with=[mate.reference])
    sent(client, watched.carer, watched.child, "missing/quick/", data)
    ended(MissingEpisode.objects.get(child=mate), at=NOW + MINUTE)
    sent(client, watched.carer, watched.child, "missing/quick/", data)
    assert not MissingEpisode.objects.open().filter(child=mate).exists()


@pytest.mark.by_turns
def test_not_here_of_one_is_not_here_of_each_who_went_along(
    client: Client, watched: Watched, mate: Child
) -> None:
    data = {"once": str(uuid.uuid4()), "gone_with": [mate.reference]}
    for _ in range(2):
        assert sent(client, watched.carer, watched.child, "not-here/", data).status_code == 302
    assert set(MissingEpisode.objects.values_list("started_by", "status")) == {("not_here", "missing")}
    assert MissingEpisode.objects.count() == 2
    assert IncidentEpisode.objects.count() == 2


def test_whoever_is_looked_for_already_is_joined_and_told_to_nobody_twice(
    client: Client, watched: Watched, mate: Child
) -> None:
    before = missing(mate, by=watched.carer, at=NOW - HOUR)
    with events(mate, "went_together"):
        data = answers(gone_with=[mate.reference])
        sent(client, watched.carer, watched.child, "missing/quick/", data)
    assert MissingEpisode.objects.get(child=mate) == before


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["silent", "away"])
def test_a_silence_and_an_absence_that_was_known_become_a_search(
    client: Client, watched: Watched, mate: Child, kind: str
) -> None:
    if kind == "silent":
        silent(mate, since=NOW - 3 * HOUR, at=NOW - HOUR)
    else:
        away(mate, by=watched.carer, at=NOW - HOUR, until=NOW + 24 * HOUR)
    sent(client, watched.carer, watched.child, "missing/quick/", answers(gone_with=[mate.reference]))
    assert MissingEpisode.objects.get(child=mate).status == "missing"


@pytest.mark.by_turns(8)
def test_the_full_report_names_them_on_its_check_and_sends_them(
    client: Client, watched: Watched, mate: Child
) -> None:
    client.force_login(watched.worker)
    at = f"/children/{watched.child.reference}/missing"
    facts = answers(gone_with=[mate.reference], steps=["nothing_yet"])
    assert client.post(f"{at}/new/", facts).status_code == 302
    risk = {"why_worried": "Took his bag", "our_grade": "unknown", "shares_profile": "yes"}
    risky = client.get(f"{at}/risk/").context["form"]
    risk |= {asked.said.html_name: "not_known" for asked in risky.asked()}
    assert client.post(f"{at}/risk/", risk).status_code == 302
    check = client.get(f"{at}/check/")
    assert "Tesfay" in check.content.decode()
    client.post(f"{at}/check/", {"once": facts["once"]})
    assert MissingEpisode.objects.open().count() == 2
    assert Incident.objects.count() == 1


@pytest.mark.by_turns
def test_nobody_can_be_named_whom_the_reporter_may_not_report(
    client: Client, watched: Watched, stranger: Child
) -> None:
    outsider = a_watched_child(at=BEFORE).child
    for person, child in ((watched.worker, stranger), (watched.carer, outsider)):
        data = answers(gone_with=[child.reference])
        assert sent(client, person, watched.child, "missing/quick/", data).status_code == 422
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns
def test_companions_of_another_house_can_be_named_and_closed_cases_cannot(watched: Watched) -> None:
    companion = a_child(watched.authority, team=watched.team, worker=watched.worker, at=BEFORE)
    claim = links.Claim(kind=ChildLink.Kind.COMPANION, said_by="Samir")
    links.say(watched.child, companion, claim, by=watched.worker, at=BEFORE)
    assert incidents.mates(watched.child, reporter=watched.worker, at=NOW) == [companion]
    case_closed(companion, reason="Moved abroad", at=NOW - HOUR)
    assert incidents.mates(watched.child, reporter=watched.worker, at=NOW) == []


# --- said later, and taken back


@pytest.mark.by_turns(8)
def test_two_incidents_that_are_one_become_one_whatever_the_order(watched: Watched, mate: Child) -> None:
    third, fourth = mate_of(watched, given_name="Aron"), mate_of(watched, given_name="Biniam")
    one, two, three, four = (
        missing(child, by=watched.carer, at=NOW - HOUR) for child in (watched.child, mate, third, fourth)
    )
    incidents.join(three, four, by=watched.carer, at=NOW)
    incidents.join(two, one, by=watched.carer, at=NOW)
    incidents.join(one, four, by=watched.carer, at=NOW)
    incidents.join(four, one, by=watched.carer, at=NOW)
    for episode in (one, two, three, four):
        assert set(incidents.others(episode)) == {one, two, three, four} - {episode}
    assert Event.objects.filter(kind="went_together").count() == 4


@pytest.mark.by_turns
def test_one_who_did_not_go_with_them_leaves_the_others_together(watched: Watched, mate: Child) -> None:
    third = mate_of(watched, given_name="Aron")
    one, two, three = gone(watched, mate, third)
    with events(mate, "went_apart"):
        incidents.leave(two, reason="Was at school till four", by=watched.worker, at=NOW)
    assert set(incidents.others(one)) == {three}
    assert not incidents.others(two)
    # Said again by somebody who knows better: a row of its own, the old one stays.
    incidents.join(one, two, by=watched.worker, at=NOW + MINUTE)
    assert set(incidents.others(two)) == {one, three}
    assert IncidentEpisode.objects.filter(episode=two).count() == 2


@pytest.mark.by_turns(8)
def test_what_cannot_be_together_is_refused(watched: Watched, mate: Child) -> None:
    one, two = missing(watched.child, at=NOW - 3 * HOUR), missing(mate, at=NOW - 3 * HOUR)
    with refused(watched.child, "This is the same child."):
        incidents.join(one, one, by=watched.worker, at=NOW)
    ended(one, at=NOW - 2 * HOUR)
    with refused(watched.child, "Enter how you know that the child did not go with the others."):
        incidents.leave(one, reason=" ", by=watched.worker, at=NOW)
    with refused(watched.child, "This episode belongs to no others."):
        incidents.leave(one, reason="x", by=watched.worker, at=NOW)
    # Found an hour ago, he says whom he went with.
    incidents.join(one, two, by=watched.worker, at=NOW)
    ended(two, at=NOW)
    third = mate_of(watched)
    seen(third, by=watched.carer, at=NOW - HOUR)
    later = missing(third, last_seen_at=NOW - HOUR, at=NOW)
    with refused(third, "One of them was found before the other went missing."):
        incidents.join(one, later, by=watched.worker, at=NOW)
    with pytest.raises(IllegalMove, match="Both children have been found"):
        incidents.join(one, MissingEpisode.objects.get(pk=two.pk), by=watched.worker, at=NOW)


@pytest.mark.by_turns(8)
def test_the_database_holds_what_must_hold(
    watched: Watched, mate: Child, together: list[MissingEpisode]
) -> None:
    one, _two = together
    row = IncidentEpisode.objects.get(episode=one)
    again = {"incident": row.incident, "child": row.child, "episode": one, "recorded_by": watched.worker}
    for wrong in (
        again | {"recorded_at": NOW},
        again | {"recorded_at": NOW, "withdrawn_at": NOW, "withdrawn_by": watched.worker},
        again | {"recorded_at": NOW, "withdrawn_at": NOW, "withdrawn_reason": "x"},
        again
        | {
            "recorded_at": NOW,
            "withdrawn_at": NOW - HOUR,
            "withdrawn_by": watched.worker,
            "withdrawn_reason": "x",
        },
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            IncidentEpisode.objects.create(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=row.incident_id).update(merged_into=row.incident_id)


# --- who reads it


@pytest.mark.by_turns
def test_each_reads_the_others_whom_they_may_open_and_of_the_rest_not_that_there_are_any(
    client: Client, watched: Watched, mate: Child, stranger: Child, three: list[MissingEpisode]
) -> None:
    own, _mates, theirs = three
    responsible = Responsibility.objects.at(NOW).filter(child=stranger).values("authority")
    their_worker = a_person(Role.SOCIAL_WORKER, team=Team.objects.get(authority__in=responsible))
    assert readers(own, watched.carer, watched.worker, watched.officer) == [
        {"Tesfay", "Hewad"},
        {"Tesfay"},
        {"Tesfay", "Hewad"},
    ]
    assert readers(theirs, their_worker) == [set()]
    shown = page(client, watched.worker, own)
    assert "Tesfay" in shown
    assert "Hewad" not in shown
    assert stranger.reference not in shown
    alone = page(client, their_worker, theirs)
    assert 'id="others"' not in alone
    assert 'id="apart"' not in alone


@pytest.mark.by_turns(8)
def test_a_restricted_child_and_one_who_is_kept_from_the_reader_leak_nothing(
    client: Client, watched: Watched, mate: Child, together: list[MissingEpisode]
) -> None:
    own, theirs = together
    incidents.leave(own, reason="Was seen alone", by=watched.worker, at=NOW)
    incidents.join(own, theirs, by=watched.worker, at=NOW)
    timeline = f"/children/{watched.child.reference}/"
    assert "together with another child" in text_of(client, watched.worker, timeline)
    named = [a_person(Role.TEAM_MANAGER, team=watched.team)]
    restrictions.restrict(mate, reason="A threat", named=named, by=watched.manager, at=NOW)
    concerns.keep_from(mate, user=watched.guardian, reason="x", by=watched.manager, at=NOW)
    for reader in (watched.worker, watched.carer, watched.guardian):
        assert readers(own, reader) == [set()]
        assert 'id="others"' not in page(client, reader, own)
        assert client.get(f"/missing/{own.reference}/apart/").status_code in (403, 404)
    told = text_of(client, watched.worker, timeline)
    assert "together with another child" not in told
    assert "did not go missing with the others" not in told
    assert RowChange.objects.filter(table="cases_incidentepisode").exists()
    shown = changes.of_child(watched.child, watched.worker, at=NOW).rows
    assert "cases_incidentepisode" not in {one.row.table for one in shown}


def test_the_pages_join_by_reference_and_take_back_with_a_reason(
    client: Client, watched: Watched, mate: Child
) -> None:
    own = missing(watched.child, by=watched.carer, at=NOW - HOUR)
    theirs = missing(mate, by=watched.carer, at=NOW - HOUR)
    outsider = missing(a_watched_child(at=BEFORE).child, at=NOW - HOUR)
    client.force_login(watched.worker)
    for wrong in (outsider.reference, "MC26-004178", own.reference, ""):
        assert client.post(f"/missing/{own.reference}/together/", {"reference": wrong}).status_code == 422
    assert (
        client.post(f"/missing/{own.reference}/together/", {"reference": mate.reference}).status_code == 302
    )
    assert list(incidents.others(own)) == [theirs]
    assert client.post(f"/missing/{own.reference}/apart/", {"reason": ""}).status_code == 422
    assert client.post(f"/missing/{own.reference}/apart/", {"reason": "Was at school"}).status_code == 302
    assert not incidents.others(own)
    assert client.get(f"/missing/{own.reference}/apart/").status_code == 404


@pytest.mark.by_turns
@pytest.mark.parametrize("page_of", ["text", "briefing"])
def test_the_briefing_and_the_text_name_by_reference_those_whom_the_reader_may_open(
    client: Client, watched: Watched, mate: Child, stranger: Child, page_of: str, three: list[MissingEpisode]
) -> None:
    own, theirs, elsewhere = three
    address = f"/missing/{own.reference}/{page_of}/"
    for reader, read in (
        (watched.worker, {theirs}),
        (watched.desk.person, {theirs}),
        (watched.carer, {theirs, elsewhere}),
        (watched.officer, {theirs, elsewhere}),
    ):
        told = text_of(client, reader, address)
        assert "Went missing together with" in told
        assert "Tesfay" not in told
        assert {one for one in (theirs, elsewhere) if one.reference in told} == read
        assert AccessRecord.objects.filter(user=reader, child=mate, page=f"episode_{page_of}").exists()
    concerns.keep_from(mate, user=watched.carer, reason="x", by=watched.manager, at=NOW)
    assert theirs.reference not in text_of(client, watched.carer, address)
    alone = missing(mate_of(watched, given_name="Aron"), by=watched.carer, at=NOW - HOUR)
    for reader in (watched.worker, watched.officer):
        told = text_of(client, reader, f"/missing/{alone.reference}/{page_of}/")
        assert "Went missing together with" not in told


# --- what the police read


def police_words(episode: MissingEpisode, w: Watched) -> str:
    said = police.told(episode, w.force, w.control_room, now=NOW)
    return " ".join(f"{row.label}: {row.value}" for row in (*said.rows, *said.page_rows))


@pytest.mark.by_turns(8)
def test_the_police_read_the_others_by_reference_in_the_fuller_form_alone(
    watched: Watched, mate: Child, together: list[MissingEpisode]
) -> None:
    own, theirs = together
    assert theirs.reference not in police_words(own, watched)
    an_agreement(watched.force, watched.authority)
    assert f"1 other child: {theirs.reference}" in police_words(own, watched)
    assert "Tesfay" not in police_words(own, watched)
    ended(theirs, at=NOW)
    assert "Missing with this child" not in police_words(own, watched)


@pytest.mark.by_turns
def test_of_a_child_whose_council_has_no_agreement_the_police_of_the_other_read_nothing(
    watched: Watched, stranger: Child
) -> None:
    own, theirs = gone(watched, stranger)
    an_agreement(watched.force, watched.authority)
    assert "Missing with this child" not in police_words(own, watched)
    an_agreement(watched.force, Authority.objects.get(responsibilities__child=stranger))
    assert theirs.reference in police_words(own, watched)


@pytest.mark.by_turns
@pytest.mark.parametrize("closed", ["restricted", "kept", "elsewhere"])
def test_the_police_read_nothing_of_one_who_is_closed_to_them(
    watched: Watched, mate: Child, closed: str, together: list[MissingEpisode]
) -> None:
    own, theirs = together
    an_agreement(watched.force, watched.authority)
    if closed == "restricted":
        restrictions.restrict(mate, reason="x", named=[watched.manager], by=watched.manager, at=NOW)
    elif closed == "kept":
        concerns.keep_from(mate, user=watched.officer, reason="x", by=watched.manager, at=NOW)
    else:
        EpisodeForce.objects.filter(episode=theirs).update(force=a_force())
    assert "Missing with this child" not in police_words(own, watched)


@pytest.mark.by_turns
def test_each_child_has_police_messages_of_its_own(
    watched: Watched, mate: Child, stranger: Child, three: list[MissingEpisode]
) -> None:
    found = three
    tick(NOW - HOUR)
    told = Message.objects.filter(wording="police_alert", mailbox=watched.control_room)
    assert set(told.values_list("episode", flat=True)) == {one.pk for one in found}
