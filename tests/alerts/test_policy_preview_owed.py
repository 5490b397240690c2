"""What a draft of paper, of guardians and of transfers would tell of one child: what the engine then tells by it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import clocks, foretold, ladder_table, owed_foresight, paper_words, previews, revisions, sweep
from alerts.calendars import GUARDIAN
from alerts.models import AlertStep, PolicyVersion
from alerts.previews import Preview
from cases import clock
from cases.deadlines import london_day
from cases.models import Authority, Child, Role
from guardians import assignments
from tests.alerts import papers
from tests.alerts.test_policy_new_page import a_draft, answers, drafting
from tests.factories import AT, Watched, a_person, a_watched_child, referred, seen

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE = AT + HOUR


def a_version(key: str, of: Authority, **figures: int) -> dict[str, object]:
    """What a draft of other figures would be stored as."""
    draft = a_draft(key, of=of, begins=AT - DAY + HOUR, **figures)
    return revisions.data_of(draft, revisions.last_of(key, of.pk))


def in_force(key: str, of: Authority, **figures: int) -> None:
    """The same put on record before the child came."""
    draft = a_draft(key, of=of, begins=AT - DAY + HOUR, **figures)
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    revisions.put_in_force(draft, seconded_by=second, by=first, at=AT - DAY)


def changed(preview: Preview) -> dict[str, timedelta]:
    """By how much later each step comes that the draft moves."""
    lines = [line for line in preview.search if not line.is_same]
    return {line.title: line.would.at - line.was.at for line in lines if line.was and line.would}


def steps_of(preview: Preview) -> dict[str, tuple[str, datetime]]:
    return {line.title: (line.would.step, line.would.at) for line in preview.search if line.would}


def climbed(child: Child, kind: str, *, until: datetime) -> list[tuple[str, str, datetime]]:
    """What the engine has told by `until`: which duty, which rung, and when it was owed."""
    rows = AlertStep.objects.filter(alert__child=child, alert__clock__kind=kind, owed_at__lte=until)
    return list(rows.values_list("alert__clock__duty", "step", "owed_at"))


def lived(one: Watched, moments: list[datetime]) -> None:
    """The sweep at each of these instants, of a child whom somebody has just seen."""
    for at in sorted(moments):
        seen(one.child, by=one.carer, at=at)
        sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_of_paper_the_draft_is_shown_and_the_engine_then_tells_so() -> None:
    papers.asked_for(AT - 2 * DAY)
    watched = a_watched_child(at=HERE)
    figures = {"checklist_start": 30, "checklist_R2": 6}
    data = a_version("paperwork", watched.authority, **figures)
    preview = previews.of(
        watched.child, "paperwork", data, authority_id=watched.authority.pk, about=HERE, now=HERE
    )
    title = str(paper_words.TITLES["checklist"])
    later = changed(preview)
    assert {line.partition(". ")[0] for line in later} == {title}
    assert later[f"{title}. R2: the manager is told"] == 8 * HOUR
    assert all(line.would.told for line in preview.search if line.would)

    in_force("paperwork", watched.authority, **figures)
    clocks.recompute([watched.child.pk], at=HERE)
    told = steps_of(preview)
    first = sorted({at for _step, at in told.values()})[:6]
    lived(watched, first)
    found = {
        (f"{paper_words.in_mail(duty)}. {paper_words.step(duty, step)}", (step, at))
        for duty, step, at in climbed(watched.child, "paperwork", until=first[-1])
        if duty in owed_foresight.EVERYBODY
    }
    assert found == {line for line in told.items() if line[1][1] <= first[-1]}


@pytest.mark.by_turns
def test_paper_that_an_alert_began_with_stays_as_it_was_and_no_draft_puts_it_off() -> None:
    papers.asked_for()
    watched = a_watched_child(at=HERE)
    due_at = papers.clock_of(watched.child, "checklist").due_at
    assert due_at is not None
    lived(watched, [due_at])
    assert papers.steps(watched.child, "checklist") == ["R1"]
    for hours, moved in ((8, {}), (2, {"R2: the manager is told": -2 * HOUR})):
        data = a_version("paperwork", watched.authority, checklist_R2=hours)
        preview = previews.of(
            watched.child, "paperwork", data, authority_id=watched.authority.pk, about=due_at, now=due_at
        )
        lines = {title.partition(". ")[2]: by for title, by in changed(preview).items()}
        assert lines == moved
        shown = [line.title for line in preview.search if line.title.startswith("Checklist")]
        assert not any("R1" in title for title in shown), "it has been told already"


@pytest.mark.by_turns
def test_what_a_shorter_time_has_passed_already_would_be_told_at_once() -> None:
    papers.asked_for(AT - 2 * DAY)
    watched = a_watched_child(at=HERE)
    now = HERE + 20 * HOUR
    data = a_version("paperwork", watched.authority, checklist_start=12, checklist_R2=2)
    preview = previews.of(
        watched.child, "paperwork", data, authority_id=watched.authority.pk, about=now + 6 * HOUR, now=now
    )
    lines = {line.title: line for line in preview.search if line.title.startswith("Checklist")}
    (manager,) = [line for title, line in lines.items() if "R2" in title]
    assert (manager.was.at, manager.would.at) == (HERE + 28 * HOUR, now)
    assert manager.would.told
    # That of duty both have before the hour that is asked about.
    assert not any("R1" in title for title in lines)


@pytest.mark.by_turns
def test_paper_that_would_tell_of_the_record_is_not_shown_and_its_draft_changes_nothing_here() -> None:
    papers.asked_for()
    watched = a_watched_child(at=HERE, trafficking="yes")
    assert papers.clock_of(watched.child, "nrm_referral").due_at
    data = a_version("paperwork", watched.authority, nrm_referral_R1=1)
    preview = previews.of(
        watched.child, "paperwork", data, authority_id=watched.authority.pk, about=HERE, now=HERE
    )
    assert preview.search
    assert preview.is_same
    hidden = [str(paper_words.in_mail(paper)) for paper in ("nrm_referral", "nrm_grounds", "assessment")]
    assert not [line.title for line in preview.search if line.title.partition(". ")[0] in hidden]


@pytest.mark.by_turns
def test_of_a_guardian_the_draft_is_shown_and_the_engine_then_tells_so() -> None:
    PolicyVersion.objects.filter(key="guardian").update(takes_effect_at=AT - 2 * DAY)
    watched = a_watched_child(trafficking="yes")
    about = AT + DAY
    figures = {"referral": 2, "assigned_R4": 2}
    data = a_version("guardian", watched.authority, **figures)

    def preview(child: Child) -> Preview:
        return previews.of(child, "guardian", data, authority_id=watched.authority.pk, about=about, now=AT)

    told = steps_of(preview(watched.child))
    asked, gone = str(GUARDIAN["referral"]), str(GUARDIAN["left"])
    assert {title.partition(". ")[0] for title in changed(preview(watched.child))} > {asked, gone}
    abouts = [title.partition(". ")[0] for title in told]
    assert abouts == sorted(abouts, key=abouts.index), "each matter's steps stand together"
    # Whether a child is owed one is nobody's to read here.
    other = a_watched_child(home=watched.home)
    assert steps_of(preview(other.child)) == told

    in_force("guardian", watched.authority, **figures)
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=about)
    steps = {line: one for line, one in told.items() if line.startswith(f"{gone}. ")}
    lived(watched, [at for _step, at in steps.values()])
    last = max(at for _step, at in steps.values())
    assert {(step, at) for _duty, step, at in climbed(watched.child, "guardian", until=last)} == {
        *steps.values()
    }


@pytest.mark.by_turns
def test_of_a_transfer_the_draft_is_shown_and_the_engine_then_tells_so() -> None:
    watched, receiver = a_watched_child(), a_watched_child(risk="low").authority
    PolicyVersion.objects.filter(key="transfer").update(takes_effect_at=AT - 2 * DAY)
    about = AT + DAY
    figures = {"reply": 3, "arrival_R2": 20}
    data = a_version("transfer", watched.authority, **figures)
    preview = previews.of(
        watched.child, "transfer", data, authority_id=watched.authority.pk, about=about, now=AT
    )
    assert any(by == -10 * timedelta(minutes=1) for by in changed(preview).values())

    in_force("transfer", watched.authority, **figures)
    referred(watched.child, receiver, by=watched.worker, at=about)
    steps = {
        (what, step, at)
        for line, (step, at) in steps_of(preview).items()
        for what, words in owed_foresight.TRANSFERS.items()
        if line.startswith(f"{words}. ") and what in ("pending", "reply")
    }
    assert {what for what, _step, _at in steps} == {"pending", "reply"}
    last = max(at for _what, _step, at in steps)
    lived(watched, [at for _what, _step, at in steps])
    assert {one for one in climbed(watched.child, "transfer", until=last) if one[1] != "R0"} == steps
    # People of the other authority are told, and are not shown to whoever drafts.
    told = {one.post for line in preview.search if line.would for one in line.would.told}
    assert told
    assert not told & {str(ladder_table.POSTS[post]) for post in foretold.ELSEWHERE}


@pytest.mark.parametrize(
    ("key", "figure", "value", "words"),
    [
        ("paperwork", "checklist_R2", 3, "in the four weeks from that hour"),
        ("guardian", "assigned_R4", 2, "is owed one is not looked at"),
        ("transfer", "pending_R2", 1, "Whether there is a transfer is not looked at"),
    ],
)
def test_the_page_of_such_a_draft_asks_for_a_child_and_says_what_is_supposed(
    client: Client, key: str, figure: str, value: int, words: str
) -> None:
    now = clock.now()
    papers.asked_for(now - DAY)
    watched = a_watched_child(at=now - 2 * HOUR)
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(admin)
    day = london_day(now) + DAY
    at = {"at_day": day.day, "at_month": day.month, "at_year": day.year, "at_time": "3am"}
    asked = {f"told-{name}": part for name, part in at.items()}
    said = answers(key, now, admin, **{figure: value}) | asked
    answer = client.post(
        drafting(admin, key), said | {"preview": "1", "told-reference": watched.child.reference}
    )
    assert answer.status_code == 200
    assert answer.context["preview"].search
    shown = answer.content.decode()
    assert words in shown
    assert "every roll-call before was kept" not in shown
    assert watched.child.given_name not in shown
