"""A guardian's concern about the council: for their own supervisor, and of the council what was promised."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import area_lists, calendars, concern_mails, tasks, watchdog
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, concerns, people, restrictions
from cases.deadlines import at_london, end_of
from cases.models import AccessRecord, Event, Reach, Role, User
from cases.states import IllegalMove
from config.celery import app
from guardians import assignments, council, reasons
from guardians.models import CouncilConcern, CouncilConcernEnding, GuardianAssignment
from tests.alerts.outgoing import Out, catch, send_all
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_service,
    a_watched_child,
    case_closed,
    ended,
    guarded,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
WORDS = "Nobody has asked for a school place since May"
BY_DATE = date(2026, 3, 6)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)


def raised(watched: Watched, *, at: datetime = NOW, **given: Any) -> CouncilConcern:
    given = {"words": WORDS, "shared": False, "key": uuid.uuid4(), "by": watched.guardian} | given
    return council.raise_concern(watched.child, **given, at=at)


def promised(watched: Watched, **given: Any) -> CouncilConcern:
    return raised(watched, promised_by="E. Arnott, head of service", by_date=BY_DATE, **given)


def where(watched: Watched) -> str:
    return reverse("council_concerns", args=[watched.child.reference])


def ending(concern: CouncilConcern) -> str:
    return reverse("council_concern_end", args=[concern.child.reference, concern.pk])


def page(client: Client, reader: User, address: str) -> str:
    client.force_login(reader)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def told(concern: CouncilConcern, step: str) -> set[int | None]:
    return set(Message.objects.filter(concern=concern, step=step).values_list("user", flat=True))


@pytest.mark.by_turns(8)
def test_a_guardian_sends_a_concern_to_the_supervisor_who_closes_it_with_words(
    client: Client, watched: Watched, supervisor: User
) -> None:
    client.force_login(watched.guardian)
    form = {"words": WORDS, "once": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(where(watched), form).status_code == 302
    concern = CouncilConcern.objects.get()
    assert (concern.service, concern.recorded_by) == (watched.assignment.service, watched.guardian)
    listed = page(client, supervisor, reverse("service_home"))
    assert where(watched) in listed
    assert WORDS not in listed
    assert WORDS in page(client, supervisor, where(watched))
    assert client.post(ending(concern), {"words": ""}).status_code == 422
    assert client.post(ending(concern), {"words": "The place is found"}).status_code == 302
    assert "The place is found" in page(client, watched.guardian, where(watched))
    assert where(watched) not in page(client, supervisor, reverse("service_home"))
    assert client.get(ending(concern)).status_code == 404
    assert AccessRecord.objects.filter(child=watched.child, user=supervisor, allowed=True).exists()


def test_the_guardian_closes_their_own(client: Client, watched: Watched) -> None:
    concern = raised(watched)
    client.force_login(watched.guardian)
    client.post(ending(concern), {"words": "The place is found"})
    assert CouncilConcernEnding.objects.get().recorded_by == watched.guardian
    with pytest.raises(IllegalMove, match="closed already"):
        council.end(concern, words="Again", by=watched.guardian, at=NOW)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("reader", ["worker", "manager"])
def test_the_council_reads_a_promise_with_its_day_and_neither_the_words_nor_what_nobody_promised(
    client: Client, watched: Watched, reader: str
) -> None:
    quiet, said = raised(watched, words="Between us"), promised(watched)
    council.end(said, words="They did it", by=watched.guardian, at=NOW + HOUR)
    person = getattr(watched, reader)
    found = page(client, person, where(watched))
    assert "<bdi>E. Arnott, head of service</bdi> has promised something by 6 March 2026." in found
    assert not [word for word in (WORDS, "Between us", "They did it") if word in found]
    timeline = page(client, person, reverse("child", args=[watched.child.reference]))
    assert "Promised to the guardian" in timeline
    assert "raised a concern" not in timeline
    assert not [word for word in (WORDS, "Between us", "They did it") if word in timeline]
    client.force_login(person)
    for concern in (quiet, said):
        assert client.get(ending(concern)).status_code == 404
        assert client.post(ending(concern), {"words": "Closed"}).status_code == 404
    assert client.post(where(watched), {"words": "Mine", "once": uuid.uuid4()}).status_code == 404


def test_words_that_are_shared_are_read_by_the_council_and_the_answer_is_not(
    client: Client, watched: Watched
) -> None:
    council.end(raised(watched, shared=True), words="They did it", by=watched.guardian, at=NOW)
    found = page(client, watched.worker, where(watched))
    assert WORDS in found
    assert "They did it" not in found


@pytest.mark.by_turns
def test_another_guardian_another_service_and_strangers_read_nothing(
    client: Client, watched: Watched, supervisor: User
) -> None:
    concern = promised(watched)
    second, elsewhere = a_person(Role.GUARDIAN), a_service()
    guarded(watched.child, second, lead=False)
    led = membership_of(second).service
    other_lead = a_person(Role.GUARDIAN, service=led, reach=Reach.SERVICE)
    for reader in (second, other_lead):
        found = page(client, reader, where(watched))
        assert "Nothing yet." in found
        assert client.get(ending(concern)).status_code == 404
    strangers = [
        a_person(Role.GUARDIAN, service=watched.assignment.service),
        a_person(Role.GUARDIAN, service=elsewhere, reach=Reach.SERVICE),
        a_watched_child(risk="low").worker,
        watched.carer,
        watched.officer,
    ]
    for reader in strangers:
        client.force_login(reader)
        for address in (where(watched), ending(concern)):
            assert client.get(address).status_code == 404
            assert client.post(address, {"words": "x", "once": uuid.uuid4()}).status_code == 404


@pytest.mark.by_turns
def test_a_supervisor_who_is_kept_from_the_child_or_not_named_reads_nothing_and_is_told_nothing(
    client: Client, watched: Watched, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    concerns.keep_from(watched.child, supervisor, reason="Is their uncle", by=watched.manager, at=NOW - HOUR)
    concern = raised(watched)
    concern_mails.tell(now=NOW)
    assert told(concern, "raised") == {other.pk}
    client.force_login(supervisor)
    assert client.get(where(watched)).status_code == 404
    assert where(watched) not in page(client, supervisor, reverse("service_home"))
    restricted = {"reason": "A threat", "named": [], "by": watched.manager, "at": NOW + HOUR}
    restrictions.restrict(watched.child, **restricted)
    client.force_login(other)
    assert client.get(where(watched)).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    client.force_login(other)
    assert client.get(where(watched)).status_code == 404
    later = raised(watched, at=NOW)
    concern_mails.tell(now=NOW + HOUR)
    assert told(later, "raised") == set()


@pytest.mark.by_turns
def test_the_supervisors_are_told_once_by_reference_alone(
    watched: Watched, supervisor: User, out: Out
) -> None:
    concern = promised(watched)
    for _ in range(3):
        concern_mails.tell(now=NOW)
    assert told(concern, "raised") == {supervisor.pk}
    assert Message.objects.filter(concern=concern).count() == 1
    send_all(NOW)
    (mail,) = out.mails
    text = str(mail.get_body(("plain",)).get_content())
    assert mail["To"] == supervisor.email
    assert mail["Subject"] == f"Child alert {watched.child.reference} - read now"
    hidden = [WORDS, "Arnott", watched.child.given_name, watched.child.family_name, watched.home.address]
    assert not [word for word in hidden if word in " ".join(text.split())]


@pytest.mark.by_turns
def test_whoever_supervises_later_is_told_then(watched: Watched) -> None:
    concern = raised(watched)
    concern_mails.tell(now=NOW)
    assert told(concern, "raised") == set()
    later = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    concern_mails.tell(now=NOW + HOUR)
    assert told(concern, "raised") == {later.pk}


@pytest.mark.by_turns
def test_a_promise_whose_day_has_passed_is_told_to_both_sides_once(
    watched: Watched, supervisor: User, out: Out
) -> None:
    concern = promised(watched)
    over = end_of(BY_DATE)
    concern_mails.tell(now=over - timedelta(seconds=1))
    assert told(concern, "promise") == set()
    for _ in range(2):
        concern_mails.tell(now=over)
    assert told(concern, "promise") == {supervisor.pk, watched.worker.pk, watched.manager.pk}
    send_all(over + HOUR)
    assert out.mails == [], "it is midnight, and can wait"
    send_all(over + 8 * HOUR)
    texts = [" ".join(str(mail.get_body(("plain",)).get_content()).split()) for mail in out.mails]
    passed = [text for text in texts if "PASSED ITS DAY" in text]
    assert len(passed) == 3
    assert all("60 minutes late" in text or "1 hour late" in text for text in passed)
    assert not [text for text in texts if WORDS in text or "Arnott" in text or "Tarekiel" in text]


def test_one_that_is_closed_in_time_tells_nobody_and_stops_what_is_not_out(
    watched: Watched, supervisor: User, out: Out
) -> None:
    concern = promised(watched)
    concern_mails.tell(now=NOW)
    council.end(concern, words="They did it", by=watched.guardian, at=NOW)
    concern_mails.tell(now=end_of(BY_DATE))
    send_all(end_of(BY_DATE))
    assert out.mails == []
    assert list(Message.objects.filter(concern=concern).values_list("status", flat=True)) == [
        MessageStatus.CANCELLED
    ]


@pytest.mark.by_turns
def test_whoever_has_left_or_is_kept_away_since_is_not_sent_what_was_owed(
    watched: Watched, supervisor: User, out: Out
) -> None:
    concern = promised(watched)
    concern_mails.tell(now=end_of(BY_DATE))
    people.leave(membership_of(supervisor), at=end_of(BY_DATE))
    kept = {"reason": "Is their uncle", "by": watched.head, "at": end_of(BY_DATE)}
    concerns.keep_from(watched.child, watched.worker, **kept)
    send_all(end_of(BY_DATE) + 8 * HOUR)
    sent = Message.objects.filter(concern=concern, status=MessageStatus.SENT).values_list("user", flat=True)
    assert list(sent) == [watched.manager.pk]


@pytest.mark.by_turns
def test_a_closed_case_raises_none_and_tells_of_none(
    client: Client, watched: Watched, supervisor: User
) -> None:
    concern = promised(watched)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=NOW)
    concern_mails.tell(now=end_of(BY_DATE))
    assert not Message.objects.filter(concern=concern).exists()
    with pytest.raises(IllegalMove, match="closed"):
        raised(watched)


def handed_over(watched: Watched, following: User, *, at: datetime = NOW + HOUR) -> GuardianAssignment:
    service = membership_of(following).service
    return assignments.hand_over(
        watched.assignment, following, service=service, reason="Moves", by=watched.worker, at=at
    )


@pytest.mark.by_turns(8)
def test_with_the_last_guardian_of_the_service_what_nobody_promised_is_closed_and_what_was_stays_owed(
    watched: Watched,
) -> None:
    quiet, concern = raised(watched), promised(watched)
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    following = handed_over(watched, colleague)
    assert CouncilConcern.objects.open().count() == 2, "a colleague goes on with both"
    assignments.end(following, reason="Not needed", by=watched.worker, at=NOW + 2 * HOUR)
    assert CouncilConcernEnding.objects.get().concern == quiet
    assert CouncilConcernEnding.objects.get().kind == "left"
    over = end_of(BY_DATE)
    for at in (over, over + 2 * DAY, over + 5 * DAY):
        concern_mails.tell(now=at)
    assert told(concern, "promise") == {watched.worker.pk, watched.manager.pk}
    assert told(concern, "council_again") == {watched.manager.pk}
    assert told(concern, "council_head") == {watched.head.pk}


@pytest.mark.by_turns
@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_next_guardian_goes_on_with_a_promise_and_reads_no_words_that_were_written_to_a_supervisor(
    client: Client, watched: Watched, supervisor: User, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    concern = promised(watched)
    service = a_service() if elsewhere else watched.assignment.service
    following = a_person(Role.GUARDIAN, service=service)
    leads = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE) if elsewhere else supervisor
    handed_over(watched, following)
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    assert where(watched) in page(client, following, reverse("guardian_home"))
    assert where(watched) in page(client, leads, reverse("service_home"))
    for reader in (following, leads):
        found = page(client, reader, where(watched))
        assert "E. Arnott, head of service" in found
        reads = reader == leads and not elsewhere
        assert (WORDS in found) is reads
        assert (WORDS in page(client, reader, ending(concern))) is reads
    client.force_login(watched.guardian)
    assert client.get(where(watched)).status_code == 404
    for at in (end_of(BY_DATE), end_of(BY_DATE) + 2 * DAY):
        concern_mails.tell(now=at)
    assert told(concern, "promise") == {leads.pk, watched.worker.pk, watched.manager.pk}
    assert told(concern, "again") == {leads.pk}
    client.force_login(following)
    assert client.post(ending(concern), {"words": "The place is found"}).status_code == 302
    assert "The place is found" in page(client, following, where(watched))
    assert where(watched) not in page(client, following, reverse("guardian_home"))


def called(person: User, name: str) -> User:
    person.name = name
    person.save(update_fields=["name"])
    return person


@pytest.fixture
def team(watched: Watched) -> Watched:
    """The council's people under names of their own."""
    called(watched.worker, "Edda Arnott")
    called(watched.manager, "Signe Mountford")
    called(watched.head, "Orla Penhallow")
    return watched


