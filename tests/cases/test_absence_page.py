"""The pages of out, away and back."""

import html
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import absences, clock, concerns, contacts
from cases.forms.typed import london
from cases.models import Absence, Event, Role
from cases.moves import IllegalMove, SentBefore
from tests import factories
from tests.factories import Watched, a_person, a_watched_child, not_here, out
from tests.passing import code, has_app

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: Any) -> Watched:
    found = a_watched_child(at=now - timedelta(hours=3))
    for person in (found.manager, found.worker, found.carer, found.guardian):
        factories.knows(person, "three random words")
    return found


AWAY = {"kind": "away", "place": "4 Fell Lane", "with_whom": "Sela Maddern", "phone": "01632 960777"}


def until(moment: datetime, **more: str) -> dict[str, str]:
    local = london(moment)
    return {
        "kind": "out",
        "until_time": f"{local:%H:%M}",
        "until_day": str(local.day),
        "until_month": str(local.month),
        "until_year": str(local.year),
    } | more


@pytest.mark.by_turns
def test_out_is_recorded_with_its_time_and_company(client: Client, watched: Watched, now: Any) -> None:
    client.force_login(watched.carer)

    answer = client.post(
        f"/children/{watched.child.reference}/out/",
        until(now + timedelta(hours=2), with_whom="cousin", phone="07700900123", place="library"),
    )

    absence = Absence.objects.get()
    assert answer.status_code == 302
    assert absence.kind == "out"
    assert (absence.with_whom, absence.place, absence.phone) == ("cousin", "library", "07700 900123")
    assert timedelta(hours=1, minutes=58) < absence.until - now <= timedelta(hours=2)


