"""The event log is one dense chain per child, and a tampered row is found."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from cases import log
from cases.models import Event, User
from cases.signals import children_changed
from tests.cases.expectations import events
from tests.factories import AT, a_child, a_watched_child, ended, missing, seen, somebody

LONDON = ZoneInfo("Europe/London")
# In a British summer, so that London's offset is not zero.
SUMMER = datetime(2026, 7, 6, 18, 30, tzinfo=LONDON)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_numbers_are_dense_and_every_link_holds_the_one_before():
    w = a_watched_child()
    episode = missing(w.child, at=AT + timedelta(hours=1))
    seen(w.child, by=w.carer, at=AT + timedelta(hours=2))
    ended(episode, at=AT + timedelta(hours=3))
    chain = list(Event.objects.filter(child=w.child).order_by("number"))
    assert [event.number for event in chain] == list(range(1, len(chain) + 1))
    assert [event.previous_digest for event in chain] == [log.GENESIS, *(e.digest for e in chain[:-1])]
    assert log.broken_links([w.child.pk]) == []


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_time_in_london_summer_gives_the_same_link_as_the_database_gives_back():
    child = a_child(at=SUMMER.astimezone(ZoneInfo("UTC")))
    seen(child, by=child.registered_by, at=SUMMER, happened_at=SUMMER - timedelta(minutes=20))
    assert log.broken_links([child.pk]) == []


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_name_longer_than_the_label_still_acts():
    child = a_child()
    by = somebody(name="N" * 150)
    with events(child, "contact_recorded") as written:
        seen(child, by=by, at=AT)
    assert written[0].actor_label == "N" * 60


@pytest.mark.django_db
def test_what_the_engine_does_bears_its_name_and_no_person():
    child = a_child()
    (event,) = log.record_many([log.Entry(child_id=child.pk, kind="rung_reached")], at=AT)
    assert (event.actor, event.actor_label) == (None, "Rollcall")


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_many_events_of_many_children_go_in_with_each_on_its_own_chain():
    children = [a_child() for _ in range(3)]
    entries = [log.Entry(child_id=child.pk, kind=f"kind_{n}") for n in range(2) for child in children]
    log.record_many(entries, at=AT)
    for child in children:
        kinds = Event.objects.filter(child=child).order_by("number").values_list("number", "kind")
        assert list(kinds) == [(1, "registered"), (2, "kind_0"), (3, "kind_1")]
    assert log.broken_links([child.pk for child in children]) == []


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_bell_rings_once_for_a_verb_and_not_for_the_engine():
    heard: list[tuple[int, ...]] = []

    def listen(sender, ids, at, **kwargs):
        heard.append(tuple(ids))

    child = a_child()
    children_changed.connect(listen)
    try:
        seen(child, by=child.registered_by, at=AT)
        log.record_many([log.Entry(child_id=child.pk, kind="rung_reached")], at=AT)
    finally:
        children_changed.disconnect(listen)
    assert heard == [(child.pk,)]


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_fields_are_kept_as_a_digest_and_change_with_any_value():
    child = a_child()
    by = child.registered_by
    one = log.record(child, "changed", fields={"phone": "01632 960001"}, by=by, at=AT)
    two = log.record(child, "changed", fields={"phone": "01632 960002"}, by=by, at=AT)
    none = log.record(child, "changed", by=by, at=AT)
    assert len({one.fields_digest, two.fields_digest}) == 2
    assert none.fields_digest == ""
    assert "960001" not in str(Event.objects.filter(pk=one.pk).values())


def _tamper(dsn: str, statement: str, *parameters: object) -> None:
    """As the owner of the schema, who can switch triggers off."""
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_event DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE cases_event ENABLE TRIGGER USER")
    owner.close()


TAMPERINGS = {
    "kind": "UPDATE cases_event SET kind = 'came_back' WHERE child_id = %s AND number = 3",
    "data": 'UPDATE cases_event SET data = \'{"outcome": "no_answer"}\' WHERE child_id = %s AND number = 3',
    "time": (
        "UPDATE cases_event SET happened_at = happened_at - interval '1 minute'"
        " WHERE child_id = %s AND number = 3"
    ),
    "recorded": (
        "UPDATE cases_event SET recorded_at = recorded_at + interval '1 microsecond'"
        " WHERE child_id = %s AND number = 3"
    ),
    "actor": "UPDATE cases_event SET actor_id = NULL WHERE child_id = %s AND number = 3",
    "label": "UPDATE cases_event SET actor_label = 'Somebody else' WHERE child_id = %s AND number = 3",
    "subject": "UPDATE cases_event SET subject_id = subject_id + 1 WHERE child_id = %s AND number = 3",
    "fields": "UPDATE cases_event SET fields_digest = repeat('0', 64) WHERE child_id = %s AND number = 3",
    "digest": "UPDATE cases_event SET digest = repeat('1', 64) WHERE child_id = %s AND number = 3",
}


def _a_chain(count: int = 5) -> int:
    child = a_child()
    for hour in range(1, count):
        seen(child, by=User.objects.get(pk=child.registered_by_id), at=AT + timedelta(hours=hour))
    return child.pk


@pytest.mark.by_turns
def test_a_changed_row_is_found_whatever_was_changed(committed):
    for statement in TAMPERINGS.values():
        child_id = _a_chain()
        assert log.broken_links([child_id]) == []
        _tamper(committed.owner_dsn, statement, child_id)
        assert (child_id, 3) in log.broken_links([child_id])


@pytest.mark.by_turns
def test_a_removed_row_is_found_at_the_next(committed):
    child_id = _a_chain()
    _tamper(committed.owner_dsn, "DELETE FROM cases_event WHERE child_id = %s AND number = 3", child_id)
    assert log.broken_links([child_id]) == [(child_id, 4)]


@pytest.mark.by_turns
def test_a_row_that_was_changed_with_a_fresh_digest_breaks_the_next(committed):
    child_id = _a_chain()
    event = Event.objects.get(child=child_id, number=3)
    event.kind = "came_back"
    _tamper(
        committed.owner_dsn,
        "UPDATE cases_event SET kind = %s, digest = %s WHERE id = %s",
        event.kind,
        log.digest_of(event),
        event.pk,
    )
    assert log.broken_links([child_id]) == [(child_id, 4)]


@pytest.mark.by_turns
def test_an_untouched_child_is_not_blamed_for_another(committed):
    one, other = _a_chain(), _a_chain()
    _tamper(committed.owner_dsn, TAMPERINGS["kind"], one)
    assert log.broken_links([other]) == []
    assert log.broken_links([one, other]) == [(one, 3)]
