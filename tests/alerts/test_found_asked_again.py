"""What is learnt of a found child after its owners have answered is asked of them again, and an answer is put right."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from alerts import policies
from alerts.emails.composition import compose
from alerts.models import Alert, Message, PolicyVersion
from cases import clock, concerns, details, episodes, found
from cases.models import FoundChild, FoundMatch, MissingEpisode
from cases.search import found as searching
from cases.states import IllegalMove
from tests.alerts.outgoing import tick
from tests.cases.expectations import events
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_duty_desk,
    a_force_mailbox,
    a_watched_child,
    an_authority,
    ended,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 30 * HOUR
LATER = NOW + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture(autouse=True)
def _in_force(_moment: None) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council than that of the search, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


@pytest.fixture
def watched() -> Watched:
    w = a_watched_child(at=AT - timedelta(days=60), given_name="Selam", family_name="Tesfay", sex="F")
    details.change(w.child, {"phone": "07700 900982"}, topic="phones", version=0, by=w.worker, at=AT)
    a_force_mailbox(w.force)
    return w


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, wearing="Yellow raincoat", at=AT)
    tick(AT)
    return episode


@pytest.fixture
def row(desk: DutyDesk) -> FoundChild:
    described = found.Described(
        found_at=NOW - HOUR, place="Southmere station", found_by="A guard", sex="F",
        clothing="A yellow raincoat", said="Nothing",
    )  # fmt: skip
    return found.write_down(
        described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=NOW
    )


def answered(
    row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched, answer: str
) -> FoundMatch:
    """Asked about and answered within the half hour, with nobody above duty told."""
    match = found.propose(row, episode, by=desk.person, at=NOW)
    tick(NOW)
    said = {"note": "By the looks", "by": watched.desk.person, "at": NOW + 10 * MINUTE}
    match = found.answer(match, answer=answer, **said)
    tick(NOW + 10 * MINUTE)
    return match


def learn(row: FoundChild, desk: DutyDesk, *, at: datetime = LATER) -> None:
    found.add(row, found.Added(phone="07700 900982"), key=uuid.uuid4(), by=desk.person, at=at)


def told_since(at: datetime, *wordings: str) -> set[tuple[str, str]]:
    rows = Message.objects.filter(created_at__gte=at, wording__in=wordings or ("duty_found",))
    return set(rows.values_list("wording", "post"))


def is_asked() -> bool:
    return Alert.objects.open().filter(clock__duty="found_answer").exists()


@pytest.mark.by_turns
def test_who_could_not_say_is_asked_again_with_its_clock_when_more_is_learnt(
    row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    first = answered(row, episode, desk, watched, "cannot_say")
    assert not is_asked()
    with events(watched.child, "found_proposed"):
        learn(row, desk)
        # What comes while they are asked asks nobody twice.
        learn(row, desk, at=LATER + MINUTE)
    again = FoundMatch.objects.standing().get()
    assert (again.answer, again.proposed_at, again.proposed_by) == ("", LATER, desk.person)
    first.refresh_from_db()
    assert (first.answer, first.note) == ("cannot_say", "By the looks")
    tick(LATER + MINUTE)
    all_told = told_since(LATER, "duty_found", "told_found", "police_found")
    assert all_told == {("duty_found", "duty"), ("told_found", "worker"), ("police_found", "force")}
    tick(LATER + 31 * MINUTE)
    assert ("duty_found", "manager") in told_since(LATER)
    found.answer(again, answer="it_is", note="Her number", by=watched.desk.person, at=LATER + HOUR)
    tick(LATER + HOUR)
    assert not is_asked()


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["it_is", "it_is_not"])
def test_who_has_said_whether_it_is_hears_nothing_of_an_addition_alone(
    row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched, answer: str
) -> None:
    answered(row, episode, desk, watched, answer)
    with events(watched.child):
        learn(row, desk)
    tick(LATER)
    assert not is_asked()


@pytest.mark.by_turns
@pytest.mark.parametrize("why", ["ended", "with child"])
def test_nobody_is_asked_again_who_looks_for_the_child_no_more(
    row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched, why: str
) -> None:
    answered(row, episode, desk, watched, "cannot_say")
    if why == "ended":
        ended(episode, at=NOW + HOUR)
    else:
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=NOW + HOUR)
    learn(row, desk)
    assert FoundMatch.objects.count() == 1


@pytest.mark.by_turns(8)
def test_it_is_not_is_asked_again_on_request_once_more_is_known(
    client: Client, row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    answered(row, episode, desk, watched, "it_is_not")
    client.force_login(desk.person)
    address, ask = f"/found/{row.matter_id}/", f"/found/{row.matter_id}/ask/"
    button = f'id="ask-{episode.pk}"'
    assert button not in client.get(address).content.decode()
    page = client.post(ask, {"reference": episode.reference}, follow=True).content.decode()
    assert "Asked already, answered" in page
    assert "Told: the desk of" not in page
    assert "By the looks" not in page
    assert FoundMatch.objects.count() == 1
    assert searching.found_for(episode, at=LATER) == []
    learn(row, desk, at=LATER - MINUTE)
    assert button in client.get(address).content.decode()
    assert [one for one, _ in searching.found_for(episode, at=LATER)] == [row]
    assert "Told: the desk of" in client.post(f"{ask}{episode.pk}/", follow=True).content.decode()
    again = FoundMatch.objects.standing().get()
    assert (again.answer, FoundMatch.objects.count()) == ("", 2)
    page = client.post(ask, {"reference": episode.reference}, follow=True).content.decode()
    assert "nobody has answered yet" in page
    assert "answered before: It is not this child" in page
    assert button not in page
    assert searching.found_for(episode, at=LATER) == []
    tick(LATER)
    assert ("duty_found", "duty") in told_since(LATER)


@pytest.mark.by_turns(8)
def test_an_owner_puts_an_answer_right_with_a_reason_and_the_earlier_one_stays(
    client: Client, row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    match = answered(row, episode, desk, watched, "it_is_not")
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/found/{match.pk}/"
    assert address in client.get(f"/missing/{episode.reference}/").content.decode()
    read = client.get(address).context["form"].initial["read"]
    given = {"answer": "it_is", "note": "Her aunt knows the coat", "read": read}
    assert client.post(address, given | {"note": ""}).status_code == 422
    # A press of a page from before anybody had answered changes nothing.
    stale = client.post(address, given | {"read": f"{match.pk}  0"})
    assert stale.status_code == 422
    assert "Read it, and answer again" in stale.content.decode()
    assert "Her aunt knows the coat" in stale.content.decode()
    assert stale.context["form"]["read"].value() == read
    for _ in range(2):
        assert client.post(address, given).status_code == 302
    assert [one.answer for one in FoundMatch.objects.all()] == ["it_is_not", "it_is"]
    for page in (address, f"/missing/{episode.reference}/"):
        text = client.get(page).content.decode()
        assert "Answered before: It is not this child" in text
        assert "By the looks" in text
    said = Message.objects.filter(wording="found_answered", channel="mail").order_by("-pk")[0]
    assert "THEY SAY THAT IT IS THEIR CHILD" in compose(said, now=LATER).text
    found.close(row, outcome="identified", episode=episode, reason="Fetched", by=desk.person, at=LATER)
    last = FoundMatch.objects.standing().get()
    with pytest.raises(IllegalMove, match="was closed as the child of this search"):
        found.answer(
            last,
            answer="it_is_not",
            note="No",
            read=found.what_stands(last),
            by=watched.desk.person,
            at=LATER,
        )


@pytest.mark.by_turns(8)
def test_a_child_who_was_claimed_by_mistake_is_not_closed_as_theirs(
    client: Client, row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    match = answered(row, episode, desk, watched, "it_is")
    read = found.what_stands(match)
    given = {"note": "Seen: another girl", "by": watched.desk.person, "at": LATER, "read": read}
    with pytest.raises(IllegalMove, match="answered already"):
        found.answer(match, answer="it_is", **given | {"note": "Once more"})
    found.answer(match, answer="it_is_not", **given)
    with pytest.raises(IllegalMove, match="have not said that it is this one"):
        found.close(row, outcome="identified", episode=episode, reason="Hers", by=desk.person, at=LATER)
    client.force_login(desk.person)
    assert "identified" not in client.get(f"/found/{row.matter_id}/close/").content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        FoundMatch.objects.filter(pk=match.pk).update(note="Never said")


@pytest.mark.by_turns
def test_what_is_learnt_while_somebody_answers_is_read_first(
    client: Client, row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    match = found.propose(row, episode, by=desk.person, at=NOW)
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/found/{match.pk}/"
    read = client.get(address).context["form"].initial["read"]
    learn(row, desk, at=NOW + MINUTE)
    given = {"answer": "it_is_not", "note": "No scar", "read": read}
    page = client.post(address, given)
    assert page.status_code == 422
    assert "07700 900982" in page.content.decode()
    assert not FoundMatch.objects.exclude(answer="").exists()
    read = page.context["form"]["read"].value()
    assert client.post(address, given | {"read": read}).status_code == 302


@pytest.mark.by_turns(8)
def test_from_whom_a_child_is_kept_asks_its_owners_again_and_learns_nothing_by_it(
    client: Client, row: FoundChild, episode: MissingEpisode, desk: DutyDesk, watched: Watched
) -> None:
    answered(row, episode, desk, watched, "cannot_say")
    why = {"reason": "Said to know the driver", "phone": "01632 960001", "by": watched.manager, "at": NOW}
    concerns.keep_from(watched.child, desk.person, **why)
    client.force_login(desk.person)
    more = {"once": uuid.uuid4(), "phone": "07700 900982"}
    page = client.post(f"/found/{row.matter_id}/add/", more, follow=True).content.decode()
    assert episode.reference not in page
    assert watched.authority.name not in page
    assert FoundMatch.objects.standing().get().answer == ""
    said = client.post(f"/found/{row.matter_id}/ask/", {"reference": episode.reference})
    assert "There is no open search of this reference" in said.content.decode()
