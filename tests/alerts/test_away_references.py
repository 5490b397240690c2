"""A force gives a reference for a child who is away, and known where: kept, alerting nobody, and no report of a missing one."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from alerts import police_rung, sweep
from alerts.emails.composition import compose
from alerts.models import Alert, Clock, DutyTask, Message, Verification
from cases import episodes
from cases.models import AwayReference, EpisodeForce, Event, MissingEpisode, PoliceForce
from cases.states import IllegalMove
from tests.alerts.test_missing_report_page import page_of
from tests.cases.expectations import events
from tests.factories import (
    Watched,
    a_force,
    a_force_mailbox,
    a_person,
    a_team,
    a_watched_child,
    missing,
    silent,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SAID = {"reference": "417-0210", "officer": "PC Sela Penrowe"}
NO_REPORT = "It reports nobody missing: no force is alerted by it."


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * MINUTE, given_name="Samir")


@pytest.fixture
def other() -> PoliceForce:
    force = a_force("Southmere Police")
    a_force_mailbox(force)
    return force


@pytest.fixture
def away(watched: Watched, now: datetime) -> MissingEpisode:
    told = {"whereabouts": "At a cousin’s in Lowmoor", "reason": "He rang", "by": watched.carer}
    return episodes.report_away(watched.child, **told, at=now - 5 * MINUTE)


def given(away: MissingEpisode, watched: Watched, force: PoliceForce | None = None, *, at: datetime) -> Any:
    by = watched.desk.person
    return episodes.record_away_reference(away, force=force or watched.force, **SAID, by=by, at=at)


def address(away: MissingEpisode) -> str:
    return f"/missing/{away.reference}/away-reference/"


@pytest.mark.by_turns(8)
def test_duty_records_it_on_a_page_that_says_that_nobody_is_looked_for_and_the_verb_for_missing_stays(
    client: Client, watched: Watched, away: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    page = page_of(client, f"/missing/{away.reference}/")
    assert 'id="away-reference"' in page
    assert 'id="verify"' not in page
    form = page_of(client, address(away))
    assert "This is no report of a missing child: no force is alerted, and nobody searches." in form
    assert f"/missing/{away.reference}/missing/" in form
    with events(watched.child, "away_reference_recorded"):
        for _press in (1, 2):
            answer = client.post(address(away), {"force": str(watched.force.pk), **SAID})
            assert answer["Location"] == f"/missing/{away.reference}/"
    assert AwayReference.objects.count() == 1, "the same words again say nothing new"
    page = page_of(client, f"/missing/{away.reference}/")
    assert "417-0210" in page
    assert NO_REPORT in page
    assert 'id="become-missing"' in page
    assert "Told of it as away, not as missing" in page_of(client, f"/missing/{away.reference}/text/")
    timeline = page_of(client, f"/children/{watched.child.reference}/")
    assert "Police reference recorded of the child as away, not as missing" in timeline


@pytest.mark.by_turns
def test_whoever_reads_no_place_reads_no_force_of_where_the_child_is(
    client: Client, watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    given(away, watched, other, at=now - MINUTE)
    for reader, reads in (
        (watched.desk.person, True),
        (a_person("social_worker", team=a_team(watched.authority)), False),
    ):
        client.force_login(reader)
        words = page_of(client, f"/missing/{away.reference}/")
        assert [SAID["reference"] in words, other.name in words, SAID["officer"] in words] == [reads] * 3


@pytest.mark.by_turns
def test_it_alerts_nobody_gives_no_force_the_child_and_starts_nothing_that_climbs(
    client: Client, watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    grants = watched.child.childgrouppermission_set.count()
    given(away, watched, other, at=now)
    away.refresh_from_db()
    assert (away.status, away.police_owed_at) == ("away", None)
    sweep.sweep_all(now=now + 5 * MINUTE)
    assert not Message.objects.filter(force__isnull=False).exists()
    assert not Alert.objects.filter(clock__kind=Clock.Kind.CALL).exists()
    assert not EpisodeForce.objects.filter(force=other).exists()
    assert watched.child.childgrouppermission_set.count() == grants
    client.force_login(watched.officer)
    for page in ("", "text/", "away-reference/", "police/"):
        assert client.get(f"/missing/{away.reference}/{page}").status_code in (403, 404), page


@pytest.mark.by_turns(8)
def test_who_becomes_missing_is_reported_to_the_force_that_knows_it_as_away_and_the_reference_counts_for_no_call(
    client: Client, watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    given(away, watched, other, at=now - MINUTE)
    episodes.become_missing(away, reason="The cousin has not seen him", by=watched.carer, at=now)
    sweep.sweep_all(now=now)
    rows = {row.force_id: row for row in EpisodeForce.objects.filter(episode=away, left_at=None)}
    assert set(rows) == {watched.force.pk, other.pk}
    assert {row.incident_reference for row in rows.values()} == {""}
    assert Event.objects.filter(kind="force_added", child=watched.child).count() == 1
    for force in (watched.force, other):
        assert Message.objects.filter(force=force, wording="police_alert").exists()
    assert police_rung.last(away, other, now=now) is None
    assert not Verification.objects.exists()
    assert DutyTask.objects.open().filter(episode=away, kind="ring_police").exists()
    lead = episodes.lead_of(away, at=now)
    assert lead is not None
    assert lead.start.force == watched.force, "the force of where the child lives leads"
    client.force_login(watched.desk.person)
    quoted = "It reported nobody missing: quote it when you ring"
    for page in ("", "police/", "sent/"):
        words = page_of(client, f"/missing/{away.reference}/{page}")
        assert quoted in words, page
    for page in ("new", "quick"):
        words = page_of(client, f"/children/{watched.child.reference}/missing/{page}/")
        assert quoted in words, page
        assert 'value="417-0210"' not in words, "a reference in a report says that the police were rung"
    assert "Their reference for the child as away, not as missing: <bdi>417-0210</bdi>." in page_of(
        client, "/"
    )


@pytest.mark.by_turns(8)
def test_the_reference_is_offered_to_whoever_has_an_officer_of_that_force_on_the_phone(
    client: Client, watched: Watched, away: MissingEpisode, now: datetime
) -> None:
    given(away, watched, at=now - MINUTE)
    missing(watched.child, by=watched.carer, at=now)
    client.force_login(watched.desk.person)
    assert 'value="417-0210"' in page_of(client, f"/missing/{away.reference}/police/")
    said = {"force": watched.force.code, "officer": "PC Penrowe", "incident_reference": "417-0210"}
    assert client.post(f"/missing/{away.reference}/police/", said).status_code == 302
    assert EpisodeForce.objects.get(episode=away).incident_reference == "417-0210"


@pytest.mark.by_turns
def test_the_last_one_stands_and_a_force_that_was_named_by_mistake_is_not_alerted(
    watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    given(away, watched, other, at=now - 2 * MINUTE)
    given(away, watched, at=now - MINUTE)
    assert AwayReference.objects.count() == 2
    episodes.become_missing(away, reason="", by=watched.carer, at=now)
    assert [row.force for row in EpisodeForce.objects.filter(episode=away)] == [watched.force]


def test_the_fail_safe_of_a_silence_that_became_away_alerts_the_force_that_knows_of_it_too(
    watched: Watched, other: PoliceForce, now: datetime
) -> None:
    quiet = silent(watched.child, at=now - 9 * MINUTE)
    told = {"whereabouts": "At a cousin’s", "reason": "He rang", "by": watched.carer}
    away = episodes.report_away(watched.child, **told, at=now - 8 * MINUTE)
    assert away.pk == quiet.pk
    given(away, watched, other, at=now - 7 * MINUTE)
    away.refresh_from_db()
    episodes.start_fail_safe(away, owed_at=now)
    assert EpisodeForce.objects.filter(episode=away, force=other, left_at=None).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"reference": " "}, "reference", "Enter the police reference"),
        ({"reference": "4" * 61}, "reference", "at most 60 characters"),
        ({"force": ""}, "force", "Select the force"),
    ],
)
def test_without_a_force_or_a_reference_it_is_refused_at_the_field_with_the_rest_kept(
    client: Client, watched: Watched, away: MissingEpisode, typed: dict[str, str], field: str, words: str
) -> None:
    client.force_login(watched.desk.person)
    refused = client.post(address(away), {"force": str(watched.force.pk), **SAID, **typed})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    assert words in str(refused.context["form"].errors[field])
    assert 'value="PC Sela Penrowe"' in refused.content.decode()
    assert not AwayReference.objects.exists()


@pytest.mark.by_turns(8)
def test_of_a_missing_child_it_is_refused_and_whoever_is_not_duty_never_sees_the_page(
    client: Client, watched: Watched, away: MissingEpisode, now: datetime
) -> None:
    for reader in (watched.carer, watched.guardian, watched.worker):
        client.force_login(reader)
        assert client.post(address(away), {"force": str(watched.force.pk), **SAID}).status_code in (403, 404)
        assert 'id="away-reference"' not in page_of(client, f"/missing/{away.reference}/")
    episodes.become_missing(away, reason="", by=watched.carer, at=now - MINUTE)
    client.force_login(watched.desk.person)
    refused = client.post(address(away), {"force": str(watched.force.pk), **SAID})
    assert refused.status_code == 422
    assert "This is for a child who is away, and known where" in refused.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        AwayReference.objects.create(
            episode=away, force=watched.force, reference="1", recorded_at=now, recorded_by=watched.worker
        )
    with pytest.raises(IllegalMove):
        given(away, watched, at=now)


def test_no_row_of_it_is_changed_or_empty(watched: Watched, away: MissingEpisode, now: datetime) -> None:
    row = given(away, watched, at=now)
    for sql in (
        f"UPDATE cases_awayreference SET reference = 'x' WHERE id = {row.pk}",
        f"DELETE FROM cases_awayreference WHERE id = {row.pk}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(sql)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwayReference.objects.create(
            episode=away, force=watched.force, reference="", recorded_at=now, recorded_by=watched.worker
        )


@pytest.mark.by_turns
def test_where_the_force_has_ended_since_its_successor_is_alerted(
    watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    """It would have been added, with the child to read, and nobody is there to search."""
    given(away, watched, other, at=now - MINUTE)
    successor = a_force()
    PoliceForce.objects.filter(pk=other.pk).update(valid_to=now.date(), successor=successor)
    episodes.become_missing(away, reason="The cousin has not seen him", by=watched.carer, at=now)
    rows = EpisodeForce.objects.filter(episode=away, left_at=None)
    assert set(rows.values_list("force", flat=True)) == {watched.force.pk, successor.pk}


def test_a_search_anew_after_one_that_a_look_began_says_of_no_look(now: datetime) -> None:
    before = MissingEpisode(not_here_at=now - MINUTE, police_owed_at=now - MINUTE)
    anew = MissingEpisode(not_here_at=now - MINUTE, police_owed_at=now)
    assert (before.was_looked_for, anew.was_looked_for) == (True, False)


def texts(wording: str, force: PoliceForce | None = None, *, at: datetime) -> list[str]:
    found = Message.objects.filter(wording=wording, force=force, channel="mail")
    return [compose(one, now=at).text for one in found]


@pytest.mark.by_turns(8)
def test_mails_to_ring_the_police_quote_the_reference_and_a_force_reads_its_own_alone(
    watched: Watched, away: MissingEpisode, other: PoliceForce, now: datetime
) -> None:
    given(away, watched, other, at=now - MINUTE)
    episodes.become_missing(away, reason="The cousin has not seen him", by=watched.carer, at=now)
    sweep.sweep_all(now=now)
    (duty, *_others) = texts("duty_call", at=now)
    assert "Quote its reference when you ring: 417-0210" in " ".join(duty.split())
    assert other.name not in duty, "which force it is tells the area"
    assert all("417-0210, for the child as away" in one for one in texts("police_alert", other, at=now))
    assert texts("police_alert", other, at=now)
    assert all("417-0210" not in one for one in texts("police_alert", watched.force, at=now))


@pytest.mark.by_turns(8)
def test_whoever_sees_an_away_child_back_home_reads_that_its_force_is_to_be_rung(
    client: Client, watched: Watched, away: MissingEpisode, now: datetime
) -> None:
    words = "A force was told that the child is away, and hears nothing by itself."
    page = f"/children/{watched.child.reference}/check-in/"
    client.force_login(watched.carer)
    press = {"outcome": "saw", "once": str(uuid.uuid4())}
    assert words not in client.post(page, press, follow=True).content.decode()
    given(away, watched, at=now)
    press = {"outcome": "saw", "once": str(uuid.uuid4())}
    shown = client.post(page, press, follow=True).content.decode()
    assert words in shown
    assert SAID["reference"] not in shown
    away.refresh_from_db()
    assert away.status == "away", "a sighting ends no episode of a child who is away"
