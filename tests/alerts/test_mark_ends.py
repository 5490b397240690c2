"""A mark that is lifted until a day counts again from that instant, whoever sweeps and however late."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep, watchdog, watching
from cases import access, clock, concerns, facts, mark_ends, restrictions
from cases.access import Permission
from cases.deadlines import add_days, end_of, london_day
from cases.models import Child, Event, KeepFrom, LiveConcern, Matter, NamedPerson, Restriction, User
from cases.states import IllegalMove
from tests import factories
from tests.alerts.outgoing import named_by
from tests.counts import a_third
from tests.factories import AT, Watched, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SET, LIFTED = AT + HOUR, AT + 2 * HOUR
BACK = LIFTED + 10 * DAY
SECOND = timedelta(seconds=1)
KINDS = ("concern", "keep_from", "restriction")
EVENTS = {"concern": "concern_again", "keep_from": "kept_from_again", "restriction": "restricted_again"}
MODELS: dict[str, Any] = {"concern": LiveConcern, "keep_from": KeepFrom, "restriction": Restriction}


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def set_on(w: Watched, kind: str, at: datetime = SET) -> Any:
    """The mark of this kind: a concern, the carer kept away, or the record open to manager and head alone."""
    if kind == "concern":
        return concerns.mark(w.child, reason="A car waits", by=w.worker, at=at)
    if kind == "keep_from":
        return concerns.keep_from(w.child, w.carer, reason="Named by the child", by=w.manager, at=at)
    return restrictions.restrict(w.child, reason="A threat", named=[w.head], by=w.manager, at=at)


def lift(w: Watched, kind: str, mark: Any, until: datetime | None = BACK, **given: Any) -> None:
    verbs: dict[str, Callable[..., Any]] = {
        "concern": concerns.lift,
        "keep_from": concerns.lift_keep_from,
        "restriction": restrictions.lift,
    }
    two = {"seconded_by": w.head, "by": w.manager, "at": LIFTED} | given
    verbs[kind](mark, reason="Over for now", until=until, **two)


def lifted(w: Watched, kind: str, until: datetime | None = BACK) -> Any:
    mark = set_on(w, kind)
    lift(w, kind, mark, until)
    return mark


def standing(w: Watched, kind: str) -> list[Any]:
    return list(MODELS[kind].objects.filter(child=w.child, ends_at=None))


def opens(person: User, child: Child, at: datetime) -> bool:
    return access.may(User.objects.get(pk=person.pk), child, Permission.SEE_STATUS, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", KINDS)
def test_the_sweep_brings_it_back_once_from_the_instant_it_was_lifted_until(
    watched: Watched, kind: str
) -> None:
    lifted(watched, kind)
    sweep.sweep(now=BACK - SECOND)
    assert standing(watched, kind) == []
    late = BACK + 3 * HOUR
    for at in (late, late + DAY):
        sweep.sweep(now=at)
        (row,) = standing(watched, kind)
        assert (row.starts_at, row.set_by) == (BACK, watched.worker if kind == "concern" else watched.manager)
    event = Event.objects.get(child=watched.child, kind=EVENTS[kind])
    assert (event.happened_at, event.recorded_at, event.actor) == (BACK, late, None)
    # It is a mark as any other, and is lifted as one.
    lift(watched, kind, row, None, at=late + 2 * DAY)
    sweep.sweep(now=late + 90 * DAY)
    assert standing(watched, kind) == []


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", a_third(KINDS, "for good"))
def test_for_good_it_stays_away(watched: Watched, kind: str) -> None:
    lifted(watched, kind, None)
    sweep.sweep(now=BACK + 300 * DAY)
    assert standing(watched, kind) == []


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", a_third(KINDS, "dead broker"))
def test_with_a_dead_broker_the_watchdog_brings_it_back(
    watched: Watched, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifted(watched, kind)
    monkeypatch.setattr(clock, "now", lambda: BACK + HOUR)
    # It has no time left for a second round.
    watchdog.work(clock=clock.now, ends=10, steady=iter((1, 11)).__next__)
    assert len(standing(watched, kind)) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("kind", "person"), [("keep_from", "carer"), ("restriction", "carer"), ("restriction", "worker")]
)
def test_the_page_closes_at_that_instant_with_nobody_to_sweep(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch, kind: str, person: str
) -> None:
    lifted(watched, kind)
    reader = getattr(watched, person)
    assert not opens(reader, watched.child, SET + SECOND)
    assert opens(reader, watched.child, LIFTED)
    assert opens(reader, watched.child, BACK - SECOND)
    for at in (BACK, BACK + DAY):
        assert not opens(reader, watched.child, at), "the instant counts, not the sweep"
    if kind == "keep_from":
        assert facts.kept_from([watched.child.pk], BACK) == {watched.child.pk: {reader.pk}}
    address = reverse("child", args=[watched.child.reference])
    for at, status in ((BACK - SECOND, 200), (BACK, 404)):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        client.force_login(User.objects.get(pk=reader.pk))
        assert client.get(address).status_code == status
    sweep.sweep(now=BACK + 2 * DAY)
    assert not opens(reader, watched.child, BACK + 2 * DAY)


def test_to_whom_the_record_was_open_by_name_it_is_again_and_one_senior_hears(watched: Watched) -> None:
    mark = set_on(watched, "restriction")
    for one, until in ((watched.worker, None), (watched.director, LIFTED + DAY)):
        restrictions.name(
            mark, one, reason="Works", until=until, seconded_by=watched.head, by=watched.manager, at=SET
        )
    lift(watched, "restriction", mark)
    sweep.sweep(now=BACK)
    (row,) = standing(watched, "restriction")
    named = NamedPerson.objects.filter(restriction=row)
    assert {one.user for one in named} == {watched.manager, watched.head, watched.worker}
    assert {one.starts_at for one in named} == {BACK}
    assert Matter.objects.filter(kind=Matter.Kind.RESTRICTED, child=watched.child).count() == 2
    assert opens(watched.worker, watched.child, BACK)
    assert not opens(watched.carer, watched.child, BACK)


def test_a_concern_watches_more_closely_again_from_that_instant(watched: Watched) -> None:
    lifted(watched, "concern")
    sweep.sweep(now=BACK + HOUR)
    found = watching.watch([watched.child.pk], at=BACK + HOUR)[watched.child.pk].child
    assert [one.starts_at for one in found.concerns if one.ends_at is None] == [BACK]


@pytest.mark.by_turns
def test_the_word_of_somebody_counts_while_it_is_lifted_and_no_more_then(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.guardian, at=AT + 30 * timedelta(minutes=1))
    mark = set_on(watched, "keep_from")
    lift(watched, "keep_from", mark, LIFTED + DAY)
    said = factories.seen(watched.child, by=watched.carer, at=LIFTED + HOUR)
    episode = watched.child.episodes.get()
    assert episode.reported_seen_at == said.recorded_at
    sweep.sweep(now=LIFTED + DAY)
    episode.refresh_from_db()
    assert episode.reported_seen_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", KINDS)
def test_it_still_takes_two_people_and_holds_no_longer_than_it_may(
    watched: Watched, kind: str, settings: Any
) -> None:
    mark = set_on(watched, kind)
    with pytest.raises(IllegalMove, match="two people"):
        lift(watched, kind, mark, seconded_by=watched.manager)
    for until in (LIFTED, LIFTED - DAY):
        with pytest.raises(IllegalMove, match="today or later"):
            lift(watched, kind, mark, until)
    longest = add_days(LIFTED, settings.LIFTED_AT_MOST_DAYS + 1)
    with pytest.raises(IllegalMove, match="90 days at most"):
        lift(watched, kind, mark, longest + SECOND)
    assert standing(watched, kind) == [mark]
    lift(watched, kind, mark, longest)


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["keep_from", "restriction"])
def test_set_anew_meanwhile_it_counts_at_once_and_does_not_come_twice(watched: Watched, kind: str) -> None:
    lifted(watched, kind)
    set_on(watched, kind, LIFTED + DAY)
    sweep.sweep(now=BACK + DAY)
    (row,) = standing(watched, kind)
    assert row.starts_at == LIFTED + DAY
    lift(watched, kind, row, None, at=BACK + 2 * DAY)
    sweep.sweep(now=BACK + 3 * DAY)
    assert not MODELS[kind].objects.filter(child=watched.child, ends_at=None).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", a_third(KINDS, "one that fails"))
def test_one_that_fails_holds_back_no_other_child_and_is_named(
    watched: Watched, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_watched_child()
    first, _ = lifted(watched, kind), lifted(other, kind)
    end = mark_ends_of(kind)
    monkeypatch.setattr(mark_ends, end, broken(getattr(mark_ends, end), first.pk))
    sweep.sweep(now=BACK)
    assert (len(standing(watched, kind)), len(standing(other, kind))) == (0, 1)
    monkeypatch.undo()
    question = "marks lifted until a day that has come, and not back"
    assert named_by(question, BACK + HOUR) == (watched.child.reference,)


def mark_ends_of(kind: str) -> str:
    return {"concern": "concerns_over", "keep_from": "keep_from_over", "restriction": "restrictions_over"}[
        kind
    ]


def broken(over: Callable[[datetime], Any], pk: int) -> Callable[[datetime], Any]:
    """The same rows, of which this one cannot be locked by its key."""

    class Rows:
        def __init__(self, rows: Any) -> None:
            self.rows = rows

        def __getattr__(self, name: str) -> Any:
            return getattr(self.rows, name)

        def filter(self, *args: Any, **given: Any) -> Any:
            if given.get("pk") == pk:
                raise ValueError("broken")
            return self.rows.filter(*args, **given)

        def select_related(self, *names: str) -> Any:
            return Rows(self.rows.select_related(*names))

    return lambda at: Rows(over(at))


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_case_is_left_as_it_is(watched: Watched, kind: str) -> None:
    lifted(watched, kind)
    case_closed(watched.child, reason="Moved abroad", by=watched.manager, at=LIFTED + DAY)
    sweep.sweep(now=BACK + DAY)
    assert standing(watched, kind) == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("kind", KINDS)
def test_the_database_puts_no_return_off_and_takes_none_back(watched: Watched, kind: str) -> None:
    mark = lifted(watched, kind)
    rows = MODELS[kind].objects.filter(pk=mark.pk)
    for change in ({"back_at": BACK + DAY}, {"back_at": None}):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            rows.update(**change)
    sweep.sweep(now=BACK)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        rows.update(is_back=False)
    other = set_on(a_watched_child(), kind)
    with pytest.raises(IntegrityError, match="back_after_its_end"), transaction.atomic():
        MODELS[kind].objects.filter(pk=other.pk).update(back_at=BACK)


# --- the forms


def sent(watched: Watched, **given: Any) -> dict[str, Any]:
    second = factories.knows(watched.manager, "another pass phrase")
    signed = {"second_email": second.email, "second_password": "another pass phrase"}
    return {"reason": "The car was his teacher’s", **signed, **given}


def of_day(moment: datetime) -> dict[str, str]:
    day = london_day(moment)
    return {"last_day_day": str(day.day), "last_day_month": str(day.month), "last_day_year": str(day.year)}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "how_long"),
        ({"how_long": "until"}, "last_day"),
        ({"how_long": "for_good", **of_day(AT + 3 * DAY)}, "last_day"),
    ],
)
def test_for_how_long_is_a_choice_that_somebody_makes(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], wrong: str
) -> None:
    set_on(watched, "concern")
    monkeypatch.setattr(clock, "now", lambda: LIFTED)
    client.force_login(watched.worker)
    answer = client.post(reverse("concern", args=[watched.child.reference]), sent(watched, **given))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [wrong]
    assert "The car was his teacher’s" in answer.content.decode()
    assert len(standing(watched, "concern")) == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("kind", KINDS)
def test_the_last_day_counts_whole_and_the_timeline_says_until_when(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mark = set_on(watched, kind)
    monkeypatch.setattr(clock, "now", lambda: LIFTED)
    of_child = [watched.child.reference]
    address = {
        "concern": reverse("concern", args=of_child),
        "keep_from": reverse("keep_from_lift", args=[*of_child, mark.pk]),
        "restriction": reverse("restriction_lift", args=of_child),
    }[kind]
    by = watched.worker if kind == "concern" else watched.manager
    given = sent(watched, how_long="until", **of_day(AT + 3 * DAY))
    if by == watched.manager:
        given["second_email"] = factories.knows(watched.head, "another pass phrase").email
    client.force_login(by)
    answer = client.post(address, given)
    assert answer.status_code == 302, answer.context["form"].errors
    mark.refresh_from_db()
    assert mark.back_at == end_of(london_day(AT + 3 * DAY))
    story = client.get(reverse("child_timeline", args=of_child)).content.decode()
    assert re.search(r"(lifted|No longer kept from [^<]*?) until \S*midnight", story)
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * DAY)
    sweep.sweep(now=AT + 5 * DAY)
    client.force_login(User.objects.get(pk=by.pk))
    again = {
        "concern": "The live concern counts again",
        "keep_from": "again",
        "restriction": "Record restricted again to the people it named",
    }[kind]
    assert again in client.get(reverse("child_timeline", args=of_child)).content.decode()
