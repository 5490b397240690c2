"""An action of a plan is also the home's, the guardian's or of somebody without an account: told, reminded, handed back."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.event_words import reading
from alerts.models import Clock, Message
from cases import (
    action_owners,
    action_words,
    children,
    clock,
    concerns,
    people,
    placements,
    plans,
    restrictions,
)
from cases.access import MATRIX
from cases.action_owners import Owner
from cases.deadlines import END_OF_DAY, at_london
from cases.models import AccessRecord, ActionWord, Event, PlanAction
from cases.states import IllegalMove
from guardians import assignments
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    case_closed,
    membership_of,
    missing,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Monday.
DUE = date(2026, 3, 9)
OVER = at_london(DUE, END_OF_DAY)
NOW = AT + 2 * HOUR
TEACHER = Owner(kind="outside", name="Ada Nkemelu", role="Designated lead", phone="01632 960001")


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def of_home(one: Watched) -> Owner:
    return Owner(kind="home", placement=one.placement)


def of_guardian(one: Watched) -> Owner:
    return Owner(kind="guardian", user=one.guardian)


def asked(one: Watched, owner: Owner, *, what: str = "Fit a lock", at: Any = NOW) -> PlanAction:
    return plans.ask(one.child, what, owner=owner, by_date=DUE, by=one.worker, at=at)


def said(action: PlanAction, by: Any, *, at: Any = NOW + HOUR, words: str = "Fitted") -> ActionWord:
    return action_words.say_done(action, said=words, key=uuid.uuid4(), by=by, at=at)


def swept(one: Watched, at: Any) -> None:
    seen(one.child, by=one.worker, at=at)
    sweep.sweep_all(now=at)


def told(action: PlanAction, wording: str, paper: str = "action") -> list[tuple[str, int | None]]:
    rows = Message.objects.filter(wording=wording, items__alert__clock__duty=f"{paper}:{action.pk}")
    return sorted(rows.distinct().values_list("post", "user"), key=str)


def unowned_at(action: PlanAction) -> Any:
    row = Clock.objects.filter(child=action.child, duty=f"unowned:{action.pk}").first()
    return row.due_at if row is not None else None


# --- who may be asked


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (Owner(kind="outside", name="", role="GP", phone="01632 960001"), "name and the role"),
        (Owner(kind="outside", name="Dr Amis", role=" ", phone="01632 960001"), "name and the role"),
        (Owner(kind="outside", name="Dr Amis", role="GP"), "a phone or an email"),
    ],
)
def test_somebody_outside_has_a_name_a_role_and_a_way_to_be_asked(
    watched: Watched, owner: Owner, words: str
) -> None:
    with pytest.raises(IllegalMove, match=words):
        asked(watched, owner)


@pytest.mark.by_turns(8)
def test_whose_it_is_not_to_do_is_refused(watched: Watched) -> None:
    elsewhere = a_watched_child(at=AT + HOUR)
    for owner in (of_home(elsewhere), of_guardian(elsewhere), Owner(kind="guardian", user=watched.worker)):
        with pytest.raises(IllegalMove):
            asked(watched, owner)
    action = asked(watched, of_guardian(watched))
    for by in (watched.carer, watched.worker, elsewhere.guardian):
        with pytest.raises(IllegalMove, match="not for you"):
            said(action, by)


# --- told and reminded


@pytest.mark.by_turns
def test_the_council_is_told_as_ever_and_the_guardian_is_reminded(watched: Watched) -> None:
    action = asked(watched, of_guardian(watched))
    swept(watched, OVER)
    assert told(action, "paper_due") == [("worker", watched.worker.pk)]
    assert told(action, "action_reminder") == [("promiser", watched.guardian.pk)]
    swept(watched, at_london(DUE + 3 * DAY, END_OF_DAY))
    assert ("manager", watched.manager.pk) in told(action, "paper_due")


@pytest.mark.by_turns
def test_everybody_of_the_home_who_may_open_the_child_is_reminded(watched: Watched) -> None:
    second = a_person("placement_staff", home=watched.home)
    barred = a_person("placement_staff", home=watched.home)
    concerns.keep_from(watched.child, barred, reason="A cousin", by=watched.manager, at=NOW)
    action = asked(watched, of_home(watched))
    swept(watched, OVER)
    people = {watched.carer.pk, second.pk}
    assert {pk for _post, pk in told(action, "action_reminder")} == people
    assert told(action, "paper_due") == [("worker", watched.worker.pk)]


@pytest.mark.by_turns(8)
def test_of_somebody_outside_the_worker_is_the_one_who_is_chased(watched: Watched) -> None:
    action = asked(watched, TEACHER)
    swept(watched, OVER)
    assert told(action, "paper_due") == [("worker", watched.worker.pk)]
    assert told(action, "action_reminder") == []
    action_words.not_yet(action, said="After the holidays", key=uuid.uuid4(), by=watched.worker, at=OVER)
    swept(watched, OVER + HOUR)
    assert papers.is_open(watched.child, f"action:{action.pk}"), "what they say puts nothing off"
    with pytest.raises(IllegalMove, match="Nobody has said"):
        action_words.send_back(action, said="Why", key=uuid.uuid4(), by=watched.worker, at=OVER)


@pytest.mark.by_turns
def test_where_nobody_has_the_childs_work_the_manager_hears_at_once(watched: Watched) -> None:
    action = asked(watched, of_guardian(watched))
    people.leave(membership_of(watched.worker), at=NOW + HOUR)
    seen(watched.child, by=watched.carer, at=OVER)
    sweep.sweep_all(now=OVER)
    assert ("manager", watched.manager.pk) in told(action, "paper_due")
    assert told(action, "action_reminder") == [("promiser", watched.guardian.pk)]


# --- said to be done


@pytest.mark.by_turns
def test_who_calls_it_done_is_answered_and_that_ends_it_once(watched: Watched) -> None:
    action = asked(watched, of_guardian(watched))
    word = said(action, watched.guardian)
    name = f"said_done:{action.pk}"
    due_at = papers.clock_of(watched.child, name).due_at
    assert due_at is not None
    # The action itself is due as before: the council owns the plan.
    assert papers.clock_of(watched.child, f"action:{action.pk}").due_at == OVER
    swept(watched, due_at)
    assert papers.steps(watched.child, name) == ["R1"]
    action_words.send_back(
        action, said="The window too", key=uuid.uuid4(), by=watched.worker, at=due_at + HOUR
    )
    swept(watched, due_at + HOUR)
    assert not papers.is_open(watched.child, name)
    said(action, watched.guardian, at=due_at + 2 * HOUR, words="And the window")
    plans.end(action, "done", said="Looked at it", by=watched.worker, at=due_at + 3 * HOUR)
    swept(watched, due_at + 3 * HOUR)
    assert not papers.is_open(watched.child, name)
    with pytest.raises(IllegalMove, match="already"):
        said(action, watched.guardian, at=due_at + 4 * HOUR)
    assert list(action.words.values_list("kind", flat=True)) == ["done", "sent_back", "done"]
    assert word.said == "Fitted"


@pytest.mark.by_turns(8)
def test_the_first_word_counts_until_it_is_answered_and_the_same_twice_is_one(watched: Watched) -> None:
    action = asked(watched, of_home(watched))
    word = said(action, watched.carer)
    first = papers.clock_of(watched.child, f"said_done:{action.pk}").due_at
    again = action_words.say_done(action, said="Fitted", key=word.key, by=watched.carer, at=NOW + DAY)
    assert again == word
    with pytest.raises(IllegalMove, match="with other words"):
        action_words.say_done(action, said="Both", key=word.key, by=watched.carer, at=NOW + DAY)
    said(action, watched.carer, at=NOW + DAY)
    assert papers.clock_of(watched.child, f"said_done:{action.pk}").due_at == first
    with pytest.raises(IllegalMove, match="what was done"):
        said(action, watched.carer, words=" ")


# --- handed back


@pytest.mark.by_turns(8)
def test_a_home_that_the_child_has_left_hands_it_back_and_the_worker_is_told(watched: Watched) -> None:
    action = asked(watched, of_home(watched))
    assert unowned_at(action) is None
    placed(watched.child, a_home(watched.authority), at=NOW + HOUR)
    assert unowned_at(action) == NOW + HOUR
    swept(watched, NOW + HOUR)
    assert ("worker", watched.worker.pk) in told(action, "paper_due", "unowned")
    with pytest.raises(IllegalMove, match="not for you"):
        said(action, watched.carer, at=NOW + 2 * HOUR)
    action_words.give(action, TEACHER, by=watched.worker, at=NOW + 2 * HOUR)
    swept(watched, NOW + 2 * HOUR)
    assert unowned_at(action) is None
    assert not papers.is_open(watched.child, f"unowned:{action.pk}")
    assert papers.clock_of(watched.child, f"action:{action.pk}").due_at == OVER, "its day stays"


@pytest.mark.by_turns(8)
def test_a_guardian_whose_assignment_or_role_ends_hands_it_back(watched: Watched) -> None:
    first, other = asked(watched, of_guardian(watched)), a_watched_child(at=AT + HOUR)
    assignments.end(watched.assignment, by=watched.manager, reason="moved_away", at=NOW + HOUR)
    assert unowned_at(first) == NOW + HOUR
    second = asked(other, of_guardian(other))
    people.leave(membership_of(other.guardian), at=NOW + HOUR)
    assert unowned_at(second) == NOW + HOUR


@pytest.mark.by_turns
def test_a_mark_hands_it_back_in_the_same_words_and_the_marked_owner_reads_nothing(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    marked, ended = watched, a_watched_child(at=AT + HOUR)
    first, second = asked(marked, of_guardian(marked)), asked(ended, of_guardian(ended))
    concerns.keep_from(marked.child, marked.guardian, reason="A van", by=marked.manager, at=NOW + HOUR)
    assignments.end(ended.assignment, by=ended.manager, reason="moved_away", at=NOW + HOUR)
    pages, homes = [], []
    for one, action in ((marked, first), (ended, second)):
        assert unowned_at(action) == NOW + HOUR
        swept(one, NOW + 2 * HOUR)
        assert told(action, "action_reminder") == []
        assert one.guardian.pk not in {pk for _post, pk in told(action, "paper_due", "unowned")}
        client.force_login(one.guardian)
        gone = client.get(reverse("action_said", args=[one.child.reference, action.key]))
        homes.append(
            (gone.status_code, "Fit a lock" in client.get(reverse("guardian_home")).content.decode())
        )
        client.force_login(one.worker)
        pages.append(client.get(reverse("plan", args=[one.child.reference])).content.decode())
    assert homes == [(404, False), (404, False)]
    assert all("Needs another owner" in page for page in pages)


@pytest.mark.by_turns
def test_whoever_of_the_council_is_marked_or_leaves_hands_it_back(watched: Watched) -> None:
    colleague = a_person("social_worker", team=watched.team)
    leaver = a_person("team_manager", team=watched.team)
    first = asked(watched, action_owners.of_council(colleague))
    second = asked(watched, action_owners.of_council(leaver))
    concerns.keep_from(watched.child, colleague, reason="A cousin", by=watched.manager, at=NOW + HOUR)
    people.leave(membership_of(leaver), at=NOW + 2 * HOUR)
    assert (unowned_at(first), unowned_at(second)) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_whoever_of_the_council_works_in_another_team_hands_it_back(watched: Watched) -> None:
    colleague = a_person("social_worker", team=watched.team)
    head = a_person("team_manager", team=a_team(watched.authority), reach="service")
    desk = watched.desk.person
    first, *stay = [
        asked(watched, action_owners.of_council(one)) for one in (colleague, head, desk, watched.worker)
    ]
    assert [unowned_at(one) for one in (first, *stay)] == [None] * 4
    people.join(colleague, "social_worker", team=a_team(watched.authority), at=NOW + HOUR)
    assert unowned_at(first) is None
    people.leave(colleague.memberships.get(team=watched.team), at=NOW + 2 * HOUR)
    assert unowned_at(first) == NOW + 2 * HOUR
    assert [unowned_at(one) for one in stay] == [None] * 3


@pytest.mark.by_turns
def test_a_child_whose_work_another_team_has_hands_back_what_the_first_promised(watched: Watched) -> None:
    colleague = a_person("social_worker", team=watched.team)
    action = asked(watched, action_owners.of_council(colleague))
    team = a_team(watched.authority)
    worker = a_person("social_worker", team=team)
    children.allocate(watched.child, team=team, worker=worker, by=watched.manager, at=NOW + HOUR)
    assert unowned_at(action) == NOW + HOUR


@pytest.mark.by_turns(8)
def test_a_home_whose_last_carer_who_may_open_the_child_leaves_hands_it_back(watched: Watched) -> None:
    other = a_person("foster_carer", home=watched.home)
    action = asked(watched, of_home(watched))
    concerns.keep_from(watched.child, watched.carer, reason="A van", by=watched.manager, at=NOW + HOUR)
    assert unowned_at(action) is None
    people.leave(membership_of(other), at=NOW + 3 * HOUR)
    assert unowned_at(action) == NOW + 3 * HOUR
    people.join(a_person("guardian"), "foster_carer", home=watched.home, at=NOW + 4 * HOUR)
    assert unowned_at(action) is None


@pytest.mark.by_turns(8)
def test_a_restricted_record_hands_back_what_is_for_nobody_it_names(watched: Watched) -> None:
    named = [watched.worker, watched.manager]
    actions = [asked(watched, one) for one in (of_guardian(watched), of_home(watched), TEACHER)]
    restrictions.restrict(watched.child, reason="A threat", named=named, by=watched.manager, at=NOW + HOUR)
    assert [unowned_at(one) for one in actions] == [NOW + HOUR, NOW + HOUR, None]


@pytest.mark.by_turns(8)
def test_what_was_called_done_before_it_was_given_to_another_waits_no_more(watched: Watched) -> None:
    action = asked(watched, of_home(watched))
    said(action, watched.carer)
    action_words.give(action, of_guardian(watched), by=watched.worker, at=NOW + 2 * HOUR)
    clock_of = papers.clock_of(watched.child, f"said_done:{action.pk}")
    assert clock_of.due_at is None
    twice = action_words.give(action, of_guardian(watched), by=watched.worker, at=NOW + 3 * HOUR)
    assert twice.given_at == NOW + 2 * HOUR, "the same owner again changes nothing"
    assert Event.objects.filter(kind="action_given").count() == 1
    plans.end(action, "withdrawn", said="No lock there", by=watched.worker, at=NOW + 4 * HOUR)
    for verb in (
        lambda: action_words.give(action, TEACHER, by=watched.worker, at=NOW + 5 * HOUR),
        lambda: said(action, watched.guardian, at=NOW + 5 * HOUR),
    ):
        with pytest.raises(IllegalMove, match="already"):
            verb()


@pytest.mark.by_turns
def test_the_timeline_says_who_had_it_at_the_time_and_of_older_events_who_has_it_now(
    watched: Watched,
) -> None:
    action = asked(watched, of_home(watched))
    action_words.give(action, TEACHER, by=watched.worker, at=NOW + HOUR)
    owner = PlanAction.objects.get(pk=action.pk).owned_by
    events = list(Event.objects.filter(kind__in=("action_asked", "action_given")).order_by("pk"))
    words = reading.read(events, permissions=frozenset(MATRIX))
    assert watched.home.name in words[events[0].pk].text
    assert owner not in words[events[0].pk].text
    assert owner in words[events[1].pk].text
    # Written before the owner was kept with it.
    del events[0].data["of"]
    assert owner in reading.read(events, permissions=frozenset(MATRIX))[events[0].pk].text


@pytest.mark.by_turns
def test_a_search_and_a_closed_case_ask_nobody_for_another_owner(watched: Watched) -> None:
    action = asked(watched, of_home(watched))
    missing(watched.child, by=watched.worker, at=NOW + HOUR)
    placements.end(
        watched.placement, ends_at=NOW + 2 * HOUR, reason="Moved", by=watched.worker, at=NOW + 2 * HOUR
    )
    assert unowned_at(action) is None
    other = a_watched_child(at=AT + HOUR)
    second = asked(other, of_guardian(other))
    name = f"unowned:{second.pk}"
    assignments.end(other.assignment, by=other.manager, reason="moved_away", at=NOW + HOUR)
    swept(other, NOW + HOUR)
    assert papers.is_open(other.child, name)
    case_closed(other.child, reason="Reunited", by=other.manager, at=NOW + 2 * HOUR)
    sweep.sweep_all(now=NOW + DAY)
    assert not papers.is_open(other.child, name)


# --- the pages


@pytest.fixture
def at_noon(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    return client


def page(client: Client, user: Any, name: str, *args: Any) -> str:
    client.force_login(user)
    return client.get(reverse(name, args=args)).content.decode()


@pytest.mark.by_turns
def test_home_and_guardian_read_their_own_and_say_done_and_the_worker_sends_it_back(
    watched: Watched, at_noon: Client
) -> None:
    home = asked(watched, of_home(watched), what="Wake at night")
    guardian = asked(watched, of_guardian(watched), what="Ring the college")
    roll = page(at_noon, watched.carer, "roll_call", watched.home.pk)
    looks = page(at_noon, watched.guardian, "guardian_home")
    assert ("Wake at night" in roll, "Ring the college" in roll) == (True, False)
    assert ("Wake at night" in looks, "Ring the college" in looks) == (False, True)
    address = reverse("action_said", args=[watched.child.reference, guardian.key])
    at_noon.force_login(watched.guardian)
    refused = at_noon.post(address, {"said": "", "once": str(uuid.uuid4())})
    assert (refused.status_code, "Enter what was done" in refused.content.decode()) == (422, True)
    assert at_noon.post(address, {"said": "Rang them", "once": str(uuid.uuid4())}).status_code == 302
    shown = page(at_noon, watched.worker, "plan", watched.child.reference)
    assert "Rang them" in shown
    assert "Confirm it, or send it back" in shown
    ending = reverse("action_end", args=[watched.child.reference, guardian.key])
    back = {"ending": "go_on", "said": "Write to them as well", "once": str(uuid.uuid4())}
    assert at_noon.post(ending, back).status_code == 302
    assert "Write to them as well" in page(at_noon, watched.guardian, "guardian_home")
    at_noon.force_login(watched.worker)
    # Of the home's nobody has said anything: there is nothing to send back.
    ending = reverse("action_end", args=[watched.child.reference, home.key])
    assert at_noon.post(ending, back).status_code == 422
    assert AccessRecord.objects.filter(user=watched.guardian, page="action_said").exists()


@pytest.mark.by_turns(8)
def test_a_stranger_finds_no_action_of_another(watched: Watched, at_noon: Client) -> None:
    elsewhere = a_watched_child(at=AT + HOUR)
    action = asked(watched, of_guardian(watched))
    for who, name in (
        (elsewhere.guardian, "action_said"),
        (elsewhere.carer, "action_said"),
        (watched.carer, "action_said"),
        (watched.worker, "action_said"),
        (watched.guardian, "action_give"),
        (watched.carer, "action_end"),
    ):
        at_noon.force_login(who)
        for send in (at_noon.get, at_noon.post):
            assert send(reverse(name, args=[watched.child.reference, action.key])).status_code == 404, name


@pytest.mark.by_turns(8)
def test_the_form_offers_home_and_guardian_and_asks_for_whoever_is_outside(
    watched: Watched, at_noon: Client
) -> None:
    barred = a_watched_child(at=AT + HOUR)
    concerns.keep_from(barred.child, barred.guardian, reason="A van", by=barred.manager, at=NOW)
    offered = page(at_noon, barred.worker, "action_new", barred.child.reference)
    assert f"guardian:{barred.guardian.pk}" not in offered
    shown = page(at_noon, watched.worker, "action_new", watched.child.reference)
    for value in ('value="home"', f'value="guardian:{watched.guardian.pk}"', 'value="outside"'):
        assert value in shown, value
    form = {
        "what": "Watch who waits at the gate",
        "owner": "outside",
        "owner_name": "Ada Nkemelu",
        "owner_role": "",
        "owner_phone": "",
        "once": str(uuid.uuid4()),
        "by_date_day": DUE.day,
        "by_date_month": DUE.month,
        "by_date_year": DUE.year,
    }
    address = reverse("action_new", args=[watched.child.reference])
    text = at_noon.post(address, form).content.decode()
    for words in ("Enter the role", "Enter a phone, or an email address", "Ada Nkemelu", "at the gate"):
        assert words in text, words
    both = at_noon.post(address, {**form, "owner": str(watched.worker.pk)}).content.decode()
    assert "empty the fields for them" in both
    right = {**form, "owner_role": "Designated lead", "owner_email": "lead@school.example"}
    assert at_noon.post(address, right).status_code == 302
    action = PlanAction.objects.get(child=watched.child)
    assert (action.owned_by, action.reached_by) == ("Ada Nkemelu, Designated lead", "lead@school.example")
    give = reverse("action_give", args=[watched.child.reference, action.key])
    assert at_noon.post(give, {"owner": "home"}).status_code == 302
    action.refresh_from_db()
    assert action.owned_by == watched.home.name
    not_yet = {"ending": "go_on", "said": "They will see", "once": str(uuid.uuid4())}
    ending = reverse("action_end", args=[watched.child.reference, action.key])
    assert at_noon.post(ending, not_yet).status_code == 422, "the home says so itself"
