"""A council's own policies as pages: whose they are, the way back to what is delivered, and who sees none of it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import policies, policy_words, publications, replays, revisions, transfer_policies
from alerts.models import PolicyVersion
from alerts.replays import Period
from alerts.revisions import Draft
from cases import people
from cases.models import Authority, Role, User
from cases.states import IllegalMove
from tests.alerts.test_policy_new_page import answers, council, drafting, signed, signing
from tests.factories import AT, a_child, a_person, an_authority

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def admin() -> User:
    return a_person(Role.ADMINISTRATOR, authority=an_authority())


@pytest.fixture
def second(admin: User) -> User:
    return signing(a_person(Role.ADMINISTRATOR, authority=council(admin)))


@pytest.fixture
def stranger() -> User:
    return signing(a_person(Role.ADMINISTRATOR, authority=an_authority()))


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def agreed(of: Authority, key: str, *, begins: datetime, at: datetime, **minutes: int) -> PolicyVersion:
    draft = Draft(
        key,
        revisions.number_of(key, of.pk),
        minutes,
        begins,
        "As the board decided",
        of.pk,
        untried_why="No past days yet",
    )
    first, other = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    return revisions.put_in_force(draft, seconded_by=other, by=first, at=at)


def high(of: Authority, now: datetime) -> policy_words.Policy:
    return next(one for one in policy_words.all_of(now, of.pk) if one.key == "high")


@pytest.mark.by_turns
def test_a_council_s_own_counts_for_it_alone_and_the_list_says_whose_it_is(
    page: Client, admin: User, second: User, stranger: User, now: datetime
) -> None:
    said = signed(answers("high", now, admin, R4=300), second)
    answer = page.post(drafting(admin, "high"), said)
    assert answer.url == reverse("policies_of", args=[council(admin).code])
    own, other = high(council(admin), now + 2 * DAY), high(council(stranger), now + 2 * DAY)
    assert (own.is_own, own.version, other.is_own, other.version) == (True, 2, False, 1)
    assert dict(own.lines)["R4: the head of service is told"].startswith("5 hours")
    assert dict(other.lines)["R4: the head of service is told"].startswith("6 hours")
    listed = page.get(answer.url).content.decode()
    assert "2, your own" in listed
    assert reverse("policy_end", args=[council(admin).code, "high"]) in listed
    page.force_login(stranger)
    theirs = page.get(reverse("policies")).content.decode()
    assert admin.name not in theirs
    assert "2, your own" not in theirs


def test_to_another_council_s_administrator_its_pages_do_not_exist(
    page: Client, admin: User, stranger: User, now: datetime
) -> None:
    of = council(admin)
    agreed(of, "high", begins=now + DAY, at=now, R4=300)
    stored = PolicyVersion.objects.count()
    said = signed(answers("high", now, admin, R4=200), stranger)
    page.force_login(stranger)
    addresses = [reverse("policies_of", args=[of.code])]
    addresses += [reverse(name, args=[of.code, "high"]) for name in ("policy_new", "policy_end")]
    for address in addresses:
        assert page.get(address).status_code == 404
        assert page.get(address.replace(of.code, "E99999999")).status_code == 404
    for address in addresses[1:]:
        assert page.post(address, said).status_code == 404
    assert PolicyVersion.objects.count() == stored


def test_a_second_person_of_another_council_is_refused(
    page: Client, admin: User, stranger: User, now: datetime
) -> None:
    answer = page.post(drafting(admin, "high"), signed(answers("high", now, admin, R4=300), stranger))
    assert answer.status_code == 422
    assert "second_email" in answer.context["form"].errors
    assert not PolicyVersion.objects.filter(authority__isnull=False).exists()


@pytest.mark.by_turns
def test_two_people_go_back_to_what_is_delivered_and_nothing_is_deleted(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    of = council(admin)
    address = drafting(admin, "high", "policy_end")
    assert page.get(address).status_code == 404, "there is nothing to end"
    agreed(of, "high", begins=now + HOUR, at=now, R4=300)
    assert page.get(address).status_code == 200
    said = answers("high", now, admin)
    check = page.post(address, said)
    lines = {what: (was[:7], would[:7]) for what, was, would in check.context["lines"]}
    assert lines["R4: the head of service is told"] == ("5 hours", "6 hours")
    again = page.post(address, said | {"again": "1"})
    assert "As the board decided" in again.content.decode()
    assert page.post(address, signed(said, second)).status_code == 302
    held = high(of, now + 2 * DAY)
    assert [one.number for one in held.versions] == [1, 2, 1]
    assert (held.is_own, held.can_end, held.versions[0].by) == (
        False,
        False,
        f"{admin.name}, agreed by {second.name}",
    )
    assert page.get(address).status_code == 404
    assert PolicyVersion.objects.filter(key="high").count() == 3
    agreed(of, "high", begins=now + 3 * DAY, at=now + 2 * DAY, R4=240)
    assert high(of, now + 4 * DAY).version == 4


def test_a_second_press_of_the_way_back_is_told_that_it_was_agreed(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    of = council(admin)
    address = drafting(admin, "high", "policy_end")
    agreed(of, "high", begins=now + HOUR, at=now, R4=300)
    said = signed(answers("high", now, admin), second)
    assert page.post(address, said).status_code == 302
    stored = PolicyVersion.objects.count()
    again = page.post(address, said)
    assert again.status_code == 422
    told = " ".join(again.context["form"].errors["__all__"])
    assert "Somebody else has changed this policy since" in told
    assert "nothing of your own to end" in told
    assert "As the board decided" in again.content.decode(), "what was typed stands there yet"
    assert PolicyVersion.objects.count() == stored
    assert page.get(address).status_code == 404


@pytest.mark.by_turns
def test_the_way_back_begins_after_what_it_ends_and_in_the_future(
    page: Client, admin: User, now: datetime
) -> None:
    agreed(council(admin), "high", begins=now + 5 * DAY, at=now, R4=300)
    address = drafting(admin, "high", "policy_end")
    early = page.post(address, answers("high", now, admin))
    assert early.status_code == 422
    assert "begins at" in str(early.context["form"].errors["takes_effect_at"])
    past = page.post(address, answers("high", now, admin, takes_effect_at_year=2025))
    assert "in the future" in str(past.context["form"].errors["takes_effect_at"])
    stale = page.post(address, answers("high", now, admin) | {"replaces": 1})
    assert "Somebody else has changed this policy" in str(stale.context["form"].errors["__all__"])


def test_nobody_goes_back_to_what_would_be_slower_than_a_child_s_who_is_watched_less(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    of = council(admin)
    for key in ("first_72_hours", "first_30_days"):
        agreed(of, key, begins=now + HOUR, at=now, R4=150)
    answer = page.post(drafting(admin, "first_72_hours", "policy_end"), answers("first_72_hours", now, admin))
    assert answer.status_code == 422
    assert "slower than “First 30 days, or a live concern”" in str(answer.context["form"].errors)
    draft = Draft("first_72_hours", 2, {}, now + DAY, "Back", of.pk, True, untried_why="No past days yet")
    with pytest.raises(IllegalMove, match="breaks a rule"):
        revisions.put_in_force(draft, seconded_by=second, by=admin, at=now)


@pytest.mark.by_turns
def test_what_the_law_asks_for_is_shortened_and_given_back_but_never_longer_than_delivered(
    admin: User, now: datetime
) -> None:
    of = council(admin)
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - DAY)
    agreed(of, "after", begins=now + HOUR, at=now, return_interview=2880)
    last = revisions.last_of("after", of.pk)
    bounds = {one.name: one.most for one in revisions.figures_of(last)}
    assert bounds["return_interview"] == 72 * 60
    with pytest.raises(IllegalMove, match="breaks a rule"):
        agreed(of, "after", begins=now + 2 * HOUR, at=now, return_interview=72 * 60 + 1)
    agreed(of, "after", begins=now + 2 * HOUR, at=now, return_interview=72 * 60)


@pytest.mark.by_turns(8)
def test_whoever_looks_after_two_councils_changes_each_by_itself(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    other = an_authority()
    people.join(admin, Role.ADMINISTRATOR, authority=other, at=now)
    of = council(second)
    both = page.get(reverse("policies_of", args=[of.code])).content.decode()
    assert reverse("policies_of", args=[other.code]) in both
    said = signed(answers("high", now, second, R4=300), second)
    refused = page.post(reverse("policy_new", args=[other.code, "high"]), said)
    assert refused.status_code == 422, "the second person is none of that council"
    assert page.post(reverse("policy_new", args=[of.code, "high"]), said).status_code == 302
    assert not PolicyVersion.objects.filter(authority=other).exists()


@pytest.mark.by_turns
def test_what_was_agreed_for_one_council_s_transfers_alone_is_the_figure_of_its_own(
    admin: User, second: User, now: datetime
) -> None:
    of = council(admin)
    delivered = PolicyVersion.objects.get(key=policies.TRANSFER)
    data = delivered.data | {"pending_of": {of.code: 12, "E10000001": 7}}
    two = {"seconded_by": second, "by": admin, "at": now}
    publications.publish_figures(policies.TRANSFER, data, reason="Agreed", takes_effect_at=now, **two)
    last = revisions.last_of(policies.TRANSFER, of.pk)
    assert next(one.stands for one in revisions.figures_of(last) if one.name == "pending") == 12
    own = agreed(of, policies.TRANSFER, begins=now + HOUR, at=now, pending=8)
    limits = transfer_policies.limits_of(own.data)
    assert (limits.pending, dict(limits.pending_of)) == (8, {"E10000001": 7})


@pytest.mark.by_turns
def test_a_trial_proposes_to_that_council_alone() -> None:
    first, other = an_authority(), an_authority()
    for of in (first, other):
        a_child(of)
    last = revisions.last_of("first_72_hours")
    waits = [[step, 60.0 if after is not None else after, wall] for step, after, wall in last.data["steps"]]
    data = last.data | {"steps": waits}
    period = Period(AT, AT + DAY)
    proposal = replays.proposal_of("first_72_hours", data, authority_id=first.pk)
    told = replays.compare(proposal, period, [first.pk])
    assert told.proposed.waits < told.in_force.waits
    theirs = replays.compare(proposal, period, [other.pk])
    assert theirs.proposed.waits == theirs.in_force.waits == told.in_force.waits
