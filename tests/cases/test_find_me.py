"""The find-me profile: how far each section is, who went through it, what a report begins from, and what is kept of it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import find_me_lines, prefills
from cases import clock, details, find_me
from cases.find_me import NOT_STARTED, SECTIONS, State
from cases.models import Child, Event, FindMeReview, FindMeSection, Photo, PhotoSource
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, birth_date=date(2009, 5, 15))


def write(one: Watched, section: str, state: str = State.COMPLETE, version: int = 0, **answers: str):
    given = {"answers": answers, "state": state, "version": version, "by": one.worker}
    return find_me.write(one.child, section, **given, at=AT + 5 * HOUR)


def go_through(one: Watched) -> None:
    for section in find_me.unasked(find_me.standing(one.child)):
        write(one, section.key, State.ASKED)


def test_a_section_is_as_far_as_what_is_held_and_what_was_said_of_it() -> None:
    nobody = Child(given_name="", needs=[], languages=[], spellings=[])
    tall = Child(given_name="", description="Tall", needs=["medicine"], phone="07700 900001")
    photo = Photo(source=PhotoSource.TAKEN)
    unasked = Photo(source=PhotoSource.TAKEN, basis="find")
    ground = Photo(source=PhotoSource.TAKEN, basis="agreed")

    def row(state: str) -> FindMeSection:
        return FindMeSection(state=state)

    for section, said, child, picture, wanted in (
        ("looks", None, nobody, None, NOT_STARTED),
        ("looks", State.ASKED, nobody, None, State.ASKED),
        ("looks", State.ASKED, tall, None, State.COMPLETE),
        ("photo", None, nobody, photo, State.IN_PROGRESS),
        ("photo", None, nobody, unasked, State.IN_PROGRESS),
        ("photo", State.ASKED, nobody, ground, State.COMPLETE),
        ("who", None, Child(given_name="Yusuf"), None, State.IN_PROGRESS),
        ("places", None, nobody, None, NOT_STARTED),
        ("places", State.COMPLETE, nobody, None, State.COMPLETE),
        ("health", None, tall, None, State.IN_PROGRESS),
        ("health", State.ASKED, tall, None, State.IN_PROGRESS),
        ("accounts", State.COMPLETE, tall, None, State.COMPLETE),
    ):
        found = find_me.status(SECTIONS[section], row(said) if said else None, child, picture)
        assert found == wanted, (section, said)


@pytest.mark.by_turns
def test_it_is_gone_through_within_a_day_of_arrival_and_then_by_its_rhythm_and_after_a_return(
    watched: Watched,
) -> None:
    first = papers.clock_of(watched.child, "first_profile")
    assert first.due_at == AT + HOUR + DAY
    with pytest.raises(IllegalMove, match="not begun"):
        find_me.review(watched.child, by=watched.worker, at=AT + 6 * HOUR)
    go_through(watched)
    find_me.review(watched.child, by=watched.worker, at=AT + 6 * HOUR)
    first.refresh_from_db()
    assert first.due_at is None
    assert papers.clock_of(watched.child, "profile").due_at > AT + 89 * DAY
    assert Event.objects.filter(child=watched.child, kind="find_me_reviewed").count() == 1


@pytest.mark.by_turns
def test_two_presses_of_the_review_are_one_and_another_person_or_day_or_section_is_another(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_through(watched)
    first = AT + 6 * HOUR
    client.force_login(watched.worker)
    address = reverse("find_me_review", args=[watched.child.reference])
    for after in (0, 1, 5):
        monkeypatch.setattr(clock, "now", lambda after=after: first + after * MINUTE)
        page = client.post(address, follow=True).content.decode()
        assert "The profile is recorded as reviewed." in page
    rows = FindMeReview.objects.filter(child=watched.child)
    assert [row.at for row in rows] == [first]
    assert Event.objects.filter(child=watched.child, kind="find_me_reviewed").count() == 1
    find_me.review(watched.child, by=watched.manager, at=first + MINUTE)
    assert rows.all().count() == 2, "somebody else has gone through it as well"
    find_me.review(watched.child, by=watched.worker, at=first + 5 * MINUTE)
    assert rows.all().count() == 2, "whoever came in between makes no second of the first"
    find_me.review(watched.child, by=watched.manager, at=first + 7 * MINUTE)
    assert rows.all().count() == 3, "as after a return"
    before = find_me.standing(watched.child)["places"].pk
    said = {"answers": {"school": "Another"}, "state": State.COMPLETE, "version": before}
    find_me.write(watched.child, "places", **said, by=watched.worker, at=first + 8 * MINUTE)
    find_me.review(watched.child, by=watched.manager, at=first + 9 * MINUTE)
    assert rows.all().count() == 4, "of other sections"


@pytest.mark.by_turns(8)
def test_what_is_empty_contradicts_itself_or_comes_too_late_is_refused_and_no_line_is_changed(
    watched: Watched,
) -> None:
    with pytest.raises(IllegalMove, match="what is known"):
        write(watched, "places")
    with pytest.raises(IllegalMove, match="no answers beside it"):
        write(watched, "places", State.ASKED, school="Northmere College")
    row = write(watched, "places", school="Northmere College")
    with pytest.raises(IllegalMove, match="since you opened it"):
        write(watched, "places", school="Another")
    assert write(watched, "places", version=row.pk, school="Another").answers == {"school": "Another"}
    for table in (FindMeSection, FindMeReview):
        go_through(watched)
        find_me.review(watched.child, by=watched.worker, at=AT + 6 * HOUR)
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.filter(child=watched.child).update(child=watched.child)


@pytest.mark.by_turns
def test_a_report_begins_from_it_and_it_stays_to_be_read_as_it_stood_when_the_police_were_owed_word(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = write(watched, "health", medicine="Insulin, 8 hours")
    write(watched, "dangers", exploiters="A grey van")
    held = prefills.answers(watched.child, None, now=AT + 8 * HOUR)
    assert held["medical"] == {"said": "yes", "note": "Insulin, 8 hours"}
    assert held["exploitation"]["note"] == "A grey van"
    episode = missing(watched.child, at=AT + 8 * HOUR)
    moved = {"answers": {"medicine": "None"}, "state": State.COMPLETE, "version": row.pk}
    find_me.write(watched.child, "health", **moved, by=watched.worker, at=AT + 9 * HOUR)
    child = Child.objects.get(pk=watched.child.pk)
    stood = dict(
        find_me_lines.of(
            child, permissions=find_me_lines.WHOLE, at=episode.police_owed_at, now=AT + 10 * HOUR
        ).told
    )
    now = dict(find_me_lines.of(child, permissions=find_me_lines.WHOLE, now=AT + 10 * HOUR).told)
    health = SECTIONS["health"].title
    assert "Insulin" in str(stood[health])
    assert "Insulin" not in str(now[health])
    monkeypatch.setattr(clock, "now", lambda: AT + 10 * HOUR)
    client.force_login(watched.worker)
    page = client.get(reverse("episode_find_me", args=[episode.reference])).content.decode()
    assert "Insulin, 8 hours" in page
    report = client.get(reverse("missing_report", args=[watched.child.reference])).content.decode()
    assert "nothing of it is asked again" in report
    for other in (watched.carer, watched.guardian):
        client.force_login(other)
        assert client.get(reverse("episode_find_me", args=[episode.reference])).status_code == 404
        report = client.get(reverse("missing_report", args=[watched.child.reference])).content.decode()
        assert "nothing of it is asked again" not in report


@pytest.mark.by_turns(8)
def test_a_description_and_a_birth_date_stand_there_as_they_stood(watched: Watched) -> None:
    """In the time of the service, whatever the database's own clock says: shifted, years ahead or behind."""

    def change(topic: str, at: datetime, **values: object) -> None:
        version = details.version_of(watched.child, topic)
        details.change(watched.child, values, topic=topic, version=version, by=watched.worker, at=at)

    def told(at: datetime | None) -> str:
        child = Child.objects.get(pk=watched.child.pk)
        return str(
            dict(find_me_lines.of(child, permissions=find_me_lines.WHOLE, at=at, now=AT + 9 * HOUR).told)
        )

    change("looks", AT + 2 * HOUR, description="Red coat")
    change("looks", AT + 3 * HOUR, description="Blue coat")
    change("age", AT + 5 * HOUR, birth_date=date(2010, 1, 15))
    assert "Red coat" not in told(AT + HOUR)
    for at in (AT + 2 * HOUR, AT + 2.5 * HOUR):
        assert "Red coat" in told(at)
        assert "15 May 2009" in told(at)
    assert "Blue coat" in told(AT + 4 * HOUR)
    assert "15 May 2009" in told(AT + 4 * HOUR)
    assert "15 January 2010" in told(AT + 5 * HOUR)
    assert "Blue coat" in told(None)


