"""A worry about a colleague and each keep-from mark: the LADO hears past every manager, and hardly anybody reads it."""

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import delivery, emails, matter_clocks, sweep
from alerts.models import MatterClock, Message
from alerts.states import MessageStatus
from cases import concerns, holidays, matters, people, restrictions
from cases.deadlines import add_working_days
from cases.models import KeepFrom, Mailbox, Matter, Role, User
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_watched_child, an_authority_mailbox, knows, membership_of

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = "Zq he waits at the gate after his shift"
PAGE, PHONE, PASSWORD = "/account/worry/", "01632 960 733", "three random words"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 30 * HOUR, given_name="Tarekiel")


@pytest.fixture
def lado(watched: Watched) -> Mailbox:
    return an_authority_mailbox(watched.authority, purpose=Mailbox.Purpose.LADO)


def worry(w: Watched, *, by: User | None = None, at: datetime, **more: Any) -> Matter:
    given = {"text": WORDS, "phone": PHONE, "authority": w.authority, "key": uuid.uuid4(), **more}
    return matters.worry(**given, by=by or w.carer, at=at)


def told(matter: Matter) -> set[tuple[str, int | None, int | None]]:
    return set(Message.objects.filter(matter=matter).values_list("step", "mailbox", "user"))


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.FOSTER_CARER, Role.GUARDIAN, Role.DUTY_DESK])
def test_every_member_of_staff_home_and_guardian_has_the_link_and_the_lado_hears_at_once(
    client: Client, watched: Watched, lado: Mailbox, now: datetime, role: Role
) -> None:
    person = a_person(role, authority=watched.authority)
    client.force_login(person)
    assert PAGE in client.get("/account/").content.decode()
    press = {"text": WORDS, "phone": PHONE, "once": uuid.uuid4(), "authority": watched.authority.pk}
    assert client.post(PAGE, press | {"text": " "}).status_code == 422
    assert client.post(PAGE, press | {"phone": ""}).status_code == 422
    for _ in range(2):
        assert client.post(PAGE, press).status_code == 302
    matter = Matter.objects.get()
    assert (matter.reported_by, matter.kind, matter.senior) == (person, "worry", watched.director)
    assert matter.reference in client.get(PAGE).content.decode()
    sweep.sweep(now=now + timedelta(seconds=1))
    assert told(matter) == {("R1", lado.pk, None)}


@pytest.mark.by_turns
def test_the_mail_says_a_reference_a_time_and_a_phone_and_nothing_else(
    watched: Watched, lado: Mailbox, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.carer, reason=WORDS, by=watched.manager, at=now)
    sweep.sweep(now=now + timedelta(seconds=1))
    mail = Message.objects.get(mailbox=lado)
    said = emails.compose(mail, now=now)
    text = said.subject + said.text + said.html
    matter = Matter.objects.get()
    assert matter.phone == watched.manager.phone
    assert matter.reference in said.subject
    assert watched.manager.phone in said.text
    hidden = (WORDS, watched.child.reference, watched.child.given_name, "http://", "https://")
    hidden += (watched.carer.name, watched.manager.name, watched.home.name)
    assert not [word for word in hidden if word in text]


