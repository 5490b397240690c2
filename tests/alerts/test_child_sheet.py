"""The sheet for the child: whom it names, what it must not hold, and who may print it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import child_sheets
from cases import clock, concerns, people
from cases.models import AccessRecord, Child, Role
from guardians import covers, leaves
from tests.factories import AT, a_person, a_watched_child, membership_of

pytestmark = pytest.mark.django_db


def test_it_names_who_looks_out_for_the_child_and_nothing_that_a_finder_could_use(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.DUTY_LINE = "01632 960100"
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT, nationality="Sudan", trafficking="yes", home_office_reference="HO-77")
    Child.objects.filter(pk=w.child.pk).update(family_name="Quarrendon")
    address = reverse("child_sheet", args=[w.child.reference])
    client.force_login(w.worker)
    page = client.get(address).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    for told in (w.child.given_name, w.worker.name, w.guardian.name, "01632 960100", "0800 1111", "116 000"):
        assert told in main
    for told in ("It is not to punish you", "advocate", "You can complain", "I am safe"):
        assert told in main
    place = w.placement.home
    for secret in (
        "Quarrendon",
        "Sudan",
        "HO-77",
        place.name,
        place.address or "-no address-",
        "trafficking",
    ):
        assert secret not in main
    assert w.child.reference not in main.replace(reverse("child_people", args=[w.child.reference]), "")
    assert "rc-print-header" not in page, "a marking would say more than the paper"
    assert AccessRecord.objects.filter(child=w.child, page="child_sheet", user=w.worker).exists()
    concerns.keep_from(w.child, w.guardian, reason="A worry", by=w.manager, at=AT + timedelta(hours=1))
    assert w.guardian.name not in client.get(address).content.decode()
    for stranger in (w.carer, w.guardian, w.officer):
        client.force_login(stranger)
        assert client.get(address).status_code == 404


def test_it_names_who_covers_and_nobody_who_is_away_or_has_left() -> None:
    w = a_watched_child(at=AT, trafficking="yes")
    service = w.assignment.service
    colleague = a_person(Role.GUARDIAN, service=service)
    goes, back = AT + timedelta(days=3), AT + timedelta(days=10)
    asked = covers.ask([w.assignment], colleague, starts_at=goes, ends_at=back, by=w.guardian, at=AT)
    covers.answer(asked.covers, accepted=True, by=colleague, at=AT)
    leaves.announce(w.guardian, service, kind="leave", starts_at=goes, ends_at=back, by=w.guardian, at=AT)

    def named(at: datetime) -> list[str]:
        return [one.name for one in child_sheets.people(w.child, now=at)]

    before, during = AT + timedelta(days=1), AT + timedelta(days=4)
    assert {w.guardian.name, w.worker.name} <= set(named(before))
    assert colleague.name not in named(before)
    assert colleague.name in named(during)
    assert w.guardian.name not in named(during)
    for person in (w.worker, colleague):
        people.leave(membership_of(person), by=w.manager, at=before)
    w.worker.refresh_from_db()
    assert not {w.worker.name, colleague.name} & set(named(during))
    team = next(one for one in child_sheets.people(w.child, now=during) if one.part.endswith("team"))
    assert (team.name, team.phone) == ("", w.team.phone)
