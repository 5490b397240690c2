"""The National Referral Mechanism: its moves, who may record them, and what stands from a referral on."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, details, nrm
from cases.models import Child, DetailsChange, Event, FirstResponder, NrmReferral, NrmStep
from cases.states import NRM_MOVES, NRM_OPEN, IllegalMove, NrmStatus
from tests.factories import AT, Watched, a_watched_child, knows

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT)


def a_referral(**given: Any) -> nrm.Referral:
    responder = FirstResponder.objects.get(code="authority")
    said = {"first_responder": responder, "made_by": "Sefu Alder, worker", "referred_date": AT.date()}
    return nrm.Referral(**{**said, **given})


def referred(w: Watched, *, at: Any = AT + HOUR, **given: Any) -> NrmReferral:
    return nrm.refer(w.child, a_referral(**given), by=w.worker, at=at)


@pytest.fixture
def row(watched: Watched) -> NrmReferral:
    return referred(watched)


def moved(w: Watched, row: NrmReferral, *statuses: str, at: Any = AT + 2 * HOUR) -> NrmStep:
    step = None
    for hours, status in enumerate(statuses):
        when = at + timedelta(hours=hours)
        given = {"happened_date": AT.date(), "seconded_by": w.manager, "by": w.worker, "at": when}
        step = nrm.move(row, status, note="By letter", **given)
    assert step is not None
    return step


def test_whoever_waits_for_a_decision_can_always_hear_one_and_only_a_refusal_is_reconsidered() -> None:
    assert set(NRM_MOVES) == set(NrmStatus)
    over = [status for status in NrmStatus if not NRM_MOVES[status]]
    assert over == [NrmStatus.CONCLUSIVE, NrmStatus.WITHDRAWN]
    for status in NRM_OPEN:
        assert NRM_MOVES[status] - set(NRM_OPEN), status
    for status in set(NrmStatus) - set(NRM_OPEN) - set(over):
        assert NRM_MOVES[status] <= {NrmStatus.RECONSIDERED, NrmStatus.CONCLUSIVE_RECONSIDERED}


@pytest.mark.by_turns
def test_a_referral_puts_the_signs_of_trafficking_and_the_reference_on_record(watched: Watched) -> None:
    row = referred(watched, reference=" NRM-4411 ")
    child = Child.objects.get(pk=watched.child.pk)
    assert (child.trafficking, child.nrm_reference, row.status) == ("yes", "NRM-4411", "referred")
    assert set(DetailsChange.objects.values_list("topic", flat=True)) == {"trafficking", "references"}
    assert Event.objects.get(kind="nrm_referred").child == watched.child


@pytest.mark.by_turns
def test_the_same_form_is_one_referral_and_never_drops_other_words(watched: Watched) -> None:
    said = a_referral()
    first = nrm.refer(watched.child, said, by=watched.worker, at=AT + HOUR)
    assert nrm.refer(watched.child, said, by=watched.worker, at=AT + 2 * HOUR) == first
    with pytest.raises(IllegalMove, match="sent this form before"):
        nrm.refer(watched.child, replace(said, made_by="Another"), by=watched.worker, at=AT + 2 * HOUR)
    key = uuid.uuid4()
    asked = {"asked_date": AT.date(), "key": key, "by": watched.worker, "at": AT + 2 * HOUR}
    step = nrm.ask(first, answer="Next week", **asked)
    assert nrm.ask(first, answer="Next week", **asked) == step
    with pytest.raises(IllegalMove, match="sent this form before"):
        nrm.ask(first, answer="In a month", **asked)
    for changed in ({"referred_date": AT.date() - DAY}, {"reference": "NRM-77"}):
        with pytest.raises(IllegalMove, match="sent this form before"):
            nrm.refer(watched.child, replace(said, **changed), by=watched.worker, at=AT + 2 * HOUR)
    given = {"happened_date": AT.date(), "note": "Next week", "by": watched.worker, "at": AT + 3 * HOUR}
    with pytest.raises(IllegalMove, match="sent this form before"):
        nrm.move(first, "reasonable_grounds", key=key, **given)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"referred_date": AT.date() + DAY}, "today or in the past"),
        ({"made_by": " "}, "who made the referral"),
    ],
)
def test_what_is_no_referral_is_refused(watched: Watched, given: dict[str, Any], words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        referred(watched, **given)
    assert not NrmReferral.objects.exists()


@pytest.mark.by_turns
def test_an_organisation_refers_only_while_it_may(watched: Watched) -> None:
    gone = FirstResponder.objects.get(code="glaa")
    FirstResponder.objects.filter(pk=gone.pk).update(valid_to=AT.date() - DAY)
    with pytest.raises(IllegalMove, match="could not refer on that day"):
        referred(watched, first_responder=gone)
    assert referred(watched, first_responder=gone, referred_date=AT.date() - DAY).first_responder == gone


@pytest.mark.by_turns
def test_a_panel_decides_only_more_than_100_days_before_18(watched: Watched) -> None:
    born = AT.date() + timedelta(days=100)
    Child.objects.filter(pk=watched.child.pk).update(birth_date=date(born.year - 18, born.month, born.day))
    watched.child.refresh_from_db()
    with pytest.raises(IllegalMove, match="100 days from 18"):
        referred(watched, competent_authority="panel")
    day_before = AT.date() - DAY
    assert referred(watched, competent_authority="panel", referred_date=day_before).status == "referred"


@pytest.mark.by_turns
def test_a_panel_is_closed_from_100_days_before_the_first_day_on_which_the_child_may_be_18(
    watched: Watched,
) -> None:
    # Of a year alone the birthday may be on 1 January: 305 days from AT, and in the year before it has been perhaps.
    year = AT.year - 18
    Child.objects.filter(pk=watched.child.pk).update(
        birth_date=date(year, 7, 15), birth_date_precision="year"
    )
    watched.child.refresh_from_db()
    with pytest.raises(IllegalMove, match="100 days from 18"):
        referred(watched, competent_authority="panel")
    Child.objects.filter(pk=watched.child.pk).update(birth_date=date(year + 1, 7, 15))
    watched.child.refresh_from_db()
    assert referred(watched, competent_authority="panel").status == "referred"


@pytest.mark.by_turns(8)
def test_immigration_enforcement_decides_about_no_child_and_what_once_stood_of_it_is_read(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * HOUR)
    client.force_login(watched.worker)
    page = reverse("nrm_new", args=[watched.child.reference])
    shown = client.get(page).context["form"]
    assert [value for value, _label in shown.fields["competent_authority"].choices] == ["sca", "panel"]
    assert "Immigration Enforcement Competent Authority" not in client.get(page).content.decode()
    with pytest.raises(IllegalMove, match="About a child the Single Competent Authority decides"):
        referred(watched, competent_authority="ieca")
    with monkeypatch.context() as before:
        before.setattr(nrm, "OF_CHILDREN", ("sca", "panel", "ieca"))
        row = referred(watched, competent_authority="ieca")
    words = client.get(reverse("nrm", args=[watched.child.reference])).content.decode()
    assert "Decided by: Immigration Enforcement Competent Authority." in words
    assert moved(watched, row, "reasonable_grounds").status == "reasonable_grounds"


@pytest.mark.by_turns
def test_the_panel_counts_to_1_march_for_who_was_born_on_a_leap_day(watched: Watched) -> None:
    Child.objects.filter(pk=watched.child.pk).update(birth_date=date(2008, 2, 29))
    watched.child.refresh_from_db()
    last = date(2026, 3, 1) - timedelta(days=101)
    with pytest.raises(IllegalMove, match="100 days from 18"):
        referred(watched, competent_authority="panel", referred_date=last + DAY)
    assert referred(watched, competent_authority="panel", referred_date=last).status == "referred"


@pytest.mark.by_turns(8)
def test_one_referral_is_open_at_a_time_and_the_database_says_so_too(
    watched: Watched, row: NrmReferral
) -> None:
    with pytest.raises(IllegalMove, match="open already"):
        referred(watched)
    row.pk, row.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="nrm_one_open_referral"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.by_turns
@pytest.mark.parametrize("status", sorted(set(NrmStatus) - NRM_MOVES["referred"]))
def test_what_cannot_follow_is_refused(watched: Watched, status: str, row: NrmReferral) -> None:
    with pytest.raises(IllegalMove, match="cannot go from"):
        moved(watched, row, status)
    row.refresh_from_db()
    assert row.status == "referred"


@pytest.mark.by_turns
def test_a_decision_that_ends_the_closer_watch_takes_a_second_person(
    watched: Watched, row: NrmReferral
) -> None:
    given = {"happened_date": AT.date(), "by": watched.worker, "at": AT + 2 * HOUR}
    for second in (None, watched.worker):
        with pytest.raises(IllegalMove, match="second person"):
            nrm.move(row, "no_reasonable_grounds", seconded_by=second, **given)
    assert not NrmStep.objects.exists()
    # To go on waiting lowers nothing.
    assert nrm.move(row, "reasonable_grounds", **given).seconded_by is None


@pytest.mark.by_turns(8)
def test_a_reconsideration_opens_the_referral_from_now_on(watched: Watched, row: NrmReferral) -> None:
    moved(watched, row, "no_reasonable_grounds")
    row.refresh_from_db()
    assert (row.is_open, row.ends_at) == (False, AT + 2 * HOUR)
    moved(watched, row, "grounds_reconsidered", at=AT + 3 * DAY)
    row.refresh_from_db()
    assert (row.is_open, row.starts_at, row.ends_at) == (True, AT + 3 * DAY, None)
    moved(
        watched,
        row,
        "reasonable_grounds",
        "suspended",
        "reasonable_grounds",
        "conclusive_grounds",
        at=AT + 4 * DAY,
    )
    row.refresh_from_db()
    assert (row.status, row.is_open) == ("conclusive_grounds", False)
    with pytest.raises(IllegalMove, match="No decision is awaited"):
        nrm.ask(row, asked_date=AT.date(), answer="None", by=watched.worker, at=AT + 5 * DAY)


@pytest.mark.by_turns
def test_a_letter_that_crossed_our_asking_is_recorded_with_its_own_day(
    watched: Watched, row: NrmReferral
) -> None:
    later = AT + 10 * DAY
    nrm.ask(row, asked_date=later.date(), answer="It is on its way", by=watched.worker, at=later)
    day = (AT + 8 * DAY).date()
    given = {"by": watched.worker, "at": AT + 11 * DAY}
    assert nrm.move(row, "reasonable_grounds", happened_date=day, **given).day == day


@pytest.mark.by_turns(8)
def test_what_is_suspended_goes_on_from_where_it_stood(watched: Watched, row: NrmReferral) -> None:
    moved(watched, row, "suspended")
    row.refresh_from_db()
    with pytest.raises(IllegalMove, match="cannot go from"):
        moved(watched, row, "conclusive_grounds", at=AT + 3 * HOUR)
    nrm.ask(row, asked_date=AT.date(), answer="Not yet", by=watched.worker, at=AT + 3 * HOUR)
    moved(watched, row, "no_reasonable_grounds", "grounds_reconsidered", "suspended", at=AT + 4 * HOUR)
    row.refresh_from_db()
    assert nrm.moves(row) >= {"grounds_reconsidered", "reasonable_grounds", "withdrawn"}
    assert not nrm.moves(row) & {"referred", "conclusive_grounds"}


@pytest.mark.by_turns(8)
def test_an_older_refusal_is_reconsidered_only_while_no_other_is_open(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 9 * HOUR)
    older = referred(watched)
    moved(watched, older, "no_reasonable_grounds")
    newer = referred(watched, at=AT + 3 * HOUR)
    with pytest.raises(IllegalMove, match="Another referral is open"):
        moved(watched, older, "grounds_reconsidered", at=AT + 4 * HOUR)
    client.force_login(watched.worker)
    page = reverse("nrm", args=[watched.child.reference])
    step = {row: reverse("nrm_step", args=[watched.child.reference, row.key]) for row in (older, newer)}
    shown = client.get(page).content.decode()
    assert step[newer] in shown
    assert step[older] not in shown
    moved(watched, newer, "withdrawn", at=AT + 5 * HOUR)
    moved(watched, older, "grounds_reconsidered", at=AT + 6 * HOUR)
    shown = client.get(page).content.decode()
    assert step[older] in shown
    assert step[newer] not in shown
    assert reverse("nrm_new", args=[watched.child.reference]) not in shown


def test_a_form_that_is_pressed_twice_is_one_step(watched: Watched, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    row = referred(watched)
    client.force_login(watched.worker)
    told = {"what": "reasonable_grounds", "note": "By letter", "once": uuid.uuid4()}
    told |= {f"happened_date_{part}": getattr(AT, part) for part in ("day", "month", "year")}
    step = reverse("nrm_step", args=[watched.child.reference, row.key])
    assert [client.post(step, told).status_code for _ in range(2)] == [302, 302]
    assert NrmStep.objects.count() == 1


def test_a_reference_that_was_corrected_meanwhile_is_not_overwritten(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    client.force_login(watched.worker)
    new = reverse("nrm_new", args=[watched.child.reference])
    form = client.get(new).context["form"]
    change = {"topic": "references", "version": 0, "by": watched.manager, "at": AT + HOUR}
    details.change(watched.child, {"nrm_reference": "NRM-RIGHT"}, **change)
    given = {
        "first_responder": FirstResponder.objects.get(code="glaa").pk,
        "made_by": "Sefu Alder",
        "competent_authority": "sca",
        "reference": "NRM-OLD",
        "version": form.initial["version"],
        "once": form.initial["once"],
        **{f"referred_date_{part}": getattr(AT, part) for part in ("day", "month", "year")},
    }
    refused = client.post(new, given)
    assert refused.status_code == 422
    assert "NRM-RIGHT" in refused.content.decode()
    read = details.version_of(watched.child, "references")
    assert refused.context["form"]["version"].value() == str(read), "out of a draft too it can be sent again"
    assert not NrmReferral.objects.exists()
    assert client.post(new, {**given, "reference": "NRM-RIGHT"}).status_code == 302, "closed since, open then"


@pytest.mark.by_turns(8)
def test_no_step_is_before_the_one_that_stands(watched: Watched, row: NrmReferral) -> None:
    day = AT.date() - DAY
    with pytest.raises(IllegalMove, match="before the last step"):
        nrm.move(row, "reasonable_grounds", happened_date=day, by=watched.worker, at=AT + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_the_pages_record_it_from_end_to_end(watched: Watched, client: Client, monkeypatch: Any) -> None:
    now = AT + 5 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    knows(watched.manager, "rowan-heath-lantern")
    page, new = (reverse(name, args=[watched.child.reference]) for name in ("nrm", "nrm_new"))
    assert "No referral is recorded." in client.get(page).content.decode()
    wrong = client.post(new, {"made_by": "Sefu Alder", "once": uuid.uuid4()})
    assert wrong.status_code == 422
    for said in ("Select the organisation", "Enter the day", "Sefu Alder"):
        assert said in wrong.content.decode()
    day = {"day": AT.day, "month": AT.month, "year": AT.year}
    given = {
        "first_responder": FirstResponder.objects.get(code="police").pk,
        "made_by": "Sefu Alder",
        "competent_authority": "sca",
        "once": uuid.uuid4(),
        **{f"referred_date_{part}": value for part, value in day.items()},
    }
    assert "reasonable grounds awaited" in client.post(new, given, follow=True).content.decode()
    row = NrmReferral.objects.get()
    step = reverse("nrm_step", args=[watched.child.reference, row.key])
    told = {"note": "Refused by letter", "once": uuid.uuid4()}
    told |= {f"happened_date_{part}": value for part, value in day.items()}
    asking = {**told, "note": "Rang them: not yet", "once": uuid.uuid4(), "what": "asked"}
    waits = client.post(step, asking, follow=True).content.decode()
    assert "The decision is awaited as before" in waits
    assert "assessed again within a day" not in waits, "nothing of the child has changed"
    refused = client.post(step, {**told, "what": "no_reasonable_grounds"})
    assert refused.status_code == 422
    assert "second person" in refused.content.decode()
    assert "Refused by letter" in refused.content.decode()
    second = {"second_email": watched.manager.email, "second_password": "rowan-heath-lantern"}
    done = client.post(step, {**told, **second, "what": "no_reasonable_grounds"}, follow=True)
    assert "No reasonable grounds" in done.content.decode()
    assert "assessed again within a day" in done.content.decode()
    assert watched.manager.name in done.content.decode()
    assert "The decision is being reconsidered" in done.content.decode()
    asked = client.post(step, {**told, "once": uuid.uuid4(), "what": "asked"})
    assert asked.status_code == 422, "nothing is awaited"
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert {client.get(address).status_code for address in (page, new, step)} == {404}


@pytest.mark.by_turns
def test_the_story_tells_it_to_those_who_may_read_the_record(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    row = referred(watched)
    moved(watched, row, "reasonable_grounds")
    address = reverse("child", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert "Reasonable grounds, conclusive decision awaited" in client.get(address).content.decode()
    for other in (watched.carer, watched.guardian):
        client.force_login(other)
        text = client.get(address).content.decode()
        assert "Referral Mechanism" not in text
        assert "By letter" not in text