@pytest.mark.by_turns
def test_it_climbs_after_one_working_day_to_one_senior_and_stops_when_the_lado_has_it(
    watched: Watched, lado: Mailbox, now: datetime
) -> None:
    matter = worry(watched, at=now)
    calendar = holidays.calendar_of(watched.authority.nation)
    limit = add_working_days(now, 1, nation=calendar, holidays=holidays.of(calendar))
    assert matter.due_at == limit
    seen = {}
    for at in (now, limit - HOUR, limit, limit + DAY, limit + 2 * DAY):
        matter_clocks.tell(now=at)
        seen[at] = MatterClock.objects.get(matter=matter).rung
    assert list(seen.values()) == ["R1", "R1", "R2", "R4", "R5"]
    director = watched.director.pk
    assert told(matter) == {
        ("R1", lado.pk, None),
        ("R4", lado.pk, None),
        ("R2", None, director),
        ("R5", None, director),
    }
    for step, user in (("R2", watched.head), ("R2", watched.manager)):
        assert not Message.objects.filter(matter=matter, step=step, user=user).exists()
    assert not list(matter_clocks.untold(limit + 2 * DAY))
    Message.objects.filter(matter=matter).update(status=MessageStatus.SENT, sent_at=limit + 2 * DAY)
    said = {"text": "Ring back at nine", "happened_at": limit, "key": uuid.uuid4()}
    matters.write(matter, "lado_has_it", **said, by=watched.carer, at=limit + 2 * DAY)
    assert MatterClock.objects.get(matter=matter).ended_at == limit + 2 * DAY
    ending = Message.objects.get(matter=matter, step="ending")
    assert (ending.user_id, ending.wording) == (director, "worry_answered")
    assert not matter_clocks.tell(now=limit + 9 * DAY)


@pytest.mark.by_turns
def test_without_a_mailbox_of_a_lado_or_when_it_is_dead_the_senior_hears_at_once(
    watched: Watched, now: datetime
) -> None:
    matter = worry(watched, at=now)
    matter_clocks.tell(now=now)
    assert ("R2", None, watched.director.pk) in told(matter)
    box = an_authority_mailbox(watched.authority, purpose=Mailbox.Purpose.LADO)
    other = worry(watched, at=now)
    matter_clocks.tell(now=now)
    assert told(other) == {("R1", box.pk, None)}
    Message.objects.filter(matter=other).update(status=MessageStatus.FAILED)
    matter_clocks.tell(now=now + HOUR)
    assert ("R2", None, watched.director.pk) in told(other)


@pytest.mark.by_turns(8)
def test_the_senior_is_never_whom_it_is_about_nor_who_reported_it_and_may_be_nobody(
    watched: Watched, lado: Mailbox, now: datetime
) -> None:
    assert worry(watched, about=watched.director, at=now).senior == watched.head
    assert worry(watched, by=watched.director, about=watched.head, at=now).senior is None
    alone = worry(watched, for_senior=False, at=now)
    assert alone.senior is None
    matter_clocks.tell(now=now)
    matter_clocks.tell(now=now + 9 * DAY)
    heard = {(step, box) for step, box, _ in told(alone) if step in ("R1", "R2", "R4", "R5")}
    assert heard == {("R1", lado.pk), ("R4", lado.pk)}
    assert {user for _, _, user in told(alone)} == {None}
    matter = worry(watched, at=now)
    people.leave(membership_of(watched.director), at=now)
    assert matters.senior_of(matter, at=now) == watched.head
    assert matters.senior_of(alone, at=now) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        worry(watched, by=watched.carer, about=watched.carer, at=now)
    with pytest.raises(IllegalMove, match="Enter what worries you"):
        worry(watched, text=" ", at=now)


@pytest.mark.by_turns
def test_nobody_but_whoever_reported_it_and_the_senior_opens_it(
    client: Client, watched: Watched, lado: Mailbox, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.carer, reason=WORDS, by=watched.manager, at=now)
    matter = Matter.objects.get()
    page = f"/data-protection/{matter.pk}/"
    officer = a_person(Role.DPO, authority=watched.authority)
    for person in (
        officer,
        watched.head,
        watched.carer,
        watched.worker,
        watched.desk.person,
        watched.guardian,
    ):
        client.force_login(person)
        assert client.get(page).status_code == 404
        assert client.post(page, {"kind": "lado_has_it"}).status_code == 404
    client.force_login(officer)
    assert matter.reference not in client.get("/data-protection/").content.decode()
    for person in (watched.manager, watched.director):
        client.force_login(person)
        shown = html.unescape(client.get(page).content.decode())
        assert WORDS in shown
        assert watched.carer.name in shown
    press = {"kind": "lado_has_it", "text": "Ms Vale", "happened_at_when": "now", "once": uuid.uuid4()}
    assert client.post(page, press).status_code == 302
    assert MatterClock.objects.get(matter=matter).ended_at is not None


