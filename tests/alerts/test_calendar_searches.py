"""What a search owes in days stands in the calendars by its day, of worker, team and child, until it is answered."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import calendars, duties, duty_steps, policies, sweep
from alerts.duties import Duty
from alerts.models import DutyStep, PolicyVersion
from cases import clock
from cases.models import MissingEpisode
from tests.factories import AT, Watched, a_child, a_watched_child, ended, missing, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Tuesday, after the closer watch of the first days.
GONE = AT + 50 * DAY
REFERENCE, MEETING = "Record police reference and police grade", "Hold or book the strategy discussion"
BRIEFING, PUBLICITY = "Brief senior managers", "Refer to Missing People (116 000), decide on publicity"
UNIT = "Have the police confirm that the UK Missing Persons Unit knows"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, GONE + HOUR)


@pytest.fixture(autouse=True)
def _in_force(_moment: None) -> None:
    keys = (policies.DUTY, policies.AFTER)
    PolicyVersion.objects.filter(key__in=keys).update(takes_effect_at=AT - 100 * DAY)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(birth_date=datetime(2009, 1, 15).date())


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return found


def shown(client: Client, watched: Watched, address: str = "") -> list[tuple[str, str]]:
    """What stands there of the search, each with its day; what is overdue with none."""
    client.force_login(watched.worker)
    groups = client.get(address or reverse("calendar")).context["groups"]
    names = {str(DutyStep.Kind(duty).label) for duty in Duty}
    return [
        (one.what, "" if group.day is None else str(group.day))
        for group in groups
        for one in group.entries
        if one.what in names
    ]


@pytest.mark.by_turns
def test_what_is_owed_in_days_stands_by_its_day_and_what_is_owed_in_hours_on_the_page_of_the_search(
    watched: Watched, episode: MissingEpisode, client: Client
) -> None:
    pages = [reverse("calendar"), reverse("calendar") + "?whose=team"]
    pages.append(reverse("child_due", args=[watched.child.reference]))
    found = [dict(shown(client, watched, page)) for page in pages]
    assert found[0] == found[1] == found[2]
    wednesday, thursday, friday = (str((GONE + days * DAY).date()) for days in (1, 2, 3))
    assert {what: found[0].get(what) for what in (MEETING, BRIEFING, PUBLICITY, UNIT)} == {
        MEETING: wednesday,
        BRIEFING: wednesday,
        PUBLICITY: thursday,
        UNIT: friday,
    }
    assert REFERENCE not in found[0]
    entries = calendars.entries(list(calendars.rows_of([watched.child.pk])))
    steps = f"/missing/{episode.reference}/#steps"
    assert {entry.href for entry in entries if entry.what in (MEETING, UNIT)} == {steps}


@pytest.mark.by_turns
def test_what_is_late_comes_first_and_what_is_answered_or_over_stands_nowhere(
    watched: Watched, episode: MissingEpisode, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, GONE + 25 * HOUR)
    sweep.sweep_all(now=GONE + 25 * HOUR)
    late = [what for what, day in shown(client, watched) if not day]
    assert {MEETING, BRIEFING} <= set(late)
    step = DutyStep.objects.get(episode=episode, kind=Duty.BRIEFING)
    told = {"note": "By phone, at 10am", "by": watched.manager, "at": GONE + 25 * HOUR}
    duty_steps.answer(step, answer="done", **told)
    assert BRIEFING not in dict(shown(client, watched))
    assert MEETING in dict(shown(client, watched))
    ended(episode, by=watched.manager, at=GONE + 25 * HOUR)
    after_it = dict(shown(client, watched))
    assert MEETING not in after_it
    assert UNIT not in after_it
    assert "Offer the return interview and write it down" in after_it


@pytest.mark.by_turns
def test_a_step_that_is_booked_stands_by_its_booking(
    watched: Watched, episode: MissingEpisode, client: Client
) -> None:
    step = DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY)
    duty_steps.answer(
        step,
        answer="booked",
        note="With PC Shah",
        booked_for=GONE + 3 * DAY,
        by=watched.manager,
        at=GONE + HOUR,
    )
    assert dict(shown(client, watched))[MEETING] == str((GONE + 3 * DAY).date())
    rows = calendars.rows_of([watched.child.pk])
    (entry,) = (one for one in calendars.entries(rows) if one.what == MEETING)
    assert not entry.is_late(GONE + 3 * DAY + HOUR), "nobody writes during a meeting"
    assert entry.is_late(GONE + 3 * DAY + duties.WRITTEN_WITHIN)


@pytest.mark.by_turns
def test_of_a_search_that_others_read_a_stranger_sees_nothing(
    watched: Watched, episode: MissingEpisode, client: Client
) -> None:
    stranger = a_watched_child()
    assert shown(client, stranger) == []
    assert shown(client, stranger, reverse("calendar") + "?whose=team") == []


@pytest.mark.by_turns
def test_more_searches_ask_the_database_no_more(
    watched: Watched, episode: MissingEpisode, client: Client
) -> None:
    def asked() -> int:
        client.force_login(watched.worker)
        client.get(reverse("calendar"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("calendar"))
        return len(found)

    few = asked()
    for _ in range(2):
        other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT)
        placed(other, watched.home)
        missing(other, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert len([one for one in shown(client, watched) if one[0] == UNIT]) == 3
    assert asked() <= few


def test_each_step_that_is_owed_in_days_is_one_of_the_calendar_and_none_that_is_owed_in_hours() -> None:
    assert set(calendars.OF_EPISODE) == {
        "nrm_referral",
        "home_office",
        "strategy",
        "briefing",
        "missing_people",
        "ukmpu",
        "nrm_considered",
        "director_briefing",
        "ofsted_supported",
        "turned_18",
        "bed_kept",
        "police_officer",
        "prevention_interview",
        "return_interview",
        "repeated",
        "home_record",
        "trafficking_defence",
        "visit_as_child",
        "family_checked",
        "abroad_seen",
        "taken_down",
        "coroner",
        "friends_told",
        "panel_notified",
    }
