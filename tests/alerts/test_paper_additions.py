"""A release asks for more paper where a council has versions of its own: beside what is in force, and what begins later."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from alerts import paper_additions, paperwork, policies, policy_shelf, revisions
from alerts.models import Clock, PolicyVersion
from alerts.paper_rules import Paper
from cases import clock
from cases.models import Role
from tests.factories import a_person, a_watched_child, an_authority

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]
# As releases brought them, each in a migration of its own.
NEWS = (
    (Paper.CARE_REVIEW, Paper.HEALTH, Paper.EDUCATION, Paper.PATHWAY),
    (Paper.FIRST_PROFILE, Paper.PROFILE),
    (Paper.HANDOVER,),
    (Paper.APPROVAL, Paper.ROOM),
    (Paper.PLAN, Paper.ACTION, Paper.SHORTFALL),
    (Paper.SIGN_OFF,),
    (Paper.TURNING_18,),
    (Paper.NRM_REFERRAL, Paper.NRM_GROUNDS, Paper.NRM_CONCLUSIVE),
    (Paper.COVER, Paper.AWAY),
    (Paper.SUPERVISION,),
    (Paper.NOWHERE,),
    (Paper.GUARDIAN_CHECK,),
    (Paper.NEXT_PLACE,),
    (Paper.TOO_YOUNG,),
    (Paper.DECISION, Paper.REFUSED),
    (Paper.PLACEMENT_PLAN, Paper.CARE_PLAN),
    (Paper.UNOWNED, Paper.SAID_DONE),
    (Paper.PROTECTION,),
    (Paper.ADVISER,),
    (Paper.GUARDIAN_STAYS,),
    (Paper.EMERGENCY_ORDER, Paper.ASSESSMENT_ORDER),
    (Paper.VISIT_ASKED, Paper.ADVISER_CONTACT),
    (Paper.MEETING,),
    (Paper.NOTICE_AHEAD, Paper.APPROVAL_AHEAD, Paper.PLANNED_PLACE),
    (Paper.UNKEPT,),
    (Paper.DENTAL, Paper.IMMUNISATION, Paper.EYES),
    (Paper.REVIEWING_OFFICER,),
)
# What the policy held before any of them.
BEFORE = ("first_assessment", "assessment", "checklist", "visit", "host_notice")


def stored(
    version: int, *, hours: int, from_at: Any, papers: tuple[str, ...] = BEFORE, **of: Any
) -> PolicyVersion:
    """A version whose checklist is due after so many hours, by which the tests know it again."""
    data = policies.paper_data(paperwork.DEFAULT)["papers"]
    data["checklist"]["due"]["start"] = [hours, "hours"]
    known = {name: rule for name, rule in data.items() if name in papers}
    at = clock.now()
    return PolicyVersion.objects.create(
        key=policies.PAPER,
        version=version,
        data={"papers": known},
        takes_effect_at=from_at,
        published_at=min(from_at, at),
        reason="Ours",
        **of,
    )


@pytest.fixture
def now(db: None) -> Any:
    at = clock.now()
    PolicyVersion.objects.filter(key=policies.PAPER).update(
        data={"papers": {name: rule for name, rule in _default().items() if name in BEFORE}},
        takes_effect_at=at - 90 * DAY,
    )
    return at


def _default() -> dict[str, Any]:
    found: dict[str, Any] = policies.paper_data(paperwork.DEFAULT)["papers"]
    return found


def run(*news: tuple[Paper, ...]) -> None:
    for papers in news:
        operation = paper_additions.operation(*papers, reason=" ".join(papers))
        operation.code(apps, SimpleNamespace(connection=connection))  # type: ignore[arg-type]


def in_force(at: Any) -> dict[str, Any]:
    """The papers of the version in force, as the calculator finds it: the last that has begun."""
    begun = PolicyVersion.objects.filter(key=policies.PAPER, takes_effect_at__lte=at)
    found: dict[str, Any] = begun.latest("version").data["papers"]
    return found


def hours(at: Any) -> int:
    found: int = in_force(at)["checklist"]["due"]["start"][0]
    return found


@pytest.mark.by_turns(8)
def test_what_is_in_force_stays_so_and_what_begins_later_begins_then_with_the_news(now: Any) -> None:
    stored(2, hours=20, from_at=now - 30 * DAY)
    stored(3, hours=6, from_at=now + 40 * DAY)
    run(*NEWS)
    at = clock.now()
    assert hours(at) == 20, "not the version that only begins later"
    assert hours(now + 41 * DAY) == 6, "and that one is not put off by the news"
    for when in (at, now + 39 * DAY, now + 41 * DAY):
        assert set(in_force(when)) == {paper.value for paper in Paper}


@pytest.mark.by_turns
def test_a_council_s_own_has_the_news_too_and_what_it_goes_back_to(now: Any) -> None:
    of = an_authority()
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    theirs = {"authority": of, "published_by": first, "seconded_by": second}
    stored(2, hours=20, from_at=now - 30 * DAY, **theirs)
    stored(3, hours=1, from_at=now + 40 * DAY, follows_delivered=True, **theirs)
    run(*NEWS)
    held = policy_shelf.read(policies.PAPER).papers(policy_shelf.always(of.pk))
    for when, of_checklist in ((clock.now(), 20), (now + 39 * DAY, 20), (now + 41 * DAY, 24)):
        rules = [one.rules for one in held if one.takes_effect_at <= when][-1]
        assert set(rules) == set(Paper)
        assert rules[Paper.CHECKLIST].due["start"].count == of_checklist
    own = PolicyVersion.objects.filter(authority=of)
    assert set(own.values_list("published_by", "seconded_by")) == {(first.pk, second.pk)}
    numbers = list(PolicyVersion.objects.filter(key=policies.PAPER).values_list("version", flat=True))
    assert numbers == sorted(set(numbers))


@pytest.mark.by_turns
def test_a_version_that_another_has_overtaken_before_it_began_comes_back_by_no_news(now: Any) -> None:
    stored(2, hours=6, from_at=now + 40 * DAY)
    stored(3, hours=20, from_at=now + 10 * DAY)
    assert [hours(now), hours(now + 20 * DAY), hours(now + 50 * DAY)] == [24, 20, 20]
    run(*NEWS)
    assert [hours(clock.now()), hours(now + 20 * DAY), hours(now + 50 * DAY)] == [24, 20, 20]


@pytest.mark.by_turns(8)
def test_each_release_adds_its_own_and_leaves_what_a_council_has_set_of_them(now: Any) -> None:
    stored(2, hours=20, from_at=now - DAY, papers=(*BEFORE, "health"))
    PolicyVersion.objects.filter(version=2, key=policies.PAPER).update(
        data={"papers": {**in_force(now), "health": {"due": {"start": [5, "days"]}, "rungs": []}}}
    )
    run(NEWS[0])
    assert in_force(clock.now())["health"]["due"]["start"] == [5, "days"]
    assert {"care_review", "education", "pathway"} <= set(in_force(clock.now()))
    assert "turning_18" not in in_force(clock.now())
    run(*NEWS[1:])
    assert set(in_force(clock.now())) == {paper.value for paper in Paper}
    before = PolicyVersion.objects.filter(key=policies.PAPER).count()
    run(*NEWS)
    assert PolicyVersion.objects.filter(key=policies.PAPER).count() == before, "once is enough"


@pytest.mark.by_turns
def test_a_case_that_a_release_adds_stands_beside_what_a_council_has_set_of_the_paper(now: Any) -> None:
    run(*NEWS)
    data = in_force(clock.now())
    ours = {"due": {"start": [5, "days"]}, "rungs": []}
    PolicyVersion.objects.filter(key=policies.PAPER).update(
        data={"papers": {**data, "turning_18": ours}}, takes_effect_at=now - DAY
    )
    child = a_watched_child().child
    Clock.objects.create(child=child, kind=Clock.Kind.PAPERWORK, duty="visit", next_at=None)
    run((Paper.TURNING_18,))
    latest = PolicyVersion.objects.filter(key=policies.PAPER).latest("version")
    assert latest.data["papers"]["turning_18"] == {
        "due": {"start": [5, "days"], "earlier": [28, "days"]},
        "rungs": [],
    }
    assert latest.takes_effect_at > now
    assert Clock.objects.get(child=child, duty="visit").next_at is not None
    count = PolicyVersion.objects.filter(key=policies.PAPER).count()
    run((Paper.TURNING_18,))
    assert PolicyVersion.objects.filter(key=policies.PAPER).count() == count


@pytest.mark.by_turns
def test_the_sweep_reads_the_clocks_of_paper_again_at_once(now: Any) -> None:
    one = a_watched_child()
    Clock.objects.create(child=one.child, kind=Clock.Kind.PAPERWORK, duty="visit", next_at=now + 9 * DAY)
    run(*NEWS)
    assert Clock.objects.get(child=one.child, duty="visit").next_at <= clock.now()


# By the owner of the tables, in a process of its own: the application may delete no version.
BACK = """
import sys
import django
django.setup()
from types import SimpleNamespace
from django.apps import apps
from django.db import connection
from alerts import paper_additions
from alerts.models import PolicyVersion
from alerts.paper_rules import Paper
ours = [paper_additions.operation(*map(Paper, said.split()), reason=said) for said in sys.argv[1:]]
policy = PolicyVersion.objects.filter(key="paperwork")
first = policy.get()
first.data = {"papers": {"visit": first.data["papers"]["visit"]}}
first.save()
editor = SimpleNamespace(connection=connection)
for operation in ours:
    operation.code(apps, editor)