@pytest.mark.by_turns(8)
def test_a_manager_sets_the_mark_at_once_and_lifts_it_with_a_second_one(
    client: Client, watched: Watched, lado: Mailbox, now: datetime
) -> None:
    page = f"/children/{watched.child.reference}/keep-from/"
    client.force_login(watched.worker)
    assert client.get(page).status_code == 404
    client.force_login(watched.manager)
    press = {"user": watched.carer.pk, "reason": WORDS, "phone": PHONE}
    assert client.post(page, press | {"reason": " "}).status_code == 422
    assert client.post(page, press).status_code == 302
    mark = KeepFrom.objects.get()
    assert (mark.user, mark.set_by) == (watched.carer, watched.manager)
    assert WORDS in client.get(page).content.decode()
    lift = f"{page}{mark.pk}/lift/"
    second = knows(watched.head, PASSWORD)
    given = {"reason": "Cleared by the LADO", "how_long": "for_good", "second_email": second.email}
    for wrong in ({}, {"second_password": "another"}, {"second_password": PASSWORD, "reason": ""}):
        assert client.post(lift, given | wrong).status_code == 422
    # A manager who neither set it nor is the one senior does not know of it.
    story = f"/children/{watched.child.reference}/timeline/"
    client.force_login(second)
    assert WORDS not in client.get(page).content.decode() + client.get(story).content.decode()
    assert client.get(lift).status_code == 404
    client.force_login(watched.director)
    assert WORDS in client.get(page).content.decode()
    assert WORDS in client.get(story).content.decode()
    assert client.post(lift, given | {"second_password": PASSWORD}).status_code == 302
    mark.refresh_from_db()
    assert (mark.lifted_by, mark.seconded_by, mark.lift_reason) == (watched.director, second, given["reason"])


@pytest.mark.by_turns(8)
def test_each_mark_is_told_to_its_own_setter_and_senior_alone(
    client: Client, watched: Watched, lado: Mailbox, now: datetime
) -> None:
    for user, reason in (
        (watched.carer, "Zqcarer at the gate"),
        (watched.director, "Zydirector at the gate"),
    ):
        mark = concerns.keep_from(watched.child, user, reason=reason, by=watched.manager, at=now - HOUR)
        lift = {"reason": f"{reason} is cleared", "seconded_by": watched.head}
        concerns.lift_keep_from(mark, **lift, by=watched.manager, at=now)
    other = a_person(Role.TEAM_MANAGER, team=watched.team)
    read = {
        watched.manager: "Zqcarer Zydirector",
        watched.director: "Zqcarer",
        watched.head: "Zydirector",
        other: "",
    }
    for person, words in read.items():
        client.force_login(person)
        for page in ("timeline/", "changes/"):
            shown = client.get(f"/children/{watched.child.reference}/{page}").content.decode()
            assert [word for word in ("Zqcarer", "Zydirector") if word in shown] == words.split(), (
                person,
                page,
            )


@pytest.mark.by_turns
def test_a_second_mark_on_the_same_person_tells_nothing_and_is_heard(
    client: Client, watched: Watched, lado: Mailbox, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.carer, reason=WORDS, by=watched.manager, at=now - HOUR)
    page = f"/children/{watched.child.reference}/keep-from/"
    press = {"user": watched.carer.pk, "reason": "Zy she saw him too", "phone": PHONE}
    client.force_login(watched.head)
    assert f'value="{watched.carer.pk}"' in client.get(page).content.decode()
    assert client.post(page, press).status_code == 302
    shown = client.get(page).content.decode()
    assert "Zy she saw him too" in shown
    assert WORDS not in shown
    assert KeepFrom.objects.get().set_by == watched.manager
    assert set(Matter.objects.values_list("about", "reported_by")) == {
        (watched.carer.pk, watched.manager.pk),
        (watched.carer.pk, watched.head.pk),
    }
    client.force_login(watched.manager)
    assert f'value="{watched.carer.pk}"' not in client.get(page).content.decode()
    with pytest.raises(IllegalMove, match="This mark stands already"):
        concerns.keep_from(watched.child, watched.carer, reason="Again", by=watched.manager, at=now)


