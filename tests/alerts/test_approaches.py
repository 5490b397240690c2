"""Somebody came near a child: the force of the area hears that it is so and nothing of it, and the next report reads it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import (
    added_forces,
    approaches,
    delivery,
    ending_questions,
    new_desks,
    police_mails,
    prefills,
    tellings,
)
from alerts.emails.composition import compose
from alerts.models import Alert, DutyTask, Message
from alerts.states import MessageStatus
from cases import clock, episodes, triggers
from cases.models import Child, EpisodeForce, Mailbox, MissingEpisode, Team, Trigger
from cases.triggers import Stranger
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_force_mailbox,
    a_home,
    a_watched_child,
    agreed,
    an_agreement,
    arrived,
    ended,
    missing,
    placed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE, NOW = AT - timedelta(days=60), AT + 3 * HOUR
WHO = Stranger(
    how="waited", person="About 40, grey cap", vehicle="White van", plate="AB12 CDE", place="The gate"
)
SECRETS = ("grey cap", "White van", "AB12", "The gate", "A man waited", "Yonas")


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=BEFORE, given_name="Yonas")
    seen(found.child, by=found.carer, at=NOW - HOUR)
    seen(found.child, by=found.worker, at=NOW - HOUR)
    return found


def came(watched: Watched, *others, at=NOW, **fields) -> list[Trigger]:
    said = {"kind": "approach", "happens_at": at, "note": "A man waited", "stranger": WHO} | fields
    return triggers.record([watched.child, *others], **said, by=watched.carer, at=at)


def came_and_told(watched: Watched, at, **fields) -> None:
    """Somebody came; the alert of the visit before ends, and that of this one begins."""
    came(watched, at=at, **fields)
    tick(at)
    tick(at)


def to_police(**fields) -> list[Message]:
    ours = Message.objects.filter(post="area_force", **fields).exclude(status=MessageStatus.CANCELLED)
    return list(ours.order_by("created_at", "mailbox"))


@pytest.mark.by_turns
def test_the_force_of_the_area_is_mailed_once_for_a_house_nothing_of_it_and_hears_the_end(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    other = placed(a_child(watched.authority, at=BEFORE), watched.home, at=BEFORE).child
    seen(other, by=watched.carer, at=NOW - HOUR)
    seen(other, by=watched.worker, at=NOW - HOUR)
    both = came(watched, other)
    tick(NOW)
    tick(NOW)
    boxes = [watched.control_room.pk, watched.coordinator.pk]
    assert sorted(one.mailbox_id for one in to_police()) == sorted(boxes)
    for one in to_police():
        said = compose(one, now=NOW)
        words = f"{said.subject}\n{said.text}\n{said.html}\n{said.email}"
        assert {item.alert.child_id for item in one.told} == {watched.child.pk, other.pk}
        assert watched.child.reference in said.text
        assert reverse("area_signs") in said.text
        assert not said.link_token_hash
        assert not [
            secret for secret in (*SECRETS, watched.home.name, watched.home.postcode) if secret in words
        ]
    (duty,) = Message.objects.filter(wording="duty_approach", channel="mail", items__alert__child=other)
    asked = " ".join(compose(duty, now=NOW).text.split())
    assert f"A mail goes to {watched.force.name} at once" in asked
    assert ("is being looked for" in asked, "make sure that all are seen" in asked) == (False, True)
    send_all(NOW)
    assert watched.control_room.address in out.to

    came(watched, at=NOW + HOUR, note="He was there again")
    tick(NOW + HOUR)
    tick(NOW + HOUR)
    assert len(to_police(kind="alert")) == 4, "another visitor is another mail"
    assert not to_police(kind="ending")
    for trigger in Trigger.objects.all():
        triggers.answer(
            trigger, answer="The postman", police_told=False, by=watched.worker, at=NOW + 2 * HOUR
        )
    tick(NOW + 2 * HOUR)
    assert {one.mailbox_id for one in to_police(kind="ending")} == set(boxes)
    assert {trigger.child_id for trigger in both} == {watched.child.pk, other.pk}


@pytest.mark.by_turns
def test_without_a_mailbox_duty_reads_that_it_alone_tells_them_and_nobody_is_said_to_be_missing_on_a_post(
    watched: Watched,
) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=BEFORE + HOUR)
    came(watched)
    tick(NOW)
    assert not to_police()
    (duty,) = Message.objects.filter(wording="duty_approach", channel="mail")
    assert "No mail goes to the police" in " ".join(compose(duty, now=NOW).text.split())
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL).exists()


@pytest.mark.by_turns(8)
def test_of_what_is_told_late_duty_rings_alone(watched: Watched) -> None:
    came(watched, happens_at=NOW - 100 * HOUR)
    tick(NOW)
    (duty,) = Message.objects.filter(wording="duty_approach", channel="mail")
    assert not to_police()
    assert "No mail goes to the police" in " ".join(compose(duty, now=NOW).text.split())


def in_search(**fields) -> list[Message]:
    """What the forces that search were mailed of whoever came."""
    return list(Message.objects.filter(wording="police_came", **fields).order_by("created_at", "mailbox"))


@pytest.mark.by_turns
def test_a_force_that_searches_for_the_child_is_mailed_in_its_search_with_duty_and_reads_nothing_of_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    other = a_force("Southmere Police")
    theirs = a_force_mailbox(other)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    added_forces.add(episode, other, by=watched.desk.person, at=NOW - HOUR)
    send_all(NOW - HOUR)
    first = {str(mail["To"]): str(mail["Message-ID"]) for mail in reversed(out.mails)}
    before = len(out.mails)
    # However long ago it was: somebody remembers it because the child is gone.
    came(watched, happens_at=NOW - 200 * HOUR)
    tick(NOW)
    tick(NOW)
    boxes = [watched.control_room, watched.coordinator, theirs]
    assert sorted(one.mailbox_id for one in in_search()) == sorted(box.pk for box in boxes)
    assert not to_police(), "it searches: that is told in the search"
    (duty,) = Message.objects.filter(wording="duty_approach", channel="mail", post="duty")
    said = " ".join(compose(duty, now=NOW).text.split())
    assert f"A mail goes to {watched.force.name}, {other.name} at once" in said
    assert ("The child is being looked for" in said, "that the child is seen" in said) == (True, False)
    send_all(NOW)
    mails = [mail for mail in out.mails[before:] if "somebody came" in str(mail.get_body(("plain",)))]
    mails = [mail for mail in mails if str(mail["To"]) in {box.address for box in boxes}]
    assert sorted(str(mail["To"]) for mail in mails) == sorted(box.address for box in boxes)
    for mail in mails:
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        page = mail.get_body(("html",)).get_content()
        assert "somebody came, rang or waited for this child. It does not end the search." in text
        assert episode.reference in str(mail["Subject"])
        assert first[str(mail["To"])] in str(mail["References"])
        hidden = (*SECRETS, watched.home.name, watched.home.postcode)
        assert not [secret for secret in hidden if secret in f"{mail['Subject']} {text} {page}"]


@pytest.mark.by_turns
def test_each_who_comes_while_a_child_is_searched_for_is_one_mail_and_no_answer_ends_the_search(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    came_and_told(watched, NOW)
    came_and_told(watched, NOW + HOUR, note="He was there again")
    send_all(NOW + HOUR)
    assert len(in_search()) == 4, "two mailboxes, and two who came"
    for trigger in Trigger.objects.order_by("-pk"):
        said = {"answer": "The postman", "police_told": False, "by": watched.worker}
        triggers.answer(trigger, **said, at=NOW + 2 * HOUR)
        tick(NOW + 2 * HOUR)
        tick(NOW + 2 * HOUR)
    send_all(NOW + 2 * HOUR)
    assert len(in_search()) == 4, "of the first nobody hears twice because the second is answered"
    boxes = {watched.control_room.address, watched.coordinator.address}
    over = [m for m in out.mails if "HAS ENDED" in m.get_body(("plain",)).get_content()]
    assert over, "duty and worker hear that this is answered"
    assert boxes.isdisjoint(str(mail["To"]) for mail in over)
    ended(episode, at=NOW + 3 * HOUR)
    tick(NOW + 3 * HOUR)
    send_all(NOW + 3 * HOUR)
    ends = Message.objects.filter(kind="ending", episode=episode, mailbox__address__in=boxes)
    assert ends.count() == 2, "each hears the end of the search once"
    assert not broken(NOW + 4 * HOUR)


@pytest.mark.by_turns
def test_who_comes_in_the_minute_in_which_the_child_is_reported_missing_is_told_with_the_first_alert(
    watched: Watched,
) -> None:
    missing(watched.child, by=watched.worker, at=NOW)
    came(watched)
    tick(NOW)
    assert {one.mailbox_id for one in in_search()} == {watched.control_room.pk, watched.coordinator.pk}
    assert not to_police()


@pytest.mark.by_turns
def test_of_a_child_away_or_only_silent_nobody_searches_and_the_force_of_the_area_hears(
    watched: Watched,
) -> None:
    said = {"whereabouts": "Lowmoor", "reason": "A cousin", "by": watched.worker}
    episodes.report_away(watched.child, **said, at=NOW - HOUR)
    came(watched)
    tick(NOW)
    assert not in_search()
    assert len(to_police()) == 2


@pytest.mark.by_turns
def test_a_searching_force_without_a_mailbox_is_rung_by_duty_who_reads_that_no_mail_goes(
    watched: Watched,
) -> None:
    missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    Mailbox.objects.filter(force=watched.force).update(ends_at=NOW - HOUR / 2)
    came(watched)
    tick(NOW)
    assert not in_search()
    (duty,) = Message.objects.filter(wording="duty_approach", channel="mail", post="duty")
    assert "No mail goes to the police" in " ".join(compose(duty, now=NOW).text.split())


@pytest.mark.by_turns
def test_what_comes_back_from_a_searching_force_is_phoned(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    came(watched)
    tick(NOW)
    send_all(NOW)
    first, *_rest = in_search()
    delivery.bounce(first.pk, "no such mailbox", at=NOW + HOUR / 6)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message=first).exists()


@pytest.mark.by_turns
def test_a_force_that_has_not_the_search_hears_of_an_approach_and_so_does_one_whose_child_is_back(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    ours = EpisodeForce.objects.get(episode=episode, force=watched.force)
    mails = Message.objects.filter(post="area_force", kind="alert")
    tick(NOW - HOUR)
    came_and_told(watched, NOW)
    assert not to_police(), "the force that searches is mailed in its search"
    assert len(in_search()) == 2
    ours.left_at = NOW
    ours.save()
    came_and_told(watched, NOW + HOUR)
    assert mails.count() == 2, "it has handed the search on"
    assert len(in_search()) == 2
    ours.left_at = None
    ours.save()
    episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=NOW + 2 * HOUR)
    came_and_told(watched, NOW + 3 * HOUR)
    assert mails.count() == 4, "the child is back, and only the police have not closed it"
    assert len(in_search()) == 2


@pytest.mark.by_turns
def test_an_old_visit_told_beside_one_of_yesterday_is_no_news_for_the_force(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    came_and_told(watched, NOW, happens_at=NOW - 20 * HOUR)
    send_all(NOW)
    assert len(to_police(kind="alert")) == 2
    came_and_told(watched, NOW + HOUR, happens_at=NOW - 300 * 24 * HOUR)
    assert Message.objects.filter(wording="duty_approach", channel="mail", post="duty").count() == 2
    assert len(to_police(kind="alert")) == 2, "of what is a year old duty rings alone"
    # Both before any sweep: duty is told of the last, and the force must not miss what is of today.
    came(watched, at=NOW + 2 * HOUR)
    came_and_told(watched, NOW + 2 * HOUR + HOUR / 60, happens_at=NOW - 301 * 24 * HOUR)
    assert len(to_police(kind="alert")) == 4
    # What had not gone out when the next was told goes out with that.
    came_and_told(watched, NOW + 3 * HOUR, happens_at=NOW - 302 * 24 * HOUR)
    assert Message.objects.filter(post="area_force", status=MessageStatus.CANCELLED).count() == 2
    assert len(to_police(kind="alert")) == 4


@pytest.mark.by_turns
def test_of_a_child_who_is_silent_too_the_force_reads_nothing_more_and_nobody_takes_it_for_the_alert(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    an_agreement(watched.force, watched.authority)
    other = a_watched_child(at=BEFORE)
    theirs = placed(a_child(other.authority, at=BEFORE), watched.home, at=BEFORE).child
    seen(theirs, by=watched.carer, at=NOW - HOUR)
    episode = silent(watched.child, since=NOW - HOUR, at=NOW - HOUR / 2)
    came(watched)
    tick(NOW)
    for one in to_police():
        said = compose(one, now=NOW)
        words = f"{said.subject}\n{said.text}\n{said.html}\n{said.email}"
        assert not [secret for secret in (*SECRETS, "born", episode.reference) if secret in words]
        assert said.email["Reply-To"] is None
    assert len(to_police()) == 2
    send_all(NOW)
    missing(watched.child, by=watched.worker, at=NOW + HOUR)
    tick(NOW + HOUR)
    episode.refresh_from_db()
    known = police_mails.of([episode], now=NOW + HOUR)[episode.pk]
    assert "has not been accepted yet" in known
    assert "was mailed to" not in known
    for real in Message.objects.filter(post="force", episode=episode):
        assert compose(real, now=NOW + HOUR).email["In-Reply-To"] is None


@pytest.mark.by_turns
def test_each_council_s_child_of_one_home_is_a_mail_with_its_own_desk_s_number(
    watched: Watched, settings
) -> None:
    settings.DUTY_LINE = ""
    other = a_watched_child(at=BEFORE)
    theirs = placed(a_child(other.authority, at=BEFORE), watched.home, at=BEFORE).child
    seen(theirs, by=watched.carer, at=NOW - HOUR)
    numbers = {watched.child.pk: "01632 960 771", theirs.pk: "01632 960 772"}
    for child, authority in ((watched.child, watched.authority), (theirs, other.authority)):
        Team.objects.filter(authority=authority).exclude(kind="social_work").update(phone=numbers[child.pk])
    came(watched, theirs)
    tick(NOW)
    mails = to_police(mailbox=watched.control_room)
    told = {item.alert.child_id: compose(one, now=NOW).text for one in mails for item in one.told}
    assert len(mails) == 2
    for child_id, text in told.items():
        assert [pk for pk, number in numbers.items() if number in text] == [child_id]
    assert set(told) == set(numbers)


@pytest.mark.by_turns
def test_what_a_force_was_written_stays_with_it_and_what_comes_back_is_phoned(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    came(watched)
    tick(NOW)
    far = a_home(watched.authority, force=a_force("Southmere Police"))
    placed(watched.child, far, starts_at=NOW, at=NOW)
    send_all(NOW)
    first, *_rest = to_police()
    assert {(one.force_id, one.status) for one in to_police()} == {(watched.force.pk, MessageStatus.SENT)}
    delivery.bounce(first.pk, "no such mailbox", at=NOW + HOUR / 6)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message=first).exists()
    assert Message.objects.filter(wording="duty_phone_them", channel="text").exists()


@pytest.mark.by_turns
def test_a_later_report_and_its_briefing_read_who_came(client: Client, watched: Watched) -> None:
    (trigger,) = came(watched, at=NOW - 20 * HOUR)
    assert not prefills.facts(watched.child, None, by_part=True, now=NOW).get("vehicle")
    known = prefills.facts(watched.child, None, by_part=False, now=NOW)
    assert known["vehicle"].startswith("White van, AB12 CDE (near the child on ")
    asked = prefills.answers(watched.child, None, now=NOW)["exploitation"]
    assert asked["said"] == "yes"
    assert "grey cap" in asked["note"]
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    pages = {
        watched.desk.person: ("AB12 CDE", "grey cap", "The gate"),
        # A place may be where the child lives, and free words may name whoever wrote them.
        watched.officer: ("AB12 CDE", "grey cap"),
    }
    tick(NOW - HOUR)
    for reader, reads in pages.items():
        client.force_login(reader)
        page = client.get(reverse("episode_briefing", args=[episode.reference])).content.decode()
        assert [one for one in ("AB12 CDE", "grey cap", "The gate") if one in page] == list(reads)
        assert "A man waited" not in page
    triggers.answer(trigger, answer="The postman", police_told=False, by=watched.worker, at=NOW)
    assert not approaches.lately(watched.child.pk, before=NOW, until=NOW)


def a_house(watched: Watched, others: int) -> list[Child]:
    """The child of `watched` and so many more of the same council in the same home, all of them seen by two."""
    made = [a_child(watched.authority, at=BEFORE, worker=watched.worker) for _number in range(others)]
    children = [watched.child, *(placed(child, watched.home, at=BEFORE).child for child in made)]
    for child in children[1:]:
        for by in (watched.carer, watched.worker):
            seen(child, by=by, at=NOW - HOUR)
    return children


def owed_of_visits(**fields) -> Counter[tuple[str, str, str]]:
    ours = Message.objects.filter(items__alert__clock__kind="approach", **fields).distinct()
    ours = ours.exclude(status=MessageStatus.CANCELLED)
    return Counter((one.step, one.post, one.channel) for one in ours)


@pytest.mark.by_turns
def test_one_visitor_of_a_house_is_one_message_a_rung_and_reader_and_one_answer_ends_it_once(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    first, second, third = children = a_house(watched, 2)
    (visit, *_others) = came(watched, second, third)
    for at in (NOW, NOW, NOW + HOUR / 2):
        tick(at)
        send_all(at)
    told = owed_of_visits(kind="alert")
    assert {post for _step, post, _channel in told} == {"duty", "worker", "manager", "second", "area_force"}
    assert all(plan.by_home for plan in tellings.APPROACH.values())
    assert told.pop(("R1", "area_force", "mail")) == 2, "each mailbox once"
    assert set(told.values()) == {1}, told
    for one in Message.objects.filter(wording="duty_approach", channel="mail"):
        assert "entered it for 3 children of one home" in " ".join(compose(one, now=NOW).text.split())

    client.force_login(watched.desk.person)
    desk = client.get(reverse("duty_desk")).content.decode()
    assert "1 visitor or caller" in desk
    assert all(child.reference in desk for child in children)
    where = reverse("trigger_answer", args=[first.reference, visit.key])
    assert "entered for 2 other children of the house" in client.get(where).content.decode()
    client.post(where, {"answer": "A car is coming", "police": "yes", "police_reference": "INC 12"})
    assert set(Trigger.objects.values_list("answer", "police_reference")) == {("A car is coming", "INC 12")}
    tick(NOW + HOUR)
    assert owed_of_visits(kind="ending", post="manager") == {
        ("ending", "manager", way): 1 for way in ("mail", "text")
    }
    assert len(to_police(kind="ending")) == 2, "each mailbox hears it once"
    assert {item.alert.child_id for one in to_police(kind="ending") for item in one.told} == {
        c.pk for c in children
    }


@pytest.mark.by_turns
def test_a_force_hears_the_end_of_a_house_with_its_last_child_though_that_one_ends_in_silence(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    first, second, third = came(watched, *a_house(watched, 2)[1:])
    tick(NOW)
    tick(NOW)
    send_all(NOW)
    at = NOW + HOUR
    for number, visit in enumerate((first, second)):
        triggers.answer(visit, answer="The postman", police_told=False, by=watched.worker, at=at)
        tick(at + number * MINUTE)
        assert not to_police(kind="ending")
    assert owed_of_visits(kind="ending", post="duty"), "duty hears of those that it has answered"
    assert not list(ending_questions._told_and_not_ended(at + HOUR))
    # A death stops every mail about that child; of the two others the force has not heard.
    ended(missing(third.child, by=watched.carer, at=at + HOUR), outcome="died", at=at + 2 * HOUR)
    tick(at + 2 * HOUR)
    for ending in to_police(kind="ending"):
        assert {item.alert.child_id for item in ending.told} == {first.child_id, second.child_id}
    assert len(to_police(kind="ending")) == 2
    assert not list(ending_questions._told_and_not_ended(at + 3 * HOUR))


@pytest.mark.by_turns
def test_the_end_of_a_house_waits_for_the_child_whose_death_was_another_s(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    second = a_house(watched, 1)[-1]
    ended(missing(watched.child, by=watched.carer, at=NOW - HOUR / 4), outcome="died", at=NOW - MINUTE)
    MissingEpisode.objects.update(outcome="another_child")
    visits = came(watched, second)
    for _once in range(2):
        tick(NOW)
    send_all(NOW)
    for number, visit in enumerate(reversed(visits)):
        assert not to_police(kind="ending")
        at = NOW + HOUR + number * MINUTE
        triggers.answer(visit, answer="The postman", police_told=False, by=watched.worker, at=at)
        tick(at)
    assert {item.alert.child_id for one in to_police(kind="ending") for item in one.told} == {
        watched.child.pk,
        second.pk,
    }


@pytest.mark.by_turns
def test_whoever_may_not_change_a_child_of_the_house_answers_nothing_for_it(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child(at=BEFORE)
    theirs = placed(a_child(other.authority, at=BEFORE), watched.home, at=BEFORE).child
    (visit, _of_theirs) = came(watched, theirs)
    client.force_login(watched.worker)
    where = reverse("trigger_answer", args=[watched.child.reference, visit.key])
    assert theirs.reference not in client.get(where).content.decode()
    client.post(where, {"answer": "The postman", "police": "no"})
    answered = Trigger.objects.exclude(answered_at=None)
    assert list(answered.values_list("child", flat=True)) == [watched.child.pk]


@pytest.mark.by_turns
def test_the_desk_to_which_a_child_passes_hears_of_the_visitor_as_soon_as_it_answers_for_the_child(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    other = a_watched_child(at=BEFORE)
    children = a_house(watched, 1)
    goes = agreed(watched, other, moves_at=NOW, at=NOW - 2 * HOUR)
    came(watched, *children[1:])
    for _once in range(2):
        tick(NOW)
    send_all(NOW)
    before = owed_of_visits()
    assert not Message.objects.filter(mailbox=other.desk.mailbox, wording="duty_approach").exists()
    arrived(goes, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    theirs = Message.objects.filter(wording="duty_approach", created_at=NOW + MINUTE)
    assert set(theirs.values_list("step", "post", "channel")) == {
        ("R1", "duty", "text"),
        ("R1", "duty", "mail"),
    }
    assert other.desk.mailbox.pk in set(theirs.values_list("mailbox", flat=True))
    assert {item.alert.child_id for one in theirs for item in one.told} == {watched.child.pk}
    new = owed_of_visits() - before
    assert set(new) == {("R1", "duty", "text"), ("R1", "duty", "mail"), ("R1", "worker", "mail")}
    assert set(new.values()) == {1}, "the others of the house and the force have heard already"


def test_what_a_new_desk_is_asked_to_answer_is_read_in_as_many_questions_for_one_child_as_for_ten(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = a_house(watched, 9)
    came(watched, *children[1:])
    for _once in range(2):
        tick(NOW)
    alerts = list(Alert.objects.open().filter(clock__kind="approach").select_related("clock").order_by("pk"))
    assert len(alerts) == 10

    def asked(some: list[Alert]) -> int:
        monkeypatch.setattr(new_desks, "_unanswered", lambda ids, at: some)
        with CaptureQueriesContext(connection) as queries:
            new_desks.tell([one.child_id for one in some], kind="", at=NOW + MINUTE)
        return len(queries)

    asked(alerts)
    assert asked(alerts[:1]) == asked(alerts)
