"""A child who is to have a guardian and has none: told at once, rung by rung, until somebody is there or answers for it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import clocks, delivery, policies, sweep
from alerts.models import Alert, Clock, Message, MessageKind, PolicyVersion
from alerts.states import AlertStatus
from cases import clock, concerns, details, leavers, people
from cases.models import Authority, Membership, ToldBy, User
from cases.states import IllegalMove
from guardians import assignments, leaves, reasons
from guardians.models import NoGuardian
from guardians.reasons import Fallback
from tests.alerts.outgoing import named_by
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_service,
    a_team,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    guarded,
    membership_of,
    missing,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
BESIDE = Fallback(
    kind="advocate",
    name="Maud Ashdene",
    phone="01632 960701",
    organisation="Standing Beside You (invented)",
    review_date=date(2026, 6, 1),
)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    """A child with signs of trafficking, whose guardian is assigned."""
    return a_watched_child(given_name="Selam", family_name="Penrowe", trafficking="yes")


def due(one: Watched) -> Clock:
    return Clock.objects.get(child=one.child, kind=Clock.Kind.GUARDIAN)


def told(one: Watched, kind: str = MessageKind.ALERT) -> list[tuple[str, str]]:
    rows = Message.objects.filter(
        items__alert__clock__kind="guardian", items__alert__child=one.child, kind=kind
    )
    return sorted(rows.values_list("post", "step"))


def asked_from(at: datetime) -> None:
    """Since when the policy asks for every child of some nations."""
    PolicyVersion.objects.filter(key=policies.GUARDIAN).update(takes_effect_at=at)


def is_open(one: Watched) -> bool:
    return Alert.objects.open().filter(child=one.child, clock__kind="guardian").exists()


@pytest.mark.by_turns
def test_a_child_whose_guardian_is_there_owes_nothing(watched: Watched) -> None:
    assert (due(watched).due_at, due(watched).next_at) == (None, None)
    bare = a_watched_child()
    assert not Clock.objects.filter(child=bare.child, kind="guardian").exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("nation", ["Scotland", "Northern Ireland"])
def test_where_the_law_gives_one_to_every_child_a_guardian_is_owed_without_any_sign(nation: str) -> None:
    asked_from(AT - DAY)
    child = a_child(an_authority(nation=nation))
    sweep.sweep_all(now=NOW)
    of_child = Clock.objects.get(child=child, kind=Clock.Kind.GUARDIAN)
    assert of_child.due_at is not None
    at = of_child.due_at + 30 * DAY
    # Had the engine forgotten the child, somebody would be told so.
    Clock.objects.filter(child=child).update(next_at=None)
    question = "children who are to have a guardian, are past the day and have no alert"
    assert child.reference in named_by(question, at)
    english = a_child(an_authority(nation="Wales"))
    assert not Clock.objects.filter(child=english, kind="guardian").exists()


def test_whoever_was_there_before_that_was_asked_is_owed_one_from_when_it_was() -> None:
    asked_from(AT + 100 * DAY)
    child = a_child(an_authority(nation="Scotland"))
    clocks.recompute([child.pk], at=AT + 100 * DAY)
    owed = Clock.objects.get(child=child, kind=Clock.Kind.GUARDIAN).due_at
    assert owed is not None
    assert owed > AT + 100 * DAY


@pytest.mark.by_turns(8)
def test_a_child_who_moves_there_is_owed_one_from_the_arrival_and_a_next_move_puts_it_off_no_further() -> (
    None
):
    asked_from(AT - DAY)
    first, second = (an_authority(nation="Scotland") for _ in range(2))
    bare = a_child(given_name="Selam")

    def owed() -> datetime | None:
        return Clock.objects.filter(child=bare, kind="guardian").values_list("due_at", flat=True).first()

    def moved(receiver: Authority, at: datetime) -> None:
        worker = a_person("social_worker", team=a_team(receiver))
        transfer = accepted(referred(bare, receiver, at=at), worker, at=at)
        arrived(transfer, stays_placed=False, by=worker, at=at)

    moved(first, AT + 40 * DAY)
    began = owed()
    assert began is not None
    assert AT + 40 * DAY < began < AT + 60 * DAY
    moved(second, AT + 45 * DAY)
    assert owed() == began
    moved(an_authority(), AT + 50 * DAY)
    assert owed() is None


@pytest.mark.by_turns
def test_an_assignment_that_ends_is_told_at_once_and_a_new_guardian_ends_it_for_everybody_told(
    watched: Watched,
) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW)
    assert due(watched).next_at == NOW
    sweep.sweep_all(now=NOW)
    assert told(watched) == [("duty", "R1"), ("worker", "R1")]
    guarded(watched.child, a_person("guardian"), by=watched.manager, at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not is_open(watched)
    # What had not gone out is taken back: there is nothing to hear the end of.
    assert Message.objects.filter(items__alert__clock__kind="guardian", status="queued").count() == 0


@pytest.mark.by_turns
def test_a_guardian_who_leaves_the_service_or_is_kept_from_the_child_leaves_it_without_one(
    watched: Watched,
) -> None:
    people.leave(membership_of(watched.guardian), at=NOW)
    assert due(watched).due_at == NOW
    other = a_watched_child(trafficking="yes")
    concerns.keep_from(other.child, other.guardian, reason="An allegation", by=other.head, at=NOW)
    assert due(other).due_at == NOW


@pytest.mark.by_turns
def test_a_guardian_whose_account_is_closed_is_missing_from_then_on_and_not_from_when_they_came(
    watched: Watched,
) -> None:
    before = a_watched_child(trafficking="yes")
    assignments.end(before.assignment, reason="Moved away", by=before.manager, at=NOW - HOUR)
    for one in (watched, before):
        leavers.close(one.guardian, reason="Left", by=one.manager, at=NOW)
        sweep.sweep_all(now=NOW + HOUR)
        seen(one.child, by=one.carer, at=NOW + HOUR)
    assert [due(one).due_at for one in (watched, before)] == [NOW, NOW - HOUR]
    alerts = Alert.objects.filter(clock__kind="guardian")
    assert list(alerts.order_by("due_at").values_list("due_at", "ended_at")) == [
        (NOW - HOUR, None),
        (NOW, None),
    ]


@pytest.mark.by_turns
def test_a_child_given_to_a_guardian_on_leave_waits_for_cover_and_not_for_a_referral(
    client: Client, watched: Watched
) -> None:
    other = a_person("guardian", service=watched.assignment.service)
    away = {"kind": "leave", "starts_at": NOW, "ends_at": NOW + 9 * DAY, "by": other, "at": NOW}
    leaves.announce(other, watched.assignment.service, **away)
    child = a_watched_child(trafficking="yes")
    assignments.end(child.assignment, reason="Moved away", by=child.manager, at=AT + timedelta(minutes=1))
    new = a_watched_child()
    assignments.end(new.assignment, reason="No signs", by=new.manager, at=NOW - HOUR)
    details.change(new.child, {"trafficking": "yes"}, topic="trafficking", version=0, by=new.worker, at=NOW)
    assert due(new).window == "referral"
    for one in (new, child):
        given = {"service": watched.assignment.service, "by": one.manager, "at": NOW + HOUR}
        assignments.assign(one.child, other, **given)
    assert [due(one).window for one in (new, child)] == ["cover", "cover"]
    # At once; and nobody is given more time who waits already.
    assert [due(one).due_at for one in (new, child)] == [NOW + HOUR, AT + timedelta(minutes=1)]
    client.force_login(new.worker)
    page = client.get(reverse("child", args=[new.child.reference])).content.decode()
    assert ("cover that somebody has accepted" in page, "Refer the child" in page) == (True, False)
    sweep.sweep_all(now=NOW + 9 * DAY)
    assert [due(one).due_at for one in (new, child)] == [None, None]


@pytest.mark.by_turns
def test_a_guardian_who_comes_back_covers_the_child_again(watched: Watched) -> None:
    people.leave(membership_of(watched.guardian), at=NOW)
    sweep.sweep_all(now=NOW)
    assert is_open(watched)
    people.join(watched.guardian, "guardian", service=watched.assignment.service, at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not is_open(watched)


@pytest.mark.by_turns
def test_it_climbs_to_the_director_over_ten_working_days_and_never_to_the_police(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW)
    for days in range(16):
        at = NOW + timedelta(days=days)
        seen(watched.child, by=watched.carer, at=at - HOUR)
        sweep.sweep_all(now=at)
    posts = {step: post for post, step in told(watched) if post != "worker"}
    assert posts == {"R1": "duty", "R2": "manager", "R4": "head", "R5": "director"}
    assert set(
        Message.objects.filter(items__alert__clock__kind="guardian").values_list("channel", flat=True)
    ) == {"mail"}


@pytest.mark.by_turns
def test_nobody_is_texted_for_a_gap_not_even_who_chose_to_be(watched: Watched) -> None:
    User.objects.filter(pk=watched.worker.pk).update(told_by=ToldBy.TEXT)
    midnight = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=midnight)
    sweep.sweep_all(now=midnight)
    rows = Message.objects.filter(items__alert__child=watched.child, items__alert__clock__kind="guardian")
    assert sorted(rows.values_list("post", "channel")) == [("duty", "mail"), ("worker", "mail")]


@pytest.mark.by_turns
def test_signs_that_come_on_record_later_start_the_working_days_then(watched: Watched) -> None:
    one = a_watched_child()
    assignments.end(one.assignment, reason="No signs", by=one.manager, at=NOW - HOUR)
    details.change(one.child, {"trafficking": "yes"}, topic="trafficking", version=0, by=one.worker, at=NOW)
    assert due(one).due_at == datetime(2026, 3, 3, 23, 59, 59, tzinfo=UTC)
    details.change(
        one.child,
        {"trafficking": "no"},
        topic="trafficking",
        version=details.version_of(one.child, "trafficking"),
        reason="Another child was meant",
        seconded_by=one.manager,
        by=one.worker,
        at=NOW + HOUR,
    )
    assert due(one).due_at is None


@pytest.mark.by_turns
def test_a_reason_with_somebody_who_stands_in_rests_until_its_review(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="The scheme ended", by=watched.manager, at=NOW)
    sweep.sweep_all(now=NOW)
    reasons.record(
        watched.child,
        kind=NoGuardian.Kind.NOT_AVAILABLE,
        reason="No scheme here since March",
        fallback=BESIDE,
        by=watched.worker,
        at=NOW + HOUR,
    )
    sweep.sweep_all(now=NOW + HOUR)
    assert not is_open(watched)
    assert due(watched).due_at == datetime(2026, 5, 31, 23, 0, tzinfo=UTC)


@pytest.mark.by_turns(8)
def test_a_reason_is_refused_beside_a_guardian_without_words_and_for_a_review_far_away(
    watched: Watched,
) -> None:
    given = {"kind": "declined", "by": watched.worker, "at": NOW}
    with pytest.raises(IllegalMove, match="A guardian is assigned"):
        reasons.record(watched.child, reason="Does not want one", **given)
    assignments.end(watched.assignment, reason="As asked", by=watched.manager, at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="Enter why"):
        reasons.record(watched.child, reason="  ", **given)
    for day, words in ((date(2027, 1, 1), "within six months"), (NOW.date(), "after today")):
        far = Fallback(**{**vars(BESIDE), "review_date": day})
        with pytest.raises(IllegalMove, match=words):
            reasons.record(watched.child, reason="Does not want one", fallback=far, **given)


def _closes_the_account(one: Watched, at: datetime) -> None:
    leavers.close(one.guardian, reason="Left", by=a_person("administrator"), at=at)


def _moves_to_another_service(one: Watched, at: datetime) -> None:
    people.leave(membership_of(one.guardian), at=at)
    people.join(one.guardian, "guardian", service=a_service(), at=at)


def _is_kept_from_the_child(one: Watched, at: datetime) -> None:
    concerns.keep_from(one.child, one.guardian, reason="An allegation", by=one.manager, at=at)


def _lets_the_checks_lapse(one: Watched, at: datetime) -> None:
    terms = {"capacity": None, "checks_until": at.date() - DAY}
    leaves.set_terms(one.guardian, one.assignment.service, **terms, by=one.manager, at=at)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "goes",
    [_closes_the_account, _moves_to_another_service, _is_kept_from_the_child, _lets_the_checks_lapse],
)
def test_of_a_missing_child_whose_guardian_has_gone_the_gap_can_be_answered(
    watched: Watched, client: Client, goes: Callable[[Watched, datetime], None]
) -> None:
    missing(watched.child, by=watched.worker, at=AT + HOUR)
    with pytest.raises(IllegalMove, match="stays open until"):
        assignments.end(watched.assignment, reason="Left", by=watched.manager, at=NOW - HOUR)
    goes(watched, NOW - HOUR)
    sweep.sweep_all(now=NOW - HOUR)
    assert is_open(watched)
    client.force_login(watched.worker)
    none, end = (reverse(f"guardian_{name}", args=[watched.child.reference]) for name in ("none", "end"))
    assert f'href="{end}"' in client.get(none).content.decode()
    assert "stays open until" not in client.get(end).content.decode()
    sent = {"reason": "Has left", "assignment_key": watched.assignment.pk}
    assert client.post(end, sent).status_code == 302
    given = {"kind": "not_available", "reason": "Nobody else is there", "fallback": BESIDE}
    reasons.record(watched.child, **given, by=watched.worker, at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not is_open(watched)


@pytest.mark.by_turns
def test_a_guardian_of_a_missing_child_who_is_away_for_a_time_stays(watched: Watched) -> None:
    missing(watched.child, by=watched.worker, at=AT + HOUR)
    away = {"kind": "sickness", "starts_at": NOW - HOUR, "ends_at": NOW + 9 * DAY}
    leaves.announce(watched.guardian, watched.assignment.service, **away, by=watched.manager, at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="stays open until"):
        assignments.end(watched.assignment, reason="Ill", by=watched.manager, at=NOW)


@pytest.mark.by_turns
def test_an_ended_reason_stays_as_it_was_and_a_guardian_ends_the_one_that_stands(watched: Watched) -> None:
    assignments.end(watched.assignment, reason="As asked", by=watched.manager, at=NOW - HOUR)
    given = {"kind": "referred", "by": watched.worker}
    first = reasons.record(watched.child, reason="Referred today", at=NOW, **given)
    second = reasons.record(watched.child, reason="Referred again", at=NOW + HOUR, **given)
    guarded(watched.child, a_person("guardian"), by=watched.manager, at=NOW + 2 * HOUR)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.ends_at, second.ends_at) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_the_page_today_and_the_manager_say_it_until_it_is_answered(client: Client, watched: Watched) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW - HOUR)
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "The guardian can no longer be reached: assign another" in page
    today = client.get(reverse("today")).content.decode()
    assert "Guardian is late (1)" in today
    client.force_login(watched.manager)
    assert watched.child.reference in client.get(reverse("manager_guardians")).content.decode()
    client.force_login(a_watched_child().manager)
    assert watched.child.reference not in client.get(reverse("manager_guardians")).content.decode()


@pytest.mark.by_turns
def test_a_worker_assigns_a_guardian_and_ends_the_assignment_on_a_screen_each(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    where = reverse("guardian_end", args=[watched.child.reference])
    key = {"assignment_key": watched.assignment.pk}
    assert client.post(where, {"reason": "", **key}).status_code == 422
    assert client.post(where, {"reason": "Moved away"}).status_code == 422
    assert client.post(where, {"reason": "Moved away", **key}).status_code == 302
    assert due(watched).due_at == NOW
    new = a_person("guardian")
    where = reverse("guardian_assign", args=[watched.child.reference])
    refused = client.post(where, {"guardian": "0"})
    assert (refused.status_code, "Select the guardian" in refused.content.decode()) == (422, True)
    chosen = {"guardian": str(membership_of(new).pk), "kind": "direct_worker"}
    assert client.post(where, chosen).status_code == 302
    assert due(watched).due_at is None


def test_a_worker_records_why_there_is_none_and_half_an_answer_is_asked_to_be_whole(
    client: Client, watched: Watched
) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW - HOUR)
    client.force_login(watched.worker)
    where = reverse("guardian_none", args=[watched.child.reference])
    half = {
        "kind": "declined",
        "reason": "Said so twice",
        "fallback_kind": "advocate",
        "name": "Maud Ashdene",
    }
    answer = client.post(where, half)
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a phone that reaches who stands in" in words
    assert "Maud Ashdene" in words
    whole = half | {
        "phone": "01632 960701",
        "organisation": "Standing Beside You",
        "review_date_day": "1",
        "review_date_month": "6",
        "review_date_year": "2026",
    }
    answer = client.post(where, whole)
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.content.decode())
    row = NoGuardian.objects.get(child=watched.child, ends_at=None)
    assert (row.fallback_name, row.review_date, row.recorded_by) == (
        "Maud Ashdene",
        date(2026, 6, 1),
        watched.worker,
    )


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["guardian_assign", "guardian_end", "guardian_none"])
def test_who_is_not_of_the_childs_own_team_changes_no_guardian(
    client: Client, watched: Watched, page: str
) -> None:
    where = reverse(page, args=[watched.child.reference])
    for person in (watched.guardian, watched.carer, a_watched_child().worker):
        client.force_login(person)
        assert client.get(where).status_code == 404
        assert client.post(where, {"reason": "Because"}).status_code == 404
    assert due(watched).due_at is None


@pytest.mark.by_turns
def test_integrity_names_a_child_without_a_guardian_and_without_an_alert(watched: Watched) -> None:
    question = "children who are to have a guardian, are past the day and have no alert"
    assert named_by(question, NOW) == ()
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW)
    # The sweep has not run since: whatever the clock says, nobody was told.
    assert named_by(question, NOW + HOUR) == (watched.child.reference,)


@pytest.mark.by_turns
def test_the_mail_says_what_to_do_and_names_nobody(watched: Watched, catcher) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=NOW)
    sweep.sweep_all(now=NOW)
    delivery.deliver(clock=lambda: NOW)
    texts = [mail.get_body(("plain",)).get_content() for mail in catcher.mails]
    about = [text for text in texts if "NO GUARDIAN IS WITHIN REACH" in text]
    assert len(about) == 2
    assert all(watched.child.reference in text and "Selam" not in text for text in about)
    assert Alert.objects.get(child=watched.child, clock__kind="guardian").status == AlertStatus.OPEN


def turns_18_on(day: date) -> Watched:
    born = day.replace(year=day.year - 18)
    return a_watched_child(trafficking="yes", birth_date=born, birth_date_precision="day")


def swept(one: Watched, at: datetime) -> None:
    """Nobody looks for whoever was seen just before."""
    seen(one.child, by=one.worker, at=at - timedelta(minutes=1))
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_a_guardian_who_goes_after_the_18th_birthday_is_asked_for_by_nobody() -> None:
    one = turns_18_on((AT + 5 * DAY).date())
    assignments.end(one.assignment, reason="The service ends at 18", by=one.manager, at=AT + 6 * DAY)
    for later in (6, 20, 60):
        swept(one, AT + later * DAY + HOUR)
    assert due(one).due_at is None
    assert not told(one)
    assert not Alert.objects.filter(clock__kind="guardian")


@pytest.mark.by_turns
def test_one_who_went_before_it_is_asked_for_until_it_and_no_longer() -> None:
    one = turns_18_on((AT + 5 * DAY).date())
    assignments.end(one.assignment, reason="Moves away", by=one.manager, at=AT + DAY)
    swept(one, AT + DAY + HOUR)
    alert = Alert.objects.get(clock=due(one))
    assert alert.status == AlertStatus.OPEN
    swept(one, AT + 6 * DAY)
    alert.refresh_from_db()
    assert alert.status != AlertStatus.OPEN
    assert due(one).due_at is None


@pytest.mark.by_turns
def test_whoever_turns_18_while_nobody_knows_where_they_are_is_still_owed_one() -> None:
    one = turns_18_on((AT + 5 * DAY).date())
    missing(one.child, by=one.worker, at=AT + DAY)
    Membership.objects.filter(user=one.guardian).update(ends_at=AT + 7 * DAY)
    clocks.recompute([one.child.pk], at=AT + 7 * DAY)
    sweep.sweep_all(now=AT + 7 * DAY + HOUR)
    assert due(one).due_at == AT + 7 * DAY


@pytest.mark.by_turns
def test_a_search_that_begins_after_the_birthday_asks_for_no_guardian_of_before_it() -> None:
    one = turns_18_on((AT + 5 * DAY).date())
    assignments.end(one.assignment, reason="The service ends at 18", by=one.manager, at=AT + 6 * DAY)
    swept(one, AT + 50 * DAY)
    missing(one.child, by=one.worker, at=AT + 60 * DAY)
    sweep.sweep_all(now=AT + 60 * DAY + HOUR)
    assert due(one).due_at is None
    assert not Alert.objects.filter(clock__kind="guardian")