@pytest.mark.by_turns
def test_the_mail_goes_out(watched: Watched, lado: Mailbox, now: datetime, catcher: Any) -> None:
    worry(watched, at=now)
    sweep.sweep_all(now=now)
    delivery.deliver(clock=lambda: now)
    assert Message.objects.get(mailbox=lado).status == MessageStatus.SENT
    assert not list(matter_clocks.untold(now))


@pytest.mark.by_turns(8)
def test_whoever_is_kept_from_the_child_neither_hears_nor_reads_nor_ends_a_worry_about_it(
    client: Client, watched: Watched, lado: Mailbox, now: datetime
) -> None:
    before = worry(watched, by=watched.worker, about=watched.carer, child=watched.child, at=now - 3 * HOUR)
    assert before.senior == watched.director
    concerns.keep_from(
        watched.child, watched.director, reason="Zx", phone=PHONE, by=watched.manager, at=now - 2 * HOUR
    )
    concerns.keep_from(watched.child, watched.carer, reason=WORDS, phone=PHONE, by=watched.manager, at=now)
    after = Matter.objects.get(about=watched.carer, reported_by=watched.manager)
    assert after.senior == watched.head
    client.force_login(watched.director)
    for matter in (before, after):
        assert matters.senior_of(matter, at=now) == watched.head
        page = f"/data-protection/{matter.pk}/"
        assert client.get(page).status_code == 404
        press = {"kind": "lado_has_it", "text": "I", "happened_at_when": "now", "once": uuid.uuid4()}
        assert client.post(page, press).status_code == 404
        assert MatterClock.objects.get(matter=matter).ended_at is None
    matter_clocks.tell(now=now + 20 * DAY)
    assert not Message.objects.filter(user=watched.director).exists()
    assert Message.objects.filter(user=watched.head, matter=before).exists()
    client.force_login(watched.head)
    shown = re.sub(r"<[^>]+>", "", client.get(f"/data-protection/{before.pk}/").content.decode())
    assert f"Whoever reported it, and {watched.head.name}" in html.unescape(shown)


@pytest.mark.by_turns(8)
def test_what_is_on_its_way_to_somebody_kept_from_the_child_since_is_not_sent_to_them(
    watched: Watched, lado: Mailbox, now: datetime, catcher: Any
) -> None:
    matter = worry(watched, by=watched.worker, about=watched.carer, child=watched.child, at=now)
    told = {"matter": matter, "user": watched.director, "channel": "mail"}
    matter_clocks.tell(now=now + 8 * DAY)
    Message.objects.filter(**told, step="R2").update(status=MessageStatus.SENT, sent_at=now)
    concerns.keep_from(watched.child, watched.director, reason="Zx", phone=PHONE, by=watched.manager, at=now)
    delivery.deliver(clock=lambda: now + 8 * DAY)
    late = Message.objects.filter(**told).exclude(step="R2")
    assert set(late.values_list("status", flat=True)) == {MessageStatus.FAILED}
    said = {"text": "Ms Vale", "happened_at": now, "key": uuid.uuid4()}
    matters.write(matter, "lado_has_it", **said, by=watched.worker, at=now + 9 * DAY)
    assert not Message.objects.filter(**told, step="ending").exists(), "nor do they hear of its end"


@pytest.mark.by_turns
def test_of_a_restricted_child_the_senior_is_one_to_whom_the_record_is_open(
    watched: Watched, now: datetime
) -> None:
    restrictions.restrict(watched.child, reason="Zq", named=[watched.head], by=watched.manager, at=now)
    assert worry(watched, child=watched.child, at=now).senior == watched.head
    assert worry(watched, at=now).senior == watched.director


