"""What the council promised a guardian climbs in the council: to who promised it, the team's manager, the head of service."""

from datetime import timedelta

import pytest

from alerts import concern_mails
from alerts.models import Message
from alerts.states import MessageStatus
from cases import concerns
from cases.deadlines import end_of
from cases.models import Reach, Role, User
from guardians import council
from tests.alerts.outgoing import Out, catch, send_all
from tests.factories import Watched, a_person, a_watched_child
from tests.guardians.test_council import BY_DATE, NOW, WORDS, promised, raised, told

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OVER = end_of(BY_DATE)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def colleague_of(watched: Watched, name: str, role: Role = Role.SOCIAL_WORKER) -> User:
    person = a_person(role, team=watched.team)
    person.name = name
    person.save()
    return person


@pytest.mark.by_turns
def test_a_promise_that_is_not_kept_climbs_to_the_manager_and_the_head_of_service_by_its_days(
    watched: Watched,
) -> None:
    concern = promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 2 * DAY - MINUTE)
    assert told(concern, "council_again") == set()
    for _ in range(2):
        concern_mails.tell(now=OVER + 2 * DAY)
    assert told(concern, "council_again") == {watched.manager.pk}
    concern_mails.tell(now=OVER + 5 * DAY - MINUTE)
    assert told(concern, "council_head") == set()
    for day in (5, 6, 30):
        concern_mails.tell(now=OVER + day * DAY)
    assert told(concern, "council_head") == {watched.head.pk}
    rows = Message.objects.filter(concern=concern, step__startswith="council_")
    assert set(rows.values_list("wording", "post")) == {
        ("promise_not_kept", "manager"),
        ("promise_not_kept", "head"),
    }
    assert rows.count() == 2, "each hears once"


@pytest.mark.by_turns
def test_whoever_promised_it_hears_when_its_day_is_over_where_the_name_is_one_person_of_the_council(
    watched: Watched,
) -> None:
    owner = colleague_of(watched, "Elin Arnott", Role.DUTY_DESK)
    concern = promised(watched)
    concern_mails.tell(now=OVER)
    assert told(concern, "promise") == {owner.pk, watched.worker.pk, watched.manager.pk}
    assert Message.objects.get(concern=concern, user=owner).post == "owner"


@pytest.mark.by_turns
def test_a_name_that_is_two_people_nobody_there_or_somebody_kept_from_the_child_adds_nobody(
    watched: Watched,
) -> None:
    usual = {watched.worker.pk, watched.manager.pk}
    other = a_watched_child()
    colleague_of(other, "Elin Arnott", Role.DUTY_DESK)
    elsewhere = promised(watched)
    owner = colleague_of(watched, "Elin Arnott", Role.DUTY_DESK)
    concerns.keep_from(watched.child, owner, reason="Is their uncle", by=watched.manager, at=NOW)
    concern_mails.tell(now=OVER)
    assert told(elsewhere, "promise") == usual
    third = a_watched_child()
    for name in ("Elin Arnott", "Eva Arnott"):
        colleague_of(third, name, Role.DUTY_DESK)
    unsure = promised(third)
    concern_mails.tell(now=OVER)
    assert told(unsure, "promise") == {third.worker.pk, third.manager.pk}


@pytest.mark.by_turns
def test_a_promise_that_is_kept_climbs_no_further_and_what_waits_for_the_morning_is_not_sent(
    watched: Watched, out: Out
) -> None:
    concern = promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 2 * DAY)
    council.end(concern, words="The place is found", by=watched.guardian, at=OVER + 2 * DAY + MINUTE)
    concern_mails.tell(now=OVER + 9 * DAY)
    send_all(OVER + 9 * DAY + 10 * HOUR)
    assert told(concern, "council_head") == set()
    assert out.mails == []
    states = Message.objects.filter(concern=concern).values_list("status", flat=True)
    assert set(states) == {MessageStatus.CANCELLED}


def test_the_mail_to_the_council_holds_no_word_of_the_guardian_nor_who_promised(
    watched: Watched, out: Out
) -> None:
    promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 2 * DAY)
    send_all(OVER + 2 * DAY + 10 * HOUR)
    texts = [" ".join(str(mail.get_body(("plain",)).get_content()).split()) for mail in out.mails]
    climbed = [text for text in texts if "A PROMISE TO A GUARDIAN IS NOT KEPT" in text]
    assert len(climbed) == 1
    assert not [text for text in climbed if WORDS in text or "Arnott" in text]


@pytest.mark.by_turns
def test_of_a_concern_that_nobody_promised_anything_for_the_council_hears_nothing(watched: Watched) -> None:
    concern = raised(watched, shared=True)
    for day in (20, 40, 60):
        concern_mails.tell(now=NOW + day * DAY)
    council_posts = Message.objects.filter(concern=concern).exclude(post="supervisor")
    assert not council_posts.exists()


@pytest.mark.by_turns
def test_without_a_head_of_service_who_may_hear_the_manager_has_heard_and_a_later_head_is_told_then(
    watched: Watched,
) -> None:
    concerns.keep_from(watched.child, watched.head, reason="Is their uncle", by=watched.manager, at=NOW)
    concern = promised(watched)
    for day in (0, 2, 5):
        concern_mails.tell(now=OVER + day * DAY)
    assert told(concern, "council_head") == set()
    later = a_person(Role.TEAM_MANAGER, team=watched.team, reach=Reach.SERVICE)
    concern_mails.tell(now=OVER + 6 * DAY)
    assert told(concern, "council_head") == {later.pk}
