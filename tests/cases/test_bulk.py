"""Rows written by one statement say what objects saved one by one would, and one question finds what `in` finds."""

import gc
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import signals
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, Clock, DutyTask, Message
from alerts.states import AlertStatus
from cases import bulk, presence
from cases.litter import left_lying
from cases.models import Child, Event, LiveConcern, Placement, PoliceForce
from tests.factories import AT, a_child, a_home, a_watched_child, placed, somebody

HOUR = timedelta(hours=1)


def _alert(clock: Clock, number: int) -> Alert:
    return Alert(
        clock=clock,
        child_id=clock.child_id,
        due_at=AT,
        round=number,
        rows=['a "quoted" row', "two, with a comma", "{braces}"][: number % 4],
        steps={"R0": (AT + number * HOUR).isoformat()},
        opened_at=AT,
        status=AlertStatus.ENDED,
        ended_at=AT + number * HOUR,
        end_reason="seen",
    )


@pytest.mark.django_db
def test_rows_created_together_are_what_was_given_and_each_object_has_its_own_id():
    clock = Clock.objects.filter(child=a_watched_child().child)[0]
    made = [_alert(clock, number) for number in range(1, 8)]
    with CaptureQueriesContext(connection) as asked:
        bulk.create(made)
    assert len(asked) == 1
    for one in made:
        kept = Alert.objects.get(pk=one.pk)
        assert (kept.round, kept.rows, kept.steps, kept.due_at) == (one.round, one.rows, one.steps, AT)
        assert (kept.status, kept.ended_at, kept.episode_id) == (AlertStatus.ENDED, one.ended_at, None)
    made[0].save()
    assert Alert.objects.filter(clock=clock, due_at=AT).count() == 7


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2, 9])
def test_rows_inserted_together_read_back_as_what_was_given_whatever_stands_in_them(number):
    words = [
        'a "quoted" word', "back\\slash", "{braces}, comma", "", "NULL", " room ", "line\nbreak", "%s", "Łódź’ 😀"
    ][:number]  # fmt: skip
    rows = [(f"force-{n}", word, "England", "") for n, word in enumerate(words)]
    bulk.insert(PoliceForce, ("code", "name", "nation", "area_code"), rows)
    kept = PoliceForce.objects.filter(code__startswith="force-").order_by("code")
    assert list(kept.values_list("code", "name", "nation", "area_code")) == rows


