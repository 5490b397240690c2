"""Supervision of a social worker: what is written down, once, who reads it, and what of it is nobody else's."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import children, clock, people, plans, supervisions
from cases.deadlines import london_day
from cases.models import Discussion, Event, PlanAction, Reach, Role, Supervision, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.supervisions import Decision, Held, Talk
from tests.counts import a_third
from tests.factories import AT, Watched, a_child, a_person, a_team, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
NEXT = london_day(AT + 21 * DAY)
OWN = "Sleeps badly since the inquest"
SAID = "Wants to stay at the college"
WANTED = "Ring the solicitor before the hearing"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def today(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    return watched


def talk(watched: Watched, **given: Any) -> Talk:
    return Talk(**{"child": watched.child, "discussed": SAID, "direction": WANTED, **given})


def decision(owner: User, **given: Any) -> Decision:
    return Decision(**{"what": "Ask for the interpreter", "owner": owner, "by_date": NEXT, **given})


def held(watched: Watched, at: Any = NOW, *, by: User | None = None, **given: Any) -> Supervision:
    said = {"held_at": AT + HOUR, "next_date": NEXT, "own": OWN, "talks": (talk(watched),), **given}
    return supervisions.record(watched.worker, Held(**said), by=by or watched.manager, at=at)


def path(name: str, *about: Any) -> str:
    return reverse(name, args=about)


@pytest.mark.by_turns
def test_what_was_decided_is_an_action_of_the_plan_and_what_was_said_an_event_of_the_child(
    watched: Watched,
) -> None:
    row = held(watched, talks=(talk(watched, decisions=(decision(watched.worker),)),))
    event = Event.objects.get(child=watched.child, kind="supervised")
    assert (event.happened_at, event.actor) == (AT + HOUR, watched.manager)
    assert OWN not in str(event.data)
    action = PlanAction.objects.get(discussion__supervision=row)
    assert (action.owner, action.by_date, action.recorded_by) == (watched.worker, NEXT, watched.manager)


@pytest.mark.by_turns(8)
def test_the_same_form_is_one_supervision_and_other_words_are_not_dropped(watched: Watched) -> None:
    key = uuid.uuid4()
    talks = (talk(watched, decisions=(decision(watched.worker),)),)
    first = held(watched, key=key, talks=talks)
    assert held(watched, NOW + HOUR, key=key, talks=talks) == first
    assert (Supervision.objects.count(), Discussion.objects.count(), PlanAction.objects.count()) == (1, 1, 1)
    for other in (
        {"own": "Well"},
        {"talks": (talk(watched, decisions=(decision(watched.worker),), direction=""),)},
        {"talks": (talk(watched),)},
        {"talks": ()},
        {"next_date": NEXT + DAY},
    ):
        with pytest.raises(SentBefore):
            held(watched, key=key, **{"talks": talks, **other})
    with pytest.raises(IllegalMove, match="another social worker"):
        held(watched, key=key, talks=talks, by=watched.head)


def test_now_said_twice_is_one_moment(watched: Watched) -> None:
    key = uuid.uuid4()
    first = held(watched, key=key, held_at=NOW)
    assert held(watched, NOW + HOUR, key=key, held_at=NOW + HOUR) == first


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"held_at": NOW + HOUR}, "now or in the past"),
        ({"next_date": london_day(AT + HOUR)}, "after this one"),
        ({"own": " ", "talks": ()}, "what was talked about"),
    ],
)
def test_half_a_supervision_is_none(watched: Watched, given: dict[str, Any], words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        held(watched, **given)
    assert not Supervision.objects.exists()


@pytest.mark.by_turns(8)
def test_nothing_is_written_of_a_child_of_another_or_of_a_closed_case_and_nobody_supervises_themselves(
    watched: Watched,
) -> None:
    with pytest.raises(IllegalMove, match="themselves"):
        held(watched, by=watched.worker)
    with pytest.raises(IllegalMove, match="what was discussed"):
        held(watched, talks=(talk(watched, discussed=" "),))
    other = a_child(team=watched.team, worker=a_person(Role.SOCIAL_WORKER, team=watched.team))
    with pytest.raises(IllegalMove, match=other.reference):
        held(watched, talks=(talk(watched), talk(watched, child=other)))
    with pytest.raises(IllegalMove, match="works with this child"):
        held(watched, talks=(talk(watched, decisions=(decision(watched.carer),)),))
    case_closed(watched.child, reason="Moved on", by=watched.manager, at=NOW)
    with pytest.raises(IllegalMove, match="closed"):
        held(watched)
    assert not Supervision.objects.exists()
    assert not PlanAction.objects.exists()


def test_withdrawn_it_stays_with_its_reason_and_what_was_decided_stays_asked_for(watched: Watched) -> None:
    row = held(watched, talks=(talk(watched, decisions=(decision(watched.worker),)),))
    with pytest.raises(IllegalMove, match="Enter why"):
        supervisions.withdraw(row, reason=" ", by=watched.manager, at=NOW)
    supervisions.withdraw(row, reason="Of another worker", by=watched.manager, at=NOW)
    one = Discussion.objects.get()
    assert (one.withdrawn_by, one.withdrawn_reason) == (watched.manager, "Of another worker")
    assert PlanAction.objects.open().count() == 1
    assert Event.objects.filter(child=watched.child, kind="supervision_withdrawn").count() == 1
    for again in (
        lambda: supervisions.withdraw(row, reason="Again", by=watched.manager, at=NOW),
        lambda: supervisions.withdraw_discussion(one, reason="Again", by=watched.manager, at=NOW),
    ):
        with pytest.raises(IllegalMove, match="already"):
            again()


@pytest.mark.by_turns
def test_one_child_is_withdrawn_alone(watched: Watched) -> None:
    other = a_child(team=watched.team, worker=watched.worker)
    row = held(watched, talks=(talk(watched), talk(watched, child=other)))
    one = row.discussions.get(child=other)
    supervisions.withdraw_discussion(one, reason="Of her brother", by=watched.manager, at=NOW)
    assert list(row.discussions.standing()) == [row.discussions.get(child=watched.child)]
    assert Supervision.objects.standing().count() == 1
    # The rest follows when the whole is withdrawn, and this one keeps its own reason.
    supervisions.withdraw(row, reason="Not held", by=watched.manager, at=NOW)
    one.refresh_from_db()
    assert one.withdrawn_reason == "Of her brother"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"held_by": "worker"}, "supervision_by_another"),
        ({"recorded_at": AT - DAY}, "supervision_not_in_the_future"),
        ({"withdrawn_at": NOW}, "supervision_withdrawn_with_reason"),
    ],
)
def test_the_database_refuses_it_too(watched: Watched, change: dict[str, Any], name: str) -> None:
    row = held(watched)
    given = {key: watched.worker if value == "worker" else value for key, value in change.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Supervision.objects.create(
            **{
                "worker": watched.worker,
                "held_by": watched.manager,
                "held_at": row.held_at,
                "next_date": NEXT,
                "recorded_at": NOW,
                **given,
            }
        )


def test_the_database_refuses_a_child_twice_or_without_words(watched: Watched) -> None:
    row = held(watched)
    other = a_child(team=watched.team, worker=watched.worker)
    for given, name in (
        ({"child": watched.child, "discussed": SAID}, "discussion_of_a_child_once"),
        ({"child": other, "discussed": ""}, "discussion_says_something"),
        ({"child": other, "discussed": SAID, "withdrawn_at": NOW}, "discussion_withdrawn_with_reason"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Discussion.objects.create(supervision=row, **given)


# --- pages


def answers(watched: Watched, **more: Any) -> dict[str, Any]:
    key = watched.child.reference
    return {
        "held_at_when": "now",
        "own": OWN,
        f"discussed_{key}": SAID,
        f"direction_{key}": WANTED,
        "next_date_day": "27",
        "next_date_month": "3",
        "next_date_year": "2026",
        "once": str(uuid.uuid4()),
        **more,
    }


def new(watched: Watched) -> str:
    return f"{path('supervision_new', watched.worker.pk)}?children={watched.child.reference}"


@pytest.mark.by_turns(8)
def test_a_manager_records_one_and_the_worker_finds_what_is_theirs_to_do(
    today: Watched, client: Client
) -> None:
    key = today.child.reference
    client.force_login(today.manager)
    asked = {f"what_1_{key}": "Ask for the interpreter", f"by_1_{key}_day": "12"}
    half = client.post(new(today), answers(today, **asked))
    assert half.status_code == 422
    for words in (SAID, "Select who does it", "must include"):
        assert words in half.content.decode()
    asked |= {f"owner_1_{key}": today.worker.pk, f"by_1_{key}_month": "3", f"by_1_{key}_year": "2026"}
    given = answers(today, **asked)
    done = client.post(new(today), given, follow=True).content.decode()
    for words in (OWN, SAID, WANTED, "Ask for the interpreter", "27 March 2026"):
        assert words in done
    # The same once more is the same; with other words it is kept and told of.
    assert client.post(new(today), given).status_code == 302
    again = client.post(new(today), {**given, "own": "Well again"})
    assert again.status_code == 422
    assert "with other words" in again.content.decode()
    assert Supervision.objects.count() == 1
    client.force_login(today.worker)
    own = client.get(path("supervision_list", today.worker.pk)).content.decode()
    for words in ("yours to do", OWN, SAID, "Ask for the interpreter"):
        assert words in own
    assert "Withdraw" not in own
    assert path("supervision_list", today.worker.pk) in client.get(path("today")).content.decode()
    story = client.get(path("child", key)).content.decode()
    assert SAID in story
    assert OWN not in story
    # Whoever may open the child reads what was said of it, and nothing of the worker.
    for reader in (today.desk.person, a_person(Role.SOCIAL_WORKER, team=today.team)):
        client.force_login(reader)
        shown = client.get(path("child_supervisions", key)).content.decode()
        assert SAID in shown
        assert OWN not in shown


@pytest.mark.by_turns
def test_what_is_missing_is_said_and_nothing_typed_is_lost(today: Watched, client: Client) -> None:
    client.force_login(today.manager)
    key = today.child.reference
    refused = client.post(new(today), answers(today, **{f"discussed_{key}": "", "next_date_day": ""}))
    assert refused.status_code == 422
    for words in ("Enter what was discussed about Tarekiel", WANTED, OWN):
        assert words in refused.content.decode()
    assert not Supervision.objects.exists()


@pytest.mark.by_turns
def test_two_children_of_one_name_are_told_apart_where_something_is_missing(
    today: Watched, client: Client
) -> None:
    client.force_login(today.manager)
    brother = a_child(team=today.team, worker=today.worker, given_name="Tarekiel")
    page = f"{new(today)}&children={brother.reference}"
    given = answers(today, **{f"discussed_{today.child.reference}": ""})
    shown = client.post(page, given).content.decode()
    for child in (today.child, brother):
        assert f"Enter what was discussed about Tarekiel {child.reference}" in shown
        assert f"for <bdi>Tarekiel</bdi> {child.reference}" in shown
    both = {f"discussed_{child.reference}": f"Of {child.reference}" for child in (today.child, brother)}
    assert client.post(page, answers(today, **both)).status_code == 302
    said = {one.child_id: one.discussed for one in Discussion.objects.all()}
    assert said == {child.pk: f"Of {child.reference}" for child in (today.child, brother)}


def test_a_day_that_cannot_be_is_said_beside_it(today: Watched, client: Client) -> None:
    client.force_login(today.manager)
    key = today.child.reference
    asked = {f"what_1_{key}": "Ring", f"owner_1_{key}": today.worker.pk}
    asked |= {f"by_1_{key}_day": "1", f"by_1_{key}_month": "1", f"by_1_{key}_year": "2026"}
    form = client.post(new(today), answers(today, next_date_month="2", **asked)).context["form"]
    assert set(form.errors) == {f"by_1_{key}", "next_date"}


def test_what_was_typed_of_a_child_who_went_to_another_meanwhile_is_shown_and_recorded_nowhere(
    today: Watched, client: Client
) -> None:
    other = a_child(team=today.team, worker=today.worker)
    colleague = a_person(Role.SOCIAL_WORKER, team=today.team)
    children.allocate(other, team=today.team, worker=colleague, by=today.manager, at=NOW)
    client.force_login(today.manager)
    given = answers(today, **{f"discussed_{other.reference}": "Her first weeks"})
    refused = client.post(f"{new(today)}&children={other.reference}", given)
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "Her first weeks" in shown
    assert not Supervision.objects.exists()
    action = shown.partition('<form method="post" action="')[2].partition('"')[0].replace("&amp;", "&")
    assert client.post(action, given).status_code == 302
    assert [one.child for one in Discussion.objects.all()] == [today.child]


@pytest.mark.by_turns(8)
def test_a_supervision_and_what_was_said_of_one_child_are_withdrawn_by_a_manager_alone(
    today: Watched, client: Client
) -> None:
    row = held(today)
    one = row.discussions.get()
    whole = path("supervision_withdraw", row.pk)
    part = path("discussion_withdraw", today.child.reference, one.pk)
    client.force_login(today.worker)
    assert [client.get(each).status_code for each in (whole, part)] == [404, 404]
    client.force_login(today.manager)
    assert client.post(part, {"reason": " "}).status_code == 422
    shown = client.post(part, {"reason": "Of her brother"}, follow=True).content.decode()
    assert "Of her brother" in shown
    assert client.get(part).status_code == 404
    assert "Not held" in client.post(whole, {"reason": "Not held"}, follow=True).content.decode()
    assert client.get(whole).status_code == 404
    assert OWN not in client.get(path("supervision_list", today.worker.pk)).content.decode()


@pytest.mark.by_turns
def test_nobody_but_the_worker_and_their_managers_opens_a_supervision(today: Watched, client: Client) -> None:
    row = held(today)
    one = row.discussions.get()
    elsewhere = a_team(today.authority)
    of_worker = [
        path("supervision_list", today.worker.pk),
        path("supervision_new", today.worker.pk),
        path("supervision_withdraw", row.pk),
    ]
    of_child = [
        path("child_supervisions", today.child.reference),
        path("discussion_withdraw", today.child.reference, one.pk),
    ]
    of_manager = [path("supervision_queue"), path("supervision_worker", today.worker.pk)]
    addresses = [*enumerate((*of_worker, *of_child, *of_manager))]
    answered: dict[str, list[tuple[int, int]]] = {}
    for name, person in {
        "manager": today.manager,
        "head": today.head,
        "another manager": a_person(Role.TEAM_MANAGER, team=elsewhere),
        "a colleague": a_person(Role.SOCIAL_WORKER, team=today.team),
        "another worker": a_person(Role.SOCIAL_WORKER, team=elsewhere),
        "duty": today.desk.person,
        "carer": today.carer,
        "guardian": today.guardian,
        "officer": today.officer,
        "worker": today.worker,
    }.items():
        client.force_login(person)
        asked = a_third(addresses, name)
        answered[name] = [(number, client.get(one).status_code) for number, one in asked]
    wanted = {
        "manager": [200, 200, 200, 200, 200, 200, 200],
        "head": [200, 200, 200, 200, 200, 200, 200],
        "another manager": [404, 404, 404, 404, 404, 200, 404],
        "a colleague": [404, 404, 404, 200, 404, 403, 403],
        "another worker": [404, 404, 404, 404, 404, 403, 403],
        "duty": [404, 404, 404, 200, 404, 403, 403],
        "carer": [403, 403, 403, 404, 404, 403, 403],
        "guardian": [403, 403, 403, 404, 404, 403, 403],
        "officer": [403, 403, 403, 404, 404, 403, 403],
        "worker": [200, 404, 404, 200, 404, 403, 403],
    }
    assert answered == {
        name: [(number, wanted[name][number]) for number, _status in asked]
        for name, asked in answered.items()
    }


@pytest.mark.by_turns
def test_what_was_said_of_a_child_whom_the_worker_opens_no_more_is_not_shown_to_them(
    today: Watched, client: Client
) -> None:
    held(today)
    far = a_team(today.authority)
    children.allocate(today.child, team=far, worker=None, by=today.head, at=NOW + HOUR)
    client.force_login(today.worker)
    shown = client.get(path("supervision_list", today.worker.pk)).content.decode()
    assert OWN in shown
    for words in (SAID, "Tarekiel", today.child.reference):
        assert words not in shown


@pytest.mark.by_turns
def test_more_children_and_supervisions_ask_no_more_questions(today: Watched, client: Client) -> None:
    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    client.force_login(today.manager)
    held(today, talks=(talk(today, decisions=(decision(today.worker),)),))
    pages = [path("supervision_list", today.worker.pk), path("child_supervisions", today.child.reference)]
    before = [asked(one) for one in pages]
    others = [a_child(team=today.team, worker=today.worker) for _ in range(4)]
    for number in range(3):
        talks = tuple(
            talk(today, child=one, decisions=(decision(today.worker),)) for one in (today.child, *others)
        )
        held(today, talks=talks, held_at=AT + HOUR + number * timedelta(minutes=1))
    assert [asked(one) for one in pages] == before


@pytest.mark.by_turns
def test_a_manager_of_the_whole_authority_supervises_in_every_team(watched: Watched) -> None:
    assert watched.head.memberships.get().reach != Reach.TEAM
    assert held(watched, by=watched.head).held_by == watched.head


@pytest.mark.by_turns
def test_an_action_of_a_supervision_ends_on_the_plan(watched: Watched) -> None:
    held(watched, talks=(talk(watched, decisions=(decision(watched.worker),)),))
    action = PlanAction.objects.get()
    plans.end(action, "done", said="The interpreter comes", by=watched.worker, at=NOW)
    assert not PlanAction.objects.open().exists()


def test_a_manager_of_another_authority_strikes_through_nothing_of_a_child_who_is_not_theirs(
    today: Watched, client: Client
) -> None:
    row = held(today)
    elsewhere = a_team()
    other = a_person(Role.TEAM_MANAGER, team=elsewhere)
    people.join(today.worker, Role.SOCIAL_WORKER, team=elsewhere, at=NOW)
    whole = path("supervision_withdraw", row.pk)
    client.force_login(other)
    refused = client.post(whole, {"reason": "Not mine"})
    assert refused.status_code == 422
    assert "Not mine" in refused.content.decode()
    assert today.child.reference not in refused.content.decode()
    assert Discussion.objects.standing().exists()
    assert Supervision.objects.standing().exists()
    client.force_login(today.manager)
    assert client.post(whole, {"reason": "Not held"}).status_code == 302
    assert not Discussion.objects.standing().exists()
