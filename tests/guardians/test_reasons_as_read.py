"""Why there is no guardian: an old page takes the place of nothing that was said since, and two presses are one."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.deadlines import london_day
from cases.models import Event
from cases.moves import Overtaken
from guardians import assignments, reasons
from guardians.models import NoGuardian
from tests.factories import Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAYS = "has been recorded anew since you opened this page"


@pytest.fixture
def watched(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: now)
    one = a_watched_child(at=now - 50 * HOUR, trafficking="yes")
    assignments.end(one.assignment, reason="Moved away", by=one.manager, at=now - HOUR)
    return one


def stood(answer: HttpResponse) -> str:
    (key,) = re.findall(r'name="stood" value="(\d+)"', answer.content.decode())
    return str(key)


def boxes(day: date) -> dict[str, Any]:
    return {f"review_date_{part}": getattr(day, part) for part in ("day", "month", "year")}


def advocate(now: datetime) -> reasons.Fallback:
    day = london_day(now) + 60 * DAY
    return reasons.Fallback(
        kind="advocate", name="Maud Ashdene", phone="01632 960701", organisation="Beside You", review_date=day
    )


@pytest.mark.by_turns(8)
def test_an_old_page_takes_no_named_advocate_away(watched: Watched, now: datetime, client: Client) -> None:
    client.force_login(watched.worker)
    where = reverse("guardian_none", args=[watched.child.reference])
    opened = stood(client.get(where))
    said: dict[str, Any] = {"kind": "declined", "reason": "He said no twice"}
    reasons.record(watched.child, **said, fallback=advocate(now), by=watched.manager, at=now - HOUR / 2)
    press = {"kind": "not_available_in_area", "reason": "No service takes him", "fallback_kind": ""}
    late = client.post(where, press | {"stood": opened})
    words = late.content.decode()
    assert late.status_code == 422
    assert SAYS in words
    assert press["reason"] in words
    assert "Maud Ashdene" in words, "what stands is shown"
    assert NoGuardian.objects.get(child=watched.child, ends_at=None).fallback_name == "Maud Ashdene"
    # Whoever has read it may still say so.
    assert client.post(where, press | {"stood": stood(late)}).status_code == 302
    row = NoGuardian.objects.get(child=watched.child, ends_at=None)
    assert (row.kind, row.fallback_name) == ("not_available_in_area", "")


@pytest.mark.by_turns
@pytest.mark.parametrize("keyed", [True, False])
def test_two_presses_are_one_and_other_words_are_another(
    keyed: bool, watched: Watched, now: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(watched.worker)
    where = reverse("guardian_none", args=[watched.child.reference])
    press: dict[str, Any] = {"kind": "declined", "reason": "He said no", "fallback_kind": "advocate"}
    press |= {"name": "Maud Ashdene", "phone": "01632 960701", "organisation": "Beside You"}
    press |= boxes(london_day(now) + 30 * DAY)
    if keyed:
        press["stood"] = stood(client.get(where))
    for _number in range(2):
        assert client.post(where, press).status_code == 302
    assert NoGuardian.objects.filter(child=watched.child).count() == 1
    assert Event.objects.filter(child=watched.child, kind="no_guardian_recorded").count() == 1
    monkeypatch.setattr(clock, "now", lambda: now + HOUR / 60)
    changed = press | {"reason": "He said no, and why"}
    if keyed:
        changed["stood"] = stood(client.get(where))
    assert client.post(where, changed).status_code == 302
    assert NoGuardian.objects.filter(child=watched.child).count() == 2


@pytest.mark.by_turns(8)
def test_a_colleague_or_another_day_with_the_same_words_is_another(watched: Watched, now: datetime) -> None:
    said: dict[str, Any] = {"kind": "declined", "reason": "He said no"}
    first = reasons.record(watched.child, **said, by=watched.worker, at=now - 25 * HOUR + HOUR * 24.5)
    assert reasons.record(watched.child, **said, by=watched.worker, at=first.starts_at) == first
    assert reasons.record(watched.child, **said, by=watched.manager, at=now) != first
    later = reasons.record(watched.child, **said, by=watched.manager, at=now + DAY)
    assert NoGuardian.objects.get(child=watched.child, ends_at=None) == later
    assert NoGuardian.objects.filter(child=watched.child).count() == 3


@pytest.mark.by_turns
def test_the_verb_looks_again_once_nobody_else_is_writing(watched: Watched, now: datetime) -> None:
    said: dict[str, Any] = {"kind": "declined", "by": watched.worker}
    reasons.record(watched.child, **said, reason="He said no", at=now - HOUR / 2)
    with pytest.raises(Overtaken):
        reasons.record(watched.child, **said, reason="Nobody takes him", stood=0, at=now)
    assert NoGuardian.objects.filter(child=watched.child).count() == 1