@pytest.mark.by_turns
def test_a_worry_that_is_another_s_costs_what_one_costs_that_is_not_there(
    client: Client, watched: Watched, now: datetime
) -> None:
    matter, alone = worry(watched, at=now), worry(watched, for_senior=False, at=now)
    client.force_login(watched.head)
    client.get("/account/")
    asked = []
    for key in (matter.pk, alone.pk, 999_999):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/data-protection/{key}/").status_code == 404
        asked.append(len(queries))
    assert len(set(asked)) == 1


@pytest.mark.by_turns
def test_behind_its_last_rung_both_hear_again_each_day_and_once_after_days_without_a_sweep(
    watched: Watched, lado: Mailbox, now: datetime
) -> None:
    matter = worry(watched, at=now)
    limit = matter.due_at
    matter_clocks.tell(now=limit + 2 * DAY)
    assert {step for step, _, _ in told(matter)} == {"R1", "R2", "R4", "R5"}
    heard = {}
    for days in (2.9, 3, 3.5, 4, 9, 9.5):
        before = told(matter)
        matter_clocks.tell(now=limit + days * DAY)
        heard[days] = told(matter) - before
    again = {
        days: {(step, lado.pk, None), (step, None, watched.director.pk)}
        for days, step in ((3, "R6"), (4, "R7"), (9, "R12"))
    }
    assert heard == {2.9: set(), 3.5: set(), 9.5: set(), **again}


@pytest.mark.by_turns
def test_where_the_last_rung_bounces_the_senior_and_the_lado_hear_again_at_once(
    watched: Watched, lado: Mailbox, now: datetime
) -> None:
    matter = worry(watched, at=now)
    at = matter.due_at + 2 * DAY
    matter_clocks.tell(now=at)
    Message.objects.filter(matter=matter).update(status=MessageStatus.SENT, sent_at=at)
    Message.objects.filter(matter=matter, step="R5").update(status=MessageStatus.FAILED, sent_at=None)
    assert list(matter_clocks.untold(at)) == [matter.reference]
    matter_clocks.tell(now=at + timedelta(minutes=1))
    assert {("R6", lado.pk, None), ("R6", None, watched.director.pk)} <= told(matter)
    assert not list(matter_clocks.untold(at + timedelta(minutes=1)))
    Message.objects.filter(matter=matter, step="R6").update(status=MessageStatus.FAILED)
    assert list(matter_clocks.untold(at + timedelta(minutes=2))) == [matter.reference]


@pytest.mark.by_turns
def test_a_new_senior_and_a_mailbox_that_is_proved_later_are_told_within_the_hour(
    watched: Watched, now: datetime
) -> None:
    box = an_authority_mailbox(watched.authority, purpose=Mailbox.Purpose.LADO)
    Mailbox.objects.filter(pk=box.pk).update(verified_at=None)
    matter = worry(watched, at=now)
    matter_clocks.tell(now=now)
    assert told(matter) == {("R2", None, watched.director.pk)}, "nobody has proved that mailbox"
    Mailbox.objects.filter(pk=box.pk).update(verified_at=now, failed_at=now + timedelta(minutes=1))
    matter_clocks.tell(now=now + HOUR)
    assert (box.pk, None) not in {(mailbox, user) for _, mailbox, user in told(matter)}
    Mailbox.objects.filter(pk=box.pk).update(failed_at=None)
    people.leave(membership_of(watched.director), at=now + HOUR)
    matter_clocks.tell(now=now + 2 * HOUR)
    assert {("R2", box.pk, None), ("R2", None, watched.head.pk)} <= told(matter)
    owed = Message.objects.filter(matter=matter).count()
    matter_clocks.tell(now=now + 3 * HOUR)
    assert Message.objects.filter(matter=matter).count() == owed
