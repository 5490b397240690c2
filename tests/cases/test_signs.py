"""The list of concern: what a council looks out for, taken off by two people, and read by a force that was let read it."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, signs
from cases.models import AccessRecord, RowChange, Sign
from cases.moves import SentBefore
from cases.search import signs as searching
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db

NOW = AT + timedelta(days=2)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT)


def noted(watched: Watched, *, key: uuid.UUID | None = None, at=NOW, **said) -> Sign:
    told = {
        "kind": "address",
        "text": "12 Harbour Rd.",
        "why": "Two boys were found there",
        "source": "DC Vale",
        "for_force": True,
    }
    return signs.note(
        watched.authority, signs.Told(**(told | said)), key=key or uuid.uuid4(), by=watched.desk.person, at=at
    )


@pytest.mark.by_turns(8)
def test_the_same_address_is_on_the_list_once_however_it_is_written(watched: Watched) -> None:
    noted(watched)
    with pytest.raises(IllegalMove, match="on the list already"):
        noted(watched, text="12 harbour rd")
    other = a_watched_child(at=AT)
    noted(other)
    assert Sign.objects.count() == 2, "another council has its own"


@pytest.mark.by_turns
def test_a_form_sent_twice_is_one_line_and_with_other_words_is_said_so(watched: Watched) -> None:
    key = uuid.uuid4()
    assert noted(watched, key=key) == noted(watched, key=key)
    with pytest.raises(SentBefore):
        noted(watched, key=key, why="Three boys")
    assert Sign.objects.count() == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"text": " "}, "what it is, why"),
        ({"why": ""}, "what it is, why"),
        ({"source": ""}, "what it is, why"),
        ({"text": "?!"}, "letters or digits"),
        ({"kind": "phone", "text": "withheld"}, "letters or digits"),
    ],
)
def test_without_words_or_a_key_nothing_is_noted(watched: Watched, said, words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        noted(watched, **said)
    assert not Sign.objects.exists()


def test_it_is_taken_off_by_two_people_and_the_row_stays(watched: Watched) -> None:
    sign = noted(watched)
    first, second = watched.desk.person, watched.manager
    with pytest.raises(IllegalMove, match="why it is taken off"):
        signs.take_off(sign, by=second, at=NOW)
    with pytest.raises(IllegalMove, match="why it is taken off"):
        signs.ask_off(sign, reason=" ", by=first, at=NOW)
    signs.ask_off(sign, reason="Another house", by=first, at=NOW)
    assert list(signs.of_desk(second, at=NOW)) == [sign], "it stands until another agrees"
    assert list(signs.of_area(watched.officer, at=NOW)) == [sign]
    with pytest.raises(IllegalMove, match="asked for this already"):
        signs.ask_off(sign, reason="Again", by=second, at=NOW)
    with pytest.raises(IllegalMove, match="second person"):
        signs.take_off(sign, by=first, at=NOW)
    signs.take_off(sign, by=second, at=NOW)
    assert not signs.of_desk(second, at=NOW).exists()
    assert not signs.of_area(watched.officer, at=NOW).exists()
    with pytest.raises(IllegalMove, match="off the list already"):
        signs.take_off(sign, by=second, at=NOW)
    assert noted(watched).pk != sign.pk, "and it may be noted again"


def test_whoever_does_not_agree_leaves_it_on_and_the_history_says_who_asked(watched: Watched) -> None:
    sign = noted(watched)
    signs.ask_off(sign, reason="Another house", by=watched.desk.person, at=NOW)
    signs.leave_on(sign, by=watched.manager, at=NOW)
    sign.refresh_from_db()
    assert (sign.asked_by, sign.reason, sign.ends_at) == (None, "", None)
    changed = RowChange.objects.filter(table="cases_sign", row=sign.pk)
    assert "Another house" in "".join(changed.values_list("values", flat=True))
    with pytest.raises(IllegalMove, match="Nobody has asked"):
        signs.leave_on(sign, by=watched.manager, at=NOW)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("fields", "refused_by"),
    [
        ({"ends_at": NOW}, "sign_is_taken_off_by_two_people"),
        ({"asked_at": NOW}, "sign_is_asked_off_with_a_reason"),
        ({"why": ""}, "sign_says_what_and_why"),
        ({"found_by": ""}, "sign_is_found"),
        ({"kind": "phone", "found_by": "ABC"}, "sign_is_found"),
    ],
)
def test_the_database_refuses_half_a_line(watched: Watched, fields, refused_by: str) -> None:
    said = {"text": "X1", "found_by": "X1", "why": "Seen", "source": "A", "kind": "plate", "for_force": False}
    said |= {"authority": watched.authority, "recorded_at": NOW, "recorded_by": watched.worker} | fields
    with pytest.raises(IntegrityError, match=refused_by), transaction.atomic():
        Sign.objects.create(**said)


def test_one_person_alone_takes_nothing_off_in_the_database_either(watched: Watched) -> None:
    sign = noted(watched)
    signs.ask_off(sign, reason="Another house", by=watched.desk.person, at=NOW)
    with pytest.raises(IntegrityError, match="sign_is_taken_off_by_two_people"), transaction.atomic():
        Sign.objects.filter(pk=sign.pk).update(ends_at=NOW, ended_by=watched.desk.person)
    signs.take_off(sign, by=watched.manager, at=NOW)
    with (
        pytest.raises(IntegrityError, match="has ended"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE cases_sign SET ends_at = NULL WHERE id = %s", [sign.pk])


def test_the_desk_notes_it_on_its_page_and_another_agrees_to_take_it_off(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    page = reverse("sign_list")
    given = {"kind": "phone", "text": "07700 900123", "why": "Rings the home", "source": "The home"}
    given |= {"for_force": "no", "once": str(uuid.uuid4())}
    assert client.post(page, given | {"why": ""}).status_code == 422
    for _again in range(2):
        assert client.post(page, given).status_code == 302
    (sign,) = Sign.objects.all()
    assert (sign.found_by, sign.for_force) == ("7700900123", False)
    assert "Rings the home" in client.get(page).content.decode()
    end = reverse("sign_end", args=[sign.pk])
    assert client.post(end, {"reason": ""}).status_code == 422
    assert client.post(end, {"reason": "It is the plumber"}).status_code == 302
    assert client.post(end, {"agreed": "yes"}).status_code == 422, (
        "nobody agrees to what they asked themselves"
    )
    client.force_login(watched.manager)
    assert "It is the plumber" in client.get(end).content.decode()
    assert client.post(end, {"agreed": "yes"}).status_code == 302
    assert client.get(end).status_code == 404
    assert not Sign.objects.standing().exists()


@pytest.mark.by_turns
def test_a_force_reads_what_its_own_councils_let_it_read_and_the_read_is_on_record(
    client: Client, watched: Watched
) -> None:
    noted(watched, text="12 Harbour Rd.")
    noted(watched, text="The arches", for_force=False)
    far = a_watched_child(at=AT)
    noted(far, text="9 Far Lane")
    client.force_login(watched.officer)
    shown = client.get(reverse("area_signs")).content.decode()
    assert "12 Harbour Rd." in shown
    assert "The arches" not in shown
    assert "9 Far Lane" not in shown
    assert AccessRecord.objects.filter(user=watched.officer, page="area_signs", allowed=True).count() == 1


@pytest.mark.by_turns(8)
def test_strangers_to_the_list_are_refused_and_another_council_finds_no_line(
    client: Client, watched: Watched
) -> None:
    sign = noted(watched)
    off = reverse("sign_end", args=[sign.pk])
    for person in (watched.worker, watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(reverse("sign_list")).status_code == 403
        assert client.get(off).status_code == 403
    for person in (watched.worker, watched.carer, watched.guardian, watched.desk.person):
        client.force_login(person)
        assert client.get(reverse("area_signs")).status_code == 403
    other = a_watched_child(at=AT)
    client.force_login(other.desk.person)
    assert client.get(off).status_code == 404
    assert client.post(off, {"reason": "Not mine"}).status_code == 404
    assert "12 Harbour" not in client.get(reverse("sign_list")).content.decode()


@pytest.mark.by_turns
def test_the_search_finds_a_line_of_every_list_and_its_words_in_the_own_council_alone(
    client: Client, watched: Watched
) -> None:
    noted(watched, kind="plate", text="KX61 ZZZ", why="Seen at two homes")
    other = a_watched_child(at=AT)
    for person, words in ((watched.desk.person, True), (other.desk.person, False)):
        client.force_login(person)
        shown = client.get(reverse("signs"), {"q": "kx61-zzz"}).content.decode()
        assert ("Seen at two homes" in shown) is words
        assert watched.authority.name in shown
        assert "About no child" in shown
    noted(watched, kind="phone", text="+44 7700 900123")
    assert len(searching.find(other.desk.person, plate="", phone="7700900123", at=NOW).matches) == 1
    (sign,) = Sign.objects.filter(kind="phone")
    signs.ask_off(sign, reason="The plumber", by=watched.desk.person, at=NOW)
    signs.take_off(sign, by=watched.manager, at=NOW)
    assert searching.find(other.desk.person, plate="", phone="7700900123", at=NOW).matches == ()


def test_an_address_is_read_by_the_force_in_whose_area_it_is_and_all_else_by_the_councils_own(
    client: Client, watched: Watched
) -> None:
    far = a_watched_child(at=AT)
    here, there = noted(watched), noted(watched, text="4 Mill Lane", force=far.force)
    van = noted(watched, kind="plate", text="AB12 CDE")
    noted(watched, text="9 Quay", force=far.force, for_force=False)
    assert set(signs.of_area(watched.officer, at=NOW)) == {here, van}
    assert set(signs.of_area(far.officer, at=NOW)) == {there}
    with pytest.raises(IllegalMove, match="of an address alone"):
        noted(watched, kind="plate", text="XY99 ZZZ", force=far.force)
    client.force_login(watched.desk.person)
    said = {"kind": "plate", "text": "XY99 ZZZ", "why": "A van", "source": "DC Vale", "for_force": "yes"}
    said |= {"force": far.force.pk, "once": str(uuid.uuid4())}
    assert set(client.post(reverse("sign_list"), said).context["form"].errors) == {"force"}
    assert client.post(reverse("sign_list"), said | {"kind": "address"}).status_code == 302
    assert "XY99 ZZZ" in set(signs.of_area(far.officer, at=NOW).values_list("text", flat=True))
