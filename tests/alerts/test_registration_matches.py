"""Whoever registers a child is shown who may be the same, once and with the reason, and is never kept from saving."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cases import clock
from cases.forms.typed import london
from cases.models import AccessRecord, Child, Draft, Event, KeepFrom, Role
from tests.factories import Watched, a_person, a_team, a_watched_child

pytestmark = pytest.mark.django_db

NEW, PANEL = "/children/new/", "/partials/duplicates/"
RESTRICTED = "Some records are restricted. If you need to find a child, ring duty."


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(
        at=clock.now() - timedelta(days=5),
        given_name="Yusuf",
        family_name="Al-Khatib",
        script_name="يوسف الخطيب",
        nationality="Syrian",
        birth_date=clock.now().date().replace(year=2010, month=3, day=15),
        phone="07700 900456",
        home_office_reference="K 1203456/2",
        nrm_reference="NRM-77013",
        port_reference="W7",
        uucr_reference="not known",
    )


def answers(watched: Watched, **given: Any) -> dict[str, Any]:
    today = london(clock.now())
    return {
        "given_name": "Yousef",
        "family_name": "el Khateeb",
        "sex": "U",
        "birth_date_basis": "stated",
        "age_status": "none",
        "languages": "not known",
        "interpreter_needed": "unknown",
        "arrived_date_day": str(today.day),
        "arrived_date_month": str(today.month),
        "arrived_date_year": str(today.year),
        "trafficking": "not_asked",
        "risk": "unknown",
        "team": str(watched.team.pk),
    } | given


def panel(client: Client, **typed: Any) -> str:
    answer = client.post(PANEL, typed)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns
def test_a_nationality_is_not_guessed_by_whoever_may_not_read_the_record(
    client: Client, watched: Watched
) -> None:
    beside = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    typed = {"given_name": "Yusuf", "family_name": "Al-Khatib"}

    for person, told in ((watched.worker, True), (beside, False)):
        client.force_login(person)
        page = panel(client, **typed, nationality="Syrian")
        assert watched.child.reference in page
        assert ("The same nationality" in page) == told

    # Nor by who is a match at all.
    client.force_login(beside)
    assert watched.child.reference not in panel(
        client, given_name="Joussef", family_name="Khatib", nationality="Syrian"
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (
            {"given_name": "Yousef", "family_name": "al khateeb", "birth_date_year": "2010"},
            "Born in the same year",
        ),
        ({"given_name": "Joussef", "nationality": "syrian", "family_name": "Khatib"}, "The same nationality"),
        ({"given_name": "not known", "phone": "+44 7700 900 456"}, "The same phone number"),
        ({"given_name": "Joe", "safe_phone": "07700900456"}, "The same phone number"),
        ({"given_name": "Joe", "script_name": "يوسف الخطيب"}, "The same name in their own script"),
        ({"given_name": "Yusuf", "family_name": "Khatib"}, "The name sounds alike"),
        ({"given_name": "Joe", "home_office_reference": "k1203456 / 2"}, "The same Home Office reference"),
        ({"given_name": "Joe", "nrm_reference": "nrm 77013"}, "The same NRM reference"),
    ],
)
def test_each_match_says_why(client: Client, watched: Watched, typed: dict[str, str], why: str) -> None:
    client.force_login(watched.worker)

    page = panel(client, **typed)

    assert "1 possible match" in page
    assert watched.child.reference in page
    assert why in page
    assert RESTRICTED in page


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "typed",
    [
        {"given_name": "Yusuf"},
        {
            "given_name": "Omar",
            "family_name": "Al-Khatib",
            "nationality": "Syrian",
            "birth_date_year": "2010",
        },
        {"given_name": "Hawa"},
    ],
)
def test_a_common_name_alone_and_a_brother_are_no_match_and_that_is_said(
    client: Client, watched: Watched, typed: dict[str, str]
) -> None:
    client.force_login(watched.worker)

    page = panel(client, **typed)

    assert watched.child.reference not in page
    assert "Nobody whom you may see is on record with a name like this." in page
    assert panel(client, given_name="").strip() == ""
    row = AccessRecord.objects.get(child=None, page="child_new")
    assert (row.user, row.path) == (watched.worker, "/partials/duplicates/")


@pytest.mark.by_turns
def test_before_saving_the_matches_are_shown_once_and_saving_again_saves(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    asked = client.post(NEW, answers(watched))
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "Nothing is saved yet" in page
    assert 'value="Yousef"' in page
    assert Child.objects.count() == 1

    client.post(NEW, answers(watched, told=watched.child.reference))

    child = Child.objects.exclude(pk=watched.child.pk).get()
    event = Event.objects.get(child=child, kind="told_apart")
    assert event.data == {"others": [{"child": watched.child.pk, "why": ["name"], "said": False}]}
    assert event.actor == watched.worker


def test_different_child_is_on_record_as_said(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference

    client.post(NEW, answers(watched, told=reference, different=reference))

    child = Child.objects.exclude(pk=watched.child.pk).get()
    assert Event.objects.get(child=child, kind="told_apart").data["others"][0]["said"] is True
    page = client.get(f"/children/{child.reference}/").content.decode()
    assert "Registered as another child than those with a like name" in page


def test_the_same_child_is_opened_nobody_is_registered_and_what_was_typed_is_kept(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    answer = client.post(NEW, answers(watched, same=watched.child.reference))

    assert answer["Location"] == f"/children/{watched.child.reference}/"
    assert Child.objects.count() == 1
    assert Event.objects.filter(child=watched.child, kind="found_again").count() == 1
    assert Draft.objects.get(user=watched.worker).data["given_name"] == ["Yousef"]


@pytest.mark.by_turns
def test_the_same_form_sent_twice_is_no_match_of_itself(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    sent = answers(
        watched, given_name="Selam", family_name="Penrowe", once="0b5f6a52-9a3f-4a5e-8a55-0c2a2f6a1f10"
    )

    for _ in range(2):
        assert client.post(NEW, sent).status_code == 302

    assert Child.objects.filter(given_name="Selam").count() == 1


@pytest.mark.by_turns(8)
def test_a_child_whom_the_writer_may_not_see_is_no_match_and_cannot_be_named_the_same(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child()
    client.force_login(other.worker)
    typed = {"given_name": "Yusuf", "family_name": "Al-Khatib", "phone": "07700 900456"}

    assert watched.child.reference not in panel(client, **typed)
    assert client.post(NEW, answers(other)).status_code == 302
    assert client.post(NEW, answers(other, same=watched.child.reference)).status_code == 404
    assert not Event.objects.filter(child=watched.child, kind="found_again").exists()

    KeepFrom.objects.create(
        child=watched.child,
        user=watched.worker,
        reason="An allegation",
        set_by=watched.manager,
        starts_at=clock.now(),
    )
    client.force_login(watched.worker)
    assert watched.child.reference not in panel(client, **typed)


def test_a_number_is_no_reason_for_whoever_may_not_read_it(client: Client, watched: Watched) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, authority=watched.authority))

    assert watched.child.reference not in panel(client, given_name="Joe", phone="07700 900456")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "typed",
    [
        {"home_office_reference": "K1203456/3"},
        {"home_office_reference": "1203456/2"},
        {"nrm_reference": "K1203456/2"},
        {"port_reference": "W7"},
        {"uucr_reference": "not known"},
    ],
)
def test_another_reference_one_of_another_kind_and_a_short_one_are_no_reason(
    client: Client, watched: Watched, typed: dict[str, str]
) -> None:
    client.force_login(watched.worker)

    assert watched.child.reference not in panel(client, given_name="Joe", **typed)


@pytest.mark.by_turns
def test_a_reference_is_no_reason_for_whoever_may_not_read_it(client: Client, watched: Watched) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority)))
    typed = {"given_name": "Joe", "home_office_reference": "K1203456/2"}

    assert watched.child.reference not in panel(client, **typed)


@pytest.mark.by_turns
def test_the_same_reference_under_another_name_is_asked_about_before_saving_and_on_record(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    given = answers(watched, home_office_reference="K1203456/2", given_name="Samir", family_name="Haddad")

    shown = client.post(NEW, given)
    assert shown.status_code == 422
    assert "The same Home Office reference" in shown.content.decode()
    assert not Child.objects.filter(given_name="Samir").exists()

    client.post(NEW, given | {"told": watched.child.reference})
    child = Child.objects.get(given_name="Samir")
    (other,) = Event.objects.get(child=child, kind="told_apart").data["others"]
    assert (other["child"], other["why"]) == (watched.child.pk, ["home_office_reference"])


def test_the_panel_is_for_whoever_registers_and_each_match_is_a_read(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.guardian)
    assert client.post(PANEL, {"given_name": "Yusuf"}).status_code == 403

    client.force_login(watched.worker)
    assert client.get(PANEL).status_code == 405
    for _ in range(2):
        panel(client, given_name="Yusuf", family_name="Khatib")
    (record,) = AccessRecord.objects.filter(child=watched.child, user=watched.worker, allowed=True)
    assert (record.permission, record.page) == ("see_status", "child_new")
