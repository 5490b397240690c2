"""The rota: a week with its gaps, last week once more, a shift taken or handed over, and nobody else's desk."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import configuration, rota
from cases.forms import typed
from cases.models import ConfigurationChange, Role, Shift
from cases.states import IllegalMove
from tests.factories import a_duty_desk, a_person, a_team, end_shift

pytestmark = [pytest.mark.django_db, pytest.mark.this_hour]
HOUR = timedelta(hours=1)


@pytest.fixture
def desk():
    found = a_duty_desk()
    end_shift(found)
    return found


def shift_of(desk, *, person=None, starts_at, hours=12, **fields) -> Shift:
    return configuration.put_on_duty(
        desk.team,
        person or desk.person,
        phone="01632 960001",
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
        by=None,
        at=starts_at,
        **fields,
    )


@pytest.mark.by_turns
def test_a_gap_is_every_stretch_in_which_nobody_is_on_duty(desk):
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    shift_of(desk, starts_at=monday, hours=12)
    shift_of(desk, starts_at=monday + 10 * HOUR, hours=10)
    shift_of(desk, starts_at=monday + 24 * HOUR, hours=24 * 5)
    (found,) = rota.week([desk.team.authority_id], monday.date(), at=monday - HOUR)
    assert [((g.starts_at - monday) / HOUR, (g.ends_at - monday) / HOUR) for g in found.gaps] == [
        (20, 24),
        (144, 168),
    ]
    end = monday + timedelta(days=7)
    assert [(g.starts_at, g.ends_at) for g in rota.gaps([], monday, end)] == [(monday, end)]


@pytest.mark.by_turns
def test_what_is_over_is_no_gap_that_anybody_could_fill(desk):
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    authorities, end = [desk.team.authority_id], monday + timedelta(days=7)
    (found,) = rota.week(authorities, monday.date(), at=monday + 30 * HOUR)
    assert [(g.starts_at, g.ends_at) for g in found.gaps] == [(monday + 30 * HOUR, end)]
    (past,) = rota.week(authorities, monday.date(), at=end)
    assert past.gaps == []


@pytest.mark.by_turns
def test_last_week_is_copied_once_at_the_same_hours_across_the_change_of_the_clocks(desk):
    # The clocks go forward on Sunday 29 March 2026.
    starts_at = datetime(2026, 3, 24, 20, 0, tzinfo=UTC)
    shift_of(desk, starts_at=starts_at, second=desk.second, second_phone="01632 960002")
    monday = datetime(2026, 3, 30, tzinfo=UTC).date()
    at = datetime(2026, 3, 26, 9, tzinfo=UTC)
    assert rota.copy_last_week([desk.team.authority_id], monday, by=desk.person, at=at) == 1
    copied = Shift.objects.latest("starts_at")
    assert copied.starts_at == datetime(2026, 3, 31, 19, 0, tzinfo=UTC)
    assert (copied.person, copied.second, copied.taken_at) == (desk.person, desk.second, None)
    with pytest.raises(IllegalMove, match="nothing to copy"):
        rota.copy_last_week([desk.team.authority_id], monday, by=desk.person, at=at)


@pytest.mark.by_turns(8)
def test_ones_own_shift_is_confirmed_and_once(desk, now):
    shift = shift_of(desk, starts_at=now - HOUR)
    taken = configuration.take_shift(shift, by=desk.person, at=now)
    assert (taken.pk, taken.taken_at) == (shift.pk, now)
    with pytest.raises(IllegalMove, match="already"):
        configuration.take_shift(shift, by=desk.person, at=now)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("begins", [-1, 5])
def test_somebody_elses_shift_is_handed_over_without_a_gap(desk, now, begins):
    shift = shift_of(desk, starts_at=now + begins * HOUR, second=desk.second, second_phone=desk.second.phone)
    taken = configuration.take_shift(shift, by=desk.second, at=now)
    shift.refresh_from_db()
    assert shift.ends_at == taken.starts_at == max(now, shift.starts_at)
    assert (taken.person, taken.second, taken.taken_at) == (desk.second, None, now)
    assert taken.ends_at == shift.starts_at + 12 * HOUR
    on_duty = Shift.objects.current(now + 6 * HOUR).filter(team=desk.team)
    assert [one.pk for one in on_duty] == [taken.pk]
    kinds = ConfigurationChange.objects.filter(subject_type="shift", subject_id__in=(shift.pk, taken.pk))
    assert [row.kind for row in kinds] == ["put_on_duty", "shift_handed_over", "put_on_duty"]
    with pytest.raises(IllegalMove, match="somebody else has it"):
        configuration.take_shift(shift, by=desk.person, at=now)


@pytest.mark.by_turns(8)
def test_a_shift_that_was_handed_over_is_never_lengthened_again(desk, now):
    shift = shift_of(desk, starts_at=now - HOUR)
    configuration.take_shift(shift, by=desk.second, at=now - HOUR / 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Shift.objects.filter(pk=shift.pk).update(ends_at=now + HOUR)


def test_a_shift_is_written_on_the_page_and_taken_with_one_button(client, desk, now):
    client.force_login(desk.person)
    tomorrow = typed.london(now + timedelta(days=1))
    day = {"day": tomorrow.day, "month": tomorrow.month, "year": tomorrow.year}
    sent = {"team": desk.team.pk, "person": desk.person.pk, "second": desk.second.pk}
    sent |= {f"starts_at_{k}": v for k, v in day.items()} | {f"ends_at_{k}": v for k, v in day.items()}
    wrong = client.post(reverse("shift_new"), sent | {"starts_at_time": "8pm", "ends_at_time": "8am"})
    assert wrong.status_code == 422
    assert list(wrong.context["form"].errors) == ["ends_at"]
    written = client.post(reverse("shift_new"), sent | {"starts_at_time": "8am", "ends_at_time": "8pm"})
    shift = Shift.objects.latest("pk")
    assert (shift.person, shift.phone, shift.second_phone) == (
        desk.person,
        desk.person.phone,
        desk.second.phone,
    )
    page = client.get(written.url).content.decode()
    assert "Not taken" in page
    assert "Nobody is on duty" in page
    client.post(reverse("shift_take", args=[shift.pk]))
    shift.refresh_from_db()
    assert shift.taken_at is not None


@pytest.mark.by_turns
def test_the_desk_shows_an_untaken_shift_until_somebody_takes_it(client, desk, now):
    shift = shift_of(desk, starts_at=now + HOUR)
    shift_of(desk, starts_at=now + 40 * HOUR)
    client.force_login(desk.second)
    page = client.get(reverse("duty_desk"))
    assert [one.pk for one in page.context["untaken"]] == [shift.pk]
    assert "has not taken it" in page.content.decode()
    client.post(reverse("shift_take", args=[shift.pk]))
    page = client.get(reverse("duty_desk"))
    assert page.context["untaken"] == []
    assert "No shift of the next 12 hours is untaken" in page.content.decode()


@pytest.mark.by_turns
def test_the_rota_of_another_authority_is_neither_read_nor_taken(client, desk, now):
    shift = shift_of(desk, starts_at=now + HOUR)
    other = a_duty_desk()
    client.force_login(other.person)
    assert desk.team.name not in client.get(reverse("rota")).content.decode()
    assert client.post(reverse("shift_take", args=[shift.pk])).status_code == 404
    sent = {"team": desk.team.pk, "person": desk.person.pk}
    answer = client.post(reverse("shift_new"), sent)
    assert {"team", "person"} <= set(answer.context["form"].errors)
    shift.refresh_from_db()
    assert shift.taken_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.PLACEMENT_STAFF, Role.GUARDIAN, Role.POLICE])
def test_who_works_on_no_desk_reads_no_rota(client, desk, now, role):
    shift = shift_of(desk, starts_at=now + HOUR)
    client.force_login(a_person(role))
    assert client.get(reverse("rota")).status_code == 403
    assert client.get(reverse("shift_new")).status_code == 403
    assert client.post(reverse("rota_copy")).status_code == 403
    assert client.post(reverse("shift_take", args=[shift.pk])).status_code == 403


@pytest.mark.by_turns(8)
def test_an_administrator_writes_the_rota_and_takes_no_shift(client, desk, now):
    shift = shift_of(desk, starts_at=now + HOUR)
    client.force_login(a_person(Role.ADMINISTRATOR, authority=desk.team.authority))
    page = client.get(reverse("rota")).content.decode()
    assert desk.person.name in page
    assert "Take the shift" not in page
    assert client.post(reverse("shift_take", args=[shift.pk])).status_code == 403


@pytest.mark.by_turns(8)
def test_the_rota_asks_the_same_number_of_queries_for_any_number_of_shifts(client, desk, now):
    client.force_login(desk.person)
    shift_of(desk, starts_at=now)
    client.get(reverse("rota"))
    before = queries(client)
    a_team(desk.team.authority, kind="emergency")
    for n in range(6):
        shift_of(desk, starts_at=now + n * HOUR, second=desk.second, second_phone="01632 960003")
    assert queries(client) == before


def queries(client) -> int:
    with CaptureQueriesContext(connection) as counted:
        client.get(reverse("rota"))
    return len(counted)


@pytest.mark.by_turns(8)
def test_a_wrong_number_is_corrected_from_now_on_and_the_shift_stays_taken(client, desk, now):
    shift = shift_of(desk, starts_at=now - HOUR, taken_at=now - HOUR, second=desk.second)
    client.force_login(a_person(Role.ADMINISTRATOR, authority=desk.team.authority))
    address = reverse("shift_change", args=[shift.pk])
    assert address in client.get(reverse("rota")).content.decode()
    boxes = client.get(address).context["form"]["ends_at"].subwidgets[0].data["boxes"]
    ends = {f"ends_at_{part}": boxes[part] for part in ("day", "month", "year", "time")}
    sent = {"person": desk.person.pk, "phone": "01632 960777", "second": "", "reason": "Wrong number"} | ends
    without = client.post(address, sent | {"reason": ""})
    assert list(without.context["form"].errors) == ["reason"]
    assert client.post(address, sent).status_code == 302
    shift.refresh_from_db()
    assert shift.ends_at is not None
    assert shift.ends_at >= now
    (standing,) = Shift.objects.standing().filter(starts_at=shift.ends_at, team=desk.team)
    assert (standing.phone, standing.second, standing.second_phone) == ("01632 960777", None, "")
    assert (standing.person, standing.taken_at) == (desk.person, shift.taken_at)
    again = client.post(address, sent)
    assert "This shift has ended" in again.content.decode()


def test_a_shift_without_an_end_is_corrected_and_goes_on_without(client, desk, now):
    said = {"phone": "01632 960001", "starts_at": now - HOUR, "by": None, "at": now}
    shift = configuration.put_on_duty(desk.team, desk.person, **said)
    client.force_login(desk.person)
    sent = {"person": desk.person.pk, "phone": "01632 960777", "reason": "Wrong number"}
    answer = client.post(reverse("shift_change", args=[shift.pk]), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    standing = Shift.objects.standing().get(team=desk.team, ends_at=None)
    assert standing.phone == "01632 960777"


@pytest.mark.by_turns(8)
def test_somebody_else_has_yet_to_take_the_shift_that_they_are_given(desk, now):
    shift = shift_of(desk, starts_at=now + HOUR, taken_at=now)
    said = {"phone": shift.phone, "second": None, "second_phone": "", "ends_at": shift.ends_at}
    with pytest.raises(IllegalMove, match="Nothing of this shift"):
        configuration.change_shift(shift, desk.person, **said, reason="x", by=desk.person, at=now)
    given = configuration.change_shift(shift, desk.second, **said, reason="Sick", by=desk.person, at=now)
    assert (given.starts_at, given.ends_at, given.taken_at) == (shift.starts_at, shift.ends_at, None)
    (found,) = rota.week([desk.team.authority_id], rota.monday_of(typed.london(now).date()), at=now)
    assert shift.pk not in [one.pk for one in found.shifts]


def test_a_shift_that_ends_before_its_time_leaves_a_gap(client, desk, now):
    shift = shift_of(desk, starts_at=now - HOUR)
    client.force_login(desk.second)
    address = reverse("shift_end", args=[shift.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    shift.refresh_from_db()
    assert shift.ends_at == now + 11 * HOUR
    assert client.post(address, {"reason": "Sick"}).status_code == 302
    (change,) = ConfigurationChange.objects.filter(kind="shift_ended", subject_id=shift.pk)
    assert (change.actor, change.data) == (desk.second, {"reason": "Sick"})
    page = client.get(reverse("rota"))
    assert "Nobody is on duty" in page.content.decode()
    assert "This shift has ended" in client.post(address, {"reason": "Sick"}).content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("name", ["shift_change", "shift_end"])
def test_a_shift_of_another_authority_is_neither_changed_nor_ended(client, desk, now, name):
    shift = shift_of(desk, starts_at=now - HOUR)
    address = reverse(name, args=[shift.pk])
    for stranger in (a_duty_desk().person, a_person(Role.ADMINISTRATOR, authority=a_team().authority)):
        client.force_login(stranger)
        assert client.post(address, {"reason": "x"}).status_code == 404
    client.force_login(a_person(Role.SOCIAL_WORKER))
    assert client.get(address).status_code == 403
    shift.refresh_from_db()
    assert shift.ends_at == now + 11 * HOUR


def test_a_shift_that_begins_in_the_hour_that_comes_twice_is_copied_once(desk):
    # 1:30am before the clocks go back, a week after 1:30am.
    shift_of(desk, starts_at=datetime(2026, 10, 18, 0, 30, tzinfo=UTC))
    monday, at = datetime(2026, 10, 19).date(), datetime(2026, 10, 18, 12, tzinfo=UTC)
    authorities = [desk.team.authority_id]
    assert rota.copy_last_week(authorities, monday, by=desk.person, at=at) == 1
    with pytest.raises(IllegalMove):
        rota.copy_last_week(authorities, monday, by=desk.person, at=at)