@pytest.mark.by_turns
def test_longer_than_a_day_is_refused_as_out_and_taken_as_away(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/out/"

    refused = client.post(page, until(now + timedelta(hours=30)))
    assert refused.status_code == 422
    assert "Out lasts at most 24 hours" in refused.content.decode()

    asked = client.post(page, until(now + timedelta(hours=30), kind="away"))
    assert asked.status_code == 422
    for words in (
        "Enter the address where the child stays",
        "Enter the adult there who confirms each day",
        "Enter the phone on which that adult is reached",
        "Enter the email address of the worker or manager who agrees",
        "Have the worker or manager who agrees enter their password",
    ):
        assert words in asked.content.decode()

    agreed = {"second_email": watched.manager.email, "second_password": "three random words"}
    assert client.post(page, until(now + timedelta(hours=30), **AWAY, **agreed)).status_code == 302
    absence = Absence.objects.get()
    assert (absence.kind, absence.agreed_by, absence.recorded_by) == ("away", watched.manager, watched.worker)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("carer", "A worker or manager of the responsible authority agrees to it, not the home."),
        ("worker", "This takes two people: the second is somebody other than you."),
        ("guardian", "are not those of somebody who may decide this"),
    ],
)
def test_only_somebody_else_of_the_responsible_authority_signs_for_away(
    client: Client, watched: Watched, now: Any, who: str, words: str
) -> None:
    client.force_login(watched.worker)
    signed = {"second_email": getattr(watched, who).email, "second_password": "three random words"}
    page = f"/children/{watched.child.reference}/out/"
    answer = client.post(page, until(now + timedelta(hours=30), **AWAY, **signed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "three random words" not in answer.content.decode()
    assert not Absence.objects.exists()


@pytest.mark.by_turns(8)
def test_a_wrong_password_agrees_to_nothing(client: Client, watched: Watched, now: Any) -> None:
    client.force_login(watched.carer)
    signed = {"second_email": watched.manager.email, "second_password": "guessed"}
    page = f"/children/{watched.child.reference}/out/"
    for _ in range(6):
        answer = client.post(page, until(now + timedelta(hours=30), **AWAY, **signed))
    assert "Too many tries" in answer.content.decode()
    assert not Absence.objects.exists()


@pytest.mark.by_turns
def test_a_time_that_has_passed_and_a_time_not_given_are_refused(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"

    passed = client.post(page, until(now - timedelta(hours=1)))
    empty = client.post(page, {"kind": "out"})

    assert passed.status_code == 422
    assert "must be in the future" in passed.content.decode()
    assert empty.status_code == 422
    assert "Enter " in empty.content.decode()
    assert not Absence.objects.exists()


@pytest.mark.by_turns
def test_nobody_goes_out_while_an_episode_is_open(client: Client, watched: Watched, now: Any) -> None:
    not_here(watched.child, by=watched.carer, at=now)
    client.force_login(watched.carer)

    answer = client.post(f"/children/{watched.child.reference}/out/", until(now + timedelta(hours=2)))

    assert answer.status_code == 422
    assert "A missing episode is open" in answer.content.decode()


@pytest.mark.by_turns
def test_the_return_ends_the_leave(client: Client, watched: Watched, now: Any) -> None:
    absence = out(watched.child, until=now + timedelta(hours=2), at=now - timedelta(hours=1))
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/back/"

    assert client.get(page).status_code == 200
    answer = client.post(page, {"back_at_when": "quarter"})

    absence.refresh_from_db()
    assert answer.status_code == 302
    assert absence.ends_at is not None
    assert absence.ends_at < now


def test_where_nobody_is_out_the_page_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    page = client.get(f"/children/{watched.child.reference}/back/").content.decode()

    assert "there is no return to record" in page


@pytest.mark.by_turns
def test_guardians_police_and_strangers_record_no_leave(client: Client, watched: Watched, now: Any) -> None:
    for person in (watched.guardian, watched.officer, a_person(Role.PLACEMENT_STAFF)):
        client.force_login(person)
        for path in ("out", "back"):
            page = f"/children/{watched.child.reference}/{path}/"
            assert client.get(page).status_code == 404
            assert client.post(page, until(now + timedelta(hours=2))).status_code == 404
    assert not Absence.objects.exists()


def test_a_return_at_the_end_of_the_calendar_is_no_real_date(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)

    answer = client.post(
        f"/children/{watched.child.reference}/out/",
        until(now, kind="away", until_day="31", until_month="12", until_year="9999"),
    )

    assert answer.status_code == 422
    assert "Enter a real date" in answer.content.decode()
    assert not Absence.objects.exists()


def key() -> str:
    return str(uuid.uuid4())


def page_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.by_turns
def test_the_page_has_a_key_of_its_own_each_time(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"
    keys = {page_of(client.get(page)).split('name="once" value="')[1].partition('"')[0] for _ in range(2)}
    assert len({uuid.UUID(one) for one in keys}) == 2


def test_the_same_leave_sent_twice_is_one_and_leads_to_the_same_place(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page, said = (
        f"/children/{watched.child.reference}/out/",
        until(now + timedelta(hours=2), place="library", once=key()),
    )
    answers = [client.post(page, said) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert Absence.objects.count() == 1
    assert Event.objects.filter(kind="went_out").count() == 1


@pytest.mark.by_turns(8)
def test_other_words_are_told_of_with_everything_kept_and_change_nothing(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page, said = f"/children/{watched.child.reference}/out/", until(now + timedelta(hours=2), once=key())
    client.post(page, {**said, "place": "library"})
    refused = client.post(page, {**said, "place": "swimming pool", "with_whom": "cousin"})
    assert refused.status_code == 422
    assert "This child is out already" in page_of(refused)
    assert 'value="swimming pool"' in page_of(refused)
    assert 'value="cousin"' in page_of(refused)
    assert Absence.objects.get().place == "library"


@pytest.mark.by_turns(8)
def test_a_form_that_comes_again_after_the_return_takes_nobody_out_and_the_next_press_does(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page, said = f"/children/{watched.child.reference}/out/", until(now + timedelta(hours=2), once=key())
    client.post(page, said)
    absences.come_back(watched.child, back_at=now + MINUTE, by=watched.carer, at=now + MINUTE)
    refused = client.post(page, said)
    assert refused.status_code == 422
    assert "has come back since" in page_of(refused)
    assert not Absence.objects.filter(ends_at=None).exists()
    assert "has come back since" in page_of(client.post(page, said | {"place": "library"}))
    again = page_of(refused).split('name="once" value="')[1].partition('"')[0]
    assert again != said["once"]


def test_the_next_press_after_a_return_takes_the_child_out(watched: Watched, now: datetime) -> None:
    stay, sent = absences.Stay(until=now + timedelta(hours=2)), uuid.uuid4()
    first = absences.go_out(watched.child, stay, key=sent, by=watched.carer, at=now)
    absences.come_back(watched.child, back_at=now + MINUTE, by=watched.carer, at=now + MINUTE)
    with pytest.raises(SentBefore):
        absences.go_out(watched.child, stay, key=sent, by=watched.carer, at=now + 2 * MINUTE)
    second = absences.go_out(watched.child, stay, key=uuid.uuid4(), by=watched.carer, at=now + 2 * MINUTE)
    assert first.pk != second.pk


@pytest.mark.by_turns
def test_the_key_of_somebody_else_or_of_another_child_is_no_leave_of_before(
    watched: Watched, now: datetime
) -> None:
    stay, sent = absences.Stay(until=now + timedelta(hours=2)), uuid.uuid4()
    absences.go_out(watched.child, stay, key=sent, by=watched.carer, at=now)
    with pytest.raises(IllegalMove, match="out already"):
        absences.go_out(watched.child, stay, key=sent, by=watched.worker, at=now)
    other = factories.a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - MINUTE)
    assert absences.go_out(other, stay, key=sent, by=watched.carer, at=now).child == other


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("asked_for_code", [False, True])
def test_away_sent_twice_is_one_though_a_code_is_good_once(
    client: Client, watched: Watched, now: Any, settings: Any, asked_for_code: bool
) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/out/"
    agreed = {"second_email": watched.manager.email, "second_password": "three random words"}
    if asked_for_code:
        settings.SECOND_FACTOR = True
        has_app(watched.manager, at=now)
        agreed["second_code"] = code(at=clock.now())
    said = until(now + timedelta(hours=30), once=key(), **AWAY, **agreed)
    answers = [client.post(page, said) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    absence = Absence.objects.get()
    assert (absence.kind, absence.agreed_by) == ("away", watched.manager)
    # Somebody else's name under it is not what was sent.
    client.post(page, said | {"second_email": watched.head.email})
    assert Absence.objects.get().agreed_by == watched.manager


@pytest.mark.by_turns
def test_a_page_that_stood_open_without_a_key_still_records(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"
    assert client.post(page, until(now + timedelta(hours=2))).status_code == 302
    assert Absence.objects.count() == 1


@pytest.mark.by_turns
def test_out_again_unseen_says_so_and_asks_who_saw_the_child(
    client: Client, watched: Watched, now: Any
) -> None:
    child = watched.child
    page = f"/children/{child.reference}/out/"
    client.force_login(watched.carer)
    factories.seen(child, by=watched.carer, happened_at=now - 90 * MINUTE, at=now - 90 * MINUTE)
    assert "is on record as having seen" not in client.get(page).content.decode()
    out(child, until=now + timedelta(hours=2), at=now - 60 * MINUTE)
    absences.come_back(child, back_at=now - 30 * MINUTE, by=watched.carer, at=now - 30 * MINUTE)

    asked = client.get(page).content.decode()
    assert "is on record as having seen" in asked
    assert 'name="seen_now"' in asked

    form = until(now + timedelta(hours=2), once=str(uuid.uuid4()))
    assert client.post(page, form).status_code == 302
    assert Absence.objects.count() == 2
    assert child.contacts.count() == 1
    absences.come_back(child, back_at=clock.now(), by=watched.carer, at=clock.now())

    form |= {"once": str(uuid.uuid4()), "seen_now": "on"}
    assert client.post(page, form).status_code == 302
    assert client.post(page, form).status_code == 302
    assert (child.contacts.count(), Absence.objects.count()) == (2, 3)
    contact = child.contacts.latest("happened_at")
    assert (contact.witness_user, contact.means) == (watched.carer, "face_to_face")


@pytest.mark.by_turns
def test_the_page_of_an_outing_that_is_over_ends_none_that_began_since(
    client: Client, watched: Watched, now: Any
) -> None:
    """Else nobody would hear that the child is not back by the time of that one."""
    child = watched.child
    page = f"/children/{child.reference}/back/"
    client.force_login(watched.carer)
    first = out(child, until=now + timedelta(hours=1), at=now - 60 * MINUTE)
    old = {"back_at_when": "now", "stood": str(client.get(page).context["form"]["stood"].value())}
    assert old["stood"] == str(first.pk)
    absences.come_back(child, back_at=now - 30 * MINUTE, by=watched.carer, at=now - 30 * MINUTE)
    assert client.post(page, old).status_code == 302, "who is back already is back"
    second = out(child, until=now + timedelta(hours=2), at=now - 20 * MINUTE)
    refused = client.post(page, old)
    assert refused.status_code == 422
    assert "has gone out again since you opened this page" in refused.content.decode()
    second.refresh_from_db()
    assert second.ends_at is None
    fresh = old | {"stood": str(refused.context["form"]["stood"].value())}
    assert client.post(page, fresh).status_code == 302
    second.refresh_from_db()
    assert second.ends_at is not None


def test_what_is_ticked_about_who_saw_the_child_is_not_recorded_where_out_is_refused(
    client: Client, watched: Watched, now: Any
) -> None:
    out(watched.child, until=now + timedelta(hours=2), at=now - timedelta(hours=1))
    absences.come_back(watched.child, back_at=now, by=watched.carer, at=clock.now())
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"

    answer = client.post(page, until(now + timedelta(hours=30), seen_now="on"))

    assert answer.status_code == 422
    assert "checked" in answer.content.decode().split('name="seen_now"')[1].split(">")[0]
    assert not watched.child.contacts.exists()


@pytest.mark.by_turns(8)
def test_that_somebody_sees_a_child_who_is_looked_for_is_kept_where_the_outing_is_refused(
    client: Client, watched: Watched, now: Any
) -> None:
    out(watched.child, until=now - timedelta(hours=1), at=now - timedelta(hours=2))
    absences.come_back(
        watched.child, back_at=now - timedelta(hours=1), by=watched.carer, at=now - timedelta(hours=1)
    )
    factories.silent(watched.child, at=now - MINUTE)
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"
    form = until(now + timedelta(hours=2), once=str(uuid.uuid4()), seen_now="on")

    for _twice in range(2):
        answer = client.post(page, form)
        assert answer.status_code == 422
        assert "A missing episode is open." in answer.content.decode()
        assert "That you see the child is recorded." in answer.content.decode()

    (contact,) = watched.child.contacts.all()
    assert (contact.witness_user, contact.means) == (watched.carer, "face_to_face")
    assert Absence.objects.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("spoiled", ["withdrawn", "kept", "phone", "stranger"])
def test_only_a_sight_that_can_count_is_one(watched: Watched, now: Any, spoiled: str) -> None:
    child, began = watched.child, now - timedelta(hours=2)
    out(child, until=now + timedelta(hours=2), at=began)
    assert absences.unseen_since(child, at=began) is None
    more = {"means": "phone"} if spoiled == "phone" else {"knows_child": spoiled != "stranger"}
    contact = factories.seen(child, by=watched.guardian, at=now - timedelta(hours=1), **more)
    if spoiled == "withdrawn":
        contacts.withdraw(contact, reason="The other boy", by=watched.carer, at=now)
    if spoiled == "kept":
        concerns.keep_from(child, watched.guardian, reason="A threat", by=watched.manager, at=now)
    assert absences.unseen_since(child, at=now) == began
    factories.seen(child, by=watched.worker, knows_child=True, at=now)
    assert absences.unseen_since(child, at=now) is None
