"""A drafted policy tried on the last 28 days: beside the policy in force, of the administrator's own children, as counts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import replay_lines, replays, revisions
from alerts.models import PolicyVersion
from alerts.policies import OF_OTHER_CLOCKS
from alerts.policy_words import TITLES
from alerts.replays import Comparison, Period, Proposal, Tally
from alerts.trials import Tried
from cases import clock, restrictions
from cases.deadlines import london_day
from cases.models import Child, ConfigurationChange, Event, Risk, Role, User
from cases.states import IllegalMove
from tests.alerts.test_policy_new_page import a_draft, answers, council, drafting, signed, signing
from tests.factories import AT, a_child, a_person, a_watched_child, placed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def admin() -> User:
    return a_person(Role.ADMINISTRATOR)


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def days(now: datetime, first: int = 28, last: int = 1, children: str = "all") -> dict[str, object]:
    """The boxes of the trial: from so many days ago to so many days ago, and whose children."""
    said: dict[str, object] = {"try": "1", "tried-children": children}
    for name, ago in (("first", first), ("last", last)):
        day = london_day(now) - ago * DAY
        boxes = {"day": day.day, "month": day.month, "year": day.year}
        said |= {f"tried-{name}_day_{part}": value for part, value in boxes.items()}
    return said


def tried(page: Client, admin: User, now: datetime, key: str = "high", **figures: object) -> str:
    said = answers(key, now, admin, **(figures or {"R4": 300})) | days(now)
    shown = page.post(drafting(admin, key), said)
    assert shown.status_code == 200
    return shown.content.decode()


@pytest.mark.by_turns
def test_the_draft_is_tried_beside_the_policy_in_force_and_nothing_is_stored(
    page: Client, admin: User, now: datetime
) -> None:
    authority = admin.memberships.get().authority
    for _ in range(6):
        a_child(authority, at=now - 9 * DAY)
    before = Event.objects.count(), PolicyVersion.objects.count()
    shown = tried(page, admin, now)
    assert "6 children" in shown
    assert "Children never alerted" in shown
    assert f"Duty desk of {authority.name}" in shown
    assert 'name="R4" value="300"' in shown
    assert (Event.objects.count(), PolicyVersion.objects.count()) == before


@pytest.mark.by_turns
def test_no_child_and_no_child_of_another_authority_stands_there(
    page: Client, admin: User, now: datetime
) -> None:
    authority = admin.memberships.get().authority
    own, *_others = [a_child(authority, at=now - 9 * DAY) for _ in range(5)]
    other = a_watched_child(at=now - 9 * DAY)
    shown = tried(page, admin, now)
    assert "5 children for" in shown
    for child in (own, other.child):
        assert child.reference not in shown
        assert child.given_name not in shown
    assert other.authority.name not in shown


@pytest.mark.by_turns
def test_of_more_children_than_are_tried_the_page_says_how_many(
    page: Client, admin: User, now: datetime, settings: LazySettings
) -> None:
    settings.REPLAY_CHILDREN = 5
    for _ in range(10):
        a_child(admin.memberships.get().authority, at=now - 2 * DAY)
    shown = tried(page, admin, now)
    assert "5 of 10 children" in shown
    assert "counts all of them with the command “replay”" in shown


@pytest.mark.by_turns(8)
def test_of_fewer_than_five_children_nothing_is_shown(page: Client, admin: User, now: datetime) -> None:
    a_child(admin.memberships.get().authority, at=now - 2 * DAY)
    shown = tried(page, admin, now)
    assert "Fewer than 5 children" in shown
    assert "Children never alerted" not in shown


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("key", "figure", "words"),
    [
        ("guardian", "referral", "Whether a guardian could be reached"),
        ("paperwork", "", "What makes paper due"),
    ],
)
def test_of_what_cannot_be_replayed_the_page_says_that_it_is_not_and_why(
    page: Client, admin: User, now: datetime, key: str, figure: str, words: str
) -> None:
    stands = [one for one in revisions.figures_of(revisions.last_of(key)) if one.name == (figure or one.name)]
    longer = next(one for one in stands if one.stands < one.most)
    shown = tried(page, admin, now, key, **{longer.name: longer.stands + 1})
    assert f"A draft of this policy is not tried on past days. {words}" in shown
    assert "Try it on these days" not in shown
    assert "Children never alerted" not in shown


def test_a_draft_of_transfers_is_tried_as_one_of_contact_is(page: Client, admin: User, now: datetime) -> None:
    authority = admin.memberships.get().authority
    for _ in range(5):
        a_child(authority, at=now - 9 * DAY)
    shown = tried(page, admin, now, "transfer", pending=5)
    assert "5 children for" in shown
    assert "of the transfers of the children here" in shown
    assert "Alerts about what a transfer owed" in shown
    assert "First police messages" not in shown
    assert "Not counted" not in shown


def test_a_draft_with_a_fault_is_not_tried(page: Client, admin: User, now: datetime) -> None:
    said = answers("high", now, admin, R4=1) | days(now)
    shown = page.post(drafting(admin, "high"), said)
    assert shown.status_code == 422
    assert "Children never alerted" not in shown.content.decode()


@pytest.mark.by_turns
def test_the_days_and_the_children_are_chosen_and_of_the_few_none_is_counted_who_is_shut_from_the_reader(
    client: Client, now: datetime
) -> None:
    watched = a_watched_child(at=now - 50 * DAY)
    authority = watched.authority
    admin = a_person(Role.ADMINISTRATOR, authority=authority)
    client.force_login(admin)
    draft = answers("high", now, admin, R4=300)
    mates = [a_child(authority, at=now - 50 * DAY) for _ in range(5)]
    for mate in mates[:4]:
        placed(mate, watched.home)
    Child.objects.filter(pk__in=[mate.pk for mate in mates]).update(risk=Risk.LOW)

    def found(**asked: Any) -> Comparison:
        answer = client.post(drafting(admin, "high"), draft | days(now, **asked))
        assert answer.status_code == 200, answer.context["trial"].errors
        assert 'name="R4" value="300"' in answer.content.decode()
        return answer.context["tried"]["found"]

    everybody = found(first=40, last=30)
    assert (everybody.watched, round(everybody.period.days)) == (6, 11)
    assert found(first=60, last=55).watched == 0, "nobody was its own then"
    house, team, low = f"home:{watched.home.pk}", f"team:{watched.team.pk}", f"risk:{Risk.LOW}"
    assert [found(children=which).watched for which in (house, team, low)] == [5, 1, 5]
    restrictions.restrict(
        mates[0], reason="Danger", named=[], by=watched.manager, at=now - timedelta(hours=1)
    )
    shown = client.post(drafting(admin, "high"), draft | days(now, children=house)).content.decode()
    assert "Fewer than 5 children" in shown
    assert found().watched == 6


@pytest.mark.by_turns(8)
def test_days_to_come_too_many_or_in_no_order_are_refused_at_their_box_and_the_draft_stays(
    page: Client, admin: User, now: datetime
) -> None:
    strange = a_watched_child(at=now - 2 * DAY).home
    for asked, box, words in (
        ({"last": 0}, "last_day", "must be over"),
        ({"first": 3, "last": 5}, "first_day", "must not come after"),
        ({"first": 93, "last": 1}, "first_day", "at most 92 days"),
        ({"first": 368, "last": 300}, "first_day", "within the last year"),
        ({"children": f"home:{strange.pk}"}, "children", "Select children from the list"),
    ):
        said = answers("high", now, admin, R4=300) | days(now, **asked)
        answer = page.post(drafting(admin, "high"), said)
        assert answer.status_code == 422
        assert words in str(answer.context["trial"].errors[box])
        shown = answer.content.decode()
        assert f'href="#id_tried-{box}' in shown
        assert 'name="R4" value="300"' in shown
        assert "Children never alerted" not in shown


def test_small_counts_are_left_out_and_zero_is_zero() -> None:
    was, would = Tally(children=20, never_alerted=4), Tally(children=20, never_alerted=5)
    was.by_day[AT.date()], would.by_day[AT.date()] = 3, 28
    was.climbed["call_0"], was.waits = 4, [timedelta(hours=1)] * 4
    would.climbed["call_0"], would.waits = 5, [timedelta(hours=1)] * 4 + [timedelta(hours=2)]
    found = Comparison(Period(AT, AT + 28 * DAY), 20, was, would)
    told = {line.title: (line.was, line.would) for line in replay_lines.lines(found, {})}
    assert told["Alerts"] == ("c", "28")
    assert told["Alerts a day"] == ("c", "1.0")
    assert told["Children never alerted"] == ("c", "5")
    assert told["First police messages"] == ("c", "5")
    assert told["Time to the first police message, median"] == ("c", "1 hour")
    assert told["Time to the first police message, longest"] == ("c", "2 hours")
    assert replay_lines.lines(Comparison(found.period, 9, Tally(), Tally()), {})[0].was == "0"
    would.never_alerted = 18
    told = {line.title: line.would for line in replay_lines.lines(found, {})}
    assert told["Children never alerted"] == "c", "two of twenty were alerted"


def test_of_steps_and_reviews_nothing_of_the_police_is_said_and_their_rungs_are_called_what_they_are() -> (
    None
):
    was, would = Tally(children=20, never_alerted=10), Tally(children=20, never_alerted=10)
    for tally in (was, would):
        tally.by_day[AT.date()], tally.climbed["R1"], tally.climbed["R5"] = 30, 30, 6
    found = Comparison(Period(AT, AT + 28 * DAY), 20, was, would)
    for key, title in (("duty", "R1: duty is told"), ("review", "R1: duty and the social worker are told")):
        told = {line.title: line.was for line in replay_lines.lines(found, {}, key)}
        assert (told["Alerts"], told[title]) == ("30", "30")
        assert not [name for name in told if "police" in name]


@pytest.mark.by_turns
def test_a_draft_of_the_steps_of_a_search_is_tried_as_one_of_contact_is(
    page: Client, admin: User, now: datetime
) -> None:
    authority = admin.memberships.get().authority
    for _ in range(5):
        a_child(authority, at=now - 9 * DAY)
    shown = tried(page, admin, now, "duty", briefing=600)
    assert "5 children for" in shown
    assert "each step or review that nobody had answered" in shown
    assert "Not counted: what is asked about a found child whom nobody has named" in shown
    assert "First police messages" not in shown


@pytest.mark.by_turns
def test_who_may_not_draft_a_policy_may_not_try_one(client: Client, admin: User, now: datetime) -> None:
    client.force_login(a_person(Role.TEAM_MANAGER))
    said = answers("high", now, admin, R4=300) | days(now)
    assert client.post(drafting(admin, "high"), said).status_code == 403


def test_a_proposal_is_made_of_what_is_stored() -> None:
    for version in PolicyVersion.objects.filter(version=1):
        if replays.can_replay(version.key):
            assert isinstance(replays.proposal_of(version.key, version.data), Proposal)


@pytest.fixture
def second(admin: User) -> User:
    return signing(a_person(Role.ADMINISTRATOR, authority=council(admin)))


MISSING = "Try this draft on past days first, or enter why it is not tried"


def marked(page: Client, said: dict[str, object], now: datetime, admin: User, *, key: str = "high") -> str:
    """Try what was said, and take what the page carries on of it."""
    for _ in range(5):
        a_child(council(admin), at=now - 20 * DAY)
    shown = page.post(drafting(admin, key), said | days(now, first=10))
    (mark,) = [answer for name, answer in shown.context["answers"] if name == "trial_mark"]
    assert f'name="trial_mark" value="{mark}"' in shown.content.decode()
    assert "This draft was tried on past days" in shown.content.decode()
    assert 'name="untried_why"' not in shown.content.decode()
    return str(mark)


@pytest.mark.by_turns
def test_times_of_contact_are_agreed_once_they_were_tried_and_the_days_stand_with_the_version(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    address, said = drafting(admin, "high"), answers("high", now, admin, R4=300)
    agreed = signed(said, second) | {"untried_why": ""}
    refused = page.post(address, agreed)
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"untried_why": [MISSING]}
    shown = refused.content.decode()
    assert 'href="#id_untried_why"' in shown
    assert '<input type="hidden" name="R4" value="300">' in shown
    assert second.email in shown
    mark = marked(page, said, now, admin)
    # It goes on with what else is asked.
    again = page.post(address, said | {"trial_mark": mark, "preview": "1"})
    assert mark in again.content.decode()
    assert page.post(address, agreed | {"trial_mark": mark}).status_code == 302
    version = revisions.last_of("high", council(admin).pk)
    first, last = (london_day(now) - ago * DAY for ago in (10, 1))
    assert (version.tried_first, version.tried_last, version.untried_why) == (first, last, "")
    assert "Tried on past days: " in page.get(reverse("policies")).content.decode()
    written = ConfigurationChange.objects.get(kind="policy_published").data
    assert written["tried"] == [first.isoformat(), last.isoformat()]


@pytest.mark.by_turns
def test_why_nothing_was_tried_stands_with_the_version(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    why = {"untried_why": "We begin with Rollcall on Monday"}
    said = signed(answers("high", now, admin, R4=300), second) | why
    wrong = page.post(drafting(admin, "high"), said | {"second_password": "wrong"})
    assert wrong.status_code == 422
    assert why["untried_why"] in wrong.content.decode()
    assert page.post(drafting(admin, "high"), said).status_code == 302
    version = revisions.last_of("high", council(admin).pk)
    assert (version.tried_first, version.untried_why) == (None, why["untried_why"])
    listed = page.get(reverse("policies")).content.decode()
    assert f"Not tried on past days: {why['untried_why']}" in listed


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("other", ["figures", "policy", "council", "version", "forged"])
def test_a_trial_of_another_draft_is_none_of_this_one(
    page: Client, admin: User, second: User, now: datetime, other: str
) -> None:
    address, said = drafting(admin, "high"), answers("high", now, admin, R4=300)
    if other == "figures":
        mark = marked(page, said | {"R4": 290}, now, admin)
    elif other == "policy":
        mark = marked(page, answers("ordinary", now, admin, R5=1450), now, admin, key="ordinary")
    elif other == "council":
        stranger = a_person(Role.ADMINISTRATOR)
        page.force_login(stranger)
        mark = marked(page, answers("high", now, stranger, R4=300), now, stranger)
        page.force_login(admin)
    elif other == "version":
        mark = marked(page, said, now, admin)
        draft = a_draft("high", of=council(admin), begins=now + timedelta(hours=1), R4=310)
        revisions.put_in_force(draft, seconded_by=second, by=admin, at=now)
        said = answers("high", now, admin, R4=300)
    else:
        mark = marked(page, said, now, admin)[:-1]
    before = PolicyVersion.objects.count()
    refused = page.post(address, signed(said, second) | {"untried_why": "", "trial_mark": mark})
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"untried_why": [MISSING]}
    assert "trial_mark" not in refused.content.decode()
    assert PolicyVersion.objects.count() == before


@pytest.mark.by_turns
def test_other_begin_and_other_reason_are_the_same_draft(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    mark = marked(page, answers("high", now, admin, R4=300), now, admin)
    said = answers("high", now, admin, R4=300, reason="As the panel said", takes_effect_at_time="10am")
    agreed = signed(said, second) | {"untried_why": "", "trial_mark": mark}
    assert page.post(drafting(admin, "high"), agreed).status_code == 302


@pytest.mark.by_turns
def test_what_is_no_time_of_contact_is_agreed_without_a_trial(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    PolicyVersion.objects.update(takes_effect_at=now - DAY)
    assert {key for key in TITLES if revisions.is_tried_first(key)} == set(TITLES) - set(OF_OTHER_CLOCKS)
    for key, figures in (
        ("guardian", {"referral": 2}),
        ("duty", {"briefing": 600}),
        ("transfer", {"pending": 5}),
    ):
        said = signed(answers(key, now, admin, **figures), second) | {"untried_why": ""}
        shown = page.post(drafting(admin, key), answers(key, now, admin, **figures))
        assert 'name="untried_why"' not in shown.content.decode()
        assert page.post(drafting(admin, key), said).status_code == 302


def test_no_way_around_the_page_agrees_on_what_was_not_tried(
    admin: User, second: User, now: datetime
) -> None:
    draft = a_draft("high", of=council(admin), begins=now + DAY, R4=300)
    for why in ("", "  "):
        with pytest.raises(IllegalMove, match="Try this draft on past days first"):
            revisions.put_in_force(replace(draft, untried_why=why), seconded_by=second, by=admin, at=now)
    tried = Tried(london_day(now) - 2 * DAY, london_day(now) - DAY)
    revisions.put_in_force(replace(draft, tried=tried), seconded_by=second, by=admin, at=now)
    version = PolicyVersion.objects.filter(key="high").latest("version")
    assert (version.tried_first, version.untried_why) == (tried.first, "")
    for wrong in ({"untried_why": "x"}, {"tried_last": None}, {"tried_last": tried.first - DAY}):
        fields = {"tried_first": tried.first, "tried_last": tried.last, **wrong}
        with pytest.raises(IntegrityError, match="policy_tried_or_not"), transaction.atomic():
            PolicyVersion.objects.create(
                key="x", version=1, data={}, takes_effect_at=now, published_at=now, reason="x", **fields
            )