@pytest.mark.by_turns(8)
def test_while_nobody_watches_a_manager_closes_what_was_promised_but_not_their_own_promise(
    client: Client, team: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = raised(team, promised_by="Signe Mountford", by_date=BY_DATE)
    slip = raised(team, promised_by="Sine Mountford, team manager", by_date=BY_DATE)
    nobodys = raised(team, promised_by="the team manager", by_date=BY_DATE)
    concern = promised(team)
    client.force_login(team.manager)
    assert client.get(ending(concern)).status_code == 404
    assignments.end(team.assignment, reason="Not needed", by=team.worker, at=NOW)
    fallback = reasons.Fallback(
        kind="advocate",
        name="Ines Calloway",
        phone="020 7946 0112",
        organisation="Harbour Advocacy",
        review_date=BY_DATE,
    )
    said = {"kind": "declined", "reason": "Wants none", "fallback": fallback}
    reasons.record(team.child, **said, by=team.worker, at=NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    found = page(client, team.manager, where(team))
    assert "Ines Calloway" in found
    assert WORDS not in found
    assert WORDS not in page(client, team.manager, ending(concern))
    for closed in (own, slip, nobodys):
        assert client.get(ending(closed)).status_code == 404
    client.force_login(team.worker)
    assert client.get(ending(concern)).status_code == 404
    client.force_login(team.manager)
    assert client.post(ending(concern), {"words": "The child has its place"}).status_code == 302
    client.force_login(team.head)
    for closed in (own, slip, nobodys):
        assert client.post(ending(closed), {"words": "Kept, says the child"}).status_code == 302
    assert not CouncilConcern.objects.open().exists()
    assert "Ines Calloway" not in page(client, team.manager, where(team)), "nothing is owed"


@pytest.mark.by_turns(8)
def test_what_the_council_wrote_of_a_promise_between_two_guardians_is_read_by_the_next_and_who_leads_them(
    client: Client, team: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    concern, answer = promised(team), "The child says it has its place"
    assignments.end(team.assignment, reason="Moves", by=team.worker, at=NOW)
    council.end(concern, words=answer, by=team.manager, at=NOW + HOUR)
    service = a_service()
    following = a_person(Role.GUARDIAN, service=service)
    leads = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)
    assert answer in page(client, team.manager, where(team))
    assert answer not in page(client, team.worker, where(team))
    client.force_login(following)
    assert client.get(where(team)).status_code == 404
    guarded(team.child, following, at=NOW + 2 * HOUR)
    for reader in (following, leads):
        found = page(client, reader, where(team))
        assert answer in found
        assert WORDS not in found, "written to another service"


@pytest.mark.by_turns
def test_of_a_child_who_has_died_or_is_looked_for_nobody_is_sent_to_ask_it(
    client: Client, team: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    concern = promised(team)
    assignments.end(team.assignment, reason="Moves", by=team.worker, at=NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    assert "Ask the child, and" in page(client, team.manager, ending(concern))
    episode = missing(team.child, by=team.carer, at=NOW)
    found = page(client, team.manager, ending(concern))
    assert "it is looked for" in found
    assert "Ask the child, and" not in found
    assert [one.due_at for one in calendars.promises([team.child.pk])] == [concern.due_at]
    ended(episode, outcome="died", at=NOW + HOUR / 2)
    found = page(client, team.manager, ending(concern))
    assert "The child has died." in found
    assert "Ask the child, and" not in found
    assert calendars.promises([team.child.pk]) == []
    for step in concern_mails.AFTER:
        assert concern not in concern_mails.waiting(step, end_of(BY_DATE) + 30 * DAY)
    assert concern in concern_mails.waiting("raised", NOW + HOUR), "its guardian's words are heard still"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"words": " "}, "Enter your concern"),
        ({"promised_by": "E. Arnott"}, "who made it and by when"),
        ({"by_date": BY_DATE}, "who made it and by when"),
    ],
)
def test_a_concern_says_what_and_a_promise_who_and_when(
    watched: Watched, given: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(IllegalMove, match=refusal):
        raised(watched, **given)


def test_the_page_asks_for_both_parts_of_a_promise_and_for_no_day_that_has_passed(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.guardian)
    day = {"by_date_day": "1", "by_date_month": "3", "by_date_year": "2026"}
    answer = client.post(where(watched), {"words": WORDS, "once": uuid.uuid4(), **day})
    assert answer.status_code == 422
    assert "The day must be today or later" in answer.content.decode()
    answer = client.post(where(watched), {"words": WORDS, "once": uuid.uuid4(), "promised_by": "E. Arnott"})
    assert "Enter by when it was promised" in answer.content.decode()
    assert not CouncilConcern.objects.exists()


def test_another_concern_under_the_key_of_one_is_refused_and_not_dropped(watched: Watched) -> None:
    first = raised(watched)
    with pytest.raises(IllegalMove, match="on record"):
        raised(watched, key=first.key, words="Something else")


@pytest.mark.by_turns(8)
def test_whoever_watches_over_the_child_no_more_raises_none(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="Moves", by=watched.worker, at=NOW)
    with pytest.raises(IllegalMove, match="do not watch over"):
        raised(watched, at=NOW + HOUR)


def test_nobody_changes_or_removes_a_concern_or_its_end(watched: Watched) -> None:
    concern = raised(watched)
    council.end(concern, words="They did it", by=watched.guardian, at=NOW)
    for statement in (
        "UPDATE guardians_councilconcern SET words = 'x'",
        "DELETE FROM guardians_councilconcern",
        "UPDATE guardians_councilconcernending SET words = 'x'",
        "DELETE FROM guardians_councilconcernending",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    kinds = Event.objects.filter(child=watched.child, kind__startswith="council_").values_list(
        "kind", flat=True
    )
    assert list(kinds.order_by("pk")) == ["council_concern_raised", "council_concern_ended"]


@pytest.mark.by_turns(8)
def test_the_tick_and_the_watchdog_tell(
    watched: Watched, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_concerns"]
    first = raised(watched)
    tasks.tell_of_concerns()
    assert told(first, "raised") == {supervisor.pk}
    second = raised(watched)
    # What fails of one work stops not the other.
    monkeypatch.setattr(area_lists, "owe", lambda now: 1 / 0)
    watchdog.work(clock=lambda: NOW, ends=0, steady=lambda: 1)
    assert told(second, "raised") == {supervisor.pk}


@pytest.mark.by_turns
def test_the_day_of_a_promise_is_the_london_day_also_when_the_clocks_change(watched: Watched) -> None:
    summer = raised(watched, promised_by="E. Arnott", by_date=date(2026, 3, 29))
    assert summer.by_date == date(2026, 3, 29)
    assert summer.due_at == at_london(date(2026, 3, 30), datetime.min.time())


@pytest.fixture
def head(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)


def tick(*moments: datetime) -> None:
    """Two of whatever looks after it, at each of these moments."""
    for at in moments:
        for _ in range(2):
            concern_mails.tell(now=at)


@pytest.mark.by_turns
def test_a_promise_that_nobody_answers_climbs_to_the_supervisor_again_and_then_to_the_head_of_the_service(
    watched: Watched, supervisor: User, head: User, out: Out
) -> None:
    concern, over = promised(watched), end_of(BY_DATE)
    tick(NOW, over, over + 2 * DAY - HOUR)
    assert told(concern, "promise") == {supervisor.pk, watched.worker.pk, watched.manager.pk}
    assert told(concern, "again") == told(concern, "head") == set()
    tick(over + 2 * DAY, over + 5 * DAY - HOUR)
    assert told(concern, "again") == {supervisor.pk}
    assert told(concern, "head") == set()
    tick(over + 5 * DAY, over + 6 * DAY, over + 90 * DAY)
    assert told(concern, "head") == {head.pk}
    in_service = Message.objects.filter(concern=concern).exclude(step__startswith="council_")
    assert in_service.count() == 6, "each step once for each reader"
    send_all(over + 5 * DAY + 8 * HOUR)
    to_head = [mail for mail in out.mails if mail["To"] == head.email]
    (text,) = [" ".join(str(mail.get_body(("plain",)).get_content()).split()) for mail in to_head]
    assert "STILL UNANSWERED" in text
    assert not [word for word in (WORDS, "Arnott", "Tarekiel") if word in text]


@pytest.mark.by_turns
def test_an_answer_ends_the_climb_and_stops_what_waits_for_the_morning(
    watched: Watched, supervisor: User, head: User, out: Out
) -> None:
    concern, over = promised(watched), end_of(BY_DATE)
    tick(over, over + 2 * DAY)
    waits = Message.objects.get(concern=concern, step="again")
    assert waits.next_try_at == waits.owed_at == over + 2 * DAY + 7 * HOUR, "by night nobody is mailed for it"
    council.end(concern, words="They did it", by=supervisor, at=over + 2 * DAY + HOUR)
    tick(over + 5 * DAY)
    send_all(over + 5 * DAY + 8 * HOUR)
    assert out.mails == []
    assert told(concern, "head") == set()


@pytest.mark.by_turns
def test_where_nobody_supervises_the_head_is_told_from_the_first_and_whoever_heads_later_then(
    client: Client, watched: Watched
) -> None:
    concern, over = promised(watched), end_of(BY_DATE)
    tick(NOW, over, over + 5 * DAY)
    assert told(concern, "head") == told(concern, "raised") == set()
    later = a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)
    tick(over + 6 * DAY)
    assert told(concern, "again") == {later.pk}
    assert told(concern, "head") == set(), "one step at a time"
    assert told(concern, "raised") == set(), "what is owed now says it"
    tick(over + 9 * DAY)
    assert told(concern, "head") == {later.pk}
    assert WORDS in page(client, later, where(watched))
    assert where(watched) in page(client, later, reverse("service_home"))


@pytest.mark.by_turns
def test_a_head_who_is_kept_from_the_child_or_of_another_service_hears_nothing(
    client: Client, watched: Watched, supervisor: User, head: User
) -> None:
    stranger = a_person(Role.GUARDIAN, service=a_service(), reach=Reach.DIRECTORATE)
    concerns.keep_from(watched.child, head, reason="Is their uncle", by=watched.manager, at=NOW - HOUR)
    concern, over = promised(watched), end_of(BY_DATE)
    tick(over, over + 2 * DAY, over + 5 * DAY)
    assert told(concern, "head") == set()
    assert told(concern, "again") == {supervisor.pk}
    for reader in (head, stranger):
        client.force_login(reader)
        assert client.get(where(watched)).status_code == 404