print(policy.count())
for operation in reversed(ours):
    operation.reverse_code(apps, editor)
print(*policy.values_list("pk", "data__papers"), first.pk)
"""


@pytest.mark.by_turns
def test_taken_back_they_leave_the_version_of_the_council(committed: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BACK, *map(" ".join, NEWS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DATABASE_URL": committed.owner_url, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    assert done.returncode == 0, done.stderr
    stored, left = done.stdout.splitlines()
    assert int(stored) == 1 + len(NEWS)
    assert left.startswith("(")
    assert left.count("visit") == 1
    assert left.count("'due'") == 1


@pytest.mark.by_turns
def test_what_two_people_agreed_for_all_stays_theirs_and_is_the_bound_of_nobody(now: Any) -> None:
    """A release must not make what may be twice as long as delivered into what is delivered."""
    of = an_authority()
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    stored(2, hours=48, from_at=now - 30 * DAY, published_by=first, seconded_by=second)
    run(*NEWS)
    last = revisions.last_of(policies.PAPER)
    assert (last.published_by, last.seconded_by) == (first, second)
    bounds = {figure.name: figure for figure in revisions.figures_of(last)}
    assert (bounds["checklist_start"].stands, bounds["checklist_start"].most) == (48, 48)
    delivered = _default()
    assert bounds["next_place_before"].most == 2 * delivered["next_place"]["due"]["before"][0]
    assert {f"{paper}_{case}" for paper, rule in delivered.items() for case in rule["due"]} <= set(bounds)