@pytest.mark.django_db
def test_rows_with_nothing_in_a_column_are_told_from_those_with_something():
    clock = Clock.objects.filter(child=a_watched_child().child)[0]
    made = [_alert(clock, number) for number in range(1, 4)]
    made[1].end_reason, made[1].status, made[1].ended_at = "", AlertStatus.OPEN, None
    bulk.create(made)
    assert list(Alert.objects.order_by("round").values_list("ended_at", flat=True)) == [
        made[0].ended_at, None, made[2].ended_at
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_an_array_would_not_say_is_refused():
    rows = [(f"force-{n}", bytes([n]), "England", "") for n in range(2)]
    with pytest.raises(TypeError, match="bytes"):
        bulk.insert(PoliceForce, ("code", "name", "nation", "area_code"), rows)


@pytest.mark.django_db
def test_nothing_to_create_asks_nothing():
    with CaptureQueriesContext(connection) as asked:
        bulk.create([])
    assert not asked.captured_queries


@pytest.mark.django_db
def test_a_row_that_may_not_be_refuses_all_of_them():
    clock = Clock.objects.filter(child=a_watched_child().child)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.create([_alert(clock, 1), _alert(clock, 1)])
    assert not Alert.objects.filter(clock=clock, due_at=AT).exists()


@pytest.mark.by_turns
@pytest.mark.django_db
def test_among_finds_what_in_finds_by_key_by_relation_and_by_word():
    children = [placed(a_child()).child for _ in range(3)]
    wanted = {child.pk for child in children[:2]}
    assert set(Child.objects.filter(pk__among=wanted)) == set(children[:2])
    assert set(Placement.objects.filter(child__among=wanted)) == set(
        Placement.objects.filter(child__in=wanted)
    )
    homes = {a_home().pk}
    assert not Child.objects.filter(placements__home__among=homes).exists()
    words = {child.reference for child in children[1:]}
    assert set(Child.objects.filter(reference__among=words)) == set(children[1:])
    assert set(Child.objects.exclude(pk__among=wanted).filter(pk__gte=children[0].pk)) == {children[2]}


@pytest.mark.by_turns
@pytest.mark.django_db
def test_among_nothing_is_nobody():
    a_child()
    assert not Child.objects.filter(pk__among=set()).exists()
    assert not Child.objects.filter(reference__among=set()).exists()


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_one_look_names_the_tables_that_know_a_child_and_no_other():
    child, other = a_child(), a_child()
    questions = presence.of_children("cases_liveconcern", "cases_placement")
    by = somebody()
    LiveConcern.objects.create(child=other, reason="A car at the gate", starts_at=AT, set_by=by)
    placed(child)
    assert presence.found(questions, [child.pk]) == {"cases_placement"}
    assert presence.found(questions, [child.pk, other.pk]) == {"cases_placement", "cases_liveconcern"}
    assert presence.found(questions, []) == set()


@pytest.mark.by_turns
@pytest.mark.django_db
def test_rows_changed_together_read_back_as_each_was_saved_alone_and_no_others_change(
    django_assert_num_queries,
):
    one, other, left = (a_watched_child().child for _ in range(3))
    clocks = [*Clock.objects.filter(child__in=[one, other]).order_by("pk")]
    assert len(clocks) > 3
    untouched = list(Clock.objects.filter(child=left).order_by("pk").values())
    for number, clock in enumerate(clocks):
        clock.next_at = None if number % 2 else AT + number * HOUR
        clock.rows, clock.fault = (
            [['a "quoted" row', "{braces}, comma"], []][number % 2],
            f"not\\read {number}",
        )
        clock.steps, clock.resting = {"R0": (AT + number * HOUR).isoformat(), "é": "’"}, number == 2
        clock.window, clock.urgency = "midday", 7
    names = ("next_at", "rows", "fault", "steps", "resting", "window", "urgency")
    with django_assert_num_queries(1):
        bulk.change(clocks, names)
    assert list(Clock.objects.filter(child=left).order_by("pk").values()) == untouched
    together = list(Clock.objects.filter(child__in=[one, other]).order_by("pk").values())
    Clock.objects.update(next_at=None, rows=[], fault="", steps={}, resting=False, window="", urgency=1)
    Clock.objects.bulk_update(clocks, names)
    assert list(Clock.objects.filter(child__in=[one, other]).order_by("pk").values()) == together
    with django_assert_num_queries(0):
        bulk.change([], names)


@pytest.mark.django_db
def test_an_object_without_a_row_is_refused_and_no_other_is_changed(django_assert_num_queries):
    clock = Clock.objects.filter(child=a_watched_child().child)[0]
    before = list(Clock.objects.order_by("pk").values())
    clock.fault, without = "not read", Clock(child_id=clock.child_id, fault="not read")
    with django_assert_num_queries(0), pytest.raises(ValueError, match=r"alerts\.Clock without a key"):
        bulk.change([clock, without], ["fault"])
    assert list(Clock.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("was_on", [True, False])
def test_garbage_is_looked_for_again_after_a_batch_as_before_it(was_on):
    gc.enable() if was_on else gc.disable()
    try:
        with suppress(ZeroDivisionError), left_lying():
            assert not gc.isenabled()
            _ = 1 / 0
        assert gc.isenabled() == was_on
    finally:
        gc.enable()


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_rows_point_at_is_read_once_and_what_is_not_there_is_not_asked_for(django_assert_num_queries):
    home = a_home()
    a_watched_child()
    for _ in range(2):
        a_watched_child(home=home)
    Placement.objects.filter(home=home).update(recorded_by=None)
    Placement.objects.exclude(home=home).update(home=None, address="1 Some Street")
    names = ("home__authority", "host_authority", "recorded_by")
    slow = {p.pk: (p.home, p.host_authority, p.recorded_by) for p in Placement.objects.select_related(*names)}
    rows = list(Placement.objects.all())
    with django_assert_num_queries(3):
        bulk.relate(rows, names)
        found = {p.pk: (p.home, p.host_authority, p.recorded_by) for p in rows}
        assert {p.home.authority for p in rows if p.home} == {home.authority}
    assert found == slow
    nobody = list(Placement.objects.filter(home=home))
    with django_assert_num_queries(1):
        bulk.relate(nobody, ("home", "recorded_by"))
        assert {p.recorded_by for p in nobody} == {None}
    bulk.relate([], ("home",))


@pytest.mark.parametrize("model", [Alert, DutyTask, Event, Message])
def test_an_object_that_is_made_is_one_of_the_models_own_making(model):
    first, second = bulk.make(model), bulk.make(model)
    usual = model()
    own = {"_state"} | {f.attname for f in model._meta.concrete_fields if callable(f.default)}
    for made in (first, second):
        assert {k: v for k, v in vars(made).items() if k not in own} == {
            k: v for k, v in vars(usual).items() if k not in own
        }
        assert vars(made).keys() == vars(usual).keys()
        assert {type(vars(made)[k]) for k in own} == {type(vars(usual)[k]) for k in own}
        assert (made._state.adding, made._state.db, made._state.fields_cache) == (True, None, {})
    mutable = [k for k in own if isinstance(vars(first)[k], list | dict | set)]
    assert not any(vars(first)[k] is vars(second)[k] for k in ("_state", *mutable))
    # Nobody listens to what is made, and no model makes itself otherwise.
    assert model.__init__ is models.Model.__init__
    assert not signals.pre_init.has_listeners(model)
    assert not signals.post_init.has_listeners(model)


@pytest.mark.django_db
def test_an_object_that_is_made_points_at_what_it_is_given_and_is_saved_as_any():
    clock = Clock.objects.filter(child=a_watched_child().child)[0]
    made = bulk.make(Alert, clock=clock, child_id=clock.child_id, due_at=AT, opened_at=AT, round=3)
    assert (made.clock, made.clock_id) == (clock, clock.pk)
    assert (made.rows, made.steps, made.status) == ([], {}, AlertStatus.OPEN)
    made.save()
    assert Alert.objects.get() == made
