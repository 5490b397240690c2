"""A referral to a guardian service: a row of its own, answered by the service, ended by an assignment, climbing on both sides."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import delivery, guardian_gaps, sweep
from alerts.models import Alert, Clock, Message
from cases import clock, concerns, restrictions
from cases.models import AccessRecord, Event, GuardianService, Reach, Role, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from guardians import assignments, reasons, referrals
from guardians.models import GuardianReferral, GuardianReferralStep, NoGuardian
from guardians.reasons import Fallback
from guardians.referrals import Answer, Referral
from tests.alerts.outgoing import catch, named_by
from tests.factories import AT, Watched, a_person, a_service, a_watched_child, case_closed, guarded

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Monday, 2 March 2026.
NOW = AT + 3 * HOUR
WHY = "Says that a man holds her papers and names a debt"
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
    """A child with signs of trafficking whose guardian left two hours ago."""
    one = a_watched_child(given_name="Selam", family_name="Penrowe", trafficking="yes")
    assignments.end(one.assignment, reason="Moved away", by=one.manager, at=NOW - 2 * HOUR)
    return one


@pytest.fixture
def service() -> GuardianService:
    return a_service()


@pytest.fixture
def supervisor(service: GuardianService) -> User:
    return a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)


def referred(
    watched: Watched, service: GuardianService, *, at: datetime = NOW, **given: Any
) -> GuardianReferral:
    given = {"referred_date": at.date(), "reason": WHY, "language": "Tigrinya"} | given
    return referrals.refer(watched.child, Referral(service=service, **given), by=watched.worker, at=at)


@pytest.fixture
def referral(watched: Watched, service: GuardianService) -> GuardianReferral:
    return referred(watched, service)


def answered(
    row: GuardianReferral, status: str, by: User, *, at: datetime = NOW, **given: Any
) -> GuardianReferralStep:
    return referrals.answer(row, Answer(status=status, **given), by=by, at=at)


def due(one: Watched) -> Clock:
    return Clock.objects.get(child=one.child, kind=Clock.Kind.GUARDIAN)


def told(one: Watched) -> set[tuple[str, str]]:
    rows = Message.objects.filter(items__alert__clock__kind="guardian", items__alert__child=one.child)
    return set(rows.values_list("post", "step"))


def is_open(one: Watched) -> bool:
    return Alert.objects.open().filter(child=one.child, clock__kind="guardian").exists()


def page(client: Client, reader: User, address: str) -> str:
    client.force_login(reader)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def of_child(watched: Watched) -> str:
    return reverse("guardian_referral", args=[watched.child.reference])


def of_service(row: GuardianReferral) -> str:
    return reverse("referral_answer", args=[row.pk])


def form(service: GuardianService) -> dict[str, Any]:
    day = {f"referred_date_{part}": getattr(NOW, part) for part in ("day", "month", "year")}
    return {"service": service.pk, "reason": WHY, "language": "Tigrinya", "once": str(uuid.uuid4())} | day


def test_a_worker_refers_a_child_once_and_other_words_from_the_same_page_are_not_lost(
    client: Client, watched: Watched, service: GuardianService
) -> None:
    client.force_login(watched.worker)
    sent = form(service)
    for _ in range(2):
        assert client.post(of_child(watched), sent).status_code == 302
    row = GuardianReferral.objects.get()
    assert (row.service, row.reason, row.language, row.status) == (service, WHY, "Tigrinya", "referred")
    again = client.post(of_child(watched), sent | {"reason": "Other words"})
    assert again.status_code == 422
    assert "Other words" in again.content.decode()
    assert GuardianReferral.objects.count() == 1
    assert "Referred, the service has not answered" in page(client, watched.worker, of_child(watched))
    story = page(client, watched.worker, reverse("child", args=[watched.child.reference]))
    assert "Referred to a guardian service" in story
    assert WHY in story


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"service": ""}, "Select the guardian service"),
        ({"reason": ""}, "Enter for which signs the child is referred"),
        ({"referred_date_year": 2027}, "The day must be today or in the past"),
    ],
)
def test_half_a_referral_is_refused_with_all_that_was_typed(
    client: Client, watched: Watched, service: GuardianService, wrong: dict[str, Any], words: str
) -> None:
    client.force_login(watched.worker)
    refused = client.post(of_child(watched), form(service) | wrong)
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert "Tigrinya" in refused.content.decode()
    assert not GuardianReferral.objects.exists()


@pytest.mark.by_turns(8)
def test_a_child_with_a_guardian_or_a_referral_or_whom_nobody_owes_one_is_not_referred(
    watched: Watched, service: GuardianService
) -> None:
    referred(watched, service)
    with pytest.raises(IllegalMove, match="open already"):
        referred(watched, a_service(), at=NOW + HOUR)
    guarded(watched.child, a_person("guardian"), by=watched.manager, at=NOW + HOUR)
    with pytest.raises(IllegalMove, match="A guardian is assigned"):
        referred(watched, service, at=NOW + 2 * HOUR)
    bare = a_watched_child()
    assignments.end(bare.assignment, reason="Moved away", by=bare.manager, at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="owed no guardian"):
        referred(bare, service)
    gone = a_watched_child(trafficking="yes")
    assignments.end(gone.assignment, reason="Moved away", by=gone.manager, at=NOW - 2 * HOUR)
    case_closed(gone.child, reason="with_family", by=gone.manager, at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        referred(gone, service)


@pytest.mark.by_turns(8)
def test_a_service_that_has_closed_takes_no_referral(watched: Watched) -> None:
    closed = a_service()
    closed.ends_date = NOW.date()
    closed.save()
    with pytest.raises(IllegalMove, match="has closed"):
        referred(watched, closed)


@pytest.mark.by_turns
def test_the_service_reads_what_a_referral_says_and_nothing_else_of_the_child(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    assert of_service(referral) in page(client, supervisor, reverse("service_home"))
    shown = page(client, supervisor, of_service(referral))
    said = (watched.child.reference, "Selam", "Penrowe", "Tigrinya", WHY, watched.authority.name)
    assert not [one for one in said if one not in shown]
    assert watched.worker.name in shown
    assert watched.home.name not in shown
    assert client.get(reverse("child", args=[watched.child.reference])).status_code == 404
    assert AccessRecord.objects.filter(child=watched.child, user=supervisor, allowed=True).exists()


@pytest.mark.by_turns(8)
def test_a_referral_is_nothing_to_another_service_to_a_guardian_or_to_whom_the_child_is_kept_from(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    elsewhere = a_person(Role.GUARDIAN, reach=Reach.SERVICE)
    guardian = a_person(Role.GUARDIAN, service=service)
    kept = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    concerns.keep_from(watched.child, kept, reason="An allegation", by=watched.manager, at=NOW)
    for person, status in ((elsewhere, 404), (guardian, 403), (kept, 404), (watched.worker, 403)):
        client.force_login(person)
        assert client.get(of_service(referral)).status_code == status
        assert (
            client.post(of_service(referral), {"status": "accepted", "once": uuid.uuid4()}).status_code
            == status
        )
    assert of_service(referral) not in page(client, kept, reverse("service_home"))
    restrictions.restrict(watched.child, reason="A threat", named=[watched.manager], by=watched.head, at=NOW)
    client.force_login(supervisor)
    assert client.get(of_service(referral)).status_code == 404
    assert not GuardianReferralStep.objects.exists()
    assert referrals.leading([watched.child.pk], at=NOW) == {watched.child.pk: []}


def test_the_service_puts_the_child_on_its_list_and_the_council_reads_place_and_day(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    client.force_login(supervisor)
    once = {"once": str(uuid.uuid4())}
    nowhere = client.post(of_service(referral), {"status": "waiting", **once})
    assert nowhere.status_code == 422
    assert "Enter the place on the list, or by when" in nowhere.content.decode()
    day = {"expected_date_day": 20, "expected_date_month": 3, "expected_date_year": 2026}
    for _ in range(2):
        listed = client.post(of_service(referral), {"status": "waiting", "place": 4, **day, **once})
        assert listed.status_code == 302
    step = GuardianReferralStep.objects.get()
    assert (step.status, step.place, step.expected_date) == ("waiting", 4, date(2026, 3, 20))
    shown = page(client, watched.worker, of_child(watched))
    assert "On the waiting list" in shown
    assert "Number 4 on the list." in shown
    assert "A guardian is expected by 20 March 2026." in shown
    story = page(client, watched.worker, reverse("child", args=[watched.child.reference]))
    assert "Guardian referral: on the waiting list" in story
    referral.refresh_from_db()
    answered(referral, "waiting", supervisor, place=2, at=NOW + HOUR)
    assert GuardianReferralStep.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"status": "declined"}, "why the service declines"),
        ({"status": "waiting"}, "place on the waiting list"),
        ({"status": "waiting", "expected_date": date(2026, 3, 1)}, "today or later"),
        ({"status": "assigned"}, "what the service answers"),
        ({"status": "withdrawn"}, "what the service answers"),
    ],
)
def test_an_answer_that_says_too_little_is_refused(
    watched: Watched,
    service: GuardianService,
    supervisor: User,
    given: dict[str, Any],
    words: str,
    referral: GuardianReferral,
) -> None:
    with pytest.raises(IllegalMove, match=words):
        answered(referral, by=supervisor, **given)
    assert not GuardianReferralStep.objects.exists()


def test_who_was_declined_is_asked_nothing_more_and_referred_anew(
    watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    key = uuid.uuid4()
    first = answered(referral, "declined", supervisor, note="No room before summer", key=key)
    assert answered(referral, "declined", supervisor, note="No room before summer", key=key) == first
    with pytest.raises(SentBefore):
        answered(referral, "declined", supervisor, note="Other words", key=key)
    with pytest.raises(IllegalMove, match="cannot go from “Declined by the service”"):
        answered(referral, "accepted", supervisor)
    with pytest.raises(IllegalMove, match="cannot go from"):
        referrals.withdraw(referral, reason="Not needed", by=watched.worker, at=NOW)
    assert referred(watched, a_service(), at=NOW + HOUR).is_open


@pytest.mark.by_turns
def test_an_assignment_ends_the_referral_and_says_whose(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    answered(referral, "accepted", supervisor, at=NOW + HOUR)
    guardian = a_person(Role.GUARDIAN, service=service)
    assignment = guarded(watched.child, guardian, by=watched.worker, at=NOW + 2 * HOUR)
    referral.refresh_from_db()
    last = referral.steps.first()
    assert last is not None
    assert (referral.status, last.assignment) == ("assigned", assignment)
    assert referrals.queue(supervisor, at=NOW + 2 * HOUR) == []
    assert due(watched).due_at is None
    assert guardian.name in page(client, watched.worker, of_child(watched))


@pytest.mark.by_turns(8)
def test_a_referral_is_withdrawn_with_a_reason_by_the_childs_own_team(
    client: Client, watched: Watched, service: GuardianService, referral: GuardianReferral
) -> None:
    where = reverse("guardian_referral_withdraw", args=[watched.child.reference, referral.pk])
    sent = {"reason": "Sent to the wrong service", "once": str(uuid.uuid4())}
    for person in (watched.guardian, watched.carer, a_watched_child().worker):
        client.force_login(person)
        for address in (where, of_child(watched)):
            assert client.get(address).status_code == 404
            assert client.post(address, sent).status_code == 404
    client.force_login(watched.worker)
    assert client.post(where, sent | {"reason": ""}).status_code == 422
    assert (
        client.post(reverse("guardian_referral_withdraw", args=[watched.child.reference, 0])).status_code
        == 404
    )
    assert client.post(where, sent).status_code == 302
    referral.refresh_from_db()
    assert referral.status == "withdrawn"
    # It is owed since the guardian left, as before.
    assert (due(watched).window, due(watched).due_at) == ("left", NOW - 2 * HOUR)
    kinds = Event.objects.filter(child=watched.child, kind__startswith="guardian_referr").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["guardian_referred", "guardian_referral_moved"]


@pytest.mark.by_turns
def test_the_clock_waits_for_an_answer_then_for_a_guardian_and_climbs_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, service: GuardianService, supervisor: User
) -> None:
    head = a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE)
    sweep.sweep_all(now=NOW - HOUR)
    assert is_open(watched)
    row = referred(watched, service)
    owed_at = due(watched).due_at
    assert owed_at is not None
    # Three working days after the Monday.
    assert (due(watched).window, owed_at.date()) == ("answer", date(2026, 3, 5))
    sweep.sweep_all(now=NOW)
    assert not is_open(watched)
    answered(row, "accepted", supervisor, at=NOW + HOUR)
    assert (due(watched).window, due(watched).due_at) == ("assigned", owed_at)
    sweep.sweep_all(now=owed_at + HOUR)
    assert {("duty", "R1"), ("service_lead", "R1")} <= told(watched)
    for days in (1, 4, 15):
        sweep.sweep_all(now=owed_at + days * DAY)
    catch(monkeypatch)
    delivery.deliver(clock=lambda: owed_at + 15 * DAY + HOUR)
    assert {("service_lead", "R2"), ("service_head", "R4"), ("service_head", "R5")} <= told(watched)
    assert {("manager", "R2"), ("head", "R4")} <= told(watched)
    of_service = Message.objects.filter(post__startswith="service", items__alert__child=watched.child)
    assert set(of_service.values_list("user", flat=True)) == {supervisor.pk, head.pk}
    guarded(watched.child, a_person(Role.GUARDIAN, service=service), by=watched.worker, at=owed_at + 16 * DAY)
    sweep.sweep_all(now=owed_at + 16 * DAY)
    ends = Message.objects.filter(kind="ending", items__alert__child=watched.child)
    assert {supervisor.pk, head.pk} <= set(ends.values_list("user", flat=True))


@pytest.mark.by_turns(8)
def test_the_mail_to_the_service_says_the_reference_and_names_nobody(
    monkeypatch: pytest.MonkeyPatch, watched: Watched, service: GuardianService, supervisor: User
) -> None:
    out = catch(monkeypatch)
    referred(watched, service)
    owed_at = due(watched).due_at
    assert owed_at is not None
    at = owed_at + 12 * HOUR
    sweep.sweep_all(now=at)
    delivery.deliver(clock=lambda: at)
    (mail,) = [one for one in out.mails if supervisor.email in str(one["To"])]
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "A REFERRAL TO YOUR GUARDIAN SERVICE WAITS" in text
    assert watched.child.reference in text
    assert not [word for word in ("Selam", "Penrowe", WHY, watched.home.name) if word in text]


@pytest.mark.by_turns
def test_where_nobody_leads_the_service_the_council_hears_alone(
    watched: Watched, service: GuardianService
) -> None:
    referred(watched, service)
    owed_at = due(watched).due_at
    assert owed_at is not None
    sweep.sweep_all(now=owed_at + HOUR)
    assert {post for post, _step in told(watched)} >= {"duty", "worker"}
    assert not {post for post, _step in told(watched)} & {"service_lead", "service_head"}


@pytest.mark.by_turns
def test_a_declined_referral_is_at_once_a_gap_until_somebody_stands_in(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    sweep.sweep_all(now=NOW)
    answered(referral, "declined", supervisor, note="No room before summer", at=NOW + HOUR)
    assert (due(watched).window, due(watched).due_at) == ("declined", NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert is_open(watched)
    story = page(client, watched.worker, reverse("child", args=[watched.child.reference]))
    assert "No guardian: declined by the service" in story
    assert "No room before summer" in story
    # Words alone put nothing off.
    reasons.record(
        watched.child, kind="not_eligible", reason="They say so", by=watched.worker, at=NOW + 2 * HOUR
    )
    assert due(watched).due_at == NOW + HOUR
    reasons.record(
        watched.child,
        kind="not_eligible",
        reason="They say so",
        fallback=BESIDE,
        by=watched.worker,
        at=NOW + 3 * HOUR,
    )
    assert due(watched).window == "review"
    sweep.sweep_all(now=NOW + 3 * HOUR)
    assert not is_open(watched)


@pytest.mark.by_turns
def test_to_take_a_referral_back_and_refer_the_child_there_again_puts_nothing_off(
    watched: Watched, service: GuardianService, referral: GuardianReferral
) -> None:
    owed_at = due(watched).due_at
    referrals.withdraw(referral, reason="By mistake", by=watched.worker, at=NOW + DAY)
    referred(watched, service, at=NOW + 2 * DAY)
    assert due(watched).due_at == owed_at
    again = GuardianReferral.objects.open().get()
    referrals.withdraw(again, reason="Another service", by=watched.worker, at=NOW + 2 * DAY + HOUR)
    referred(watched, a_service(), at=NOW + 2 * DAY + 2 * HOUR)
    assert due(watched).due_at != owed_at


@pytest.mark.by_turns(8)
def test_integrity_names_a_child_whose_referral_nobody_hears_of(
    watched: Watched, service: GuardianService
) -> None:
    referred(watched, service)
    sweep.sweep_all(now=NOW)
    question = "children who are to have a guardian, are past the day and have no alert"
    assert named_by(question, NOW + 5 * DAY) == (watched.child.reference,)


@pytest.mark.by_turns
def test_a_reason_that_said_referred_without_a_service_gives_way_and_who_stands_in_stays(
    watched: Watched, service: GuardianService
) -> None:
    other = a_watched_child(trafficking="yes")
    assignments.end(other.assignment, reason="Moved away", by=other.manager, at=NOW - 2 * HOUR)
    for one, fallback in ((watched, None), (other, BESIDE)):
        given = {"kind": "referred", "reason": "Referred by phone", "fallback": fallback}
        reasons.record(one.child, **given, by=one.worker, at=NOW - HOUR)
        assert due(one).window == "assigned"
        referred(one, service)
        assert due(one).window == "answer"
    standing = NoGuardian.objects.filter(ends_at=None)
    assert [row.child for row in standing] == [other.child]


def test_the_database_keeps_steps_as_they_are_and_one_open_referral(
    watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    step = answered(referral, "waiting", supervisor, place=3)
    for statement in (
        f"UPDATE guardians_guardianreferralstep SET note = 'x' WHERE id = {step.pk}",
        f"DELETE FROM guardians_guardianreferralstep WHERE id = {step.pk}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    given = {"child": watched.child, "recorded_at": NOW, "recorded_by": watched.worker, "referred_at": NOW}
    with pytest.raises(IntegrityError, match="guardian_referral_one_open"), transaction.atomic():
        GuardianReferral.objects.create(service=a_service(), reason=WHY, **given)
    with pytest.raises(IntegrityError, match="waits_somewhere"), transaction.atomic():
        GuardianReferralStep.objects.create(
            referral=referral,
            child=watched.child,
            before="referred",
            status="waiting",
            recorded_at=NOW,
            recorded_by=supervisor,
        )


@pytest.mark.by_turns
def test_a_referral_taken_back_does_not_undo_that_another_service_declined(
    watched: Watched, service: GuardianService, supervisor: User
) -> None:
    answered(referred(watched, service), "declined", supervisor, note="No room", at=NOW + HOUR)
    reasons.record(watched.child, kind="not_eligible", reason="They say so", by=watched.worker, at=NOW + HOUR)
    assert (due(watched).window, due(watched).due_at) == ("declined", NOW + HOUR)
    other = referred(watched, a_service(), at=NOW + 2 * HOUR)
    referrals.withdraw(other, reason="By mistake", by=watched.worker, at=NOW + 3 * HOUR)
    assert (due(watched).window, due(watched).due_at) == ("declined", NOW + HOUR)
    gap = guardian_gaps.of([watched.child.pk], now=NOW + 3 * HOUR)[watched.child.pk]
    assert gap.heading == "No guardian: declined by the service"


@pytest.mark.by_turns
def test_an_answer_to_a_late_referral_tells_nobody_once_more(
    watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    owed_at = due(watched).due_at
    assert owed_at is not None
    for days in (0, 1, 4):
        sweep.sweep_all(now=owed_at + days * DAY + HOUR)
    before = Message.objects.filter(items__alert__clock__kind="guardian").count()
    answered(referral, "accepted", supervisor, at=owed_at + 4 * DAY + 2 * HOUR)
    sweep.sweep_all(now=owed_at + 4 * DAY + 3 * HOUR)
    assert is_open(watched)
    rows = Message.objects.filter(items__alert__clock__kind="guardian", kind="alert")
    assert rows.count() == before, sorted(rows.values_list("post", "step", "wording"))


@pytest.mark.by_turns(8)
def test_who_declined_or_was_asked_by_mistake_reads_of_the_child_no_longer(
    client: Client, watched: Watched, service: GuardianService, supervisor: User, referral: GuardianReferral
) -> None:
    client.force_login(supervisor)
    sent = {"status": "declined", "note": "No room", "once": str(uuid.uuid4())}
    assert client.post(of_service(referral), sent).status_code == 302
    assert client.post(of_service(referral), sent).status_code == 302, "sent twice it is one"
    assert client.get(of_service(referral)).status_code == 404
    other = client.post(of_service(referral), sent | {"note": "Other words"})
    assert other.status_code == 422
    assert "Other words" in other.content.decode()
    for word in ("Selam", WHY, "Tigrinya", watched.authority.name):
        assert word not in other.content.decode()
    again = referred(watched, service, at=NOW + HOUR)
    assert client.get(of_service(again)).status_code == 200
    referrals.withdraw(again, reason="Sent to the wrong service", by=watched.worker, at=NOW + 2 * HOUR)
    assert client.get(of_service(again)).status_code == 404


@pytest.mark.by_turns(8)
def test_who_refers_a_child_to_a_service_that_nobody_leads_reads_that_nobody_there_sees_it(
    client: Client, watched: Watched, service: GuardianService
) -> None:
    client.force_login(watched.worker)
    alone = client.post(of_child(watched), form(service), follow=True).content.decode()
    assert "nobody of that service can read it here: ring them" in alone
    assert "sees it from now on" not in alone
    other = a_watched_child(trafficking="yes")
    assignments.end(other.assignment, reason="Moved away", by=other.manager, at=NOW - 2 * HOUR)
    a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    client.force_login(other.worker)
    assert "sees it from now on" in client.post(of_child(other), form(service), follow=True).content.decode()
