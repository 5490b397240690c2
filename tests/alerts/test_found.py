"""A found child who does not say who they are is matched against every open search, and its owners are asked at once."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from alerts import policies
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, MatterClock, Message, PolicyVersion
from cases import clock, concerns, details, found, restrictions
from cases.models import AccessRecord, FoundChild, FoundMatch, MissingEpisode, Role, User
from cases.references import NOBODYS
from cases.search import found as searching
from cases.states import IllegalMove
from tests.alerts.outgoing import tick
from tests.cases.expectations import events, refused
from tests.counts import counts
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_authority,
    ended,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 30 * HOUR
LOOKS = "Burn scar on her forearm, a swallow tattooed on the neck"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _policies(db: None) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    w = a_watched_child(at=AT - timedelta(days=60), given_name="Selam", family_name="Tesfay", sex="F")
    details.change(w.child, {"description": LOOKS}, topic="looks", version=0, by=w.worker, at=AT)
    a_force_mailbox(w.force)
    return w


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, wearing="yellow raincoat", at=AT)
    tick(AT)
    return episode


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


def a_found(desk: DutyDesk, *, at: datetime = NOW, **said: object) -> FoundChild:
    given = {"found_at": at - HOUR, "place": "Southmere station", "found_by": "A guard", "sex": "F"}
    described = found.Described(**{**given, "looks": "A burn scar, a tattoo of a swallow", **said})
    return found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=at)


def told(wording: str) -> set[tuple[str, str]]:
    return set(Message.objects.filter(wording=wording).values_list("post", "channel"))


@pytest.mark.by_turns
def test_a_search_of_another_council_is_found_by_looks_and_by_how_the_name_sounds(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    a_child(watched.authority, given_name="Rania", at=AT)
    (row,) = searching.candidates(a_found(desk, names=("Sellam Tesfai",)), desk.person, at=NOW).rows
    assert row.episode == episode
    assert row.match.agree == ("name", "marks", "sex")
    assert row.authority == watched.authority
    assert row.forces == (watched.force.name,)
    assert not row.is_own
    # Nothing agrees but the sex.
    assert not searching.candidates(a_found(desk, looks="Freckles"), desk.person, at=NOW).rows


@pytest.mark.by_turns
def test_asking_opens_no_record_and_tells_the_owners_at_once_until_they_answer(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert "Selam" not in page
    assert AccessRecord.objects.filter(child=watched.child, user=desk.person, page="found_child").exists()
    assert client.get(f"/missing/{episode.reference}/").status_code == 404
    asked = client.post(f"/found/{row.matter_id}/ask/{episode.pk}/", follow=True).content.decode()
    assert watched.authority.name in asked
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 302
    (match,) = FoundMatch.objects.all()
    tick(NOW)
    assert told("duty_found") == {("duty", "text"), ("duty", "mail")}
    assert told("told_found") == {("worker", "mail")}
    assert told("police_found") == {("force", "mail")}
    tick(NOW + 4 * HOUR)
    assert {post for post, _ in told("duty_found")} >= {"duty", "manager", "head"}
    assert client.get(f"/missing/{episode.reference}/found/{match.pk}/").status_code == 404
    client.force_login(watched.desk.person)
    assert row.reference in client.get(f"/missing/{episode.reference}/").content.decode()
    address = f"/missing/{episode.reference}/found/{match.pk}/"
    assert "Southmere station" in client.get(address).content.decode()
    assert client.post(address, {"answer": "it_is", "note": ""}).status_code == 422
    assert client.post(address, {"answer": "it_is", "note": "Her worker knows the scar"}).status_code == 302
    episode.refresh_from_db()
    assert (episode.status, episode.child_confirmed_at) == ("missing", None)
    tick(NOW + 5 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="found_answer").exists()
    for message in Message.objects.filter(wording__endswith="_found"):
        words = (
            compose_text(message, now=NOW) if message.channel == "text" else compose(message, now=NOW).text
        )
        assert "Southmere" not in words
        assert "Selam" not in words


@pytest.mark.by_turns(8)
def test_who_could_not_say_says_it_later_and_who_has_said_it_once_does_not_again(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    match = found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    given = {"by": watched.desk.person, "at": NOW + MINUTE}
    with refused(watched.child, "Enter how you know, or why you cannot say."):
        found.answer(match, answer="it_is", note=" ", **given)
    with events(watched.child, "found_answered", "found_answered"):
        found.answer(match, answer="cannot_say", note="A photo is needed", **given)
        found.answer(match, answer="it_is_not", note="She has no tattoo", **given)
    with refused(watched.child, "Somebody has answered this already."):
        found.answer(match, answer="it_is", note="After all", **given)
    with pytest.raises(IntegrityError), transaction.atomic():
        FoundMatch.objects.filter(pk=match.pk).update(answer="it_is")


@pytest.mark.by_turns
def test_a_restricted_search_is_a_line_without_a_child_and_one_kept_from_the_reader_is_none(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    restrict(watched)
    (one,) = searching.candidates(row, desk.person, at=NOW).rows
    assert (one.is_restricted, one.age, one.sex) == (True, None, "")
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert "swallow tattooed" not in page
    keep_from(watched, desk.person)
    reader = type(desk.person).objects.get(pk=desk.person.pk)
    assert not searching.candidates(row, reader, at=NOW).rows


def keep_from(watched: Watched, person: User) -> None:
    phone = "01632 960001"
    concerns.keep_from(
        watched.child, person, reason="Said to know the driver", phone=phone, by=watched.manager, at=AT
    )


def reads_of(watched: Watched, person: User) -> list[str]:
    rows = AccessRecord.objects.filter(child=watched.child, user=person, allowed=True).order_by("pk")
    return list(rows.values_list("page", flat=True))


def restrict(watched: Watched) -> None:
    named = [watched.worker, watched.manager]
    restrictions.restrict(watched.child, reason="A cousin works here", named=named, by=watched.manager, at=AT)


def an_answered(episode: MissingEpisode, watched: Watched, desk: DutyDesk) -> FoundChild:
    """Which the owners recognised, with a note of their own."""
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    found.answer(match, answer="it_is", note="Her aunt in Fenside knows", by=watched.worker, at=NOW)
    return row


def pages(client: Client, row: FoundChild, reader: User) -> tuple[str, str]:
    """The page of the found child, and that on which it is closed."""
    client.force_login(reader)
    address = f"/found/{row.matter_id}/"
    return client.get(address).content.decode(), client.get(f"{address}close/").content.decode()


@pytest.mark.by_turns
def test_another_council_reads_the_owners_answer_without_their_note_and_each_look_is_on_record(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = an_answered(episode, watched, desk)
    for page in pages(client, row, desk.person):
        assert episode.reference in page
        assert "Her aunt" not in page
    assert "It is this child" in client.get(f"/found/{row.matter_id}/").content.decode()
    assert reads_of(watched, desk.person) == ["found_child", "found_close", "found_child"]
    found.close(row, outcome="identified", episode=episode, reason="Fetched at nine", by=desk.person, at=NOW)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert (episode.reference in page, "Fetched at nine" in page, "Her aunt" in page) == (True, True, False)
    assert reads_of(watched, desk.person)[3:] == ["found_child"]


@pytest.mark.by_turns
def test_their_note_is_read_by_a_desk_that_may_open_the_record(
    client: Client, episode: MissingEpisode, watched: Watched
) -> None:
    assert watched.desk is not None
    row = an_answered(episode, watched, watched.desk)
    assert "Her aunt in Fenside" in pages(client, row, watched.desk.person)[0]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("by", ["mark", "restriction"])
def test_from_whom_a_child_is_kept_reads_nothing_of_whom_was_asked_and_of_whose_child_it_was(
    client: Client, episode: MissingEpisode, watched: Watched, by: str
) -> None:
    assert watched.desk is not None
    # Somebody else answers the desk: a restricted record is open to whoever does.
    reader = a_person(Role.DUTY_DESK, team=watched.desk.team)
    row = an_answered(episode, watched, watched.desk)
    found.say_who_cares(row, cared_for="With Ms Oakes", by=reader, at=NOW)
    if by == "mark":
        keep_from(watched, reader)
    else:
        restrict(watched)
    for page in pages(client, row, reader):
        assert row.reference in page
        assert episode.reference not in page
        assert "Her aunt" not in page
        assert "It is a child who was looked for" not in page
    ask = {"outcome": "identified", "match": FoundMatch.objects.get().pk, "reason": "By guess"}
    assert client.post(f"/found/{row.matter_id}/close/", ask).status_code == 422
    found.close(
        row, outcome="identified", episode=episode, reason="Fetched at nine", by=watched.worker, at=NOW
    )
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert "It is a child who was looked for" in page
    for words in (episode.reference, "Fetched at nine", "Ms Oakes", "Her aunt"):
        assert words not in page
    assert reads_of(watched, reader) == []


@pytest.mark.by_turns(8)
def test_of_a_restricted_record_another_council_reads_that_its_owners_were_asked(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = an_answered(episode, watched, desk)
    restrict(watched)
    for page in pages(client, row, desk.person):
        assert episode.reference in page
        assert "Her aunt" not in page
    assert reads_of(watched, desk.person) == ["found_child", "found_close"]


@pytest.mark.by_turns(8)
def test_a_search_that_begins_later_is_compared_and_shown_on_both_pages(
    client: Client, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk, at=NOW - HOUR)
    later = missing(watched.child, by=watched.worker, at=NOW)
    client.force_login(desk.person)
    assert later.reference in client.get(f"/found/{row.matter_id}/").content.decode()
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{later.reference}/").content.decode()
    assert row.reference in page
    assert "Harrowfen County" in page
    client.force_login(watched.carer)
    assert row.reference not in client.get(f"/missing/{later.reference}/").content.decode()


@pytest.mark.by_turns
def test_who_looks_after_the_child_is_asked_upwards_and_after_48_hours_for_the_unit(desk: DutyDesk) -> None:
    row = a_found(desk)
    since = NOW - HOUR
    tick(since + 6 * HOUR - MINUTE)
    assert not told("found_waits")
    tick(since + 6 * HOUR)
    assert told("found_waits")
    assert {post for post, _ in told("found_waits")} == {"duty"}
    tick(since + 48 * HOUR)
    mail = Message.objects.filter(wording="found_waits", matter=row.matter, channel="mail").first()
    assert mail is not None
    early, late = (" ".join(compose(mail, now=since + after).text.split()) for after in (7 * HOUR, 48 * HOUR))
    assert "Missing Persons Unit" not in early
    assert "Missing Persons Unit" in late
    assert "Southmere" not in late
    found.close(
        row, outcome="handed", reason="PC Ash took her to Fenside", by=desk.person, at=since + 49 * HOUR
    )
    count = Message.objects.filter(wording="found_waits").count()
    tick(since + 100 * HOUR)
    assert Message.objects.filter(wording="found_waits").count() == count
    assert MatterClock.objects.get(matter=row.matter).ended_at is not None


@pytest.mark.by_turns(8)
def test_it_is_closed_as_a_sought_child_by_the_owners_word_alone_and_asks_nobody_on(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    close = {"reason": "Her council has her", "by": desk.person, "at": NOW + HOUR}
    with refused(watched.child, "Those who look for the child have not said that it is this one."):
        found.close(row, outcome="identified", episode=episode, **close)
    for wrong in ({"outcome": "identified"}, {"outcome": "handed", "episode": episode}):
        with refused(watched.child, "Select which search it was."):
            found.close(row, **wrong, **close)
    tick(NOW)
    with events(watched.child, "found_closed"):
        found.close(row, outcome="no_child", **close)
    tick(NOW + HOUR)
    assert not Alert.objects.open().filter(clock__duty="found_answer").exists()
    with refused(watched.child, "This was closed already."):
        found.propose(row, episode, by=desk.person, at=NOW + HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        FoundChild.objects.filter(pk=row.pk).update(outcome="handed")
    other = a_found(desk)
    match = found.propose(other, episode, by=desk.person, at=NOW + HOUR)
    found.answer(match, answer="it_is", note="Seen by her worker", by=watched.worker, at=NOW + HOUR)
    found.close(other, outcome="identified", episode=episode, **close)
    episode.refresh_from_db()
    assert episode.status == "missing"


@pytest.mark.by_turns
def test_whoever_works_on_no_desk_of_it_finds_no_found_child(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    strangers = (watched.worker, watched.carer, watched.guardian, watched.officer)
    for person in strangers:
        client.force_login(person)
        for address in (
            "/found/",
            "/found/new/",
            f"/found/{row.matter_id}/",
            f"/found/{row.matter_id}/close/",
        ):
            assert client.get(address).status_code in (403, 404)
    client.force_login(watched.desk.person)
    assert client.get(f"/found/{row.matter_id}/").status_code == 404
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 404
    officer = a_person(Role.DPO, authority=desk.team.authority)
    client.force_login(officer)
    assert client.get(f"/data-protection/{row.matter_id}/").status_code == 404
    assert row.reference not in client.get("/data-protection/").content.decode()


@pytest.mark.by_turns
def test_a_search_that_is_not_shown_cannot_be_asked_about(
    client: Client, episode: MissingEpisode, desk: DutyDesk
) -> None:
    row = a_found(desk, looks="Freckles")
    client.force_login(desk.person)
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 404
    ended(episode, at=NOW)
    again = a_found(desk)
    assert client.post(f"/found/{again.matter_id}/ask/{episode.pk}/").status_code == 404
    assert not FoundMatch.objects.exists()


def typed(desk: DutyDesk, **more: object) -> dict[str, object]:
    """A form that can be saved, as a browser sends it."""
    given = {
        "authority": desk.team.authority.pk, "found_at_when": "now", "place": "Southmere station",
        "found_by": "A guard", "names": "Selam\nSellam T.", "sex": "F", "looks": "A scar", "once": uuid.uuid4(),
    }  # fmt: skip
    return given | more


def test_the_form_is_sent_once(client: Client, desk: DutyDesk) -> None:
    client.force_login(desk.person)
    given = typed(desk, names=f"Selam\n{'Wolde' * 40}")
    first, second = (client.post("/found/new/", given) for _ in range(2))
    (row,) = FoundChild.objects.all()
    assert row.names == ["Selam", "Wolde" * 40]
    assert [first["Location"], second["Location"]] == [f"/found/{row.matter_id}/"] * 2


@pytest.mark.by_turns(8)
def test_the_form_keeps_what_was_typed_where_one_answer_is_wrong(client: Client, desk: DutyDesk) -> None:
    client.force_login(desk.person)
    cases: list[tuple[dict[str, str], str]] = [
        ({"age_from": "15", "age_to": "14"}, "Enter the younger age first"),
        ({"names": f"Selam\n{'x' * 201}"}, "Each name can have 200 characters."),
        ({"languages": f"Tigrinya, {'y' * 61}"}, "Each language can have 60 characters."),
    ]
    for wrong, words in cases:
        page = client.post("/found/new/", typed(desk, **wrong))
        assert (page.status_code, list(page.context["form"].errors)) == (422, [next(reversed(wrong))])
        text = page.content.decode()
        assert words in text
        for said in ("Southmere station", *wrong.values()):
            assert said in text
    assert not FoundChild.objects.exists()


def test_what_is_added_stands_beside_what_was_written_and_is_compared_too(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk, looks="Freckles", names=("Aunty",))
    assert not searching.candidates(row, desk.person, at=NOW).rows
    client.force_login(desk.person)
    address = f"/found/{row.matter_id}/add/"
    assert address in client.get(f"/found/{row.matter_id}/").content.decode()
    assert client.post(address, {"once": uuid.uuid4()}).status_code == 422
    wrong = client.post(address, {"once": uuid.uuid4(), "looks": "A scar", "names": "x" * 201})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["names"])
    assert "A scar" in wrong.content.decode()
    given = {"once": uuid.uuid4(), "looks": "A burn scar", "names": "Sellam Tesfai", "languages": "Tigrinya"}
    for _ in range(2):
        assert client.post(address, given).status_code == 302
    (added,) = row.additions.all()
    assert (added.recorded_by, added.recorded_at) == (desk.person, NOW)
    again = client.post(address, given | {"looks": "No scar"})
    assert (again.status_code, row.additions.count()) == (422, 1)
    row.refresh_from_db()
    assert (row.looks, row.names) == ("Freckles", ["Aunty"])
    (one,) = searching.candidates(row, desk.person, at=NOW).rows
    assert one.match.agree == ("name", "marks", "sex")
    assert [found for found, _ in searching.found_for(episode, at=NOW)] == [row]
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    for words in ("Freckles; A burn scar (added", "Aunty; Sellam Tesfai (added", episode.reference):
        assert words in page


@pytest.mark.by_turns
def test_another_number_that_is_learnt_is_compared_beside_the_first(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    details.change(
        watched.child, {"phone": "07700 900982"}, topic="phones", version=0, by=watched.worker, at=AT
    )
    row = a_found(desk, looks="Freckles", phone="07700 900111")
    found.add(row, found.Added(phone="+44 7700 900982"), key=uuid.uuid4(), by=desk.person, at=NOW)
    (one,) = searching.candidates(row, desk.person, at=NOW).rows
    assert one.match.agree == ("phone", "sex")


def test_nothing_that_was_added_is_changed_and_nothing_is_added_to_what_is_closed(
    client: Client, desk: DutyDesk
) -> None:
    row, key = a_found(desk), uuid.uuid4()
    scar = found.Added(looks="A scar")
    with pytest.raises(IllegalMove, match="Enter what else is known"):
        found.add(row, found.Added(), key=uuid.uuid4(), by=desk.person, at=NOW)
    one = found.add(row, scar, key=key, by=desk.person, at=NOW)
    for change in ("UPDATE cases_foundaddition SET looks = 'None'", "DELETE FROM cases_foundaddition"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(IllegalMove, match="with other words"):
        found.add(row, scar, key=key, by=desk.second, at=NOW)
    found.close(row, outcome="handed", reason="PC Ash has her", by=desk.person, at=NOW)
    assert found.add(row, scar, key=key, by=desk.person, at=NOW) == one
    with pytest.raises(IllegalMove, match="This was closed already"):
        found.add(row, scar, key=uuid.uuid4(), by=desk.person, at=NOW)
    client.force_login(desk.person)
    for page in ("add", "ask"):
        assert client.get(f"/found/{row.matter_id}/{page}/").status_code == 404
        assert (
            f"/found/{row.matter_id}/{page}/" not in client.get(f"/found/{row.matter_id}/").content.decode()
        )


def ask_about(client: Client, row: FoundChild, reference: str) -> tuple[int, list[str]]:
    page = client.post(f"/found/{row.matter_id}/ask/", {"reference": reference})
    return page.status_code, page.context["form"].errors.get("reference", []) if page.context else []


@pytest.mark.by_turns
def test_a_search_that_is_not_among_the_likely_ones_is_asked_about_by_its_reference(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk, looks="Freckles")
    client.force_login(desk.person)
    assert client.get(f"/found/{row.matter_id}/ask/").status_code == 200
    typed_so = episode.reference.lower().replace("-", " ")
    for _ in range(2):
        assert ask_about(client, row, typed_so) == (302, [])
    match = FoundMatch.objects.get()
    assert (match.found, match.episode, match.proposed_by) == (row, episode, desk.person)
    assert reads_of(watched, desk.person) == ["found_ask", "found_ask"]
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert f"Ring them too: {watched.desk.team.phone}" in page.replace("\u00a0", " ")
    tick(NOW)
    assert told("duty_found") == {("duty", "text"), ("duty", "mail")}


@pytest.mark.by_turns
def test_of_a_restricted_search_another_council_may_ask_by_its_reference(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    restrict(watched)
    client.force_login(desk.person)
    assert ask_about(client, a_found(desk, looks="Freckles"), episode.reference) == (302, [])


def test_the_reference_of_a_child_means_its_open_search(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk, looks="Freckles")
    client.force_login(desk.person)
    assert ask_about(client, row, f"{watched.child.reference}-M2")[0] == 422
    assert ask_about(client, row, watched.child.reference) == (302, [])
    assert FoundMatch.objects.get().episode == episode
    assert reads_of(watched, desk.person) == ["found_ask"]


WHYS = [
    (why, typed_as) for why in ("nobody", "mark", "restriction", "ended") for typed_as in ("child", "episode")
]


# Each reason once, the reference typed as one or the other in turn.
@pytest.mark.by_turns
@pytest.mark.parametrize(("why", "typed_as"), counts([WHYS[0], WHYS[3], WHYS[4], WHYS[7]], WHYS))
def test_a_reference_says_the_same_whether_there_is_no_search_or_it_is_not_for_the_reader(
    client: Client, episode: MissingEpisode, watched: Watched, why: str, typed_as: str
) -> None:
    assert watched.desk is not None
    reader = a_person(Role.DUTY_DESK, team=watched.desk.team)
    row = a_found(watched.desk, looks="Freckles")
    of_child = NOBODYS if why == "nobody" else watched.child.reference
    typed_so = of_child if typed_as == "child" else f"{of_child}-M{episode.number}"
    if why == "mark":
        keep_from(watched, reader)
    elif why == "restriction":
        restrict(watched)
    elif why == "ended":
        ended(episode, at=NOW)
    client.force_login(reader)
    said = "There is no open search of this reference that you can ask about"
    assert ask_about(client, row, typed_so) == (422, [said])
    assert not FoundMatch.objects.exists()
    assert reads_of(watched, reader) == []
    child = None if why == "nobody" else watched.child
    refused_to = AccessRecord.objects.filter(user=reader, page="found_ask", allowed=False)
    assert list(refused_to.values_list("child", flat=True)) == [child.pk if child else None]


@pytest.mark.by_turns
def test_a_reference_that_is_none_is_refused_at_its_field_with_what_was_typed(
    client: Client, desk: DutyDesk
) -> None:
    client.force_login(desk.person)
    row = a_found(desk)
    for wrong in ("", "MC26-00000", "M1"):
        status, errors = ask_about(client, row, wrong)
        assert (status, len(errors)) == (422, 1), wrong
