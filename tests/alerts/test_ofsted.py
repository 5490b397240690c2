"""Whether Ofsted is told of a missing child: those who run the placement decide, and what they decided is on record."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from alerts import policies, sweep
from alerts.duties import Duty
from alerts.models import AlertStep, DutyStep, PolicyVersion
from cases import contacts, episodes
from cases.models import Authority, MissingEpisode, Placement
from tests.cases.expectations import refused
from tests.factories import AT, Watched, a_sighting, a_watched_child, decided, ended, missing

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Long enough in care that no closer watch of the first days applies.
GONE = AT + timedelta(days=50)
NOBODY = {"spoken_to": "", "consent": "", "risk": ""}


@pytest.fixture(autouse=True)
def _in_force() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


def gone(placement_type: str) -> tuple[Watched, MissingEpisode]:
    watched = a_watched_child(placement_type=placement_type)
    return watched, missing(watched.child, by=watched.worker, at=GONE)


@pytest.fixture
def living() -> Watched:
    """A child in a home in England."""
    return a_watched_child(placement_type="K2")


@pytest.fixture
def of_home(living: Watched) -> MissingEpisode:
    """It is missing."""
    episode = missing(living.child, by=living.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


@pytest.fixture
def supported() -> tuple[Watched, MissingEpisode]:
    """One who is missing from supported accommodation."""
    found = gone("K3")
    sweep.sweep_all(now=GONE)
    return found


@pytest.fixture
def died(supported: tuple[Watched, MissingEpisode]) -> MissingEpisode:
    """And who was found dead."""
    watched, episode = supported
    return ended(episode, outcome="died", by=watched.desk.person, force=watched.force, at=GONE + 3 * HOUR)


def asked(episode: MissingEpisode) -> list[str]:
    kinds = (Duty.OFSTED_HOME, Duty.OFSTED_SUPPORTED)
    return list(DutyStep.objects.filter(episode=episode, kind__in=kinds).values_list("kind", flat=True))


def climbed(duty: Duty) -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__duty=duty)
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


@pytest.mark.by_turns
def test_only_those_are_asked_whom_ofsted_inspects(living: Watched) -> None:
    for placement_type, nation, expected in (
        ("K2", "England", [Duty.OFSTED_HOME]),
        ("K1", "England", [Duty.OFSTED_HOME]),
        ("K3", "England", [Duty.OFSTED_SUPPORTED]),
        ("U6", "England", []),
        ("P1", "England", []),
        ("R1", "England", []),
        ("K2", "Wales", []),
    ):
        with transaction.atomic():
            Placement.objects.filter(pk=living.placement.pk).update(type=placement_type)
            Authority.objects.filter(pk=living.placement.host_authority_id).update(nation=nation)
            episode = missing(living.child, by=living.worker, at=GONE)
            sweep.sweep_all(now=GONE)
            assert asked(episode) == expected, (placement_type, nation)
            transaction.set_rollback(True)


@pytest.mark.by_turns
def test_a_childrens_home_has_four_hours_and_then_duty_and_the_manager_hear(
    living: Watched, of_home: MissingEpisode
) -> None:
    watched, episode = living, of_home
    sweep.sweep_all(now=GONE + 4 * HOUR - MINUTE)
    assert climbed(Duty.OFSTED_HOME) == []
    sweep.sweep_all(now=GONE + 4 * HOUR)
    assert climbed(Duty.OFSTED_HOME) == ["R1"]
    sweep.sweep_all(now=GONE + 24 * HOUR)
    assert climbed(Duty.OFSTED_HOME) == ["R1", "R2"]
    decided(episode, "ofsted", "not_told", by=watched.manager, at=GONE + 25 * HOUR, **NOBODY)
    step = DutyStep.objects.get(episode=episode, kind=Duty.OFSTED_HOME)
    assert (step.answer, step.done_by) == ("not_needed", watched.manager)


@pytest.mark.by_turns
def test_supported_accommodation_is_asked_after_the_child_is_back_too_until_it_has_decided(
    supported: tuple[Watched, MissingEpisode],
) -> None:
    watched, episode = supported
    ended(episode, by=watched.desk.person, force=watched.force, at=GONE + 3 * HOUR)
    sweep.sweep_all(now=GONE + 20 * HOUR - MINUTE)
    assert climbed(Duty.OFSTED_SUPPORTED) == []
    sweep.sweep_all(now=GONE + 20 * HOUR)
    assert climbed(Duty.OFSTED_SUPPORTED) == ["R1"]
    told_at = GONE + 21 * HOUR
    decided(episode, "ofsted", "told", reference="SE-0417", by=watched.manager, at=told_at, **NOBODY)
    sweep.sweep_all(now=GONE + 60 * HOUR)
    assert climbed(Duty.OFSTED_SUPPORTED) == ["R1"]
    assert DutyStep.objects.get(episode=episode, kind=Duty.OFSTED_SUPPORTED).done_at == told_at


@pytest.mark.by_turns
@pytest.mark.usefixtures("died")
def test_after_a_death_nobody_hears_of_it() -> None:
    sweep.sweep_all(now=GONE + 60 * HOUR)
    assert climbed(Duty.OFSTED_SUPPORTED) == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("is_seen", [True, False])
def test_a_death_that_was_of_another_child_is_asked_about_in_the_search_that_goes_on(
    is_seen: bool, supported: tuple[Watched, MissingEpisode], died: MissingEpisode
) -> None:
    watched, episode = supported[0], died
    back = GONE + timedelta(days=9)
    if is_seen:
        look = a_sighting(watched.carer, at=back - HOUR)
        contacts.record(watched.child, look, by=watched.carer, at=back - HOUR)
    said = {"told_by": "Sgt Vale", "reason": "The prints are those of another"}
    anew = episodes.was_another(episode, **said, seconded_by=watched.manager, by=watched.desk.person, at=back)
    sweep.sweep_all(now=back)
    sweep.sweep_all(now=back + 20 * HOUR - MINUTE)
    assert climbed(Duty.OFSTED_SUPPORTED) == []
    sweep.sweep_all(now=back + 20 * HOUR)
    assert climbed(Duty.OFSTED_SUPPORTED) == ([] if is_seen else ["R1"])
    open_steps = DutyStep.objects.filter(kind=Duty.OFSTED_SUPPORTED, done_at=None)
    assert [one.episode_id for one in open_steps] == ([] if is_seen else [anew.pk])


def test_of_a_record_that_was_late_nobody_is_asked() -> None:
    step = DutyStep(kind=Duty.OFSTED_SUPPORTED)
    assert step.outlasts("returned")
    assert not step.outlasts("recording_late")


@pytest.mark.by_turns(8)
def test_told_needs_the_reference_or_a_name_and_of_a_foster_placement_there_is_nothing_to_tell(
    supported: tuple[Watched, MissingEpisode],
) -> None:
    watched, episode = supported
    with refused(watched.child, "Enter the reference of the notification, or who was spoken to."):
        decided(episode, "ofsted", "told", by=watched.manager, at=GONE + HOUR, **NOBODY)
    fostered, other = gone("U6")
    with refused(fostered.child, "Ofsted is not told of children who are missing from such a placement."):
        decided(other, "ofsted", "not_told", by=fostered.manager, at=GONE + HOUR, **NOBODY)


@pytest.mark.by_turns(8)
def test_the_page_of_the_search_leads_to_the_decision_and_shows_it(client: Client, now) -> None:
    watched = a_watched_child(at=now - timedelta(days=60), placement_type="K2")
    episode = missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - 2 * HOUR)
    client.force_login(watched.desk.person)
    page = f"/missing/{episode.reference}/decisions/ofsted/"
    assert client.get(f"/missing/{episode.reference}/steps/{Duty.OFSTED_HOME}/")["Location"] == page
    given = {
        "answer": "told",
        "decided_at_when": "now",
        "decided_by": "R. Adeyemi",
        "reason": "Police searched",
    }
    shown = client.post(page, given)
    assert shown.status_code == 422
    assert "Enter the reference of the notification" in shown.content.decode()
    assert "R. Adeyemi" in shown.content.decode(), "everything typed is still there"
    shown = client.post(page, given | {"reference": "SE-0417"}, follow=True).content.decode()
    for words in ("R. Adeyemi", "SE-0417", "Police searched"):
        assert words in shown


@pytest.mark.by_turns
def test_of_a_foster_placement_the_page_says_nothing_of_ofsted(client: Client, now) -> None:
    watched = a_watched_child(at=now - timedelta(days=60), placement_type="U6")
    episode = missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    client.force_login(watched.desk.person)
    assert "Ofsted" not in client.get(f"/missing/{episode.reference}/").content.decode()
    assert client.get(f"/missing/{episode.reference}/decisions/ofsted/").status_code == 404
