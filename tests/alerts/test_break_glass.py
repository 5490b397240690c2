"""Breaking the glass: reason first, phones for an hour and no address, duty and the manager told at once, looked at after."""

import html
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from alerts import integrity, sweep
from alerts.models import Alert, Clock, Message
from cases import break_glass, clock, concerns, reads
from cases.models import AccessRecord, BrokenGlass, Event, Role, User
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_watched_child, an_authority, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
REASON = "His uncle rang: he is at the station alone, and nobody answers at the team"


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - HOUR)
    seen(found.child, by=found.carer, at=now - HOUR / 6)
    return found


@pytest.fixture
def neighbour(watched: Watched) -> User:
    """Of the same council and another team."""
    return a_person(Role.SOCIAL_WORKER, authority=watched.authority)


def address(watched: Watched, what: str = "") -> str:
    return f"/children/{watched.child.reference}/break-glass/{what}"


def read(client: Client, person: User, path: str, status: int = 200) -> str:
    client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def press(client: Client, person: User, path: str, **answers: Any) -> Any:
    client.force_login(person)
    return client.post(path, answers)


def told(now: datetime) -> set[tuple[str, str]]:
    sweep.sweep_all(now=now)
    return set(Message.objects.filter(wording="duty_glass").values_list("post", "channel"))


def broken_promises(now: datetime) -> set[str]:
    """What the check of the database finds, but that nobody has sent anything in this test."""
    found = {one.question for one in integrity.check(now) if one.references}
    return found - {"messages ready to go that no sender has taken"}


def test_the_page_of_the_status_leads_to_it_and_that_of_the_record_does_not(client, watched, neighbour):
    page = f"/children/{watched.child.reference}/"
    assert address(watched) in read(client, neighbour, page)
    for reader in (watched.worker, watched.manager, watched.desk.person, watched.carer, watched.guardian):
        assert address(watched) not in read(client, reader, page)


def test_nothing_is_shown_before_the_reason(client, watched, neighbour):
    page = read(client, neighbour, address(watched))
    assert watched.home.phone not in page
    answer = press(client, neighbour, address(watched), reason="  ")
    assert answer.status_code == 422
    assert "Enter why you need it now" in answer.content.decode()
    assert watched.home.phone not in answer.content.decode()
    assert not BrokenGlass.objects.exists()


def test_for_an_hour_it_shows_the_phones_and_no_address(client, watched, neighbour, monkeypatch):
    answer = press(client, neighbour, address(watched), reason=REASON)
    assert answer.status_code == 302
    page = read(client, neighbour, address(watched))
    spoken = page.replace("\N{NO-BREAK SPACE}", " ")
    assert watched.home.phone in spoken
    assert watched.desk.shift.phone in spoken
    assert REASON in page
    for hidden in (watched.home.name, watched.home.address, watched.home.postcode):
        assert hidden not in page
    # Nothing else of the record is open.
    assert "Their record is with the team" in read(client, neighbour, f"/children/{watched.child.reference}/")
    read(client, neighbour, f"/children/{watched.child.reference}/details/", 404)
    later = clock.now() + HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    assert watched.home.phone not in read(client, neighbour, address(watched)).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_what_one_opened_is_open_to_nobody_else(client, watched, neighbour, now):
    break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    other = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    assert "Why do you need it now?" in read(client, other, address(watched))


def test_duty_and_the_manager_are_told_at_once_by_mail_and_text(watched, neighbour, now):
    break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    assert told(now) >= {("duty", "mail"), ("duty", "text"), ("manager", "mail")}
    of_glass = Message.objects.filter(wording="duty_glass")
    assert set(of_glass.values_list("post", flat=True)) == {"duty", "manager"}
    assert not broken_promises(now)


def test_pressed_twice_it_is_one(watched, neighbour, now):
    first = break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    again = break_glass.break_glass(watched.child, reason="Again", by=neighbour, at=now + HOUR / 2)
    assert again == first
    anew = break_glass.break_glass(watched.child, reason="Later", by=neighbour, at=now + HOUR)
    assert anew != first
    assert Event.objects.filter(kind="glass_broken").count() == 2


def test_a_second_one_is_told_of_too(watched, neighbour, now):
    break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    sweep.sweep_all(now=now)
    other = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    break_glass.break_glass(watched.child, reason="Me too", by=other, at=now + HOUR)
    for _ in range(2):
        sweep.sweep_all(now=now + HOUR)
    mails = Message.objects.filter(wording="duty_glass", post="manager", channel="mail")
    assert mails.count() == 2


