"""Raising a guard needs one person, lowering it needs two."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings

from cases import concerns, facts
from cases.management import catalog
from cases.models import KeepFrom, Role
from tests.cases.expectations import events, refused
from tests.factories import AT, a_child, a_person, a_watched_child

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.mark.by_turns(8)
def test_a_live_concern_is_dated_and_has_its_reason():
    child = a_child()
    by = child.registered_by
    with refused(child, "Enter what the concern is."):
        concerns.mark(child, reason=" ", by=by, at=LATER)
    with events(child, "concern_marked") as written:
        concern = concerns.mark(child, reason="A man waits at the gate", by=by, at=LATER)
    assert (concern.starts_at, concern.ends_at, concern.set_by) == (LATER, None, by)
    assert "gate" not in str(written[0].data)


@pytest.mark.by_turns(8)
def test_lifting_a_concern_takes_two_people_a_reason_and_happens_once():
    child = a_child()
    by, second = child.registered_by, a_person(Role.TEAM_MANAGER)
    concern = concerns.mark(child, reason="A man waits at the gate", by=by, at=AT)
    with refused(child, "This takes two people: the second is somebody other than you."):
        concerns.lift(concern, reason="Gone", seconded_by=by, by=by, at=LATER)
    with refused(child, "Enter why the concern is lifted."):
        concerns.lift(concern, reason="", seconded_by=second, by=by, at=LATER)
    with events(child, "concern_lifted"):
        lifted = concerns.lift(concern, reason="Gone", seconded_by=second, by=by, at=LATER)
    assert (lifted.ends_at, lifted.lifted_by, lifted.seconded_by) == (LATER, by, second)
    with refused(child, "This concern is lifted already."):
        concerns.lift(concern, reason="Gone", seconded_by=second, by=by, at=LATER)


@pytest.mark.by_turns(8)
def test_the_keep_from_mark_needs_a_reason_and_stands_once():
    w = a_watched_child()
    with refused(w.child, "Enter the reason."):
        concerns.keep_from(w.child, w.carer, reason="", by=w.manager, at=LATER)
    with events(w.child, "kept_from") as written:
        row = concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=LATER)
    assert (row.user, row.set_by, row.starts_at) == (w.carer, w.manager, LATER)
    assert written[0].data == {}
    with refused(w.child, "This mark stands already."):
        concerns.keep_from(w.child, w.carer, reason="Again", by=w.manager, at=LATER)
    assert facts.kept_from([w.child.pk], LATER) == {w.child.pk: {w.carer.pk}}
    assert facts.kept_from([w.child.pk], AT) == {}


def test_nobody_sets_the_mark_on_themselves():
    w = a_watched_child()
    with refused(w.child, "Nobody sets this mark on themselves."):
        concerns.keep_from(w.child, w.manager, reason="Me", by=w.manager, at=LATER)


@pytest.mark.by_turns(8)
def test_lifting_the_mark_takes_two_people_and_neither_of_them_is_the_one_kept_away():
    w = a_watched_child()
    row = concerns.keep_from(w.child, w.worker, reason="An allegation", by=w.manager, at=AT)
    with refused(w.child, "This takes two people: the second is somebody other than you."):
        concerns.lift_keep_from(row, reason="Cleared", seconded_by=w.manager, by=w.manager, at=LATER)
    for by, second in ((w.worker, w.manager), (w.manager, w.worker)):
        with refused(w.child, "Nobody lifts this mark from themselves."):
            concerns.lift_keep_from(row, reason="Cleared", seconded_by=second, by=by, at=LATER)
    with events(w.child, "keep_from_lifted"):
        lifted = concerns.lift_keep_from(row, reason="Cleared", seconded_by=w.head, by=w.manager, at=LATER)
    assert (lifted.ends_at, lifted.lifted_by, lifted.seconded_by) == (LATER, w.manager, w.head)
    with refused(w.child, "This mark is lifted already."):
        concerns.lift_keep_from(row, reason="Cleared", seconded_by=w.head, by=w.manager, at=LATER)
    assert not KeepFrom.objects.current(LATER).filter(child=w.child).exists()


@pytest.mark.by_turns
def test_a_lifted_mark_can_be_set_again():
    w = a_watched_child()
    row = concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=AT)
    concerns.lift_keep_from(row, reason="Cleared", seconded_by=w.head, by=w.manager, at=LATER)
    with events(w.child, "kept_from"):
        concerns.keep_from(w.child, w.carer, reason="Another", by=w.manager, at=LATER)


def words_of_files_with(word: str) -> Iterator[catalog.Words]:
    """All words of the code and the pages in whose files this one stands."""
    root = settings.BASE_DIR
    code = (path for app in catalog.APPS for path in (root / app).rglob("*.py"))
    for path in (*code, *(root / "templates").rglob("*.*")):
        if not catalog.FOLDERS & set(path.parts) and word in (text := path.read_text()):
            read = catalog.of_code if path.suffix == ".py" else catalog.of_template
            yield from read(text, str(path.relative_to(root)))


@pytest.mark.by_turns
def test_no_refusal_says_from_whom_a_child_is_kept() -> None:
    words = {one for one in words_of_files_with("kept") if re.search(r"\bkept (away )?from\b", one.singular)}
    assert len(words) > 3, "the pages of a mark itself say it"
    refusals = {one.singular for one in words if one.place.endswith(".py") and "/views/" not in one.place}
    # The first of these is for whoever set the mark, the second for the child's own timeline.
    assert refusals == {"This child is kept from somebody of them.", "No longer kept from %(name)s"}
