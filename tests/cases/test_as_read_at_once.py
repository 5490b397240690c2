"""Two presses at one instant: each looked before the other had written, and one of them is recorded."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from cases import absences, assessments, clock, concerns, partings, plans
from cases.models import Absence, Event, Home, LiveConcern, Placement, User
from tests.cases.test_as_read import VERSIONS
from tests.database import Clone
from tests.factories import AT, Watched, a_home, a_watched_child, out

ON_RECORD = "This placement is on record by now, and not all that you entered here"
MOVED = "Where the child lives has changed since you opened this page"


@pytest.fixture
def meets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read what stands before either of them takes the child's lock."""
    gate, lock = Barrier(2, timeout=20), partings.lock_with_staying

    def wait(*args: Any, **facts: Any) -> Any:
        gate.wait()
        return lock(*args, **facts)

    monkeypatch.setattr(partings, "lock_with_staying", wait)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=4))


def press(one: Watched, by: User, home: Home, **more: Any) -> Callable[[], Any]:
    standing = Placement.objects.get(child=one.child, ends_at=None)
    given = {"where": home.pk, "placement_type": "K2", "starts_at_when": "now", "stood": standing.pk, **more}
    return sends("placement_new", one, by, given)


def sends(page: str, one: Watched, by: User, given: dict[str, Any]) -> Callable[[], Any]:
    client, address = Client(), reverse(page, args=[one.child.reference])
    client.force_login(by)

    def pressed() -> Any:
        try:
            return client.post(address, given)
        finally:
            connections["default"].close()

    return pressed


def at_once(*presses: Callable[[], Any]) -> list[Any]:
    """The answers, that to whoever was first before the other."""
    with ThreadPoolExecutor(len(presses)) as pool:
        answers = list(pool.map(lambda one: one(), presses))
    return sorted(answers, key=lambda answer: answer.status_code)


def test_a_move_pressed_twice_at_once_is_recorded_once(committed: Clone, meets: None) -> None:
    one = a_watched_child(at=AT)
    home = a_home(one.authority)
    said = {"room": "Attic", "reason": "Nearer to the college"}
    first, second = at_once(*[press(one, one.worker, home, **said) for _ in range(2)])
    assert (first.status_code, second.status_code) == (302, 302)
    assert Placement.objects.filter(child=one.child).count() == 2
    assert Placement.objects.get(child=one.child, ends_at=None).room == "Attic"


def test_of_two_people_who_record_one_move_at_once_neither_loses_a_word(
    committed: Clone, meets: None
) -> None:
    one = a_watched_child(at=AT)
    home = a_home(one.authority)
    reasons = {one.worker: "Nearer to the college", one.manager: "His brother lives there"}
    first, second = at_once(*[press(one, by, home, reason=why) for by, why in reasons.items()])
    assert (first.status_code, second.status_code) == (302, 422)
    assert Placement.objects.filter(child=one.child).count() == 2
    kept = Placement.objects.get(child=one.child, ends_at=None).reason
    (other,) = set(reasons.values()) - {kept}
    words = second.content.decode()
    assert ON_RECORD in words
    assert other in words, "nothing typed is lost"


def test_of_two_moves_at_once_to_two_homes_the_second_is_asked(committed: Clone, meets: None) -> None:
    one = a_watched_child(at=AT)
    presses = [press(one, by, a_home(one.authority)) for by in (one.worker, one.manager)]
    first, second = at_once(*presses)
    assert (first.status_code, second.status_code) == (302, 422)
    assert MOVED in second.content.decode()
    assert Placement.objects.filter(child=one.child).count() == 2


def test_a_concern_pressed_twice_at_once_is_marked_once_and_that_of_a_colleague_beside_it(
    committed: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_watched_child(at=AT)
    gate, mark = Barrier(2, timeout=20), concerns.mark

    def wait(*args: Any, **facts: Any) -> LiveConcern:
        gate.wait()
        return mark(*args, **facts)

    monkeypatch.setattr(concerns, "mark", wait)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=4))
    for people, stand in (((one.worker, one.worker), 1), ((one.worker, one.manager), 2)):
        said = {"reason": "A grey van", "stood": "0"}
        answers = at_once(*[sends("concern", one, by, said) for by in people])
        assert [answer.status_code for answer in answers] == [302, 302]
        assert LiveConcern.objects.filter(child=one.child, ends_at=None).count() == stand
        assert Event.objects.filter(child=one.child, kind="concern_marked").count() == stand


@pytest.mark.parametrize("page", VERSIONS)
def test_of_two_versions_at_once_the_second_is_asked_to_read_the_first(
    committed: Clone, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    one = a_watched_child(at=AT)
    module, verb = {"plan_new": (plans, "write"), "assessment_new": (assessments, "record")}[page]
    gate, write = Barrier(2, timeout=20), getattr(module, verb)

    def wait(*args: Any, **facts: Any) -> Any:
        gate.wait()
        return write(*args, **facts)

    monkeypatch.setattr(module, verb, wait)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=6))
    model, _, said = VERSIONS[page]
    presses = [
        sends(page, one, by, {**said, "stood": "0", "once": str(uuid.uuid4())})
        for by in (one.worker, one.manager)
    ]
    first, second = at_once(*presses)
    assert (first.status_code, second.status_code) == (302, 422)
    words = second.content.decode()
    assert "take over what is to stay" in words
    assert str(said.get("rationale", said.get("goals"))) in words, "nothing typed is lost"
    assert f'name="stood" value="{model.objects.get().pk}"' in words


@pytest.mark.parametrize("was_out", [True, False])
def test_an_outing_that_begins_while_the_return_from_the_one_before_is_sent_goes_on(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, was_out: bool
) -> None:
    now = AT + timedelta(hours=6)
    one = a_watched_child(at=AT)
    monkeypatch.setattr(clock, "now", lambda: now)
    hour = timedelta(hours=1)
    if was_out:
        out(one.child, until=now + hour, at=now - 3 * hour)
    come_back = absences.come_back

    def goes_first(*args: Any, **facts: Any) -> Any:
        monkeypatch.setattr(absences, "come_back", come_back)
        come_back(one.child, back_at=now - 2 * hour, by=one.carer, at=now - 2 * hour)
        out(one.child, until=now + 2 * hour, at=now - hour)
        return come_back(*args, **facts)

    monkeypatch.setattr(absences, "come_back", goes_first)
    client.force_login(one.carer)
    address = reverse("absence_back", args=[one.child.reference])
    answer = client.post(address, {"back_at_when": "now"})
    assert answer.status_code == 422
    assert "has gone out again since you opened this page" in answer.content.decode()
    second = Absence.objects.get(child=one.child, ends_at=None)
    assert f'name="stood" value="{second.pk}"' in answer.content.decode()
    assert client.post(address, {"back_at_when": "now", "stood": second.pk}).status_code == 302
    assert not Absence.objects.filter(child=one.child, ends_at=None).exists()
