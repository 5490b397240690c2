"""Signs of trafficking that a missing report names stand on the child's record: referral and guardian are asked for."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import policies, sweep
from alerts.duties import Duty
from alerts.models import Clock, DutyStep, PolicyVersion
from cases import details
from cases.models import DetailsChange, Event, MissingEpisode, Questions, Trafficking
from guardians import assignments
from tests.alerts.test_approaches import came
from tests.alerts.test_missing_report_page import facts, page_of, path, risk
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SIGNS = Questions.EXPLOITATION.value


@pytest.fixture
def watched(now: datetime) -> Watched:
    """Without a guardian, so that one is owed as soon as there are signs."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - 100 * 24 * HOUR)
    w = a_watched_child(at=now - 50 * MINUTE)
    assignments.end(w.assignment, reason="Moved away", by=w.manager, at=now - 40 * MINUTE)
    return w


def reported(client: Client, watched: Watched, person: Any, *, presses: int = 1, **answers: str) -> None:
    """All screens sent by `person`, with these answers to the questions."""
    client.force_login(person)
    given = facts()
    client.post(path(watched, "new"), given)
    assert client.post(path(watched, "risk"), risk(**answers)).headers["Location"] == path(watched, "check")
    for _press in range(presses):
        assert client.post(path(watched, "check"), {"once": given["once"]}).status_code == 302


def signs(watched: Watched) -> str:
    watched.child.refresh_from_db()
    return watched.child.trafficking


def take_back(watched: Watched, at: datetime) -> None:
    details.change(
        watched.child,
        {"trafficking": "no"},
        topic="trafficking",
        version=details.version_of(watched.child, "trafficking"),
        reason="Another child was meant",
        seconded_by=watched.manager,
        by=watched.worker,
        at=at,
    )


@pytest.mark.by_turns
def test_yes_puts_the_signs_on_record_and_a_referral_and_a_guardian_are_owed(
    client: Client, watched: Watched, now: datetime
) -> None:
    assert signs(watched) == Trafficking.NOT_ASKED
    client.force_login(watched.worker)
    assert "Yes stands on the child’s record" in page_of(client, path(watched, "risk"))
    reported(client, watched, watched.worker, presses=2, **{SIGNS: "yes", f"{SIGNS}_note": "A grey van"})
    assert signs(watched) == Trafficking.YES
    change = DetailsChange.objects.get(child=watched.child, topic="trafficking")
    assert change.changed_by == watched.worker
    sweep.sweep_all(now=change.changed_at)
    step = DutyStep.objects.get(episode__child=watched.child, kind=Duty.NRM_REFERRAL)
    assert step.due_at == change.changed_at + 24 * HOUR
    guardian = Clock.objects.get(child=watched.child, kind=Clock.Kind.GUARDIAN)
    assert (guardian.window, guardian.due_at is None) == ("referral", False)


@pytest.mark.by_turns
@pytest.mark.parametrize("said", ["no", "not_known"])
def test_any_other_answer_leaves_the_record_as_it_is(client: Client, watched: Watched, said: str) -> None:
    reported(client, watched, watched.worker, **{SIGNS: said})
    assert signs(watched) == Trafficking.NOT_ASKED
    assert not DutyStep.objects.filter(episode__child=watched.child, kind=Duty.NRM_REFERRAL).exists()
    assert not Clock.objects.filter(child=watched.child, kind="guardian", due_at__isnull=False).exists()


@pytest.mark.by_turns
def test_a_home_says_so_too_but_nothing_by_an_answer_that_it_was_not_shown(
    client: Client, watched: Watched, now: datetime
) -> None:
    came(watched, at=now - 30 * MINUTE)
    reported(client, watched, watched.carer)
    assert signs(watched) == Trafficking.NOT_ASKED
    reported(client, watched, watched.carer, **{SIGNS: "yes"})
    assert signs(watched) == Trafficking.YES


@pytest.mark.by_turns
def test_what_two_people_took_back_is_not_said_again_by_a_report_that_repeats_it(
    client: Client, watched: Watched, now: datetime
) -> None:
    reported(client, watched, watched.worker, **{SIGNS: "yes"})
    episode = MissingEpisode.objects.get(child=watched.child)
    at = episode.opened_at + timedelta(seconds=1)
    take_back(watched, at)
    reported(client, watched, watched.worker, **{SIGNS: "yes"})
    assert signs(watched) == Trafficking.NO
    # In other words it is news; so it is where somebody says no, and later somebody says yes.
    reported(client, watched, watched.worker, **{SIGNS: "yes", f"{SIGNS}_note": "A grey van took her today"})
    assert signs(watched) == Trafficking.YES
    take_back(watched, at + timedelta(seconds=1))
    reported(client, watched, watched.worker, **{SIGNS: "no"})
    assert signs(watched) == Trafficking.NO
    reported(client, watched, watched.worker, **{SIGNS: "yes"})
    assert signs(watched) == Trafficking.YES


@pytest.mark.by_turns
def test_signs_that_stand_are_written_once(client: Client, now: datetime) -> None:
    w = a_watched_child(at=now - 50 * MINUTE, trafficking="yes")
    reported(client, w, w.worker, **{SIGNS: "yes"})
    assert not DetailsChange.objects.filter(child=w.child, topic="trafficking").exists()
    assert not Event.objects.filter(child=w.child, kind="details_changed").exists()


def test_what_an_earlier_report_said_counts_where_it_was_never_put_on_record_or_taken_back(
    client: Client, watched: Watched, now: datetime
) -> None:
    before = missing(watched.child, at=now - 30 * MINUTE, answers={SIGNS: {"said": "yes", "note": ""}})
    ended(before, at=now - 20 * MINUTE)
    assert signs(watched) == Trafficking.NOT_ASKED
    reported(client, watched, watched.worker, **{SIGNS: "yes"})
    assert signs(watched) == Trafficking.YES