def test_a_manager_says_whether_it_was_right_and_the_notice_ends(client, watched, neighbour, now):
    broken = break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    sweep.sweep_all(now=now)
    path = address(watched, f"{broken.pk}/")
    assert path in read(client, watched.manager, f"/children/{watched.child.reference}/")
    assert path not in read(client, watched.worker, f"/children/{watched.child.reference}/")
    assert REASON in read(client, watched.manager, path)
    answer = press(client, watched.manager, path, was_right="", finding="")
    assert answer.status_code == 422
    assert (
        press(client, watched.manager, path, was_right="no", finding="The team was there").status_code == 302
    )
    broken.refresh_from_db()
    assert (broken.was_right, broken.looked_by) == (False, watched.manager)
    sweep.sweep_all(now=clock.now())
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.GLASS).exists()
    page = read(client, watched.manager, f"/children/{watched.child.reference}/")
    assert "It was not right to break the glass" in page
    assert press(client, watched.manager, path, was_right="yes", finding="Hm").status_code == 422
    assert not Message.objects.filter(kind="ending").exists()
    assert not broken_promises(clock.now())


def test_nobody_looks_at_their_own(watched, neighbour, now):
    broken = break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    with pytest.raises(IllegalMove, match="Somebody else"):
        break_glass.look(broken, was_right=True, finding="Mine", by=neighbour, at=now)
    row = BrokenGlass.objects.filter(pk=broken.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(looked_at=now, looked_by=neighbour, was_right=True, finding="Mine")


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER])
def test_another_councils_staff_meet_a_child_that_does_not_exist(client, watched, role):
    stranger = a_person(role, authority=an_authority())
    read(client, stranger, address(watched), 404)
    assert press(client, stranger, address(watched), reason=REASON).status_code == 404
    assert not BrokenGlass.objects.exists()


@pytest.mark.parametrize("who", ["carer", "guardian", "officer"])
def test_whoever_is_no_staff_of_the_council_breaks_none(client, watched, who):
    person = getattr(watched, who)
    read(client, person, address(watched), 404)
    assert press(client, person, address(watched), reason=REASON).status_code == 404


def test_whoever_is_kept_from_the_child_breaks_none(client, watched, neighbour, now):
    concerns.keep_from(watched.child, neighbour, reason="An allegation", by=watched.manager, at=now)
    read(client, neighbour, address(watched), 404)
    assert press(client, neighbour, address(watched), reason=REASON).status_code == 404


def test_kept_from_in_the_hour_it_opens_nothing_any_more(client, watched, neighbour, now):
    break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    concerns.keep_from(watched.child, neighbour, reason="An allegation", by=watched.manager, at=now)
    read(client, neighbour, address(watched), 404)


def test_each_look_is_on_record(client, watched, neighbour):
    press(client, neighbour, address(watched), reason=REASON)
    before = AccessRecord.objects.filter(user=neighbour, permission="break_glass").count()
    assert before >= 1
    read(client, neighbour, address(watched))
    assert Event.objects.filter(kind="glass_broken", child=watched.child, actor=neighbour).count() == 1


def test_only_what_was_opened_with_a_reason_stands_as_broken_glass(client, watched, neighbour):
    def standing() -> list[tuple[str, bool, str]]:
        own = AccessRecord.objects.filter(user=neighbour, page="glass").order_by("pk")
        return [(one.permission, one.allowed, reads.Read(one).what) for one in own]

    form = ("see_status", True, "Breaking the glass: the form, with nothing open")
    read(client, neighbour, address(watched))
    press(client, neighbour, address(watched), reason="  ")
    assert set(standing()) == {form}
    press(client, neighbour, address(watched), reason=REASON)
    read(client, neighbour, address(watched))
    assert set(standing()) == {form, ("break_glass", True, "Phones, behind broken glass")}
    red = [reads.Read(one).glass for one in AccessRecord.objects.filter(user=neighbour, page="glass")]
    assert red.count(False) == len([one for one in standing() if one == form])
    # Whoever reads the record already breaks none, whatever they press.
    press(client, watched.worker, address(watched), reason=REASON)
    assert not AccessRecord.objects.filter(user=watched.worker, permission="break_glass").exists()


def test_only_a_manager_of_the_childs_team_looks(client, watched, neighbour, now):
    broken = break_glass.break_glass(watched.child, reason=REASON, by=neighbour, at=now)
    for person in (neighbour, watched.worker, watched.desk.person, watched.carer):
        read(client, person, address(watched, f"{broken.pk}/"), 404)
    read(client, watched.manager, address(watched, f"{broken.pk + 1}/"), 404)