@pytest.mark.by_turns(8)
def test_the_list_leads_to_each_section_says_how_complete_it_is_and_takes_the_review(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    client.force_login(watched.worker)
    address = reverse("child_profile", args=[watched.child.reference])
    page = client.get(address).content.decode()
    assert "Not reviewed yet; next review due by" in page
    assert reverse("photo_list", args=[watched.child.reference]) in page
    section = reverse("find_me_section", args=[watched.child.reference, "places"])
    assert client.get(section.replace("places", "else")).status_code == 404
    refused = client.post(section, {"version": 0})
    assert refused.status_code == 422
    assert "Select how far this section is" in refused.content.decode()
    done = client.post(
        section, {"version": 0, "state": "complete", "school": "Northmere College"}, follow=True
    )
    assert "Northmere College" in done.content.decode()
    review = reverse("find_me_review", args=[watched.child.reference])
    refused = client.post(review, follow=True)
    assert refused.redirect_chain == [(address, 302)]
    assert "Some sections are not begun" in refused.content.decode()
    assert not FindMeReview.objects.exists()
    go_through(watched)
    assert "Last reviewed" in client.post(review, follow=True).content.decode()
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Find-me profile reviewed" in story
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert [client.get(one).status_code for one in (address, section)] == [404, 404]


def test_who_was_slower_reads_so_loses_nothing_and_can_save_again(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    client.force_login(watched.worker)
    section = reverse("find_me_section", args=[watched.child.reference, "places"])
    row = write(watched, "places", school="Northmere College")
    slow = {"version": 0, "state": "complete", "school": "Another"}
    refused = client.post(section, slow)
    assert refused.status_code == 422
    assert "Somebody has written here since you opened it" in refused.content.decode()
    assert refused.context["form"]["school"].value() == "Another"
    assert find_me.standing(watched.child)["places"] == row
    version = refused.context["form"]["version"].value()
    assert client.post(section, {**slow, "version": version}).status_code == 302
    assert find_me.standing(watched.child)["places"].answers == {"school": "Another"}


@pytest.mark.by_turns
def test_ethnicity_religion_papers_and_further_numbers_have_a_question_and_hold_nothing_up(
    watched: Watched,
) -> None:
    asked = {"accounts", "dangers", "habits", "health", "people", "places", "traces"}
    assert {section.key for section in find_me.unasked({})} == asked
    row = write(watched, "places", school="Northmere College")
    go_through(watched)
    find_me.review(watched.child, by=watched.worker, at=AT + 6 * HOUR)
    write(watched, "places", version=row.pk, school="Northmere College", religion="Orthodox")
    for section, answers in (
        ("accounts", {"numbers": "07700 900123, in use"}),
        ("traces", {"ethnicity": "Tigrinya", "papers": "A passport, which her aunt holds"}),
    ):
        write(watched, section, version=find_me.standing(watched.child)[section].pk, **answers)
    found = find_me_lines.of(watched.child, permissions=find_me_lines.WHOLE, now=AT + 6 * HOUR)
    told = {value for _title, rows in found.told for _question, value in rows}
    assert told >= {"Orthodox", "07700 900123, in use", "Tigrinya", "A passport, which her aunt holds"}
