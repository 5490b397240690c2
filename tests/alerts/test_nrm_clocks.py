"""The clocks of the NRM: who hears that a child is not referred, that nobody asked for a decision, and what watches closer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import clocks, kept_policies, paper_dues, sweep, watching
from alerts.emails import compose
from alerts.models import Clock, Message
from alerts.paperwork import DEFAULT, Days, Paper
from cases import assessments, children, details, facts, holidays, nrm, suspicions
from cases.deadlines import END_OF_DAY, add_days, at_london, midday
from cases.models import Child, DetailsChange, FirstResponder, NrmReferral
from cases.states import IllegalMove
from guardians import assignments
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, seen

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REFERRAL, GROUNDS, CONCLUSIVE = "nrm_referral", "nrm_grounds", "nrm_conclusive"


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def suspected(one: Watched, at) -> None:
    given = {"topic": "trafficking", "version": details.version_of(one.child, "trafficking")}
    details.change(one.child, {"trafficking": "yes"}, **given, by=one.worker, at=at)


def taken_back(one: Watched, at, *, answer: str = "no", **more):
    given = {"topic": "trafficking", "version": details.version_of(one.child, "trafficking")}
    by_two = {"reason": "A mix-up of names", "seconded_by": one.manager, "by": one.worker, **more}
    return details.change(one.child, {"trafficking": answer}, **given, **by_two, at=at)


def referred(one: Watched, at, **given) -> NrmReferral:
    responder = FirstResponder.objects.get(code="authority")
    said = {"first_responder": responder, "made_by": "Sefu Alder", "referred_date": at.date(), **given}
    return nrm.refer(one.child, nrm.Referral(**said), by=one.worker, at=at)


def assessed(one: Watched, at) -> None:
    found = assessments.Assessment(grade="medium", rationale="As he is now", assessed_at=at)
    assessments.record(one.child, found, by=one.worker, at=at)


def moved(one: Watched, row: NrmReferral, status: str, at) -> None:
    nrm.move(row, status, happened_date=at.date(), seconded_by=one.manager, by=one.worker, at=at)


def due(one: Watched, duty: str):
    clock = Clock.objects.filter(child=one.child, duty=duty).first()
    return clock.due_at if clock is not None else None


def swept(one: Watched, at) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_signs_of_trafficking_ask_for_a_referral_within_a_day_and_the_referral_ends_it(
    watched: Watched,
) -> None:
    assert due(watched, REFERRAL) is None
    signs = AT + 2 * DAY
    suspected(watched, signs)
    assert due(watched, REFERRAL) == signs + DAY
    swept(watched, signs + DAY)
    assert papers.steps(watched.child, REFERRAL) == ["R1"]
    told = Message.objects.filter(wording="paper_due", items__alert__clock__duty=REFERRAL).distinct()
    assert told.exists()
    for message in told:
        mail = compose(message, now=signs + DAY)
        assert "A referral" in mail.text
        for said in ("NRM", "Mechanism", "traffick"):
            assert said not in f"{mail.subject} {mail.text} {mail.html}"
    referred(watched, signs + DAY + HOUR)
    assert due(watched, REFERRAL) is None
    swept(watched, signs + DAY + 2 * HOUR)
    clock = Clock.objects.get(child=watched.child, duty=REFERRAL)
    assert clock.alerts.get().status == "ended"


@pytest.mark.by_turns(8)
def test_a_reference_that_was_on_record_before_this_was_asked_is_a_referral_too_until_it_is_taken_out(
    watched: Watched,
) -> None:
    Child.objects.filter(pk=watched.child.pk).update(trafficking="yes", nrm_reference="NRM-1")
    clocks.recompute([watched.child.pk], at=AT + 2 * HOUR)
    assert due(watched, REFERRAL) == AT + HOUR + DAY, (
        "what is written down from now on is recorded as a referral"
    )
    papers.asked_for(AT + 2 * HOUR)
    clocks.recompute([watched.child.pk], at=AT + 3 * HOUR)
    assert due(watched, REFERRAL) is None
    later = AT + 60 * DAY
    version = details.version_of(watched.child, "references")
    change = {"topic": "references", "version": version, "by": watched.worker, "at": later}
    details.change(watched.child, {"nrm_reference": ""}, **change)
    assert due(watched, REFERRAL) == later + DAY


@pytest.mark.by_turns
def test_signs_that_are_filled_in_later_count_from_then(watched: Watched) -> None:
    unasked = a_watched_child(at=AT + HOUR, trafficking="not_asked")
    at = AT + 20 * DAY
    children.fill_in(unasked.child, {"trafficking": "yes"}, by=unasked.worker, at=at)
    assert due(unasked, REFERRAL) == at + DAY


@pytest.mark.by_turns(8)
def test_a_referral_that_is_withdrawn_or_older_than_the_signs_is_none(watched: Watched) -> None:
    row = referred(watched, AT + 2 * HOUR)
    moved(watched, row, "withdrawn", AT + 3 * HOUR)
    assert due(watched, REFERRAL) == AT + 3 * HOUR + DAY
    row = referred(watched, AT + 4 * HOUR)
    moved(watched, row, "no_reasonable_grounds", AT + 5 * HOUR)
    assert due(watched, REFERRAL) is None
    taken_back(watched, AT + 30 * DAY)
    assert due(watched, REFERRAL) is None
    suspected(watched, AT + 40 * DAY)
    assert due(watched, REFERRAL) == AT + 41 * DAY


@pytest.mark.by_turns(8)
def test_nobody_alone_ends_or_restarts_the_clocks_of_a_suspected_victim(watched: Watched) -> None:
    suspected(watched, AT + 2 * HOUR)
    for alone in ({"seconded_by": None}, {"seconded_by": watched.worker}, {"reason": " "}):
        with pytest.raises(IllegalMove):
            taken_back(watched, AT + 3 * HOUR, **alone)
        with pytest.raises(IllegalMove):
            taken_back(watched, AT + 3 * HOUR, answer="not_asked", **alone)
    assert due(watched, REFERRAL) == AT + 2 * HOUR + DAY


def test_what_one_person_took_back_before_two_were_asked_for_restarts_nothing(watched: Watched) -> None:
    child = Child(pk=watched.child.pk, trafficking="yes", registered_at=AT)
    alone, by_two = None, watched.manager

    def turned(before: str, after: str, day: int, second=alone) -> DetailsChange:
        said = {"before": {"trafficking": before}, "after": {"trafficking": after}, "seconded_by": second}
        return DetailsChange(child=child, changed_at=AT + day * DAY, **said)

    first, again = turned("not_asked", "yes", 2), turned("no", "yes", 9)
    assert suspicions.first_said(child, [first, turned("yes", "no", 3), again], []) == AT + 2 * DAY
    assert suspicions.first_said(child, [first, turned("yes", "no", 3, by_two), again], []) == AT + 9 * DAY
    # As registered, and as filled in after the arrival.
    assert suspicions.first_said(child, [turned("yes", "no", 3), again], []) == AT
    assert suspicions.first_said(child, [turned("yes", "no", 3), again], [AT + DAY]) == AT + DAY
    assert suspicions.first_said(child, [turned("yes", "not_asked", 3, by_two)], [AT, AT + 4 * DAY]) == (
        AT + 4 * DAY
    )


def test_what_two_people_left_open_counts_from_when_it_is_filled_in(watched: Watched) -> None:
    suspected(watched, AT + 2 * HOUR)
    taken_back(watched, AT + 3 * HOUR, answer="not_asked")
    assert due(watched, REFERRAL) is None
    children.fill_in(watched.child, {"trafficking": "yes"}, by=watched.worker, at=AT + 3 * DAY)
    assert due(watched, REFERRAL) == AT + 4 * DAY


@pytest.mark.by_turns
def test_an_open_referral_owes_a_guardian_whatever_is_said_of_the_signs(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="Left", by=watched.manager, at=AT + 1.5 * HOUR)
    row = referred(watched, AT + 2 * HOUR)
    taken_back(watched, AT + 3 * HOUR)
    of_guardian = Clock.objects.get(child=watched.child, kind=Clock.Kind.GUARDIAN)
    assert of_guardian.due_at is not None
    moved(watched, row, "withdrawn", AT + 4 * HOUR)
    of_guardian.refresh_from_db()
    assert of_guardian.due_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize(("authority", "case"), [("sca", "start"), ("panel", "panel")])
def test_a_decision_is_awaited_from_the_day_of_the_referral_not_from_when_it_was_typed(
    watched: Watched, authority: str, case: str
) -> None:
    made = AT + 10 * DAY
    row = referred(watched, made + 9 * DAY, referred_date=made.date(), competent_authority=authority)
    assert row.referred_at < row.recorded_at
    since = midday(made.date())
    days = Days(holidays=holidays.of("england-and-wales"))
    assert due(watched, GROUNDS) == DEFAULT[Paper.NRM_GROUNDS].due[case].after(since, days)
    # An answer puts the next asking off from when somebody wrote it down.
    asked = made + 9 * DAY + HOUR
    nrm.ask(row, asked_date=asked.date(), answer="Soon", by=watched.worker, at=asked)
    again = DEFAULT[Paper.NRM_GROUNDS].due["again"].after(asked, days)
    assert due(watched, GROUNDS) == (again if case == "start" else add_days(since, 45))


@pytest.mark.by_turns
def test_the_conclusive_decision_is_awaited_from_the_day_of_the_first_one_not_from_when_that_was_typed(
    watched: Watched,
) -> None:
    row = referred(watched, AT + 2 * HOUR)
    decided, typed = AT + 5 * DAY, AT + 70 * DAY
    said = {"happened_date": decided.date(), "note": "By letter", "by": watched.worker}
    nrm.move(row, "reasonable_grounds", **said, at=typed)
    days = Days(holidays=holidays.of("england-and-wales"))
    whole = DEFAULT[Paper.NRM_CONCLUSIVE].due["start"].after(midday(decided.date()), days)
    assert due(watched, CONCLUSIVE) == whole < typed
    # Whoever asks is asked again from then: it is not owed at once for ever.
    asked = typed + HOUR
    nrm.ask(row, asked_date=typed.date(), answer="In a month", by=watched.worker, at=asked)
    again = DEFAULT[Paper.NRM_CONCLUSIVE].due["again"].after(asked, days)
    assert due(watched, CONCLUSIVE) == again > typed


@pytest.mark.by_turns
def test_an_asking_counts_from_its_record_whatever_its_day(watched: Watched) -> None:
    row = referred(watched, AT + 2 * HOUR)
    typed = AT + 20 * DAY
    nrm.ask(row, asked_date=AT.date(), answer="Soon", by=watched.worker, at=typed)
    days = Days(holidays=holidays.of("england-and-wales"))
    assert due(watched, GROUNDS) == DEFAULT[Paper.NRM_GROUNDS].due["again"].after(typed, days)


def test_a_panel_that_looks_again_has_its_45_days_from_the_day_on_which_it_was_asked(
    watched: Watched,
) -> None:
    row = referred(watched, AT + 2 * HOUR, competent_authority="panel")
    moved(watched, row, "no_reasonable_grounds", AT + 3 * DAY)
    turned, typed = AT + 6 * DAY, AT + 30 * DAY
    said = {"happened_date": turned.date(), "note": "By letter", "by": watched.worker}
    nrm.move(row, "grounds_reconsidered", **said, at=typed)
    assert due(watched, GROUNDS) == add_days(midday(turned.date()), 45)


@pytest.mark.by_turns
def test_a_panel_has_its_45_days_whatever_was_asked_or_suspended_meanwhile(watched: Watched) -> None:
    start = AT + 2 * HOUR
    row = referred(watched, start, competent_authority="panel")
    whole = add_days(start, 45)
    assert due(watched, GROUNDS) == whole
    nrm.ask(row, asked_date=start.date(), answer="In time", by=watched.worker, at=start + HOUR)
    assert due(watched, GROUNDS) == whole
    moved(watched, row, "suspended", start + 2 * HOUR)
    moved(watched, row, "referred", start + 3 * HOUR)
    assert due(watched, GROUNDS) == whole


@pytest.mark.by_turns
def test_a_decision_is_asked_for_again_until_it_comes(watched: Watched) -> None:
    row = referred(watched, AT + 2 * HOUR)
    first = at_london((AT + 7 * DAY).date(), END_OF_DAY)
    assert due(watched, GROUNDS) == first
    swept(watched, first)
    assert papers.steps(watched.child, GROUNDS) == ["R1"]
    nrm.ask(row, asked_date=first.date(), answer="Next week", by=watched.worker, at=first + HOUR)
    again = due(watched, GROUNDS)
    assert again > first + 6 * DAY
    swept(watched, first + 2 * HOUR)
    moved(watched, row, "reasonable_grounds", again - DAY)
    assert due(watched, GROUNDS) is None
    assert due(watched, CONCLUSIVE) > again + 40 * DAY
    moved(watched, row, "conclusive_grounds", again)
    assert due(watched, CONCLUSIVE) is None


@pytest.mark.by_turns
def test_whatever_is_suspended_is_asked_about_and_a_refusal_waits_for_nobody(watched: Watched) -> None:
    row = referred(watched, AT + 2 * HOUR)
    moved(watched, row, "suspended", AT + 3 * HOUR)
    assert due(watched, CONCLUSIVE) == add_days(AT + 3 * HOUR, 28)
    moved(watched, row, "no_reasonable_grounds", AT + 4 * HOUR)
    assert due(watched, CONCLUSIVE) is None
    assert due(watched, GROUNDS) is None


@pytest.mark.by_turns
def test_a_change_of_the_nrm_asks_for_an_assessment_within_a_day_and_asking_for_one_does_not(
    watched: Watched,
) -> None:
    assessed(watched, AT + 2 * HOUR)
    calm = due(watched, "assessment")
    row = referred(watched, AT + DAY)
    assert due(watched, "assessment") == AT + 2 * DAY
    assessed(watched, AT + DAY + HOUR)
    assert due(watched, "assessment") > calm
    nrm.ask(row, asked_date=(AT + 2 * DAY).date(), answer="No", by=watched.worker, at=AT + 2 * DAY)
    assert due(watched, "assessment") > calm
    moved(watched, row, "reasonable_grounds", AT + 3 * DAY)
    assert due(watched, "assessment") == AT + 4 * DAY


@pytest.mark.by_turns
def test_an_open_referral_is_watched_as_the_first_30_days_and_an_ended_one_is_not(watched: Watched) -> None:
    later = AT + 100 * DAY

    def rows(at):
        one = watching.watch([watched.child.pk], at=at)[watched.child.pk]
        return {applies.row.key for applies in one.applies if applies.covers(at)}

    assert "first_30_days" not in rows(later)
    row = referred(watched, later)
    assert "first_30_days" in rows(later + HOUR)
    moved(watched, row, "no_reasonable_grounds", later + 2 * HOUR)
    assert "first_30_days" not in rows(later + 3 * HOUR)
    moved(watched, row, "grounds_reconsidered", later + 9 * DAY)
    assert "first_30_days" in rows(later + 9 * DAY)
    assert "first_30_days" not in rows(later + 5 * DAY), "nothing is backdated"


@pytest.mark.by_turns
def test_many_children_are_read_in_as_many_questions_as_one(watched: Watched) -> None:
    others = [a_watched_child(at=AT + HOUR) for _ in range(3)]
    for one in (watched, *others):
        referred(one, AT + 2 * HOUR)
    few, many = facts.load([watched.child.pk]), facts.load([one.child.pk for one in (watched, *others)])
    counts = []
    for loaded in (few, many):
        with CaptureQueriesContext(connection) as asked:
            paper_dues.of(loaded, (), kept_policies.read(loaded), AT + 3 * HOUR)
        counts.append(len(asked))
    assert counts[0] == counts[1]
