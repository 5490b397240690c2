"""Two records of one child: said by one, confirmed by another, undone by one; a search goes on, and may be ended as always."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import oversight
from cases import (
    carried,
    clock,
    concerns,
    contacts,
    incidents,
    link_requests,
    links,
    restrictions,
    same_child,
)
from cases.models import (
    AccessRecord,
    Authority,
    Child,
    ChildLink,
    Contact,
    Event,
    LinkRequest,
    Means,
    MissingEpisode,
    User,
)
from cases.states import EpisodeStatus, IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_sighting,
    a_watched_child,
    case_closed,
    ended,
    missing,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 30 * HOUR
SAYS = links.Claim(kind="same", said_by="The child, by another name")
FOUND: dict[str, Any] = {"how": "By the photo"}


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@dataclass(frozen=True)
class Pair:
    """A child, its second record of the same council, and a second person of it who may read both."""

    first: Watched
    again: Child
    second: User

    @property
    def link(self) -> ChildLink:
        return ChildLink.objects.get(kind="same")


@pytest.fixture
def pair() -> Pair:
    first = a_watched_child(given_name="Selam")
    again = a_child(team=first.team, given_name="Miryam", worker=first.worker, at=AT + 20 * HOUR)
    links_by = first.worker
    same_child.say(first.child, again, SAYS, by=links_by, at=AT + 21 * HOUR)
    return Pair(first, again, first.manager)


def confirm(pair: Pair, by: User | None = None, at: Any = NOW) -> ChildLink:
    return same_child.check(pair.link, result="confirmed", **FOUND, by=by or pair.second, at=at)


def undo(pair: Pair, by: User | None = None, at: Any = NOW + HOUR) -> ChildLink:
    return same_child.check(pair.link, result="not_so", how="Another face", by=by or pair.first.worker, at=at)


def of_first(pair: Pair) -> list[Contact]:
    return list(Contact.objects.standing().filter(child=pair.first.child).order_by("pk"))


@pytest.mark.by_turns(8)
def test_whoever_said_it_does_not_confirm_it_and_a_second_person_does(pair: Pair) -> None:
    with pytest.raises(IllegalMove, match="Another person confirms this"):
        confirm(pair, pair.first.worker)
    assert confirm(pair).check_result == "confirmed"
    with pytest.raises(IllegalMove, match="confirmed already"):
        confirm(pair)
    assert undo(pair).check_result == "not_so", "one person alone undoes it, be it who said it"
    assert not Child.objects.filter(closed_at__isnull=False).exists()


@pytest.mark.by_turns(8)
def test_the_database_takes_no_confirmation_by_whoever_said_it(pair: Pair) -> None:
    wrong = (
        "UPDATE cases_childlink SET check_result = 'confirmed', checked_how = 'x', checked_at = now(),"
        " checked_by_id = recorded_by_id"
    )
    with pytest.raises(IntegrityError, match="link_same_child_said_by_two"), transaction.atomic():
        connection.cursor().execute(wrong)
    confirm(pair)
    with pytest.raises(IntegrityError, match="link_same_child_said_by_two"), transaction.atomic():
        connection.cursor().execute("UPDATE cases_childlink SET checked_by_id = recorded_by_id")
    with pytest.raises(IntegrityError, match="link_checked_by_somebody"), transaction.atomic():
        connection.cursor().execute("UPDATE cases_childlink SET checked_by_id = NULL")
    # Who said it is never changed, nor is another bond, which one person may check alone, made into this one.
    for column in ("recorded_by_id = checked_by_id", "kind = 'same'"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(f"UPDATE cases_childlink SET {column}")


@pytest.mark.by_turns(8)
def test_what_is_no_claim_of_one_child_is_refused(pair: Pair) -> None:
    first, worker = pair.first.child, pair.first.worker
    said: dict[str, Any] = {"by": worker, "at": NOW}
    drill = a_child(team=pair.first.team, worker=worker)
    Child.objects.filter(pk=drill.pk).update(is_drill=True)
    drill.refresh_from_db()
    with pytest.raises(IllegalMove, match="drill"):
        same_child.say(first, drill, SAYS, **said)
    danger = links.Claim(kind="same", said_by="x", may_be_danger=True)
    with pytest.raises(IllegalMove, match="no danger to itself"):
        same_child.say(first, a_child(team=pair.first.team), danger, **said)
    with pytest.raises(IllegalMove, match="linked so already"):
        same_child.say(pair.again, first, SAYS, **said)
    with pytest.raises(IllegalMove, match="same child"):
        same_child.say(first, first, SAYS, **said)


@pytest.mark.by_turns(8)
def test_whoever_may_not_read_both_records_confirms_nothing(pair: Pair) -> None:
    stranger = a_watched_child()
    for person in (stranger.manager, stranger.desk.person, pair.first.carer, pair.first.officer):
        with pytest.raises(IllegalMove, match="may read both records"):
            confirm(pair, person)
    assert pair.link.check_result == "not_checked"


@pytest.mark.by_turns
def test_nobody_confirms_while_the_two_are_not_guarded_alike(pair: Pair) -> None:
    uncle = a_person("guardian")
    mark = {"reason": "A threat", "by": pair.first.manager, "at": NOW}
    concerns.keep_from(pair.first.child, uncle, **mark)
    other_manager = a_person("team_manager", team=pair.first.team)
    with pytest.raises(IllegalMove, match="not guarded alike"):
        confirm(pair, other_manager)
    concerns.keep_from(pair.again, uncle, **mark)
    assert confirm(pair, other_manager, NOW + HOUR).check_result == "confirmed"


@pytest.mark.by_turns(8)
def test_nobody_confirms_while_one_of_the_two_is_restricted(pair: Pair) -> None:
    restrictions.restrict(pair.again, reason="A threat", named=[pair.first.worker], by=pair.second, at=NOW)
    with pytest.raises(IllegalMove, match="not guarded alike"):
        confirm(pair, at=NOW + HOUR)


def gone(pair: Pair) -> MissingEpisode:
    return missing(pair.first.child, by=pair.first.carer, at=AT + 2 * HOUR)


@pytest.mark.by_turns
def test_a_search_learns_once_that_the_child_was_seen_by_its_other_name_and_does_not_end(pair: Pair) -> None:
    episode = gone(pair)
    seen(pair.again, by=pair.first.worker, at=NOW - 3 * HOUR)
    last = seen(pair.again, by=pair.first.worker, at=NOW - 2 * HOUR)
    seen(pair.again, by=pair.first.worker, at=NOW - HOUR, means=Means.MESSAGE)
    confirm(pair)
    (copy,) = of_first(pair)
    assert (copy.happened_at, copy.witness, copy.means) == (last.happened_at, last.witness, last.means)
    assert (copy.recorded_by, copy.note) == (pair.second, "")
    episode.refresh_from_db()
    assert episode.reported_seen_at == NOW
    assert (episode.status, episode.ended_at) == (EpisodeStatus.MISSING, None)
    for _ in range(2):
        same_child.follow(now=NOW + HOUR)
    assert of_first(pair) == [copy], "once"
    assert Contact.objects.filter(child=pair.again).count() == 3, "nor does it come back"
    newer = seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    same_child.follow(now=NOW + 2 * HOUR)
    assert [one.happened_at for one in of_first(pair)] == [last.happened_at, newer.happened_at]


@pytest.mark.by_turns
def test_what_was_seen_before_the_child_went_is_no_sighting(pair: Pair) -> None:
    seen(pair.again, by=pair.first.worker, at=AT + 21 * HOUR)
    left = {"at": AT + 23 * HOUR, "last_seen_at": AT + 22 * HOUR}
    missing(pair.first.child, by=pair.first.carer, **left)
    confirm(pair)
    assert of_first(pair) == []


@pytest.mark.by_turns
def test_found_not_so_takes_back_what_it_told_and_the_search_is_as_it_was(pair: Pair) -> None:
    episode = gone(pair)
    seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    undo(pair)
    assert of_first(pair) == []
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.ended_at) == (None, None)
    assert Contact.objects.standing().filter(child=pair.again).count() == 1, "on its own record it stands"
    same_child.follow(now=NOW + 2 * HOUR)
    assert of_first(pair) == []
    confirm(pair, at=NOW + 3 * HOUR)
    assert len(of_first(pair)) == 1, "confirmed again it is told again"


@pytest.mark.by_turns
def test_a_sighting_that_is_withdrawn_is_withdrawn_where_it_was_carried_and_stays_away(pair: Pair) -> None:
    gone(pair)
    last = seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    contacts.withdraw(last, reason="Another child", by=pair.first.worker, at=NOW + HOUR)
    for _ in range(2):
        same_child.follow(now=NOW + 2 * HOUR)
    assert of_first(pair) == []
    (copy,) = Contact.objects.filter(child=pair.first.child)
    assert copy.withdrawn_reason == carried.WITHDRAWN_THERE


@pytest.mark.by_turns
def test_pairs_of_whom_nobody_is_looked_for_cost_no_query_more(pair: Pair) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            same_child.follow(now=NOW + HOUR)
        return len(queries)

    alone = asked()
    confirm(pair)
    for _ in range(3):
        again = a_child(team=pair.first.team, worker=pair.first.worker)
        link = same_child.say(pair.first.child, again, SAYS, by=pair.first.worker, at=NOW)
        same_child.check(link, result="confirmed", **FOUND, by=pair.second, at=NOW)
        seen(again, by=pair.first.worker, at=NOW)
    assert asked() == alone


@pytest.mark.by_turns
def test_of_two_that_are_looked_for_a_sighting_goes_over_once_and_never_back(pair: Pair) -> None:
    gone(pair)
    missing(pair.again, by=pair.first.worker, at=AT + 25 * HOUR)
    confirm(pair)
    source = seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    for _ in range(3):
        same_child.follow(now=NOW + 2 * HOUR)
    assert Contact.objects.filter(child__in=(pair.first.child, pair.again)).count() == 2
    contacts.withdraw(source, reason="Another child", by=pair.first.worker, at=NOW + 3 * HOUR)
    for _ in range(3):
        same_child.follow(now=NOW + 4 * HOUR)
    assert not Contact.objects.standing().filter(child__in=(pair.first.child, pair.again)).exists()


@pytest.mark.by_turns(8)
def test_nothing_is_carried_once_one_of_the_two_is_kept_from_somebody_else(pair: Pair) -> None:
    gone(pair)
    confirm(pair)
    concerns.keep_from(pair.again, a_person("guardian"), reason="x", by=pair.first.manager, at=NOW + HOUR)
    seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    same_child.follow(now=NOW + 2 * HOUR)
    assert of_first(pair) == []


@pytest.mark.by_turns
def test_a_closed_record_stops_no_other_pair(pair: Pair) -> None:
    gone(pair)
    confirm(pair)
    seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    case_closed(pair.again, reason="Abroad", at=NOW + 2 * HOUR)
    same_child.follow(now=NOW + 3 * HOUR)
    assert of_first(pair) == []


@pytest.mark.by_turns
def test_one_child_is_no_sibling_of_itself(pair: Pair) -> None:
    confirm(pair)
    child, worker = pair.first.child, pair.first.worker
    assert links.safe_beside(child) == set()
    assert links.linked_at_home(child, at=NOW) == []
    assert links.of(child, reader=worker, at=NOW).count() == 1
    assert pair.again not in incidents.mates(child, reporter=worker, at=NOW)


@pytest.mark.by_turns
def test_the_later_record_is_no_second_arrival_and_a_child_is_missing_once(pair: Pair) -> None:
    long_ago = NOW - timedelta(days=900)
    Child.objects.filter(pk__in=(pair.first.child.pk, pair.again.pk)).update(arrived_at=long_ago)

    def counted() -> tuple[int, int]:
        found = oversight.figures(now=NOW + HOUR)
        return found.arrived, found.missing

    gone(pair)
    missing(pair.again, by=pair.first.worker, at=AT + 25 * HOUR)
    assert counted() == (2, 2), "what one person says changes no figure"
    confirm(pair)
    assert counted() == (1, 1)
    undo(pair)
    assert counted() == (2, 2)


@pytest.mark.by_turns
def test_only_the_later_record_missing_is_counted_as_the_child(pair: Pair) -> None:
    confirm(pair)
    missing(pair.again, by=pair.first.worker, at=NOW)
    assert oversight.figures(now=NOW + HOUR).everybody == 1


def page(child: Child) -> str:
    return f"/children/{child.reference}/"


@pytest.fixture
def shown(client: Client) -> Any:
    def get(reader: User, address: str) -> Any:
        client.force_login(User.objects.get(pk=reader.pk))
        return client.get(address)

    return get


@pytest.mark.by_turns(8)
def test_both_pages_say_it_and_lead_to_each_other_and_it_is_confirmed_on_the_page(
    client: Client, pair: Pair, shown: Any
) -> None:
    near, far = pair.first.child, pair.again
    for one, other in ((near, far), (far, near)):
        read = shown(pair.second, page(one)).content.decode()
        assert f"May be the same child as {other.reference}" in read
        assert f'href="{page(other)}"' in read
    assert AccessRecord.objects.filter(child=far, user=pair.second, allowed=True).exists()
    check = f"{page(near)}links/{pair.link.pk}/"
    sent = {"result": "confirmed", "how": "By the photo"}
    client.force_login(pair.first.worker)
    assert "may_be_danger" not in client.get(check).content.decode()
    refused = client.post(check, sent)
    assert refused.status_code == 422
    assert "Another person confirms this" in refused.content.decode()
    client.force_login(pair.second)
    assert client.post(check, sent).status_code == 302
    assert f"The same child as {far.reference}" in client.get(page(near)).content.decode()
    assert client.post(check, {"result": "not_so", "how": "Another face"}).status_code == 302
    assert "ame child as" not in client.get(page(near)).content.decode()


def test_it_is_said_on_the_page_that_links_two_children(client: Client, pair: Pair) -> None:
    third = a_child(team=pair.first.team, worker=pair.first.worker)
    client.force_login(pair.first.worker)
    new = f"{page(pair.first.child)}links/new/"
    sent = {"reference": third.reference, "kind": "same", "said_by": "The child", "note": ""}
    assert client.post(new, sent | {"may_be_danger": "on"}).status_code == 422
    assert client.post(new, sent).status_code == 302
    assert ChildLink.objects.filter(kind="same").count() == 2


@pytest.mark.by_turns
def test_a_stranger_to_the_other_record_reads_nothing_of_it(pair: Pair, shown: Any) -> None:
    stranger = a_watched_child()
    assert shown(stranger.worker, page(pair.first.child)).status_code == 404
    assert shown(stranger.worker, f"{page(pair.first.child)}links/{pair.link.pk}/").status_code == 404
    restrictions.restrict(pair.again, reason="A threat", named=[pair.first.head], by=pair.second, at=NOW)
    for address in (page(pair.first.child), f"{page(pair.first.child)}people/"):
        read = shown(pair.first.worker, address).content.decode()
        assert "ame child as" not in read
        assert pair.again.reference not in read
    assert shown(pair.first.worker, f"{page(pair.first.child)}links/{pair.link.pk}/").status_code == 404
    assert "ame child as" not in shown(pair.first.carer, page(pair.first.child)).content.decode()


def asked(w: Watched, of: Authority, by: User | None = None) -> LinkRequest:
    said = link_requests.Said(kind="same", name="Selam", said_by="The child", why="It was there")
    (row,) = link_requests.ask(w.child, said, of=[of], together=uuid.uuid4(), by=by or w.worker, at=NOW)
    return row


@pytest.mark.by_turns(8)
def test_the_desk_of_another_council_confirms_it_and_its_search_hears_of_the_child(
    shown: Any, client: Client
) -> None:
    kent, leeds = a_watched_child(given_name="Selam"), a_watched_child(given_name="Miryam")
    episode = missing(kent.child, by=kent.carer, at=AT + 2 * HOUR)
    proof = seen(leeds.child, by=leeds.carer, at=NOW - HOUR)
    row = asked(leeds, kent.authority)
    client.force_login(kent.desk.person)
    answer = {"answer": "linked", "reference": kent.child.reference}
    assert client.post(f"/asked/{row.pk}/", answer).status_code == 302
    link = ChildLink.objects.get()
    assert (link.check_result, link.recorded_by, link.checked_by) == (
        "confirmed",
        leeds.worker,
        kent.desk.person,
    )
    episode.refresh_from_db()
    assert episode.reported_seen_at == NOW
    assert episode.ended_at is None
    assert Contact.objects.standing().get(child=kent.child).happened_at == proof.happened_at
    for near, far in ((kent, leeds), (leeds, kent)):
        read = shown(near.worker, page(near.child)).content.decode()
        assert "The same child as" in read
        assert far.authority.name in read
        assert far.child.reference not in read
        assert shown(near.worker, page(far.child)).status_code == 404
    check = f"{page(leeds.child)}links/{link.pk}/"
    assert kent.child.reference not in shown(leeds.worker, check).content.decode()
    assert client.post(check, {"result": "confirmed", "how": "x"}).status_code == 422
    assert client.post(check, {"result": "not_so", "how": "Another face"}).status_code == 302
    assert not Contact.objects.standing().filter(child=kent.child).exists()
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.ended_at) == (None, None)


@pytest.mark.by_turns
def test_nobody_answers_what_they_asked_themselves_and_none_while_the_two_are_not_guarded_alike() -> None:
    kent, leeds = a_watched_child(given_name="Selam"), a_watched_child(given_name="Miryam")
    row = asked(leeds, kent.authority, by=kent.desk.person)
    with pytest.raises(IllegalMove, match="Another person confirms this"):
        link_requests.say_yes(row, kent.child, by=kent.desk.person, at=NOW)
    concerns.keep_from(leeds.child, a_person("guardian"), reason="x", by=leeds.manager, at=NOW)
    desk = a_person("duty_desk", team=kent.desk.team)
    with pytest.raises(IllegalMove, match="not guarded alike"):
        link_requests.say_yes(row, kent.child, by=desk, at=NOW + HOUR)
    assert not ChildLink.objects.exists()
    assert LinkRequest.objects.get(pk=row.pk).status == "asked"


def test_what_was_withdrawn_there_and_recorded_anew_is_carried_anew(pair: Pair) -> None:
    gone(pair)
    last = seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    contacts.withdraw(last, reason="The note was of another", by=pair.first.worker, at=NOW + HOUR)
    same_child.follow(now=NOW + HOUR)
    assert of_first(pair) == []
    sighting = a_sighting(pair.first.worker, at=NOW - HOUR)
    contacts.record(pair.again, sighting, by=pair.first.worker, at=NOW + 2 * HOUR)
    for _ in range(2):
        same_child.follow(now=NOW + 2 * HOUR)
    assert [one.happened_at for one in of_first(pair)] == [last.happened_at]


@pytest.mark.by_turns
def test_what_is_withdrawn_after_the_search_is_no_proof_of_the_other_record_either(pair: Pair) -> None:
    episode = gone(pair)
    last = seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    ended(episode, by=pair.first.desk.person, at=NOW + HOUR)
    contacts.withdraw(last, reason="Another child", by=pair.first.worker, at=NOW + 2 * HOUR)
    same_child.follow(now=NOW + 2 * HOUR)
    assert last.happened_at not in [one.happened_at for one in of_first(pair)]


DANGER = links.Claim(kind="companion", said_by="The driver", may_be_danger=True)


def test_whoever_says_that_one_may_be_a_danger_to_the_other_says_that_they_are_two(pair: Pair) -> None:
    episode = gone(pair)
    seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    links.say(pair.first.child, pair.again, DANGER, by=pair.first.worker, at=NOW + HOUR)
    link = ChildLink.objects.get(kind="same")
    assert (link.check_result, link.checked_by) == ("not_so", pair.first.worker)
    assert of_first(pair) == [], "what it told is taken back, with the place that it named"
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.ended_at) == (None, None)
    with pytest.raises(IllegalMove, match="no danger to itself"):
        same_child.check(link, result="confirmed", **FOUND, by=pair.second, at=NOW + 2 * HOUR)


def test_a_danger_that_a_check_finds_says_so_too(pair: Pair) -> None:
    confirm(pair)
    bond = links.say(
        pair.first.child,
        pair.again,
        links.Claim(kind="sibling", said_by="A friend"),
        by=pair.first.worker,
        at=NOW,
    )
    said: dict[str, Any] = {"how": "The police", "by": pair.second, "at": NOW + HOUR}
    links.check(bond, result="confirmed", may_be_danger=False, **said)
    assert pair.link.check_result == "confirmed"
    links.check(bond, result="confirmed", may_be_danger=True, **said)
    assert pair.link.check_result == "not_so"


def test_nothing_is_carried_beside_a_danger_and_nobody_confirms_there(pair: Pair) -> None:
    gone(pair)
    links.say(pair.first.child, pair.again, DANGER, by=pair.first.worker, at=NOW)
    assert pair.link.check_result == "not_checked", "a claim stays one"
    with pytest.raises(IllegalMove, match="no danger to itself"):
        confirm(pair)
    ChildLink.objects.filter(kind="companion").update(may_be_danger=False)
    confirm(pair)
    # As it was on record before these two were told apart.
    ChildLink.objects.filter(kind="companion").update(may_be_danger=True)
    seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    same_child.follow(now=NOW + 2 * HOUR)
    assert of_first(pair) == []


def test_what_was_confirmed_beside_a_danger_before_the_two_were_told_apart_is_taken_back(pair: Pair) -> None:
    episode = gone(pair)
    seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    claim = {"kind": "companion", "said_by": "A friend", "may_be_danger": True}
    first, second = sorted((pair.first.child, pair.again), key=lambda one: one.pk)
    # As a release wrote it that left the two as they were.
    by = {"recorded_by": pair.first.worker, "recorded_at": NOW}
    ChildLink.objects.create(child=first, other=second, **claim, **by)
    assert of_first(pair)
    same_child.follow(now=NOW + HOUR)
    told = Event.objects.filter(kind="link_checked", recorded_at=NOW + HOUR, actor=pair.first.worker)
    assert sorted(told.values_list("child", flat=True)) == [first.pk, second.pk]
    link = pair.link
    assert (link.check_result, link.checked_by, link.checked_at) == ("not_so", pair.first.worker, NOW + HOUR)
    assert link.checked_how == "One of the two may be a danger to the other"
    assert of_first(pair) == [], "what it told is taken back"
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.ended_at) == (None, None)
    before = Event.objects.count()
    same_child.follow(now=NOW + 2 * HOUR)
    assert Event.objects.count() == before, "once"


def test_a_closed_record_beside_a_danger_stops_no_other_pair_from_being_taken_back(pair: Pair) -> None:
    confirm(pair)
    first, second = sorted((pair.first.child, pair.again), key=lambda one: one.pk)
    claim = {"kind": "companion", "said_by": "A friend", "may_be_danger": True}
    ChildLink.objects.create(
        child=first, other=second, **claim, recorded_by=pair.first.worker, recorded_at=NOW
    )
    case_closed(pair.again, reason="left_uk", at=NOW)
    same_child.follow(now=NOW + HOUR)
    assert pair.link.check_result == "confirmed", "until the case is opened again"


def test_of_two_councils_a_danger_takes_it_back_for_both() -> None:
    kent, leeds = a_watched_child(given_name="Selam"), a_watched_child(given_name="Miryam")
    missing(kent.child, by=kent.carer, at=AT + 2 * HOUR)
    seen(leeds.child, by=leeds.carer, at=NOW - HOUR)
    link_requests.say_yes(asked(leeds, kent.authority), kent.child, by=kent.desk.person, at=NOW)
    assert Contact.objects.standing().filter(child=kent.child).exists()
    links.say(leeds.child, kent.child, DANGER, by=leeds.worker, at=NOW + HOUR)
    assert ChildLink.objects.get(kind="same").check_result == "not_so"
    assert not Contact.objects.standing().filter(child=kent.child).exists()


def test_nobody_is_locked_where_there_is_nothing_new_to_follow(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(pair)
    seen(pair.again, by=pair.first.worker, at=NOW - HOUR)
    confirm(pair)
    locked: list[ChildLink] = []
    lock = links.lock
    monkeypatch.setattr(links, "lock", lambda link: (locked.append(link), lock(link)))
    same_child.follow(now=NOW + HOUR)
    assert locked == []
    last = seen(pair.again, by=pair.first.worker, at=NOW + HOUR)
    same_child.follow(now=NOW + 2 * HOUR)
    assert len(locked) == 1
    same_child.follow(now=NOW + 2 * HOUR)
    assert len(locked) == 1
    contacts.withdraw(last, reason="Another child", by=pair.first.worker, at=NOW + 3 * HOUR)
    same_child.follow(now=NOW + 3 * HOUR)
    assert len(locked) == 2
    same_child.follow(now=NOW + 4 * HOUR)
    assert len(locked) == 2
