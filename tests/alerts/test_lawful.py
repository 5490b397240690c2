"""What law shortens after a council has agreed its own reaches it: when read, in a draft, and as a question of the promise."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import figures, integrity, lawful, policies, policy_shelf, policy_words, revisions
from alerts.duties import Duty
from alerts.models import PolicyVersion
from alerts.revisions import Draft
from cases.models import Authority, Role
from tests.factories import a_person, an_authority

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
INTERVIEW = Duty.RETURN_INTERVIEW
KEYS = {key for key, _name in lawful.STATUTORY}
ROW = "own policies longer than is delivered by now, or slower for a higher risk"


def delivered(key: str) -> PolicyVersion:
    return PolicyVersion.objects.filter(key=key, authority=None).latest("version")


@pytest.fixture
def of(db: None) -> Authority:
    PolicyVersion.objects.update(takes_effect_at=NOON - 30 * DAY)
    return an_authority()


def agreed(of: Authority, key: str, *, begins: datetime = NOON, **values: int) -> PolicyVersion:
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    draft = Draft(
        key,
        revisions.number_of(key, of.pk),
        values,
        begins,
        "As the board decided",
        of.pk,
        untried_why="No past days yet",
    )
    return revisions.put_in_force(draft, seconded_by=second, by=first, at=NOON - HOUR)


def released(key: str, data: dict[str, Any], *, begins: datetime) -> PolicyVersion:
    """A later release brings this to all."""
    number = PolicyVersion.objects.filter(key=key).latest("version").version + 1
    return PolicyVersion.objects.create(
        key=key, version=number, data=data, takes_effect_at=begins, published_at=begins, reason="The law"
    )


def interview(hours: float) -> dict[str, Any]:
    data = deepcopy(delivered(policies.AFTER).data)
    for rule in data["steps"]:
        if rule["duty"] == INTERVIEW:
            rule["after"] = hours * 3600
    return data


def other_figure(of: Authority) -> tuple[str, int]:
    found = revisions.figures_of(revisions.last_of(policies.AFTER, of.pk))
    one = next(f for f in found if not f.is_statutory and not f.is_fixed and f.least < f.stands)
    return one.name, one.stands


def hours(of: Authority, at: datetime) -> float:
    held = policy_shelf.read(policies.AFTER).duties(policy_shelf.always(of.pk), key=policies.AFTER)
    version = policies.duties_at(held, at)
    assert version is not None
    return next(rule.after / HOUR for rule in version.rules if rule.duty == INTERVIEW)


@pytest.mark.by_turns(8)
def test_what_law_shortens_later_holds_for_a_council_s_own_from_the_same_day(of: Authority) -> None:
    name, stands = other_figure(of)
    own = agreed(of, policies.AFTER, **{name: stands - 1})
    as_agreed = deepcopy(own.data)
    released(policies.AFTER, interview(48), begins=NOON + DAY)
    assert [hours(of, at) for at in (NOON + HOUR, NOON + DAY)] == [72, 48]
    held = policy_shelf.read(policies.AFTER).duties(policy_shelf.always(of.pk), key=policies.AFTER)
    assert [one.version for one in held if one.takes_effect_at >= NOON] == [own.version, own.version]
    lines = next(one for one in policy_words.all_of(NOON + 2 * DAY, of.pk) if one.key == policies.AFTER).lines
    assert any("48" in words or "2 days" in words for _what, words in lines)
    own.refresh_from_db()
    assert own.data == as_agreed, "what was agreed stays on record as it was"


@pytest.mark.by_turns
def test_what_is_shorter_of_their_own_or_made_longer_by_a_release_stays_theirs(of: Authority) -> None:
    agreed(of, policies.AFTER, **{INTERVIEW: 40 * 60})
    released(policies.AFTER, interview(48), begins=NOON + DAY)
    released(policies.AFTER, interview(96), begins=NOON + 2 * DAY)
    assert [hours(of, NOON + days * DAY) for days in (0, 1, 3)] == [40, 40, 40]


@pytest.mark.by_turns
def test_a_draft_of_another_figure_takes_what_law_has_shortened_with_it(of: Authority) -> None:
    name, stands = other_figure(of)
    agreed(of, policies.AFTER, **{name: stands - 1})
    released(policies.AFTER, interview(48), begins=NOON - HOUR)
    last = revisions.last_of(policies.AFTER, of.pk)
    figure = next(one for one in revisions.figures_of(last) if one.name == INTERVIEW)
    assert (figure.stands, figure.most) == (48 * 60, 48 * 60)
    new = agreed(of, policies.AFTER, begins=NOON + DAY, **{name: stands - 2})
    assert next(rule for rule in new.data["steps"] if rule["duty"] == INTERVIEW)["after"] == 48 * 3600


@pytest.mark.by_turns
def test_what_two_people_once_made_shorter_for_all_is_offered_no_longer_than_it_counts(of: Authority) -> None:
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    shorter = released(policies.AFTER, interview(60), begins=NOON - DAY)
    PolicyVersion.objects.filter(pk=shorter.pk).update(published_by=first, seconded_by=second)
    last = revisions.last_of(policies.AFTER, of.pk)
    bounds = {one.name: one for one in revisions.figures_of(last)}
    assert bounds[INTERVIEW].most == 60 * 60
    name, stands = other_figure(of)
    assert bounds[name].most >= stands, "of every other figure by what the release brought"
    agreed(of, policies.AFTER, **{name: stands - 1})
    assert hours(of, NOON + HOUR) == 60


def test_a_draft_is_bounded_in_every_figure_and_not_only_in_those_that_it_names(of: Authority) -> None:
    found = revisions.figures_of(revisions.last_of("high", of.pk))
    one, other = [f for f in found if f.name in ("R4", "R5")]
    agreed(of, "high", **{other.name: other.most})
    data = deepcopy(delivered("high").data)
    for step in data["steps"]:
        if step[0] == other.name:
            step[1] /= 2
    released("high", data, begins=NOON - HOUR)
    last = revisions.last_of("high", of.pk)
    draft = Draft("high", 0, {one.name: one.stands - 1}, NOON + 2 * DAY, "x", of.pk)
    assert other.name in {fault.figure for fault in revisions.faults(draft, last, at=NOON)}
    good = Draft("high", 0, {one.name: one.stands - 1, other.name: other.stands}, NOON + 2 * DAY, "x", of.pk)
    assert not list(revisions.faults(good, last, at=NOON))


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_figure_that_law_sets_is_held_and_nothing_else(key: str, db: None) -> None:
    data = delivered(key).data
    found = figures.of(key, data, data)
    longer = figures.changed(data, found, {one.name: one.stands + 5 for one in found})
    lawfully = {one.name: one.stands for one in figures.of(key, lawful.held(key, longer, data), data)}
    for one in found:
        assert lawfully[one.name] == one.stands + (0 if one.is_statutory else 5), one.name
    assert any(one.is_statutory for one in found)
    assert lawful.held(key, data, longer) is data


def broken(now: datetime) -> list[str]:
    return next(list(answer(now)) for _promise, words, answer in integrity.QUESTIONS if words == ROW)


def test_an_own_version_beyond_what_is_delivered_by_now_is_named(of: Authority) -> None:
    found = revisions.figures_of(revisions.last_of("high", of.pk))
    other = next(f for f in found if f.name == "R5")
    own = agreed(of, "high", **{other.name: other.most})
    assert broken(NOON + HOUR) == []
    data = deepcopy(delivered("high").data)
    for step in data["steps"]:
        if step[0] == other.name:
            step[1] /= 2
    released("high", data, begins=NOON + HOUR)
    assert broken(NOON + DAY) == [f"{of.code} high {own.version}"]


@pytest.mark.by_turns
def test_an_own_version_that_is_slower_for_a_higher_risk_beside_what_came_later_is_named(
    of: Authority,
) -> None:
    found = {one.name: one for one in revisions.figures_of(revisions.last_of("high", of.pk))}
    own = agreed(of, "high", R4=found["R4"].stands - 1)
    data = deepcopy(delivered("ordinary").data)
    for step in data["steps"]:
        if step[0] == "R5":
            step[1] = 60.0 * (found["R5"].stands - 60)
    released("ordinary", data, begins=NOON + HOUR)
    assert broken(NOON + DAY) == [f"{of.code} high {own.version}"]
