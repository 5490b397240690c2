"""What is added to an episode while it runs: updates, calls and grades; who may write and who may read them."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import episode_updates, escalations, policies, sweep
from alerts.models import Clock, Message, PolicyVersion
from cases import episodes, reviews
from cases.deadlines import london_day
from cases.models import EpisodeCall, EpisodeGrade, EpisodeUpdate, MissingEpisode, User
from cases.templatetags.govuk import gov_date
from tests.cases.expectations import events, refused
from tests.factories import NOT_ASKED, Watched, a_watched_child, ended, missing, reviewed

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NEWS = "A white van was seen by the library"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    sweep.sweep_all(now=now - 5 * MINUTE)
    return found


def told() -> set[User]:
    return {m.user for m in Message.objects.filter(wording="episode_update").select_related("user") if m.user}


def once(**said: str) -> dict[str, str]:
    """The answers of a form that was opened anew."""
    return {"once": str(uuid.uuid4()), **said}


def page(client: Client, person: User, episode: MissingEpisode) -> str:
    client.force_login(person)
    return client.get(f"/missing/{episode.reference}/").content.decode()


@pytest.mark.by_turns
def test_worker_and_guardian_hear_once_that_there_is_something_new(episode, watched, now, settings):
    settings.BUNDLE_SECONDS = 600
    given = {"side": "council", "by": watched.desk.person}
    with events(watched.child, "episode_update", "episode_update"):
        episode_updates.add(episode, text=NEWS, **given, at=now)
        episode_updates.add(episode, text="It drove north", **given, at=now + MINUTE)
    assert told() == {watched.worker, watched.guardian}
    assert Message.objects.filter(wording="episode_update").count() == 2


@pytest.mark.by_turns
def test_whoever_wrote_it_is_not_told(episode, watched, now):
    episode_updates.add(episode, text=NEWS, side="guardian", by=watched.guardian, at=now)
    assert told() == {watched.worker}


@pytest.mark.by_turns
def test_each_side_writes_for_itself(client: Client, episode, watched):
    sides = {"worker": "council", "carer": "home", "guardian": "guardian"}
    for role, side in sides.items():
        client.force_login(getattr(watched, role))
        answer = client.post(f"/missing/{episode.reference}/update/", once(text=f"From {role}"))
        assert answer.status_code == 302
        assert EpisodeUpdate.objects.get(text=f"From {role}").side == side
    shown = page(client, watched.desk.person, episode)
    assert all(f"From {role}" in shown for role in sides)
    of_guardian = page(client, watched.guardian, episode)
    assert "From worker" in of_guardian
    assert "From guardian" in of_guardian
    assert "From carer" not in of_guardian
    of_police = page(client, watched.officer, episode)
    assert "From guardian" in of_police
    assert watched.guardian.name not in of_police
    assert client.post(f"/missing/{episode.reference}/update/", once(text=NEWS)).status_code == 404


@pytest.mark.by_turns
def test_an_update_that_is_sent_twice_is_one_and_told_of_once(client: Client, episode, watched):
    client.force_login(watched.desk.person)
    address, said = f"/missing/{episode.reference}/update/", once(text=NEWS)
    with events(watched.child, "episode_update"):
        pages = [client.post(address, said, follow=True) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert "Added." in pages[1].content.decode(), "whoever pressed twice reads that it is recorded"
    assert EpisodeUpdate.objects.filter(text=NEWS).count() == 1
    assert Message.objects.filter(wording="episode_update").count() == 2, "worker and guardian, once each"
    client.force_login(watched.worker)
    assert client.post(address, said).status_code == 422, "of somebody else it is not the same"
    assert EpisodeUpdate.objects.filter(text=NEWS).count() == 1


@pytest.mark.by_turns
def test_an_update_that_says_nothing_is_asked_for_it(client: Client, episode, watched):
    client.force_login(watched.worker)
    answer = client.post(f"/missing/{episode.reference}/update/", once(text=" "))
    assert answer.status_code == 422
    assert "Enter the update" in answer.content.decode()


@pytest.mark.by_turns(8)
def test_a_call_is_kept_with_who_answered_and_read_by_the_council_alone(client: Client, episode, watched):
    address = f"/missing/{episode.reference}/call/"
    call = once() | {
        "direction": "out",
        "party": "Northmere Police, 101",
        "number": "101",
        "rung_at_when": "now",
        "answered_by": "",
        "said": "",
    }
    for role in ("carer", "guardian", "officer"):
        client.force_login(getattr(watched, role))
        assert client.post(address, call).status_code == 404
    client.force_login(watched.desk.person)
    answer = client.post(address, call)
    assert answer.status_code == 302, answer.content.decode()
    assert EpisodeCall.objects.get().recorded_by == watched.desk.person
    assert "Nobody answered" in page(client, watched.desk.person, episode)
    assert "Nobody answered" not in page(client, watched.guardian, episode)
    client.force_login(watched.desk.person)
    assert client.post(address, call).status_code == 302
    assert EpisodeCall.objects.count() == 1, "the same form"
    assert client.post(address, call | once()).status_code == 302
    assert EpisodeCall.objects.count() == 2, "rung once more in the same minute"


@pytest.mark.by_turns(8)
def test_a_call_of_the_future_is_refused(episode, watched, now):
    with refused(watched.child, "The time of the call must be now or in the past."):
        episodes.log_call(
            episode, direction="in", party="Aunt", rung_at=now + MINUTE, by=watched.worker, at=now
        )


@pytest.mark.by_turns(8)
def test_both_grades_keep_their_history_and_neither_follows_the_other(episode, watched, now):
    given = {"reason": "Collected by a stranger", "by": watched.worker}
    episodes.regrade(episode, whose="ours", grade="high", asked_for_high=True, **given, at=now)
    episodes.regrade(episode, whose="police", grade="medium", **given, at=now)
    episode.refresh_from_db()
    assert (episode.our_grade, episode.police_grade) == ("high", "medium")
    rows = EpisodeGrade.objects.filter(episode=episode)
    assert [(row.whose, row.before, row.grade) for row in rows] == [
        ("ours", "unknown", "high"),
        ("police", "", "medium"),
    ]


@pytest.mark.by_turns(8)
def test_lowering_our_grade_needs_a_second_person_and_raising_none(episode, watched, now):
    given = {"whose": "ours", "reason": "Seen with family", "by": watched.worker}
    episodes.regrade(episode, grade="high", **given, at=now)
    with refused(watched.child, "Lowering the risk needs a second person."):
        episodes.regrade(episode, grade="low", **given, at=now)
    with refused(watched.child, "Lowering the risk needs a second person."):
        episodes.regrade(episode, grade="low", **given, seconded_by=watched.worker, at=now)
    episodes.regrade(episode, grade="low", **given, seconded_by=watched.manager, at=now)
    assert EpisodeGrade.objects.filter(seconded_by=watched.manager).exists()


@pytest.mark.by_turns(8)
def test_a_grade_that_is_sent_twice_is_one_and_said_anew_after_another_it_is_another(episode, watched, now):
    given = {"whose": "ours", "reason": "Seen with family", "by": watched.worker}
    first = episodes.regrade(episode, grade="medium", **given, at=now)
    assert episodes.regrade(episode, grade="medium", **given, at=now + MINUTE) == first
    with events(watched.child, "episode_graded", "episode_graded"):
        episodes.regrade(episode, grade="high", **given, at=now + MINUTE)
        lower = {**given, "seconded_by": watched.manager}
        again = episodes.regrade(episode, grade="medium", **lower, at=now + 2 * MINUTE)
    assert again != first
    # The second person's code is good once: nobody asks for it again.
    assert episodes.regrade(episode, grade="medium", **given, at=now + 2 * MINUTE) == again


@pytest.mark.by_turns(8)
def test_a_grade_says_why_and_an_ended_episode_takes_none(episode, watched, now):
    with refused(watched.child, "Enter the reason."):
        episodes.regrade(episode, whose="ours", grade="high", reason=" ", by=watched.worker, at=now)
    ended(episode, at=now)
    with refused(watched.child, "This episode has ended."):
        episodes.regrade(episode, whose="ours", grade="high", reason="Late", by=watched.worker, at=now)


@pytest.mark.by_turns(8)
def test_the_page_takes_a_grade_and_a_guardian_gives_none(client: Client, episode, watched):
    address = f"/missing/{episode.reference}/grade/"
    given = {"whose": "ours", "grade": "high", "reason": "New to the area", "asked_for_high": "on"}
    client.force_login(watched.guardian)
    assert client.post(address, given).status_code == 404
    client.force_login(watched.worker)
    assert client.post(address, {**given, "grade": "very_low"}).status_code == 422
    assert client.post(address, given).status_code == 302
    assert "We asked the police for high." in page(client, watched.worker, episode)


def review_answers(**more: str) -> dict[str, str]:
    given = {"which": "extra", "held_at_when": "now", "chair": "Mabel Quarmby", "note": "Search goes on"}
    asked = {"asked": "no", "police_not_asked": "The officer is back on Monday"}
    return given | asked | more


@pytest.mark.by_turns(8)
def test_a_review_that_was_due_is_asked_for_and_recorded_with_what_it_decided(client, episode, watched, now):
    MissingEpisode.objects.filter(pk=episode.pk).update(
        since=now - timedelta(days=30), counts_from=now - timedelta(days=30)
    )
    shown = page(client, watched.manager, episode)
    assert shown.count("Multi-agency review") == 4
    assert "Formal review on day 28" in shown
    assert "Review at 3 months" in shown
    assert "Review at 6 months" not in shown, "what is far away waits"
    address = f"/missing/{episode.reference}/review/"
    refused_form = client.post(address, review_answers(chair="", note=""))
    assert refused_form.status_code == 422
    assert "Enter who led the review" in refused_form.content.decode()
    day = london_day(now - timedelta(days=6))
    sooner = {f"held_at_{part}": getattr(day, part) for part in ("day", "month", "year")}
    episode.refresh_from_db()
    formal = reviews.not_held(episode, at=now)[4].key
    before = review_answers(which=formal, held_at_when="earlier", held_at_time="10am", **sooner)
    refused_form = client.post(address, before)
    assert "Select that it is an extra one" in refused_form.content.decode()
    with events(watched.child, "review_held"):
        client.post(address, review_answers(which=formal))
    shown = page(client, watched.worker, episode)
    assert "Formal review on day 28, " in shown
    assert "Mabel Quarmby" in shown
    assert shown.count("Multi-agency review") == 4
    assert episode.reviews.get().kind == "day_28"


@pytest.mark.by_turns(8)
def test_a_review_says_what_the_police_answered_or_why_nobody_has_asked_them(client, episode, watched, now):
    client.force_login(watched.manager)
    address = f"/missing/{episode.reference}/review/"
    offered = client.get(address).content.decode()
    assert "Extra review" in offered
    assert "Multi-agency review" not in offered, "the first is five days away"
    asked = {"which": "extra", "asked": "yes", "police_not_asked": "", "police_asked_at_when": "now"}
    for given, words in (
        ({"asked": ""}, "Select if the police have been asked"),
        ({"police_not_asked": ""}, "Enter why nobody has asked them yet"),
        ({"police_spoken_to": "PC 4471 Vale"}, "Select “Yes”, or clear what the police answered"),
        (asked, "Enter who was spoken to"),
        (asked | {"police_spoken_to": "PC 4471 Vale"}, "Enter what they answered"),
        (asked | {"police_not_asked": "Later"}, "Select “Not yet”, or clear why"),
    ):
        answer = client.post(address, review_answers(**given))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "Mabel Quarmby" in answer.content.decode()
    said = {"police_spoken_to": "PC 4471 Vale", "police_reference": "NM-88", "police_answer": "No news"}
    with events(watched.child, "review_held"):
        client.post(address, review_answers(**asked | said))
    answered = "reference NM-88, answered: No news"
    assert answered in page(client, watched.manager, episode)
    assert answered in client.get(f"/children/{watched.child.reference}/").content.decode()


@pytest.mark.by_turns
def test_a_review_is_recorded_by_the_childs_team_and_read_by_no_home(client, episode, watched):
    address = f"/missing/{episode.reference}/review/"
    for person in (watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(address).status_code == 404
        assert 'id="reviews"' not in page(client, person, episode)


@pytest.mark.by_turns(8)
def test_an_episode_that_has_ended_is_reviewed_no_more(client, episode, watched, now):
    ended(episode, by=watched.desk.person, at=now)
    client.force_login(watched.manager)
    assert client.get(f"/missing/{episode.reference}/review/").url == f"/missing/{episode.reference}/"
    assert "Record a review" not in page(client, watched.manager, episode)


def long_missing(episode: MissingEpisode, now: datetime) -> MissingEpisode:
    """The same episode, begun thirty days ago, with the reviews of its first month recorded but for the last two."""
    began = now - timedelta(days=30)
    MissingEpisode.objects.filter(pk=episode.pk).update(since=began, counts_from=began)
    episode = MissingEpisode.objects.get(pk=episode.pk)
    said = {
        "chair": "E. Arnott",
        "note": "Search goes on",
        "asked": NOT_ASKED,
        "by": User.objects.get(pk=episode.opened_by_id),
    }
    for due in reviews.calendar(began, until=began + timedelta(days=20)):
        reviews.record(episode, due, held_at=due.due_at, **said, at=now)
    return episode


@pytest.mark.by_turns
def test_who_stays_missing_stands_everywhere_with_the_review_that_is_late_and_the_day_of_the_next(
    client, episode, watched, now
):
    episode = long_missing(episode, now)
    *late, coming = [gov_date(due.due_at) for due in reviews.not_held(episode, at=now)]
    next_one, not_recorded = f"Next review on {coming}", f"Review of {late[-1]} not recorded"
    lists = {
        watched.worker: ("/", "/children/", f"/children/{watched.child.reference}/"),
        watched.manager: ("/overview/missing/", "/overview/reviews/"),
        watched.desk.person: ("/duty/",),
    }
    for person, addresses in lists.items():
        client.force_login(person)
        for address in addresses:
            shown = client.get(address).content.decode()
            assert next_one in shown, address
            assert not_recorded in shown, address
        assert f"{not_recorded}. {next_one}" in page(client, person, episode)
    # What the council has not recorded is its own affair.
    for person, address in ((watched.officer, "/"), (watched.guardian, "/"), (watched.carer, "/")):
        client.force_login(person)
        response = client.get(address, follow=True)
        assert response.status_code == 200
        assert "not recorded" not in response.content.decode()
        assert "not recorded" not in page(client, person, episode)


@pytest.mark.by_turns
def test_the_next_thing_named_is_the_review_where_it_comes_before_any_step_and_an_officer_has_the_search(
    client, episode, watched, now
):
    episode = long_missing(episode, now)
    # As where everybody below has been told: what is still owed is weeks away.
    far = (now + timedelta(days=60)).isoformat()
    later = {"contact": {"R4": far}, "call": {"call_60": far}}
    for kind, steps in later.items():
        Clock.objects.filter(child=watched.child, kind=kind).update(steps=steps)
    named = "a review is due (Multi-agency review)"
    pages = {
        watched.worker: f"/children/{watched.child.reference}/",
        watched.desk.person: "/duty/",
        watched.manager: f"/missing/{episode.reference}/",
    }
    for person, address in pages.items():
        client.force_login(person)
        assert named not in client.get(address).content.decode(), "nobody has spoken to an officer"

    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 1 Arnott",
        incident_reference="NM-1",
        by=watched.desk.person,
        at=now,
    )
    for kind, steps in later.items():
        Clock.objects.filter(child=watched.child, kind=kind).update(steps=steps)

    for person, address in pages.items():
        client.force_login(person)
        shown = client.get(address).content.decode()
        assert named in shown, address
        before = shown.partition("the head of service is ")[0]
        assert named in before, address
    assert named not in page(client, watched.officer, episode), (
        "what the council has not recorded is its own affair"
    )

    Clock.objects.filter(child=watched.child, kind__in=later).update(steps={})

    for person, address in pages.items():
        client.force_login(person)
        assert named not in client.get(address).content.decode(), "the line says it already"


@pytest.mark.by_turns
def test_from_day_28_the_councils_pages_say_that_time_closes_nothing_and_that_funding_has_stopped(
    client, episode, watched, now
):
    long_missing(episode, now)
    addresses = (f"/children/{watched.child.reference}/", f"/missing/{episode.reference}/")
    for person, tells in ((watched.worker, True), (watched.carer, False), (watched.officer, False)):
        client.force_login(person)
        for address in addresses:
            shown = client.get(address).content.decode()
            assert ("Do not close" in shown) is tells, (person, address)
            over = gov_date(now - timedelta(days=2))
            assert (f"which were over on {over}" in shown) is tells
            assert shown.count("30 days") == 1, "for how long is said once"


@pytest.mark.by_turns
def test_the_figure_of_reviews_is_the_list_it_leads_to(client, episode, watched, now):
    client.force_login(watched.manager)
    figure = 'id="tile-reviews" href="/overview/reviews/"><span class="rc-tile__number">%d<'
    assert figure % 0 in client.get("/").content.decode(), "the first one is five days away"
    episode = long_missing(episode, now)
    assert figure % 1 in client.get("/").content.decode()
    assert watched.child.reference in client.get("/overview/reviews/").content.decode()
    for due in reviews.not_held(episode, at=now)[:-1]:
        said = {"chair": "E. Arnott", "note": "Search goes on", "asked": NOT_ASKED, "by": watched.manager}
        reviews.record(episode, due, held_at=now, **said, at=now)
    assert figure % 0 in client.get("/").content.decode()
    assert watched.child.reference not in client.get("/overview/reviews/").content.decode()


@pytest.mark.by_turns
def test_the_episode_says_which_review_is_late_and_who_hears_of_the_next_when(client, episode, watched, now):
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=now - timedelta(days=100))
    episode = long_missing(episode, now)
    Clock.objects.filter(kind=Clock.Kind.CONTACT).update(next_at=now)
    sweep.sweep_all(now=now)
    shown = page(client, watched.manager, episode)
    section = shown[shown.index('id="reviews"') :]
    assert section.count(">Late<") == 2
    assert section.count(">Coming<") == 1
    assert section.index("Formal review on day 28") < section.index("Review at 3 months")
    coming = section[section.index("Review at 3 months") :]
    rungs = (
        "are reminded",
        "duty and the social worker are told",
        "the team manager is told",
        "the head of service",
    )
    assert [coming.index(words) for words in rungs] == sorted(coming.index(words) for words in rungs)


@pytest.mark.by_turns(8)
def test_a_record_of_a_review_is_withdrawn_by_the_childs_team_with_a_reason_and_stays_struck_through(
    client, episode, watched, now
):
    review = reviewed(episode)
    address = f"/missing/{episode.reference}/review/{review.pk}/withdraw/"
    other = missing(a_watched_child(at=now - timedelta(hours=5)).child, at=now - 5 * MINUTE)
    client.force_login(watched.manager)
    assert (
        client.get(f"/missing/{episode.reference}/review/{reviewed(other).pk}/withdraw/").status_code == 404
    )
    assert address in page(client, watched.manager, episode)
    refused_form = client.post(address, {"reason": ""})
    assert refused_form.status_code == 422
    assert "Enter why this record is withdrawn" in refused_form.content.decode()
    with events(watched.child, "review_withdrawn"):
        assert client.post(address, {"reason": "Of another child"}).status_code == 302
    shown = page(client, watched.manager, episode)
    assert "Of another child" in shown
    assert address not in shown
    assert client.post(address, {"reason": "Again"}).status_code == 422
    for person in (watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(address).status_code == 404
